# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Network/virtualNetworkGateways and localNetworkGateways: both ends of a VPN."""

from __future__ import annotations

import ipaddress
import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.arm import network
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.network import SOURCE, NetworkType, networks, pointer, referenced
from sandbox.clouds.azure.arm.network_virtual import Subnets, prefixes_of
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

# learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation: sizes without zones are not sold any more.
ZONAL = tuple(f"VpnGw{number}AZ" for number in range(1, 6))
OLD = tuple(f"VpnGw{number}" for number in range(1, 6))
SMALLEST = 29  # of the gateway's subnet, as a prefix length
OWN_ASN = 65515


class Gateways(NetworkType):
    name = "Microsoft.Network/virtualNetworkGateways"
    operations = "VirtualNetworkGateways"
    source = f"{SOURCE}/network-gateway/virtual-network-gateways"
    in_use = "VirtualNetworkGatewayCannotBeDeleted"
    fields = (
        Field("properties/gatewayType", required=True, one_of=("Vpn", "ExpressRoute", "LocalGateway"), immutable=True),
        Field("properties/vpnType", one_of=("RouteBased", "PolicyBased"), default="RouteBased", immutable=True),
        Field("properties/vpnGatewayGeneration", one_of=("None", "Generation1", "Generation2"), immutable=True),
        Field("properties/sku/name", required=True, one_of=("Basic", *OLD, *ZONAL)),
        Field("properties/sku/tier", one_of=("Basic", *OLD, *ZONAL)),
        Field("properties/ipConfigurations", kind=list, required=True),
        Field("properties/activeActive", kind=bool, default=False),
        Field("properties/enableBgp", kind=bool, default=False),
        Field("properties/bgpSettings", kind=dict, default={}),
        Field("properties/enablePrivateIpAddress", kind=bool, default=False),
        Field("properties/enableBgpRouteTranslationForNat", kind=bool, default=False),
        Field("properties/disableIPSecReplayProtection", kind=bool, default=False),
        Field("properties/allowRemoteVnetTraffic", kind=bool, default=False),
        Field("properties/allowVirtualWanTraffic", kind=bool, default=False),
        Field("properties/customRoutes", kind=dict),
        Field("properties/gatewayDefaultSite", kind=dict),
        Field("properties/adminState", one_of=("Enabled", "Disabled")),
        Field("properties/natRules", kind=list, default=[]),
        Field("properties/resourceGuid", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    fixed: t.ClassVar = {
        "gatewayType": "GatewayTypeCannotBeChanged",
        "vpnType": "VpnTypeCannotBeChanged",
        "vpnGatewayGeneration": "VpnGatewayGenerationCannotBeChanged",
    }
    # 30 to 45 minutes at the real one.
    seconds: t.ClassVar = {"create": 0.6, "update": 0.2, "delete": 0.2}
    creating = "Updating"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        size = properties["sku"]["name"]
        if properties["sku"].setdefault("tier", size) != size:
            text = f"The SKU name {size} and the SKU tier {properties['sku']['tier']} of gateway {target.id} do not agree."
            raise refuse(400, "InvalidGatewaySku", text, details=[])
        if size in OLD and (kept is None or kept["body"]["properties"]["sku"]["name"] != size):
            text = (
                "VpnGw1-5 non-AZ SKUs are no longer supported for VPN gateways. Only VpnGw1-5AZ SKUs can be created going forward. "
                "Refer https://go.microsoft.com/fwlink/?linkid=2299700 for details."
            )
            raise refuse(400, "NonAzSkusNotAllowedForVPNGateway", text, details=[])
        configurations = [self._configuration(arm, caller, target, each, size) for each in properties["ipConfigurations"]]
        if kept and configurations != kept["body"]["properties"]["ipConfigurations"]:
            text = f"The IP configurations of gateway {target.id} cannot be changed."
            raise refuse(400, "GatewayIpConfigurationCannotBeChanged", text, details=[])
        if len(configurations) != (2 if properties["activeActive"] else 1):
            text = f"Gateway {target.id} has {len(configurations)} IP configurations: one is needed, two for an active-active gateway."
            raise refuse(400, "ActiveActiveGatewayIpConfigurationCount", text, details=[])
        properties["ipConfigurations"] = configurations
        properties.setdefault("vpnGatewayGeneration", "Generation1" if size in ("Basic", "VpnGw1", "VpnGw1AZ") else "Generation2")
        settings = {name: value for name, value in properties["bgpSettings"].items() if name in ("asn", "peerWeight", "bgpPeeringAddress")}
        properties["bgpSettings"] = {"asn": OWN_ASN, "peerWeight": 0} | settings
        if "gatewayDefaultSite" in properties:
            properties["gatewayDefaultSite"] = pointer(properties["gatewayDefaultSite"])
        return fresh

    def _configuration(self, arm: Arm, caller: Caller, target: Target, sent: t.Any, size: str) -> Body:
        name = at(sent, "name")
        if not isinstance(name, str):
            raise refuse(400, "InvalidRequestFormat", "An IP configuration needs a name.", details=[])
        subnet = referenced(arm, at(sent, "properties/subnet/id"), Subnets.name, target)
        if subnet["name"] != "GatewaySubnet":
            text = f"Virtual network gateway {target.id} must be in a subnet with the name GatewaySubnet, not {subnet['name']}."
            raise refuse(400, "GatewaySubnetNameInvalid", text, details=[])
        if any(each.prefixlen > SMALLEST for each in networks(prefixes_of(subnet["body"]), subnet["id"])):
            raise refuse(400, "GatewaySubnetTooSmall", f"The gateway subnet {subnet['id']} must be a /{SMALLEST} or larger.", details=[])
        address = referenced(arm, at(sent, "properties/publicIPAddress/id"), "Microsoft.Network/publicIPAddresses", target)
        if size in ZONAL and not address["body"].get("zones"):
            text = (
                "Standard Public IPs associated with VPN gateways with AZ VPN skus must have zones configured. "
                f"Public IP {address['id']} has none."
            )
            raise refuse(400, "VmssVpnGatewayPublicIpsMustHaveZonesConfigured", text, details=[])
        for each in (subnet, address):
            network.joined(arm, caller, each, target, f"{self.name}/write")
        users = [each for each in network.users_of(arm, address["id"].lower()) if each.lower() != target.key]
        if users:
            text = (
                f"Resource {target.id} is referencing public IP address {address['id']} that is already allocated to resource {users[0]}."
            )
            raise refuse(400, "PublicIPAddressInUse", text, details=[])
        return {
            "name": name,
            "properties": {
                "privateIPAllocationMethod": "Dynamic",
                "publicIPAddress": {"id": address["id"]},
                "subnet": {"id": subnet["id"]},
            },
        }

    def extra(self, arm: Arm, record: Record) -> Body:
        properties = record["body"]["properties"]
        parts = [
            {
                **each,
                "id": f"{record['id']}/ipConfigurations/{each['name']}",
                "properties": {
                    **each["properties"],
                    "provisioningState": "Succeeded",
                    "publicIPAddress": pointer(each["properties"]["publicIPAddress"]),
                    "subnet": pointer(each["properties"]["subnet"]),
                },
            }
            for each in properties["ipConfigurations"]
        ]
        peer = [{"ipconfigurationId": each["id"], "customBgpIpAddresses": [], "tunnelIpAddresses": []} for each in parts]
        return {
            "ipConfigurations": parts,
            "bgpSettings": {**properties["bgpSettings"], "bgpPeeringAddresses": peer},
            "sku": {**properties["sku"], "capacity": 2},
            "resourceGuid": str(uuid5(NAMESPACE_URL, record["id"].lower())),
        }


class LocalGateways(NetworkType):
    name = "Microsoft.Network/localNetworkGateways"
    operations = "LocalNetworkGateways"
    source = f"{SOURCE}/network-gateway/local-network-gateways"
    in_use = "LocalNetworkGatewayCannotBeDeleted"
    fields = (
        Field("properties/gatewayIpAddress"),
        Field("properties/fqdn"),
        Field("properties/localNetworkAddressSpace/addressPrefixes", kind=list, default=[]),
        Field("properties/bgpSettings", kind=dict),
        Field("properties/resourceGuid", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    seconds: t.ClassVar = {"create": 0.1, "delete": 0.1}
    creating = "Updating"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        if ("gatewayIpAddress" in properties) == ("fqdn" in properties):
            text = f"Local network gateway {target.id} needs either a gatewayIpAddress or an fqdn."
            raise refuse(400, "LocalNetworkGatewayAddressInvalid", text, details=[])
        if "gatewayIpAddress" in properties:
            try:
                ipaddress.IPv4Address(properties["gatewayIpAddress"])
            except ValueError:
                text = f"The gateway IP address {properties['gatewayIpAddress']} of {target.id} is not a valid IPv4 address."
                raise refuse(400, "LocalNetworkGatewayIpAddressInvalid", text, details=[]) from None
        space = properties["localNetworkAddressSpace"]
        if space["addressPrefixes"]:
            found = networks(space["addressPrefixes"], target.id)
            space["addressPrefixes"] = [str(each) for each in sorted(found, key=lambda each: int(each.network_address))]
        elif at(properties, "bgpSettings/asn") is None:
            text = f"Local network gateway {target.id} needs address prefixes, or settings of BGP."
            raise refuse(400, "LocalNetworkGatewayAddressSpaceMissing", text, details=[])
        return fresh

    def extra(self, arm: Arm, record: Record) -> Body:
        return {"resourceGuid": str(uuid5(NAMESPACE_URL, record["id"].lower()))}


network.register(Gateways())
network.register(LocalGateways())
