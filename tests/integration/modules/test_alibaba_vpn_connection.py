# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""alibaba_vpn_connection against the local cloud."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import core, refused
from tests.steps import BOTH_WAYS, Done, direct, four_steps, paths, play, task

GATEWAY = "vpn-uf6k3m5n7p9q1r3s5t7u"
KEY = "made-up-shared-key-" + "k" * 20
DECLARED: dict[str, t.Any] = {
    "name": "to-azure",
    "region": "cn-shanghai",
    "vpn_gateway_id": GATEWAY,
    "remote_address": "203.0.113.30",
    "local_subnets": ["192.168.0.0/24", "172.16.0.0/12"],
    "remote_subnets": ["10.64.0.0/16", "10.32.0.0/16"],
    "shared_key": KEY,
    "ike": {"version": "ikev2", "encryption": "aes256", "integrity": "sha256", "dh_group": "group14", "lifetime": 28800},
    "ipsec": {"encryption": "aes256", "integrity": "sha256", "dh_group": "group14", "lifetime": 27000},
}
MUTATIONS: dict[str, tuple[str, str, str]] = {  # path below a tunnel → part, name, value
    "shared_key": ("TunnelIkeConfig", "Psk", "theirs"),
    "ike/version": ("TunnelIkeConfig", "IkeVersion", "ikev1"),
    "ike/encryption": ("TunnelIkeConfig", "IkeEncAlg", "aes"),
    "ike/integrity": ("TunnelIkeConfig", "IkeAuthAlg", "md5"),
    "ike/dh_group": ("TunnelIkeConfig", "IkePfs", "group2"),
    "ike/lifetime": ("TunnelIkeConfig", "IkeLifetime", "86400"),
    "ipsec/encryption": ("TunnelIpsecConfig", "IpsecEncAlg", "3des"),
    "ipsec/integrity": ("TunnelIpsecConfig", "IpsecAuthAlg", "md5"),
    "ipsec/dh_group": ("TunnelIpsecConfig", "IpsecPfs", "disabled"),
    "ipsec/lifetime": ("TunnelIpsecConfig", "IpsecLifetime", "3600"),
}


def keep(cloud: LocalCloud, *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "alibaba_vpn_connection", check=check, **copy.deepcopy({**DECLARED, **more}))


def connection(state: dict[str, t.Any]) -> dict[str, t.Any]:
    (found,) = state["alibaba"]["vpc"]["vpn_connections"].values()
    return t.cast("dict[str, t.Any]", found)


@pytest.fixture
def there(cloud: LocalCloud) -> LocalCloud:
    def make() -> None:
        assert keep(cloud).status == "ok"
        with cloud.state() as state:
            state["alibaba"]["vpc"]["vpn_gateways"][GATEWAY].pop("busy")

    cloud.once("an IPsec connection", make)
    return cloud


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cloud: LocalCloud, in_process: bool) -> None:
    done = four_steps(cloud, "alibaba_vpn_connection", in_process=in_process, **DECLARED)
    assert done[1].writes == ["POST CreateCustomerGateway", "POST CreateVpnConnection"]
    assert [(each["kind"], each["action"]) for each in done[0].result["changes"]] == [
        ("customer_gateway", "create"),
        ("vpn_connection", "create"),
    ]
    assert sorted(done[2].reads) == ["POST DescribeCustomerGateways", "POST DescribeVpnConnections", "POST DescribeVpnGateway"]
    assert done[0].result["vpn_connection"]["gateway_addresses"] == ["203.0.113.40", "203.0.113.41"]
    assert done[0].result["vpn_connection"]["id"] == "(known after apply)"
    assert done[1].result["vpn_connection"]["id"].startswith("vco-")
    assert KEY not in json.dumps([each.result for each in done])


