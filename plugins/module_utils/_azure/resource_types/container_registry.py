# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.ContainerRegistry/registries (properties: learn.microsoft.com/azure/templates/microsoft.containerregistry/registries)."""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map
from ..bodies import at
from ..resource_type import WORD, ResourceType, body
from .key_vault import address

FLAG = Leaf(absent=False)
SWITCH = Map({"status": WORD}, other=Leaf())

PROPERTIES = Map(
    {
        "adminUserEnabled": FLAG,
        "anonymousPullEnabled": FLAG,
        "dataEndpointEnabled": FLAG,
        "publicNetworkAccess": Leaf(normal=normal.folded, absent="Enabled"),
        "networkRuleBypassOptions": Leaf(normal=normal.folded, absent="AzureServices"),
        "networkRuleBypassAllowedForTasks": FLAG,
        "networkRuleSet": Map(
            {
                "defaultAction": WORD,
                # The service drops the /32 of a single address.
                "ipRules": Keyed(
                    "value", Map({"value": Leaf(normal=address), "action": Leaf(normal=normal.folded, absent="Allow")}), address
                ),
            }
        ),
        "policies": Map(
            {
                "quarantinePolicy": SWITCH,
                "trustPolicy": Map({"status": WORD, "type": WORD}),
                "retentionPolicy": Map({"status": WORD, "days": Leaf(normal=normal.number)}),
                "exportPolicy": SWITCH,
                "azureADAuthenticationAsArmPolicy": SWITCH,
            }
        ),
        "roleAssignmentMode": Leaf(normal=normal.folded, absent="LegacyRegistryPermissions"),
        "zoneRedundancy": Leaf(normal=normal.folded, absent="Disabled", immutable=True),
        "encryption": Map({"status": WORD, "keyVaultProperties": Map({"keyIdentifier": Leaf(), "identity": Leaf()})}),
    }
)
# What only Premium has (learn.microsoft.com/azure/container-registry/container-registry-skus), and the value that asks for nothing.
PREMIUM = {
    "publicNetworkAccess": "enabled",
    "zoneRedundancy": "disabled",
    "dataEndpointEnabled": False,
    "networkRuleSet/defaultAction": "allow",
    "policies/retentionPolicy/status": "disabled",
}


def objections(declared: State) -> t.Iterator[str]:
    """What a SKU does not have, where both are declared."""
    sku = normal.folded(at(declared, "/sku/name"))
    if sku in ("basic", "standard"):
        for path, nothing in PREMIUM.items():
            value = at(declared, f"/properties/{path}")
            if value is not None and normal.folded(value) != nothing:
                yield f"/properties/{path} {value} needs the SKU Premium, declared is {at(declared, '/sku/name')}"
    if sku == "basic" and at(declared, "/properties/anonymousPullEnabled"):
        yield "/properties/anonymousPullEnabled needs the SKU Standard or Premium, declared is Basic"


CONTAINER_REGISTRY = ResourceType(
    name="Microsoft.ContainerRegistry/registries",
    kind="container_registry",
    version="2025-11-01",
    rule=body(
        PROPERTIES,
        sku=Map({"name": WORD, "tier": WORD}),
        identity=Map({"type": WORD, "userAssignedIdentities": Map(other=Leaf(create_only=True))}, other=Leaf()),
    ),
    outputs=("/properties/loginServer",),
    known=lambda place: {"properties": {"loginServer": f"{place.name.casefold()}.azurecr.io"}},
    defaults=lambda arm: {"sku": {"name": "Basic"}},
    name_pattern=r"[A-Za-z0-9]{5,50}",
    name_rule="5 to 50 letters and digits; registry names are global",
    patch=True,
    objections=objections,
)

ROWS = (CONTAINER_REGISTRY,)
