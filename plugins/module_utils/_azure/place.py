# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Where a resource is: its type, its names and what it is in, as one resource id."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._core.errors import PlanError
from .._core.normal import arm_id
from .._core.unknown import has_unknown
from .errors import CLOUD
from .resource_type import ResourceType

GROUPS = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True)
class Place:
    """The id of a resource, and the name by which reports call it."""

    path: str
    label: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def place_of(
    row: ResourceType, name: str, *, subscription: str, group: str | None = None, parent: str | None = None, scope: str | None = None
) -> Place:
    """The place of a resource.

    name: `identity/credential` for a child given by its group. group: the resource group. parent: the id of the resource it is a
    child of. scope: the id of whatever it extends. Without any of them it belongs to the subscription. Raises PlanError.
    """
    names = name.split("/")
    if row.name.casefold() == GROUPS.casefold():
        place = Place(f"/subscriptions/{subscription}/resourceGroups/{name}", name)
    elif parent is not None:
        place = Place(f"{_parent(row, parent)}/{row.segments[-1]}/{name}", f"{parent.rstrip('/').rpartition('/')[2]}/{name}")
    else:
        if len(names) != len(row.segments):
            shape = "/".join(f"<{segment}>" for segment in row.segments)
            raise _invalid(f"{row.name}: the name {name} does not have the form {shape}", "Or give the id of its parent as parent")
        root = scope.rstrip("/") if scope is not None else f"/subscriptions/{subscription}" + (f"/resourceGroups/{group}" if group else "")
        pairs = "".join(f"/{segment}/{each}" for segment, each in zip(row.segments, names, strict=True))
        place = Place(f"{root}/providers/{row.namespace}{pairs}", name)
    if not has_unknown(place.name) and not re.fullmatch(row.name_pattern, place.name):
        raise _invalid(f"{row.kind} name {place.name!r} is invalid: {row.name_rule}")
    return place


def _parent(row: ResourceType, parent: str) -> str:
    """The id of the parent, which must be of the parent's type."""
    parent = parent.strip().rstrip("/")
    if has_unknown(parent):
        return parent
    wanted = row.name.rpartition("/")[0]
    found = type_of(parent)
    if found.casefold() != wanted.casefold():
        raise _invalid(f"{row.name}: parent {parent} is {found or 'no resource id'}, not the id of a {wanted}")
    return parent


def type_of(resource_id: str) -> str:
    """The type of the resource that an id names, empty if it names none."""
    found, rest = resource_id.rpartition("/providers/")[1:]
    parts = rest.split("/")
    if not found or len(parts) < 3 or len(parts) % 2 == 0:
        return GROUPS if re.fullmatch(r"/subscriptions/[^/]+/resourcegroups/[^/]+", arm_id(resource_id)) else ""
    return "/".join([parts[0], *parts[1::2]])


def _invalid(message: str, hint: str | None = None) -> PlanError:
    return PlanError(message, cloud=CLOUD, hint=hint)