def test_each_declared_value_is_found_by_its_path_and_put_back(there: LocalCloud) -> None:
    untouched = there.ask("GET", "state")
    for path, (part, name, value) in MUTATIONS.items():
        changed = copy.deepcopy(untouched)
        tunnel = next(each for each in connection(changed)["TunnelOptionsSpecification"]["TunnelOptions"] if each["Role"] == "slave")
        assert tunnel[part][name] != value
        tunnel[part][name] = value
        there.ask("PUT", "state", changed)
        assert paths(keep(there, check=True)) == [f"/tunnels/slave/{path}"]
    for name, path in (("LocalSubnet", "/local_subnets"), ("RemoteSubnet", "/remote_subnets")):
        changed = copy.deepcopy(untouched)
        connection(changed)[name] = "10.99.0.0/16"
        there.ask("PUT", "state", changed)
        assert paths(keep(there, check=True)) == [path]
    with there.state() as state:
        for each in connection(state)["TunnelOptionsSpecification"]["TunnelOptions"]:
            for part, name, value in MUTATIONS.values():
                each[part][name] = value
    done = keep(there)
    assert sorted(paths(done)) == sorted(
        ["/remote_subnets", *(f"/tunnels/{role}/{path}" for role in ("master", "slave") for path in MUTATIONS)]
    )
    assert done.writes == ["POST ModifyVpnConnectionAttribute"]
    assert keep(there, check=True).result["changes"] == []


def test_what_is_not_declared_stays(there: LocalCloud) -> None:
    """A change of one setting is sent with all the others: the service would take its weak defaults for them."""
    with there.state() as state:
        for each in connection(state)["TunnelOptionsSpecification"]["TunnelOptions"]:
            each["TunnelIkeConfig"] |= {"LocalId": "theirs", "IkeMode": "aggressive"}
    assert len(paths(keep(there, shared_key=None, ipsec=None, ike={"integrity": "sha512"}))) == 2
    for each in connection(there.ask("GET", "state"))["TunnelOptionsSpecification"]["TunnelOptions"]:
        ike, ipsec = each["TunnelIkeConfig"], each["TunnelIpsecConfig"]
        assert (ike["IkeAuthAlg"], ike["IkeEncAlg"], ike["LocalId"], ike["IkeMode"]) == ("sha512", "aes256", "theirs", "aggressive")
        assert (ike["Psk"], ipsec["IpsecEncAlg"], ipsec["IpsecLifetime"]) == (KEY, "aes256", "27000")


