# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.Network: virtual networks with their subnets, and public addresses.

Properties: learn.microsoft.com/azure/templates/microsoft.network/virtualnetworks and …/publicipaddresses.
"""

from __future__ import annotations

import typing as t
from copy import deepcopy

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map
from ..bodies import at
from ..resource_type import WORD, ResourceType, body
from .key_vault import FLAG, address

VERSION = "2025-05-01"
NAME = r"[A-Za-z0-9]([\w.-]{0,78}\w)?"
NAME_RULE = "1 to 80 letters, digits, '.', '-' and '_', a letter or digit first, none of '.' and '-' last"
ADDRESSES = Leaf(normal=normal.set_of(address))
FIXED_WORD = Leaf(normal=normal.folded, immutable=True)
NUMBER = Leaf(normal=normal.number)
POINTER = Map({"id": Leaf(normal=normal.arm_id)})
FIXED_POINTER = Map({"id": Leaf(normal=normal.arm_id, immutable=True)})


def _no_subnets(declared: State) -> t.Iterator[str]:
    if at(declared, "/properties/subnets") is not None:
        yield "/properties/subnets: subnets are resources of their own, of the type Microsoft.Network/virtualNetworks/subnets"
    if at(declared, "/properties/virtualNetworkPeerings") is not None:
        yield "/properties/virtualNetworkPeerings: peerings are resources of their own"


VIRTUAL_NETWORK = ResourceType(
    name="Microsoft.Network/virtualNetworks",
    kind="virtual_network",
    version=VERSION,
    rule=body(
        Map(
            {
                "addressSpace": Map({"addressPrefixes": ADDRESSES}),
                # Their order is the order in which they are asked.
                "dhcpOptions": Map({"dnsServers": Leaf(absent=[])}),
                "flowTimeoutInMinutes": NUMBER,
                "enableDdosProtection": FLAG,
                "ddosProtectionPlan": POINTER,
                "enableVmProtection": FLAG,
                "encryption": Map({"enabled": FLAG, "enforcement": WORD}),
                "bgpCommunities": Map({"virtualNetworkCommunity": Leaf(immutable=True)}),
                "privateEndpointVNetPolicies": Leaf(normal=normal.folded, absent="Disabled"),
                # Shown, and kept; never declared here.
                "subnets": Leaf(),
                "virtualNetworkPeerings": Leaf(),
            }
        )
    ),
    name_pattern=NAME,
    name_rule=NAME_RULE,
    objections=_no_subnets,
    # A PUT without its subnets deletes them (…/rest/api/virtualnetwork/virtual-networks/create-or-update); since 2023 some regions
    # keep them then (techcommunity.microsoft.com/…/4067952). What is sent is what is there at that moment.
    beside=("/properties/subnets", "/properties/virtualNetworkPeerings"),
    confirm_delete=True,
)

PREFIX, PREFIXES = "/properties/addressPrefix", "/properties/addressPrefixes"


def _one_prefix_or_many(found: State, declared: State) -> State:
    """A subnet has `addressPrefix` or `addressPrefixes`. Which one a service returns follows from how many there are, not from what it
    was sent."""
    one, many = at(found, PREFIX), at(found, PREFIXES)
    state = deepcopy(found)
    if at(declared, PREFIXES) is not None and one is not None:
        state["properties"]["addressPrefixes"] = many or [one]
        del state["properties"]["addressPrefix"]
    if at(declared, PREFIX) is not None and many is not None:
        state["properties"]["addressPrefix"] = one or (many[0] if len(many) == 1 else ", ".join(many))
        del state["properties"]["addressPrefixes"]
    return state


def _one_form(declared: State) -> t.Iterator[str]:
    if at(declared, PREFIX) is not None and at(declared, PREFIXES) is not None:
        yield f"{PREFIX} and {PREFIXES} exclude each other"


SUBNET = ResourceType(
    name="Microsoft.Network/virtualNetworks/subnets",
    kind="subnet",
    version=VERSION,
    rule=body(
        Map(
            {
                "addressPrefix": Leaf(normal=address),
                "addressPrefixes": ADDRESSES,
                "networkSecurityGroup": POINTER,
                "routeTable": POINTER,
                "natGateway": POINTER,
                "serviceEndpoints": Keyed(
                    "service",
                    Map({"service": WORD, "locations": Leaf(normal=normal.set_of(normal.location))}),
                    normal=normal.folded,
                ),
                "delegations": Keyed("name", Map({"name": WORD, "properties": Map({"serviceName": WORD})}), normal=normal.folded),
                "privateEndpointNetworkPolicies": Leaf(normal=normal.folded, absent="Disabled"),
                "privateLinkServiceNetworkPolicies": Leaf(normal=normal.folded, absent="Enabled"),
                "defaultOutboundAccess": Leaf(absent=True),
            }
        ),
        tracked=False,
    ),
    name_pattern=NAME,
    name_rule=NAME_RULE,
    objections=_one_form,
    as_read=_one_prefix_or_many,
    serial=True,
)


def _zone(value: t.Any) -> str:
    return str(value)


def _static_standard(declared: State) -> t.Iterator[str]:
    """What Azure has made of the SKUs (Basic ended on 30 September 2025: …/azure/virtual-network/ip-services/public-ip-basic-upgrade)."""
    if normal.folded(at(declared, "/sku/name")) == "basic":
        yield "/sku/name Basic is retired, declare Standard"
    if normal.folded(at(declared, "/properties/publicIPAllocationMethod")) == "dynamic":
        yield "/properties/publicIPAllocationMethod Dynamic needs the SKU Basic, which is retired; declare Static"


PUBLIC_IP = ResourceType(
    name="Microsoft.Network/publicIPAddresses",
    kind="public_ip",
    version=VERSION,
    rule=body(
        Map(
            {
                "publicIPAllocationMethod": WORD,
                "publicIPAddressVersion": Leaf(normal=normal.folded, absent="IPv4", immutable=True),
                "idleTimeoutInMinutes": Leaf(normal=normal.number, absent=4),
                "dnsSettings": Map(
                    {
                        "domainNameLabel": WORD,
                        "domainNameLabelScope": FIXED_WORD,
                        "reverseFqdn": Leaf(normal=normal.dns_name),
                        "fqdn": Leaf(normal=normal.dns_name, immutable=True),
                    }
                ),
                "ddosSettings": Map(
                    {"protectionMode": Leaf(normal=normal.folded, absent="VirtualNetworkInherited"), "ddosProtectionPlan": POINTER}
                ),
                "publicIPPrefix": FIXED_POINTER,
                "deleteOption": WORD,
            }
        ),
        sku=Map({"name": FIXED_WORD, "tier": Leaf(normal=normal.folded, absent="Regional", immutable=True)}),
        zones=Leaf(normal=normal.set_of(_zone), immutable=True),
    ),
    outputs=("/properties/ipAddress",),
    derived=("/properties/dnsSettings/fqdn",),
    defaults=lambda arm: {"sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}},
    name_pattern=NAME,
    name_rule=NAME_RULE,
    objections=_static_standard,
)

ROWS = (VIRTUAL_NETWORK, SUBNET, PUBLIC_IP)
