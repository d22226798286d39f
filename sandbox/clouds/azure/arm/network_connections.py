# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Network/connections: tunnels between gateways, and their shared keys, which a connection itself does not return."""

from __future__ import annotations

import re
import secrets
import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine, network, operations
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.network import SOURCE, VERSIONS, NetworkType, networks, pointer, referenced
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

# learn.microsoft.com/azure/vpn-gateway/ipsec-ike-policy-howto: what may be combined with what.
POLICY: dict[str, tuple[str, ...]] = {
    "ipsecEncryption": ("None", "DES", "DES3", "AES128", "AES192", "AES256", "GCMAES128", "GCMAES192", "GCMAES256"),
    "ipsecIntegrity": ("MD5", "SHA1", "SHA256", "GCMAES128", "GCMAES192", "GCMAES256"),
    "ikeEncryption": ("DES", "DES3", "AES128", "AES192", "AES256", "GCMAES256", "GCMAES128"),
    "ikeIntegrity": ("MD5", "SHA1", "SHA256", "SHA384", "GCMAES256", "GCMAES128"),
    "dhGroup": ("None", "DHGroup1", "DHGroup2", "DHGroup14", "DHGroup2048", "ECP256", "ECP384", "DHGroup24"),
    "pfsGroup": ("None", "PFS1", "PFS2", "PFS2048", "ECP256", "ECP384", "PFS24", "PFS14", "PFSMM"),
}
LIMITS = {"saLifeTimeSeconds": (300, 172799), "saDataSizeKilobytes": (1024, 2147483647)}
KEY = r"[\x21-\x7e]{1,128}"  # printable ASCII without blanks


