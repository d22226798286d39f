# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Network/virtualNetworks and their subnets, which are parts of a network's body and resources of their own at the same time."""

from __future__ import annotations

import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import network
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.network import SOURCE, NetworkType, busy, inside, networks, overlap, pointer
from sandbox.clouds.azure.arm.rules import Body, Field, accept, at
from sandbox.clouds.azure.arm.types import Record, Target, state_of
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SWITCH = ("Enabled", "Disabled")
RESERVED = 5  # addresses of each subnet that the service keeps for itself


class Subnets(NetworkType):
    name = "Microsoft.Network/virtualNetworks/subnets"
    operations = "Subnets"
    source = f"{SOURCE}/virtualnetwork/subnets"
    tracked = False
    in_use = "InUseSubnetCannotBeDeleted"
    fields = (
        Field("properties/addressPrefix"),
        Field("properties/addressPrefixes", kind=list),
        Field("properties/networkSecurityGroup", kind=dict),
        Field("properties/routeTable", kind=dict),
        Field("properties/natGateway", kind=dict),
        Field("properties/serviceEndpoints", kind=list, default=[]),
        Field("properties/delegations", kind=list, default=[]),
        Field("properties/privateEndpointNetworkPolicies", one_of=(*SWITCH, "NetworkSecurityGroupEnabled", "RouteTableEnabled")),
        Field("properties/privateLinkServiceNetworkPolicies", one_of=SWITCH, default="Enabled"),
        Field("properties/defaultOutboundAccess", kind=bool),
        Field("properties/ipConfigurations", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    seconds: t.ClassVar = {"create": 0.2, "update": 0.1, "delete": 0.1}
    creating = "Updating"

    def begin(self, arm: Arm, target: Target) -> None:
        vnet = target.key.rsplit("/", 2)[0]
        busy(arm, [vnet, *(each["id"].lower() for each in of_network(arm, vnet))])

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        vnet = target.id.rsplit("/", 2)[0]
        space = networks(arm.data["resources"][vnet.lower()]["body"]["properties"]["addressSpace"]["addressPrefixes"], vnet)
        others = [each for each in of_network(arm, vnet) if each["id"].lower() != target.key]
        return checked(arm, target.id, fresh, kept, space, {each["name"]: prefixes_of(each["body"]) for each in others})

    def extra(self, arm: Arm, record: Record) -> Body:
        return shown(arm, record)


def checked(
    arm: Arm, path: str, fresh: Body, kept: Record | None, space: t.Sequence[network.Network], others: dict[str, list[str]]
) -> Body:
    """The rules of one subnet beside the others. A single range is kept, and returned, as `addressPrefix`, however it was sent."""
    properties, name = fresh["properties"], path.rpartition("/")[2]
    one, many = properties.pop("addressPrefix", None), properties.pop("addressPrefixes", None)
    if one and many and many != [one]:
        text = f"Subnet {name} has both the properties addressPrefix and addressPrefixes, which do not agree."
        raise refuse(400, "SubnetHasBothAddressPrefixAndAddressPrefixes", text, details=[])
    sent = many or ([one] if one else [])
    ranges = networks(sent, path)
    for each in ranges:
        if not inside(each, space):
            text = f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual network."
            raise refuse(400, "NetcfgSubnetRangeOutsideVnet", text, details=[])
        if each.num_addresses < RESERVED + 3:
            raise refuse(400, "NetcfgInvalidSubnet", f"Subnet '{name}' is not valid in virtual network: it is too small.", details=[])
    for other, prefixes in others.items():
        if overlap(ranges, networks(prefixes, other)):
            text = f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet '{other}'."
            raise refuse(400, "NetcfgSubnetRangesOverlap", text, details=[])
    if kept and sorted(prefixes_of(kept["body"])) != sorted(str(each) for each in ranges) and network.users_of(arm, path.lower()):
        text = f"Subnet {name} is in use by {network.users_of(arm, path.lower())[0]} and cannot be updated."
        raise refuse(400, "InUsePrefixCannotBeDeleted", text, details=[])
    written = [str(prefix) for prefix in ranges]
    properties |= {"addressPrefix": written[0]} if len(written) == 1 else {"addressPrefixes": sorted(written)}
    properties["serviceEndpoints"] = _endpoints(properties["serviceEndpoints"])
    properties["delegations"] = [_delegation(each) for each in properties["delegations"]]
    properties.setdefault("privateEndpointNetworkPolicies", "Disabled")
    for name in ("networkSecurityGroup", "routeTable", "natGateway"):
        if name in properties:
            properties[name] = pointer(properties[name])
    return fresh


def _endpoints(sent: list[t.Any]) -> list[Body]:
    """In an order of its own, each with the regions that it reaches filled in."""
    names = [str(at(each, "service") or "") for each in sent]
    if "" in names:
        raise refuse(400, "InvalidRequestFormat", "A service endpoint needs a service.", details=[])
    return [{"service": name, "locations": ["*"], "provisioningState": "Succeeded"} for name in sorted(names)]


def _delegation(sent: t.Any) -> Body:
    name, service = at(sent, "name"), at(sent, "properties/serviceName")
    if not name or not service:
        raise refuse(400, "InvalidRequestFormat", "A delegation needs a name and a service name.", details=[])
    return {"name": name, "properties": {"serviceName": service, "actions": [], "provisioningState": "Succeeded"}}


def shown(arm: Arm, record: Record) -> Body:
    """What the service adds: the parts of gateways and nodes that have an address in here."""
    users = network.users_of(arm, record["id"].lower())
    parts = [{"id": each.replace("/resourceGroups/", "/resourcegroups/") + "/ipConfigurations/default"} for each in users]
    return {"ipConfigurations": parts} if parts else {}


def of_network(arm: Arm, vnet: str) -> list[Record]:
    prefix = f"{vnet}/subnets/".lower()
    return [each for key, each in arm.data["resources"].items() if key.startswith(prefix)]


def prefixes_of(body: Body) -> list[str]:
    properties = body["properties"]
    return t.cast("list[str]", properties.get("addressPrefixes") or [properties["addressPrefix"]])


class VirtualNetworks(NetworkType):
    name = "Microsoft.Network/virtualNetworks"
    operations = "VirtualNetworks"
    source = f"{SOURCE}/virtualnetwork/virtual-networks"
    fields = (
        Field("properties/addressSpace/addressPrefixes", kind=list, required=True),
        Field("properties/dhcpOptions/dnsServers", kind=list),
        Field("properties/flowTimeoutInMinutes", kind=int, between=(4, 30)),
        Field("properties/enableDdosProtection", kind=bool, default=False),
        Field("properties/ddosProtectionPlan", kind=dict),
        Field("properties/enableVmProtection", kind=bool),
        Field("properties/encryption", kind=dict),
        Field("properties/bgpCommunities", kind=dict),
        Field("properties/privateEndpointVNetPolicies", one_of=("Disabled", "Basic"), default="Disabled"),
        Field("properties/virtualNetworkPeerings", kind=list, default=[]),
        Field("properties/subnets", kind=list, default=[]),
        Field("properties/resourceGuid", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9]([\w.-]{0,62}\w)?"
    seconds: t.ClassVar = {"create": 0.2, "update": 0.1, "delete": 0.1}
    creating = "Updating"

    def begin(self, arm: Arm, target: Target) -> None:
        busy(arm, [target.key, *(each["id"].lower() for each in of_network(arm, target.id))])

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        """A PUT replaces: subnets that it does not name are deleted. A PATCH is of tags, and leaves them alone."""
        properties = fresh["properties"]
        space = networks(properties["addressSpace"]["addressPrefixes"], target.id)
        if overlap(space[:1], space[1:]):
            raise refuse(400, "AddressSpaceOverlap", f"Address prefixes of resource {target.id} overlap.", details=[])
        # Ranges come back in the order of their numbers.
        properties["addressSpace"]["addressPrefixes"] = [str(each) for each in sorted(space, key=lambda each: int(each.network_address))]
        subnets = properties.pop("subnets")
        if set(sent) <= {"tags"}:
            return fresh
        kept_subnets: dict[str, Body] = {}
        ranges: dict[str, list[str]] = {}
        for each in subnets:
            name = at(each, "name")
            if not isinstance(name, str):
                raise refuse(400, "InvalidRequestFormat", "A subnet needs a name.", details=[])
            path = f"{target.id}/subnets/{name}"
            record = arm.data["resources"].get(path.lower())
            body = accept(
                SUBNETS.fields, {"properties": at(each, "properties") or {}}, record["body"] if record else None, SUBNETS.complain
            )
            kept_subnets[path] = checked(arm, path, body, record, space, ranges)
            ranges[name] = prefixes_of(body)
        for old in of_network(arm, target.id):
            if old["id"].lower() not in {path.lower() for path in kept_subnets}:
                SUBNETS.check_unused(arm, old)
        self._replace(arm, caller, target, kept_subnets)
        return fresh

    def _replace(self, arm: Arm, caller: Caller, target: Target, subnets: dict[str, Body]) -> None:
        resources = arm.data["resources"]
        for old in of_network(arm, target.id):
            if old["id"].lower() not in {path.lower() for path in subnets}:
                del resources[old["id"].lower()]
        for path, body in subnets.items():
            fresh: Record = resources.get(path.lower()) or {
                "id": path,
                "type": SUBNETS.name,
                "name": path.rpartition("/")[2],
                "created": now(),
                "created_by": caller.app_id,
                "gone": None,
            }
            resources[path.lower()] = fresh | {
                "body": body,
                "changed": now(),
                "changed_by": caller.app_id,
                "until": now(),
                "doing": "Updating",
            }

    def check_unused(self, arm: Arm, record: Record) -> None:
        for each in of_network(arm, record["id"]):
            SUBNETS.check_unused(arm, each)

    def render(self, arm: Arm, record: Record) -> Body:
        """A network is changing while one of its subnets is."""
        answer = super().render(arm, record)
        subnets = of_network(arm, record["id"])
        answer["properties"] |= {
            "resourceGuid": str(uuid5(NAMESPACE_URL, record["id"].lower())),
            "subnets": [SUBNETS.render(arm, each) for each in subnets],
        }
        if any(state_of(each) != "Succeeded" for each in subnets):
            answer["properties"]["provisioningState"] = "Updating"
        return answer


SUBNETS = Subnets()
network.register(VirtualNetworks())
network.register(SUBNETS)
