# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual network with a VPN to another cloud, for tests: what is declared, and what others do to it behind everybody's back."""

from __future__ import annotations

import copy
import typing as t

from tests.cloud import LocalCloud
from tests.integration.modules.arm import record
from tests.steps import Done, direct

GROUP = "FinancialAgent"
NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = f"{NETWORK}/subnets"
ADDRESS = "Microsoft.Network/publicIPAddresses"
GATEWAY = "Microsoft.Network/virtualNetworkGateways"
OTHER_SIDE = "Microsoft.Network/localNetworkGateways"
CONNECTION = "Microsoft.Network/connections"
KEY = "made-up-shared-key-" + "k" * 20


def at(subscription: str, kind: str, name: str) -> str:
    """The id of a network resource."""
    pairs = "".join(f"/{each}/{name}" for each, name in zip(kind.split("/")[1:], name.split("/"), strict=True))
    return f"/subscriptions/{subscription}/resourceGroups/{GROUP}/providers/Microsoft.Network{pairs}"


def items(subscription: str) -> dict[str, dict[str, t.Any]]:
    """Everything, by a short name."""

    def pointer(kind: str, name: str) -> dict[str, str]:
        return {"id": at(subscription, kind, name)}

    return {
        "network": {
            "type": NETWORK,
            "name": "FinancialAgent-vnet",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.64.0.0/16", "10.32.0.0/16"]},
                "dhcpOptions": {"dnsServers": ["10.32.0.4", "10.32.0.5"]},
                "flowTimeoutInMinutes": 10,
                "enableDdosProtection": False,
                "privateEndpointVNetPolicies": "Disabled",
            },
            "tags": {"owner": "platform"},
        },
        "nodes": {
            "type": SUBNET,
            "name": "FinancialAgent-vnet/nodes",
            "properties": {
                "addressPrefixes": ["10.32.0.0/20"],
                "serviceEndpoints": [{"service": "Microsoft.KeyVault"}, {"service": "Microsoft.AzureCosmosDB"}],
                "delegations": [{"name": "aks", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}],
                "privateEndpointNetworkPolicies": "Disabled",
                "privateLinkServiceNetworkPolicies": "Enabled",
                "defaultOutboundAccess": True,
            },
        },
        "gateways": {"type": SUBNET, "name": "FinancialAgent-vnet/GatewaySubnet", "properties": {"addressPrefix": "10.32.255.0/27"}},
        "address": {
            "type": ADDRESS,
            "name": "FinancialAgent-vpn-ip",
            "sku": {"name": "Standard"},
            "zones": ["1", "2", "3"],
            "properties": {
                "publicIPAllocationMethod": "Static",
                "idleTimeoutInMinutes": 10,
                "dnsSettings": {"domainNameLabel": "FinancialAgent"},
                "ddosSettings": {"protectionMode": "VirtualNetworkInherited"},
            },
            "tags": {"owner": "platform"},
        },
        "gateway": {
            "type": GATEWAY,
            "name": "FinancialAgent-vpn",
            "properties": {
                "gatewayType": "Vpn",
                "vpnType": "RouteBased",
                "vpnGatewayGeneration": "Generation1",
                "sku": {"name": "VpnGw1AZ"},
                "enableBgp": False,
                "activeActive": False,
                "enablePrivateIpAddress": False,
                "bgpSettings": {"asn": 65010},
                "ipConfigurations": [
                    {
                        "name": "default",
                        "properties": {
                            "privateIPAllocationMethod": "Dynamic",
                            "subnet": pointer(SUBNET, "FinancialAgent-vnet/GatewaySubnet"),
                            "publicIPAddress": pointer(ADDRESS, "FinancialAgent-vpn-ip"),
                        },
                    }
                ],
            },
            "tags": {"owner": "platform"},
        },
        "other side": {
            "type": OTHER_SIDE,
            "name": "alibaba-shanghai",
            "properties": {
                "gatewayIpAddress": "203.0.113.20",
                "localNetworkAddressSpace": {"addressPrefixes": ["192.168.0.0/24", "172.16.0.0/12"]},
            },
            "tags": {"owner": "platform"},
        },
        "connection": {
            "type": CONNECTION,
            "name": "to-alibaba",
            "properties": {
                "connectionType": "IPsec",
                "connectionProtocol": "IKEv2",
                "connectionMode": "Default",
                "virtualNetworkGateway1": pointer(GATEWAY, "FinancialAgent-vpn"),
                "localNetworkGateway2": pointer(OTHER_SIDE, "alibaba-shanghai"),
                "enableBgp": False,
                "usePolicyBasedTrafficSelectors": False,
                "routingWeight": 10,
                "dpdTimeoutSeconds": 45,
                "ipsecPolicies": [
                    {
                        "saLifeTimeSeconds": 27000,
                        "saDataSizeKilobytes": 102400000,
                        "ipsecEncryption": "AES256",
                        "ipsecIntegrity": "SHA256",
                        "ikeEncryption": "AES256",
                        "ikeIntegrity": "SHA256",
                        "dhGroup": "DHGroup14",
                        "pfsGroup": "PFS2048",
                    }
                ],
            },
            "secret_properties": {"sharedKey": KEY},
            "tags": {"owner": "platform"},
        },
    }


