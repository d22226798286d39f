# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Types that everything else stands on: resource groups and managed identities."""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.rules import Leaf, Map
from ..resource_type import ResourceType, body

RESOURCE_GROUP = ResourceType(
    name="Microsoft.Resources/resourceGroups",
    kind="resource_group",
    version="2024-03-01",
    rule=body(managedBy=Leaf(normal=normal.arm_id, immutable=True)),
    name_pattern=r"[\w.()-]{0,89}[\w()-]",
    name_rule="1 to 90 letters, digits, '-', '.', '(', ')' and '_', no '.' at the end",
    confirm_delete=True,
)

IDENTITY = ResourceType(
    name="Microsoft.ManagedIdentity/userAssignedIdentities",
    kind="managed_identity",
    version="2024-11-30",
    rule=body(Map({"isolationScope": Leaf(normal=normal.folded, absent="None")})),
    outputs=("/properties/clientId", "/properties/principalId", "/properties/tenantId"),
    name_pattern=r"[A-Za-z0-9][\w-]{2,127}",
    name_rule="3 to 128 letters, digits, '-' and '_', a letter or digit first",
)

# The audience that Entra expects of workload identities (learn.microsoft.com/entra/workload-id/workload-identity-federation).
AUDIENCE = "api://AzureADTokenExchange"


def _same_issuer(have: t.Any, want: t.Any) -> bool:
    """Whether an issuer may take the other's place: a slip of the pen is mended, but the tokens of another cluster would be refused."""
    return bool(normal.folded(have).rstrip("/") == normal.folded(want).rstrip("/"))


FEDERATED_CREDENTIAL = ResourceType(
    name="Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    kind="federated_credential",
    version="2024-11-30",
    # Entra compares issuer and subject to the letter, so they are compared so here; a final slash of the issuer counts.
    rule=body(Map({"issuer": Leaf(immutable=_same_issuer), "subject": Leaf(), "audiences": Leaf(normal=normal.set_of())}), tracked=False),
    defaults=lambda arm: {"properties": {"audiences": [AUDIENCE]}},
    name_pattern=r"[A-Za-z0-9][\w-]{2,119}",
    name_rule="3 to 120 letters, digits, '-' and '_', a letter or digit first",
    # 409 ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity
    serial=True,
)

ROWS = (RESOURCE_GROUP, IDENTITY, FEDERATED_CREDENTIAL)
__all__ = ["AUDIENCE", "FEDERATED_CREDENTIAL", "IDENTITY", "RESOURCE_GROUP", "ROWS"]