class Connections(NetworkType):
    name = "Microsoft.Network/connections"
    operations = "VirtualNetworkGatewayConnections"
    source = f"{SOURCE}/network-gateway/virtual-network-gateway-connections"
    fields = (
        Field("properties/connectionType", required=True, one_of=("IPsec", "Vnet2Vnet", "ExpressRoute", "VPNClient"), immutable=True),
        Field("properties/connectionProtocol", one_of=("IKEv2", "IKEv1"), default="IKEv2", immutable=True),
        Field("properties/connectionMode", one_of=("Default", "ResponderOnly", "InitiatorOnly"), default="Default"),
        Field("properties/virtualNetworkGateway1", kind=dict, required=True),
        Field("properties/localNetworkGateway2", kind=dict),
        Field("properties/sharedKey", pattern=KEY),
        Field("properties/enableBgp", kind=bool, default=False),
        Field("properties/usePolicyBasedTrafficSelectors", kind=bool, default=False),
        Field("properties/useLocalAzureIpAddress", kind=bool, default=False),
        Field("properties/routingWeight", kind=int, between=(0, 32000), default=0),
        Field("properties/dpdTimeoutSeconds", kind=int, between=(9, 3600), default=45),
        Field("properties/ipsecPolicies", kind=list, default=[]),
        Field("properties/trafficSelectorPolicies", kind=list, default=[]),
        Field("properties/connectionStatus", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    fixed: t.ClassVar = {
        "connectionType": "ConnectionTypeCannotBeChanged",
        "connectionProtocol": "ConnectionProtocolCannotBeChanged",
    }
    seconds: t.ClassVar = {"create": 0.2, "update": 0.1, "delete": 0.1}
    creating = "Updating"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        if properties["connectionType"] != "IPsec":
            text = f"Connections of the type {properties['connectionType']} are not part of this local cloud."
            raise refuse(501, "NotImplemented", text, details=[])
        ends = {
            "virtualNetworkGateway1": "Microsoft.Network/virtualNetworkGateways",
            "localNetworkGateway2": "Microsoft.Network/localNetworkGateways",
        }
        for name, kind in ends.items():
            properties[name] = {"id": referenced(arm, at(properties.get(name), "id"), kind, target)["id"]}
            if kept and properties[name] != kept["body"]["properties"][name]:
                raise refuse(400, "ConnectionGatewayCannotBeChanged", f"{name} of connection {target.id} cannot be changed.", details=[])
        if kept and kept["body"]["properties"]["dpdTimeoutSeconds"] != properties["dpdTimeoutSeconds"]:
            text = f"The DPD timeout of connection {target.id} cannot be changed."
            raise refuse(400, "ConnectionDpdTimeoutCannotBeChanged", text, details=[])
        if len(properties["ipsecPolicies"]) > 1:
            raise refuse(400, "MoreThanOneIpsecPolicy", f"Connection {target.id} can have one IPsec policy.", details=[])
        properties["ipsecPolicies"] = [_policy(each) for each in properties["ipsecPolicies"]]
        if properties["usePolicyBasedTrafficSelectors"] and not properties["ipsecPolicies"]:
            text = f"Policy-based traffic selectors of connection {target.id} need an IPsec policy."
            raise refuse(400, "PolicyBasedTrafficSelectorsNeedIpsecPolicy", text, details=[])
        for each in properties["trafficSelectorPolicies"]:
            for side in ("localAddressRanges", "remoteAddressRanges"):
                networks(at(each, side), target.id)
        # A PUT replaces: a connection that is sent without its key gets a new one.
        properties.setdefault("sharedKey", secrets.token_urlsafe(24))
        return fresh

    def render(self, arm: Arm, record: Record) -> Body:
        answer = super().render(arm, record)
        properties = answer["properties"]
        del properties["sharedKey"]
        for name in ("virtualNetworkGateway1", "localNetworkGateway2"):
            properties[name] = pointer(properties[name])
        return answer

    def extra(self, arm: Arm, record: Record) -> Body:
        # Nobody answers at the other end.
        return {
            "connectionStatus": "NotConnected" if record["until"] <= now() else "Unknown",
            "ingressBytesTransferred": 0,
            "egressBytesTransferred": 0,
            "resourceGuid": str(uuid5(NAMESPACE_URL, record["id"].lower())),
        }


def _policy(sent: t.Any) -> Body:
    policy: Body = {}
    for name, words in POLICY.items():
        known = {word.lower(): word for word in words}
        word = str(at(sent, name)).lower()
        if word not in known:
            text = f"The value '{at(sent, name)}' of '{name}' is invalid. Allowed values: {', '.join(words)}."
            raise refuse(400, "InvalidIpsecPolicy", text, details=[])
        policy[name] = known[word]
    for name, (least, most) in LIMITS.items():
        number = at(sent, name)
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise refuse(400, "InvalidIpsecPolicy", f"The value of '{name}' must be between {least} and {most}.", details=[])
        policy[name] = number
    if ("GCM" in policy["ipsecEncryption"] or "GCM" in policy["ipsecIntegrity"]) and policy["ipsecEncryption"] != policy["ipsecIntegrity"]:
        text = "With GCMAES the IPsec encryption and the IPsec integrity must be the same algorithm and key length."
        raise refuse(400, "InvalidIpsecPolicy", text, details=[])
    return policy


CONNECTIONS = Connections()
network.register(CONNECTIONS)

ONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/connections/{name}/sharedkey"
FACTS: dict[str, t.Any] = {"versions": VERSIONS, "kind": "connections/sharedKey", "verified": "sdk", "source": Connections.source}


@operation("GET", ONE, "VirtualNetworkGatewayConnections_GetSharedKey", **FACTS)
def get_shared_key(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    record = _connection(arm, request, subscription, group, name, "read")
    return Reply.of_json({"id": f"{record['id']}/sharedkey", "value": record["body"]["properties"]["sharedKey"]})


@operation("PUT", ONE, "VirtualNetworkGatewayConnections_SetSharedKey", **FACTS)
def set_shared_key(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    record = _connection(arm, request, subscription, group, name, "write")
    network.busy(arm, [record["id"].lower()])
    try:
        value = request.json()["value"]
    except (ValueError, KeyError, TypeError):
        value = None
    if not isinstance(value, str) or not re.fullmatch(KEY, value):
        raise refuse(400, "InvalidSharedKey", "The shared key must have 1 to 128 printable ASCII characters.", details=[])
    record["body"]["properties"]["sharedKey"] = value
    seconds = arm.seconds("VirtualNetworkGatewayConnections_SetSharedKey", 0.1)
    record |= {"doing": "Updating", "until": now() + seconds}
    started = operations.start(arm, subscription, "Microsoft.Network", record["body"]["location"], seconds)
    return Reply.of_json({"value": value}, headers=started.headers("status"))


def _connection(arm: Arm, request: Request, subscription: str, group: str, name: str, verb: str) -> Record:
    target = engine.target_of(CONNECTIONS, arm, request, subscription, group, [name])
    arm.authorize(request, f"{CONNECTIONS.name}/sharedKey/{verb}", target.id)
    return engine.existing(CONNECTIONS, arm, target)
