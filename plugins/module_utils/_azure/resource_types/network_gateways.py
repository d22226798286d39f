# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.Network: VPN gateways, what they are told of the other side, and connections.

Properties: learn.microsoft.com/azure/templates/microsoft.network/virtualnetworkgateways, …/localnetworkgateways and …/connections.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Listed, Map
from ..bodies import at
from ..resource_type import WORD, ResourceType, body
from .key_vault import FLAG, address
from .network import ADDRESSES, FIXED_POINTER, FIXED_WORD, NAME, NAME_RULE, NUMBER, POINTER, VERSION

BGP = Map({"asn": NUMBER, "peerWeight": NUMBER, "bgpPeeringAddress": Leaf(normal=address)})


VPN_GATEWAY = ResourceType(
    name="Microsoft.Network/virtualNetworkGateways",
    kind="vpn_gateway",
    version=VERSION,
    rule=body(
        Map(
            {
                "gatewayType": FIXED_WORD,
                "vpnType": FIXED_WORD,
                "vpnGatewayGeneration": FIXED_WORD,
                "sku": Map({"name": WORD, "tier": WORD}),
                "ipConfigurations": Keyed(
                    "name",
                    Map(
                        {
                            "name": WORD,
                            "properties": Map(
                                {"privateIPAllocationMethod": WORD, "subnet": FIXED_POINTER, "publicIPAddress": FIXED_POINTER}
                            ),
                        }
                    ),
                    normal=normal.folded,
                ),
                "activeActive": FLAG,
                "enableBgp": FLAG,
                "bgpSettings": BGP,
                "enablePrivateIpAddress": FLAG,
                "enableBgpRouteTranslationForNat": FLAG,
                "disableIPSecReplayProtection": FLAG,
                "allowRemoteVnetTraffic": FLAG,
                "allowVirtualWanTraffic": FLAG,
                "customRoutes": Map({"addressPrefixes": ADDRESSES}),
                "gatewayDefaultSite": POINTER,
                "adminState": WORD,
            }
        )
    ),
    defaults=lambda arm: {"properties": {"gatewayType": "Vpn", "vpnType": "RouteBased"}},
    name_pattern=NAME,
    name_rule=NAME_RULE,
    # It follows from the size: sent back as it was it would contradict a new one.
    derived=("/properties/sku/tier",),
)


def _one_address(declared: State) -> t.Iterator[str]:
    if at(declared, "/properties/gatewayIpAddress") is not None and at(declared, "/properties/fqdn") is not None:
        yield "/properties/gatewayIpAddress and /properties/fqdn exclude each other"


LOCAL_GATEWAY = ResourceType(
    name="Microsoft.Network/localNetworkGateways",
    kind="local_network_gateway",
    version=VERSION,
    rule=body(
        Map(
            {
                "gatewayIpAddress": Leaf(normal=address),
                "fqdn": Leaf(normal=normal.dns_name),
                "localNetworkAddressSpace": Map({"addressPrefixes": ADDRESSES}),
                "bgpSettings": BGP,
            }
        )
    ),
    name_pattern=NAME,
    name_rule=NAME_RULE,
    objections=_one_address,
)

IPSEC_POLICY = Map(
    {
        "saLifeTimeSeconds": NUMBER,
        "saDataSizeKilobytes": NUMBER,
        "ipsecEncryption": WORD,
        "ipsecIntegrity": WORD,
        "ikeEncryption": WORD,
        "ikeIntegrity": WORD,
        "dhGroup": WORD,
        "pfsGroup": WORD,
    }
)
CONNECTION = ResourceType(
    name="Microsoft.Network/connections",
    kind="vpn_connection",
    version=VERSION,
    rule=body(
        Map(
            {
                "connectionType": FIXED_WORD,
                "connectionProtocol": Leaf(normal=normal.folded, absent="IKEv2", immutable=True),
                "connectionMode": Leaf(normal=normal.folded, absent="Default"),
                "virtualNetworkGateway1": FIXED_POINTER,
                "virtualNetworkGateway2": FIXED_POINTER,
                "localNetworkGateway2": FIXED_POINTER,
                "sharedKey": Leaf(secret=True),
                "enableBgp": FLAG,
                "usePolicyBasedTrafficSelectors": FLAG,
                "useLocalAzureIpAddress": FLAG,
                "routingWeight": Leaf(normal=normal.number, absent=0),
                "dpdTimeoutSeconds": Leaf(normal=normal.number, absent=45, immutable=True),
                "ipsecPolicies": Listed(IPSEC_POLICY),
                "trafficSelectorPolicies": Listed(Map({"localAddressRanges": ADDRESSES, "remoteAddressRanges": ADDRESSES})),
            }
        )
    ),
    outputs=("/properties/connectionStatus",),
    defaults=lambda arm: {"properties": {"connectionType": "IPsec"}},
    name_pattern=NAME,
    name_rule=NAME_RULE,
    # The connection does not return its key, a child of it does: so a key that somebody has changed is found, without being shown.
    apart={"/properties/sharedKey": "sharedkey"},
)

ROWS = (VPN_GATEWAY, LOCAL_GATEWAY, CONNECTION)