def test_an_older_gateway_has_one_tunnel(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["alibaba"]["vpc"]["vpn_gateways"][GATEWAY]["DisasterRecoveryInternetIp"] = ""
    assert keep(cloud).status == "ok"
    assert keep(cloud, check=True).result["changes"] == []
    with cloud.state() as state:
        connection(state)["IkeConfig"]["IkeVersion"] = "ikev1"
    assert paths(keep(cloud)) == ["/tunnels/single/ike/version"]
    assert connection(cloud.ask("GET", "state"))["IkeConfig"]["Psk"] == KEY


def test_a_gateway_that_is_busy_is_waited_for(there: LocalCloud) -> None:
    there.fault("status", status=400, code="VpnGateway.Configuring", action="ModifyVpnConnectionAttribute", count=1)
    done = keep(there, remote_subnets=["10.32.0.0/16"])
    assert (done.status, done.writes) == ("ok", ["POST ModifyVpnConnectionAttribute"] * 2)


def test_a_connection_is_made_once_only(cloud: LocalCloud) -> None:
    """Whoever does not know whether it was made does not make a second one; the next run adopts what is there."""
    cloud.fault("status", status=500, when="after", action="CreateVpnConnection", count=1)
    assert keep(cloud).status == "failed"
    assert [call["action"] for call in cloud.writes] == ["CreateCustomerGateway", "CreateVpnConnection"]
    assert keep(cloud).result["changes"] == []


def test_another_address_of_the_other_end_is_refused_in_a_preview_too(there: LocalCloud) -> None:
    for check in (True, False):
        done = keep(there, check=check, remote_address="203.0.113.31")
        assert (done.status, done.result["failure"]["code"]) == ("failed", "immutable")
    assert there.writes == []


def test_no_gateway_is_ever_bought(cloud: LocalCloud) -> None:
    done = keep(cloud, vpn_gateway_id="vpn-nothing")
    assert (done.result["failure"]["code"], done.writes) == ("no_vpn_gateway", [])
    assert "paid in advance" in done.result["failure"]["hint"]


def test_a_preview_goes_on_with_an_address_that_is_known_after_apply(cloud: LocalCloud) -> None:
    done = keep(cloud, check=True, remote_address="(known after apply)")
    assert [change["action"] for change in done.result["changes"]] == ["create", "create"]


def test_it_is_deleted_and_its_customer_gateway_stays(there: LocalCloud) -> None:
    options = {name: DECLARED[name] for name in ("name", "region", "vpn_gateway_id")}
    done = direct(there, "alibaba_vpn_connection", state="absent", **options)
    assert (done.result["vpn_connection"], done.writes) == (None, ["POST DeleteVpnConnection"])
    assert direct(there, "alibaba_vpn_connection", state="absent", **options).result["changes"] == []
    assert len(there.ask("GET", "state")["alibaba"]["vpc"]["customer_gateways"]) == 1


def test_a_shared_key_is_shown_nowhere(there: LocalCloud) -> None:
    theirs = "somebody-elses-" + "z" * 20
    with there.state() as state:
        for each in connection(state)["TunnelOptionsSpecification"]["TunnelOptions"]:
            each["TunnelIkeConfig"]["Psk"] = theirs
    options = {**DECLARED, "shared_key": "{{ lookup('env', 'CANARY') }}"}
    ran = play(there, [task("alibaba_vpn_connection", **options)], arguments=["-vvvv"], environment={"CANARY": KEY})
    assert [field["after"] for change in ran.done[0].result["changes"] for field in change["fields"]] == ["********"] * 2
    shown = json.dumps(ran.done[0].result) + ran.output
    assert [key for key in (theirs, KEY) if key in shown] == []


def test_the_service_is_as_strict_as_its_documents(cloud: LocalCloud) -> None:
    """With a client that is not ours."""
    here = {"RegionId": "cn-shanghai"}
    with refused("InvalidIpAddress.Malformed", 400):
        core("vpc", "CreateCustomerGateway", IpAddress="100.64.0.1", **here)
    customer = core("vpc", "CreateCustomerGateway", IpAddress="203.0.113.30", **here)["CustomerGatewayId"]
    with refused("InvalidIpAddress.AlreadyExist", 400):
        core("vpc", "CreateCustomerGateway", IpAddress="203.0.113.30", **here)
    base = {**here, "VpnGatewayId": GATEWAY, "LocalSubnet": "172.16.0.0/12", "RemoteSubnet": "10.0.0.0/8"}
    one = {f"TunnelOptionsSpecification.1.{name}": value for name, value in (("Role", "master"), ("CustomerGatewayId", customer))}
    with refused("MissingParam.TunnelOptionsSpecification", 400):
        core("vpc", "CreateVpnConnection", **base, **one)
    two = {name.replace(".1.", ".2."): "slave" if value == "master" else value for name, value in one.items()}
    with refused("IllegalParam.IkePfs", 400):
        core("vpc", "CreateVpnConnection", **base, **one, **two, **{"TunnelOptionsSpecification.2.TunnelIkeConfig.IkePfs": "group15"})
    made = core("vpc", "CreateVpnConnection", **base, **one, **two)
    with refused("VpnGateway.Configuring", 400):
        core("vpc", "DeleteVpnConnection", VpnConnectionId=made["VpnConnectionId"], **here)
    (found,) = core("vpc", "DescribeVpnConnections", VpnGatewayId=GATEWAY, **here)["VpnConnections"]["VpnConnection"]
    assert [each["TunnelIkeConfig"]["IkeAuthAlg"] for each in found["TunnelOptionsSpecification"]["TunnelOptions"]] == ["md5", "md5"]
