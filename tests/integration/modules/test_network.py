# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual networks, addresses, gateways and connections: one plan, found by path, never a subnet lost, never a key shown."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure import arm
from tests.cloud import LocalCloud
from tests.integration.identities import grant_azure
from tests.integration.modules.network import (
    CONNECTION,
    FIXED,
    GATEWAY,
    GROUP,
    KEY,
    MUTATIONS,
    NETWORK,
    SUBNET,
    built,
    items,
    keep,
    kept,
    mutate,
)
from tests.steps import direct, four_steps, paths, play, task

Items = dict[str, dict[str, t.Any]]


@pytest.fixture
def declared(cloud: LocalCloud) -> Items:
    """A resource group, and what shall be in it."""
    direct(cloud, "azure_resource", type="Microsoft.Resources/resourceGroups", name=GROUP, location="koreacentral")
    cloud.forget()
    return items(cloud.environment["AZURE_SUBSCRIPTION_ID"])


@pytest.fixture
def estate(cloud: LocalCloud) -> Items:
    return built(cloud)


def test_four_steps(cloud: LocalCloud, declared: Items) -> None:
    given = [declared[name] for name in ("connection", "gateway", "other side", "address", "gateways", "nodes", "network")]
    done = four_steps(cloud, "azure_resources", in_process=True, resources=given, resource_group=GROUP, location="Korea Central")
    preview, applied, again, _ = done
    order = [each.split()[1].split("_")[0] for each in applied.writes if each.startswith("PUT")]
    # Whatever the order of the declaration: the network, its subnets, the gateway, and last the connection.
    assert order.index("VirtualNetworks") < order.index("Subnets") < order.index("VirtualNetworkGateways")
    assert order[-1] == "VirtualNetworkGatewayConnections"
    assert len(order) == len(given)
    # Each is read once; the key of the connection is read apart.
    assert len(again.reads) == len(given) + 1
    for each in (preview, applied):
        assert each.result["resources"][f"{CONNECTION}/to-alibaba"]["properties"].get("sharedKey", "********") == "********"
    assert preview.result["resources"]["Microsoft.Network/publicIPAddresses/FinancialAgent-vpn-ip"]["properties"]["ipAddress"] == (
        "(known after apply)"
    )
    assert KEY not in json.dumps([each.result for each in done])


def test_what_the_services_make_of_it_is_no_difference(cloud: LocalCloud, estate: Items) -> None:
    """Ranges and endpoints in another order, one range in the other form, ids in another case, defaults: nothing of that is drift."""
    for location in ("Korea Central", "koreacentral"):
        assert keep(cloud, *estate.values(), check=True, location=location).result["changes"] == []
    assert cloud.writes == []


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_declared_value_is_found_by_its_path_and_put_back(cloud: LocalCloud, estate: Items, name: str) -> None:
    """One at a time in a preview, then all at once in earnest."""
    with cloud.state() as state:
        if name == "gateways":  # nothing may be in a subnet whose range changes
            resources = state["azure"]["arm"]["resources"]
            for key in [key for key, each in resources.items() if each["type"] in (GATEWAY, CONNECTION)]:
                del resources[key]
        untouched = copy.deepcopy(state)
    for path, value in MUTATIONS[name].items():
        changed = copy.deepcopy(untouched)
        mutate(kept(changed, estate[name]), path, value)
        cloud.ask("PUT", "state", changed)
        done = keep(cloud, estate[name], check=True)
        assert paths(done) == [path], done.result
    with cloud.state() as state:
        for path, value in list(MUTATIONS[name].items())[:-1]:  # the last one is still there
            mutate(kept(state, estate[name]), path, value)
    for check in (True, False):
        assert sorted(paths(keep(cloud, estate[name], check=check))) == sorted(MUTATIONS[name])
    assert keep(cloud, estate[name], check=True).result["changes"] == []


@pytest.mark.parametrize(
    ("name", "path", "value"), [(name, path, value) for name, values in FIXED.items() for path, value in values.items()], ids=str
)
def test_what_cannot_be_changed_in_place_is_refused_in_a_preview_too(
    cloud: LocalCloud, estate: Items, name: str, path: str, value: t.Any
) -> None:
    with cloud.state() as state:
        mutate(kept(state, estate[name]), path, value)
    for check in (True, False):
        done = keep(cloud, estate[name], check=check)
        assert (done.status, done.result["failure"]["code"]) == ("failed", "immutable")
        assert path in done.result["msg"]
    assert cloud.writes == []


