# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.KeyVault/vaults (properties: learn.microsoft.com/azure/templates/microsoft.keyvault/vaults)."""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.rules import Keyed, Leaf, Map
from ..arm import Sdk
from ..resource_type import WORD, ResourceType, body, once_set

FLAG = Leaf(absent=False)


def _turned_on(have: t.Any, want: t.Any) -> bool:
    """A switch that cannot be turned off again."""
    return bool(want)


def address(value: t.Any) -> t.Any:
    """An address or a range: the service writes 203.0.113.7 as 203.0.113.7/32."""
    found = normal.ip(value)
    return found.removesuffix("/32") if isinstance(found, str) else found


RIGHTS = Leaf(normal=normal.set_of(normal.folded))

PROPERTIES = Map(
    {
        "tenantId": Leaf(normal=normal.folded, immutable=once_set),
        "sku": Map({"family": WORD, "name": WORD}),
        "enableRbacAuthorization": FLAG,
        "enableSoftDelete": Leaf(absent=True, immutable=_turned_on),
        "softDeleteRetentionInDays": Leaf(normal=normal.number, immutable=once_set),
        "enablePurgeProtection": Leaf(absent=False, immutable=_turned_on),
        "enabledForDeployment": FLAG,
        "enabledForDiskEncryption": FLAG,
        "enabledForTemplateDeployment": FLAG,
        "publicNetworkAccess": Leaf(normal=normal.folded, absent="Enabled"),
        "networkAcls": Map(
            {
                "bypass": Leaf(normal=normal.folded, absent="AzureServices"),
                "defaultAction": Leaf(normal=normal.folded, absent="Allow"),
                "ipRules": Keyed("value", Map({"value": Leaf(normal=address)}), normal=address),
                "virtualNetworkRules": Keyed(
                    "id", Map({"id": Leaf(normal=normal.arm_id), "ignoreMissingVnetServiceEndpoint": FLAG}), normal=normal.arm_id
                ),
            }
        ),
        "accessPolicies": Keyed(
            "objectId",
            Map(
                {
                    "objectId": Leaf(normal=normal.folded),
                    "tenantId": Leaf(normal=normal.folded),
                    "applicationId": Leaf(normal=normal.folded),
                    "permissions": Map({"keys": RIGHTS, "secrets": RIGHTS, "certificates": RIGHTS, "storage": RIGHTS}),
                }
            ),
            normal=normal.folded,
        ),
        "createMode": Leaf(create_only=True),
    }
)

KEY_VAULT = ResourceType(
    name="Microsoft.KeyVault/vaults",
    kind="key_vault",
    version="2026-02-01",  # every older one ends on 27 February 2027 (…/azure/key-vault/general/migrate-api-version)
    rule=body(PROPERTIES, deleted=Leaf()),
    outputs=("/properties/vaultUri",),
    known=lambda place: {"properties": {"vaultUri": f"https://{place.name.casefold()}.vault.azure.net/"}},
    defaults=lambda arm: {
        "properties": {"tenantId": arm.tenant, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    },
    name_pattern=r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]",
    name_rule="3 to 24 letters, digits and single '-', a letter first, a letter or digit last; vault names are global",
    patch=True,
    only_true=("/properties/enablePurgeProtection",),
    sdk=Sdk("azure.mgmt.keyvault", "KeyVaultManagementClient", "vaults", delete="delete"),
)

ROWS = (KEY_VAULT,)