# Short name → path in a report → value behind everybody's back, at the same path of what the local cloud keeps.
POLICY = "/properties/ipsecPolicies/0"
MUTATIONS: dict[str, dict[str, t.Any]] = {
    "network": {
        "/properties/addressSpace/addressPrefixes": ["10.32.0.0/16"],
        "/properties/dhcpOptions/dnsServers": ["10.32.0.5", "10.32.0.4"],
        "/properties/flowTimeoutInMinutes": 30,
        "/properties/enableDdosProtection": True,
        "/properties/privateEndpointVNetPolicies": "Basic",
        "/tags/owner": "somebody",
    },
    "nodes": {
        "/properties/addressPrefixes": ["10.32.0.0/21"],
        "/properties/privateEndpointNetworkPolicies": "Enabled",
        "/properties/privateLinkServiceNetworkPolicies": "Disabled",
        "/properties/defaultOutboundAccess": False,
    },
    "gateways": {"/properties/addressPrefix": "10.32.254.0/27"},
    "address": {
        "/properties/idleTimeoutInMinutes": 4,
        "/properties/dnsSettings/domainNameLabel": "somebody",
        "/properties/ddosSettings/protectionMode": "Disabled",
        "/tags/owner": "somebody",
    },
    "gateway": {
        "/properties/sku/name": "VpnGw2AZ",
        "/properties/enableBgp": True,
        "/properties/enablePrivateIpAddress": True,
        "/properties/bgpSettings/asn": 65515,
        "/tags/owner": "somebody",
    },
    "other side": {
        "/properties/gatewayIpAddress": "203.0.113.99",
        "/properties/localNetworkAddressSpace/addressPrefixes": ["172.16.0.0/12"],
        "/tags/owner": "somebody",
    },
    "connection": {
        "/properties/connectionMode": "ResponderOnly",
        "/properties/enableBgp": True,
        "/properties/usePolicyBasedTrafficSelectors": True,
        "/properties/routingWeight": 0,
        "/properties/sharedKey": "somebody-elses-key",
        f"{POLICY}/saLifeTimeSeconds": 3600,
        f"{POLICY}/saDataSizeKilobytes": 1024,
        f"{POLICY}/ipsecEncryption": "AES128",
        f"{POLICY}/ipsecIntegrity": "SHA1",
        f"{POLICY}/ikeEncryption": "AES128",
        f"{POLICY}/ikeIntegrity": "SHA384",
        f"{POLICY}/dhGroup": "DHGroup2",
        f"{POLICY}/pfsGroup": "None",
        "/tags/owner": "somebody",
    },
}
# The same for what cannot be changed in place.
FIXED: dict[str, dict[str, t.Any]] = {
    "address": {"/zones": ["1"], "/sku/name": "StandardV2"},
    "gateway": {
        "/properties/gatewayType": "ExpressRoute",
        "/properties/vpnType": "PolicyBased",
        "/properties/vpnGatewayGeneration": "Generation2",
    },
    "connection": {"/properties/connectionProtocol": "IKEv1", "/properties/dpdTimeoutSeconds": 60},
}


def built(cloud: LocalCloud) -> dict[str, dict[str, t.Any]]:
    """All of it is there, and nothing takes long from now on."""
    every = items(cloud.environment["AZURE_SUBSCRIPTION_ID"])

    def make() -> None:
        direct(cloud, "azure_resource", type="Microsoft.Resources/resourceGroups", name=GROUP, location="koreacentral")
        done = keep(cloud, *every.values())
        assert done.status == "ok", done.result

    cloud.fault("slow_operation", cloud="azure", seconds=0.0, count=None)
    cloud.once("a virtual network with a VPN", make)
    return every


def kept(state: dict[str, t.Any], item: dict[str, t.Any]) -> dict[str, t.Any]:
    """What the local cloud keeps of a declared resource."""
    return t.cast("dict[str, t.Any]", record(state, item["type"], item["name"].rpartition("/")[2])["body"])


def mutate(body: dict[str, t.Any], path: str, value: t.Any) -> None:
    """Set what stands at a path of a kept body; a subnet keeps a single range in another form than it is declared in."""
    *parents, last = path.split("/")[1:]
    place: t.Any = body
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if last == "addressPrefixes" and "addressPrefix" in place:
        last, value = "addressPrefix", value[0]
    assert place[int(last) if isinstance(place, list) else last] != value
    place[last] = value


def keep(cloud: LocalCloud, *declared: dict[str, t.Any], check: bool = False, location: str = "Korea Central") -> Done:
    return direct(cloud, "azure_resources", check=check, resources=copy.deepcopy(list(declared)), resource_group=GROUP, location=location)