@pytest.mark.parametrize("name", ["network", "address", "gateway", "other side", "connection"])
def test_another_region_is_refused_in_a_preview_too(cloud: LocalCloud, estate: Items, name: str) -> None:
    done = keep(cloud, estate[name], check=True, location="Japan East")
    assert (done.status, done.result["failure"]["code"]) == ("failed", "immutable")


# --- subnets -----------------------------------------------------------------


def subnets(cloud: LocalCloud) -> dict[str, t.Any]:
    resources = cloud.ask("GET", "state")["azure"]["arm"]["resources"].values()
    return {each["name"]: each["body"] for each in resources if each["type"] == SUBNET}


def test_a_change_of_the_network_loses_no_subnet(cloud: LocalCloud, estate: Items) -> None:
    """Its PUT replaces the whole network: a subnet that it does not carry would be deleted."""
    before = subnets(cloud)
    wider = copy.deepcopy(estate["network"])
    wider["properties"]["addressSpace"]["addressPrefixes"].append("10.96.0.0/16")
    done = keep(cloud, wider)
    assert (paths(done), done.writes) == (["/properties/addressSpace/addressPrefixes"], ["PUT VirtualNetworks_CreateOrUpdate"])
    assert subnets(cloud) == before


def test_a_subnet_that_comes_while_we_wait_for_our_turn_survives(cloud: LocalCloud, estate: Items, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's subnet is being made when the network shall be written, and is there at the second attempt."""
    is_busy = arm.is_busy

    def once(error: t.Any) -> bool:
        monkeypatch.setattr(arm, "is_busy", is_busy)
        theirs = {**estate["nodes"], "name": "FinancialAgent-vnet/theirs", "properties": {"addressPrefix": "10.64.0.0/24"}}
        assert keep(cloud, theirs).status == "ok"
        return is_busy(error)

    monkeypatch.setattr(arm, "is_busy", once)
    cloud.fault("status", status=409, code="AnotherOperationInProgress", action="VirtualNetworks_CreateOrUpdate", count=1)
    done = keep(cloud, {**estate["network"], "tags": {"owner": "data"}})
    assert (done.status, paths(done)) == ("ok", ["/tags/owner"])
    assert sorted(subnets(cloud)) == ["GatewaySubnet", "nodes", "theirs"]


def test_what_is_declared_of_a_subnet_leaves_the_rest_of_it(cloud: LocalCloud, estate: Items) -> None:
    """Somebody (AKS, for example) has given the subnet a route table: it stays when something else changes."""
    table = {"id": f"{estate['connection']['properties']['virtualNetworkGateway1']['id'].partition('/providers')[0]}/routeTables/aks"}
    with cloud.state() as state:
        kept(state, estate["nodes"])["properties"] |= {"routeTable": table, "privateEndpointNetworkPolicies": "Enabled"}
    assert paths(keep(cloud, estate["nodes"])) == ["/properties/privateEndpointNetworkPolicies"]
    assert subnets(cloud)["nodes"]["properties"]["routeTable"]["id"].casefold() == table["id"].casefold()


def test_subnets_of_one_network_follow_each_other(cloud: LocalCloud, estate: Items) -> None:
    """The service takes one write at a time for a network: ours are not even tried side by side."""
    cloud.heal()
    more = [{"type": SUBNET, "name": f"FinancialAgent-vnet/more{n}", "properties": {"addressPrefix": f"10.64.{n}.0/24"}} for n in range(2)]
    done = keep(cloud, *more)
    assert done.status == "ok"
    assert [call["status"] for call in done.calls if call["write"] and "subnets" in call["path"]] == [201, 201]


def test_a_network_that_somebody_else_is_changing_is_waited_for(cloud: LocalCloud, estate: Items) -> None:
    cloud.fault("status", status=409, code="AnotherOperationInProgress", action="Subnets_CreateOrUpdate", count=1)
    done = keep(cloud, {**estate["nodes"], "properties": {"privateEndpointNetworkPolicies": "Enabled"}})
    assert (done.status, len(done.writes)) == ("ok", 2)


def test_subnets_are_not_declared_in_their_network(cloud: LocalCloud, estate: Items) -> None:
    network = copy.deepcopy(estate["network"])
    network["properties"]["subnets"] = []
    done = keep(cloud, network)
    assert "subnets are resources of their own" in done.result["msg"]
    assert done.calls == []


def test_a_network_is_deleted_with_a_confirmation_only(cloud: LocalCloud, estate: Items) -> None:
    done = keep(cloud, {"type": NETWORK, "name": estate["network"]["name"], "state": "absent"}, check=True)
    assert "this deletes everything in it" in done.result["msg"]


# --- keys ------------------------------------------------------------------------


def test_a_shared_key_is_shown_nowhere(cloud: LocalCloud, estate: Items) -> None:
    """Neither the declared one nor the one that is there, at the highest verbosity."""
    theirs = "somebody-elses-" + "z" * 20
    with cloud.state() as state:
        kept(state, estate["connection"])["properties"]["sharedKey"] = theirs
    connection = {**estate["connection"], "secret_properties": {"sharedKey": "{{ lookup('env', 'CANARY') }}"}}
    given = {"resources": [connection], "resource_group": GROUP, "location": "koreacentral"}
    tasks = [task("azure_resources", check=check, **given) for check in (True, False)]
    ran = play(cloud, tasks, arguments=["-vvvv"], environment={"CANARY": KEY})
    assert [each["fields"] for done in ran.done for each in done.result["changes"]] == [
        [{"path": "/properties/sharedKey", "before": "********", "after": "********"}]
    ] * 2
    shown = json.dumps([done.result for done in ran.done]) + ran.output
    assert [key for key in (theirs, KEY) if key in shown] == []
    assert kept(cloud.ask("GET", "state"), estate["connection"])["properties"]["sharedKey"] == KEY


def test_a_secret_among_the_properties_is_refused(cloud: LocalCloud, estate: Items) -> None:
    shown = copy.deepcopy(estate["connection"])
    shown["properties"] |= shown.pop("secret_properties")
    done = keep(cloud, shown, check=True)
    assert "/properties/sharedKey is a secret" in done.result["msg"]
    assert (KEY in done.result["msg"], done.calls) == (False, [])


def test_a_key_that_is_not_declared_survives_a_change(cloud: LocalCloud, estate: Items) -> None:
    """A PUT without its key would give the connection another one."""
    without = {name: value for name, value in estate["connection"].items() if name != "secret_properties"}
    without = {**without, "properties": {**without["properties"], "routingWeight": 20}}
    assert paths(keep(cloud, without)) == ["/properties/routingWeight"]
    assert kept(cloud.ask("GET", "state"), estate["connection"])["properties"]["sharedKey"] == KEY


# --- refusals ----------------------------------------------------------------------


def test_an_old_kind_of_address_is_refused_before_any_call(cloud: LocalCloud, estate: Items) -> None:
    for more, words in (
        ({"sku": {"name": "Basic"}}, "is retired"),
        ({"properties": {"publicIPAllocationMethod": "Dynamic"}}, "declare Static"),
    ):
        done = keep(cloud, {**estate["address"], **more})
        assert words in done.result["msg"]
        assert done.calls == []


def test_a_gateway_of_another_size_keeps_everything_else(cloud: LocalCloud, estate: Items) -> None:
    """Its tier follows from its size; sent back as it was it would contradict the new one."""
    bigger = copy.deepcopy(estate["gateway"])
    bigger["properties"]["sku"]["name"] = "VpnGw2AZ"
    assert paths(keep(cloud, bigger)) == ["/properties/sku/name"]
    assert kept(cloud.ask("GET", "state"), bigger)["properties"]["sku"] == {"name": "VpnGw2AZ", "tier": "VpnGw2AZ"}


KINDS = ("virtualNetworks", "virtualNetworks/subnets", "publicIPAddresses", "virtualNetworkGateways", "localNetworkGateways", "connections")
RIGHTS = [f"Microsoft.Network/{kind}/{verb}" for kind in KINDS for verb in ("read", "write")]
RIGHTS += ["Microsoft.Network/register/action", "Microsoft.Resources/subscriptions/*"]
KEYS = "Microsoft.Network/connections/sharedKey/read"
JOINS = [f"Microsoft.Network/{kind}/join/action" for kind in ("virtualNetworks/subnets", "publicIPAddresses")]


@pytest.mark.parametrize("lost", [None, KEYS, *JOINS])
def test_the_rights_that_it_takes(cloud: LocalCloud, declared: Items, lost: str | None) -> None:
    """With all of them everything is made and read back; without one of them the refusal names what is missing."""
    rights = [each for each in (*RIGHTS, KEYS, *JOINS) if each != lost]
    with cloud.state() as state:
        grant_azure(state["azure"], {"Name": "r", "Description": "", "Actions": rights, "NotActions": [], "DataActions": []})
    cloud.fault("slow_operation", cloud="azure", seconds=0.0, count=None)
    done = keep(cloud, *declared.values())
    if done.status == "ok":
        done = keep(cloud, *declared.values(), check=True)
    assert done.status == ("failed" if lost else "ok"), done.result
    assert lost is None or lost in done.result["msg"]
    if lost in JOINS:
        assert done.result["failure"]["code"] == "LinkedAuthorizationFailed"
        assert "at the linked scope" in done.result["failure"]["hint"]
