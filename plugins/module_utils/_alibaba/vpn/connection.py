# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""One IPsec connection at a VPN gateway that is there already, and the customer gateway that it needs."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._core import normal
from ..._core.apply import Step, Waves
from ..._core.errors import PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States, make_plan
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map
from ..._core.spec import STATE, ArgumentSpec
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY
from ..._core.wait import Wait
from ..credentials import AUTH, CLOUD
from ..existing import VPC_VERSION, client
from . import tunnels
from .api import Raw, VpnApi

SUBNETS = Leaf(normal=normal.set_of(normal.ip))
CUSTOMER = Kind(CLOUD, "customer_gateway", Map({"id": Leaf(), "ip_address": Leaf(), "name": Leaf()}), id_field="id")
CONNECTION = Kind(
    CLOUD,
    "vpn_connection",
    Map({"id": Leaf(), "local_subnets": SUBNETS, "remote_subnets": SUBNETS, "tunnels": tunnels.TUNNELS, "gateway_addresses": Leaf()}),
    id_field="id",
)
PAUSE = 1.0
ENCRYPTION = ["aes", "aes192", "aes256", "des", "3des"]
INTEGRITY = ["md5", "sha1", "sha256", "sha384", "sha512"]
GROUPS = ["group1", "group2", "group5", "group14"]
SPEC = (
    AUTH
    | STATE
    | ArgumentSpec(
        {
            "name": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "vpn_gateway_id": {"type": "str", "required": True},
            "remote_address": {"type": "str"},
            "local_subnets": {"type": "list", "elements": "str"},
            "remote_subnets": {"type": "list", "elements": "str"},
            "shared_key": {"type": "str", "no_log": True},
            "ike": {
                "type": "dict",
                "options": {
                    "version": {"type": "str", "choices": ["ikev1", "ikev2"]},
                    "encryption": {"type": "str", "choices": ENCRYPTION},
                    "integrity": {"type": "str", "choices": INTEGRITY},
                    "dh_group": {"type": "str", "choices": GROUPS},
                    "lifetime": {"type": "int"},
                },
            },
            "ipsec": {
                "type": "dict",
                "options": {
                    "encryption": {"type": "str", "choices": ENCRYPTION},
                    "integrity": {"type": "str", "choices": INTEGRITY},
                    "dh_group": {"type": "str", "choices": ["disabled", *GROUPS]},
                    "lifetime": {"type": "int"},
                },
            },
            "timeout": {"type": "int", "default": 600},
        },
        required_if=(("state", "present", ("remote_address", "local_subnets", "remote_subnets")),),
    )
)


class Connection(Reconciler):
    kind = CONNECTION
    identity: t.ClassVar[tuple[str, ...]] = ("vpn_gateway_id",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._params = host.params
        self._name: str = host.params["name"]
        wait = Wait(timeout=float(host.params["timeout"]), pause=PAUSE, tell=host.tell)
        self._api = VpnApi(client(host, traffic, "vpc", VPC_VERSION), wait)
        self._roles: t.Sequence[str] = tunnels.ROLES
        self._addresses: t.Any = KNOWN_AFTER_APPLY
        self._customers: dict[str, str] = {}  # address → id
        self._raw: Raw = {}

    def want(self) -> dict[str, State | None]:
        params = self._params
        if params["state"] == "absent":
            return {self._name: None}
        return {self._name: {"local_subnets": params["local_subnets"], "remote_subnets": params["remote_subnets"]}}

    def read(self) -> dict[str, State]:
        identifier = self._params["vpn_gateway_id"]
        gateway = self._api.gateway(identifier)
        if gateway is None:
            if self._params["state"] == "absent":
                return {}
            raise PlanError(
                f"the VPN gateway {identifier} is not in {self._params['region']}",
                code="no_vpn_gateway",
                cloud=CLOUD,
                hint="Buy one in the console: in the Chinese mainland gateways are paid in advance, so none is made from here",
            )
        self._roles = tunnels.roles_of(gateway)
        self._addresses = [gateway[name] for name in ("InternetIp", "DisasterRecoveryInternetIp") if gateway.get(name)]
        customers = self._api.customer_gateways()
        self._customers = {each["IpAddress"]: each["CustomerGatewayId"] for each in customers}
        addresses = {each["CustomerGatewayId"]: each["IpAddress"] for each in customers}
        found = [each for each in self._api.connections(identifier) if each.get("Name") == self._name]
        if len(found) > 1:
            ids = ", ".join(each["VpnConnectionId"] for each in found)
            raise PlanError(f"{len(found)} connections at {identifier} have the name {self._name}: {ids}", code="ambiguous", cloud=CLOUD)
        self._raw = found[0] if found else {}
        return {self._name: self._state(self._raw, addresses)} if self._raw else {}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        base = want[self._name]
        if base is None:
            return make_plan(self.kind, have, want)
        declared = {**base, "tunnels": tunnels.declared(self._params, self._roles)}
        changes = make_plan(self.kind, have, {self._name: declared})
        address = self._params["remote_address"]
        if self._name not in have and address not in self._customers:
            changes = [*make_plan(CUSTOMER, {}, {address: {"ip_address": address, "name": self._name}}), *changes]
        return changes

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(change.title, partial(self._apply, change))] for change in plan]

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        if state is None:
            return {"vpn_connection": None}
        return {"vpn_connection": {"id": KNOWN_AFTER_APPLY, "name": self._name, **state, "gateway_addresses": self._addresses}}

    # --- below ---------------------------------------------------------------

    def _state(self, found: Raw, addresses: t.Mapping[str, str]) -> State:
        return {
            "id": found["VpnConnectionId"],
            "local_subnets": _ranges(found.get("LocalSubnet")),
            "remote_subnets": _ranges(found.get("RemoteSubnet")),
            "tunnels": tunnels.present(found, addresses),
        }

    def _apply(self, change: Change) -> dict[str, State] | None:
        if change.kind is CUSTOMER:
            made = self._api.write(change.title, "CreateCustomerGateway", IpAddress=change.name, Name=self._name)
            self._customers[change.name] = made["CustomerGatewayId"]
            return None
        if change.action == "delete":
            self._api.write(change.title, "DeleteVpnConnection", VpnConnectionId=self._raw["VpnConnectionId"])
            return None
        after = change.after or {}
        ranges = {"LocalSubnet": ",".join(after["local_subnets"]), "RemoteSubnet": ",".join(after["remote_subnets"])}
        if change.action == "create":
            customer = self._customers[self._params["remote_address"]]
            sent = {**ranges, **tunnels.wire(after["tunnels"], customer, {})}
            where = {"VpnGatewayId": self._params["vpn_gateway_id"], "Name": self._name}
            made = self._api.write(change.title, "CreateVpnConnection", **where, AutoConfigRoute="true", EffectImmediately="true", **sent)
            return {self._name: {"id": made["VpnConnectionId"]}}
        sent = ranges if change.touches("local_subnets", "remote_subnets") else {}
        if change.touches("tunnels"):
            sent = {**sent, **tunnels.wire(after["tunnels"], None, tunnels.raw_of(self._raw))}
        self._api.write(change.title, "ModifyVpnConnectionAttribute", VpnConnectionId=self._raw["VpnConnectionId"], **sent)
        return None


def _ranges(text: t.Any) -> list[str]:
    return [each.strip() for each in str(text or "").split(",") if each.strip()]
