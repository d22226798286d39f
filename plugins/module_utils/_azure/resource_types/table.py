# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The table of resource types."""

from __future__ import annotations

import difflib

from ..._core.errors import PlanError
from ..errors import CLOUD
from ..resource_type import ResourceType
from . import (
    alerts,
    container_registry,
    container_service,
    dashboards,
    data_collection,
    document_db,
    foundation,
    key_vault,
    network,
    network_gateways,
    prometheus_rules,
    workspaces,
)

MODULES = (
    foundation,
    key_vault,
    container_registry,
    container_service,
    workspaces,
    document_db,
    data_collection,
    prometheus_rules,
    alerts,
    dashboards,
    network,
    network_gateways,
)
TABLE: dict[str, ResourceType] = {row.name.casefold(): row for module in MODULES for row in module.ROWS}

# They have rules of their own, which one resource alone cannot keep.
ELSEWHERE = {"microsoft.authorization/roleassignments": "azure_role_assignment"}

# Nobody gets them from here, and why. Azure's own answer would come only after a write.
NOT_MADE = {
    "microsoft.azureactivedirectory/b2cdirectories": (
        "Azure AD B2C tenants are not sold to new customers since 1 May 2025, only a person who is logged in can make one, and hardly "
        "anything of it can be changed later",
        "Use a tenant that exists (module entra_application, role app_registration), or make an external tenant of Microsoft Entra "
        "External ID in its admin center",
    )
}


def find(name: str) -> ResourceType | None:
    """The row of a type, None if the table has none. Raises PlanError for a type that has a module of its own."""
    elsewhere = ELSEWHERE.get(name.casefold())
    if elsewhere:
        raise PlanError(f"type {name}: use the module {elsewhere}", cloud=CLOUD)
    return TABLE.get(name.casefold())


def refuse_creation(name: str) -> None:
    """Raises PlanError for a type that may be looked at, but is never made."""
    if name.casefold() in NOT_MADE:
        reason, hint = NOT_MADE[name.casefold()]
        raise PlanError(f"type {name} is not made here: {reason}", code="not_offered", cloud=CLOUD, hint=hint)


def unknown(name: str) -> PlanError:
    """The refusal of a type that the table does not have, where no api-version is given."""
    near = difflib.get_close_matches(name.casefold(), TABLE, n=1)
    hint = f"Did you mean {TABLE[near[0]].name}? " if near else ""
    return PlanError(
        f"type {name} is not one that this collection knows by itself",
        code="unknown_type",
        cloud=CLOUD,
        hint=f"{hint}For any other type give api_version; what is declared is then compared value by value",
    )
