# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a resource type of Azure is to the engine: a row of the table, with the rules of its body."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .._core import normal
from .._core.plan import State
from .._core.rules import Leaf, Map, Rule
from .arm import Arm, Sdk

if t.TYPE_CHECKING:
    from .place import Place


def once_set(have: t.Any, want: t.Any) -> bool:
    """A transition for `Leaf(immutable=...)`: what is not set yet may be set."""
    return have is None


TAGS = Map(other=Leaf())
LOCATION = Leaf(normal=normal.location, immutable=True)
WORD = Leaf(normal=normal.folded)  # enums: services return their own case
ENVELOPE: dict[str, Rule] = {"id": Leaf(normal=normal.arm_id), "name": Leaf(), "type": Leaf()}
READ_ONLY = ("id", "name", "type", "systemData", "etag", "eTag")


def body(properties: Map | None = None, *, tracked: bool = True, **more: Rule) -> Map:
    """The rules of a whole body. tracked: it has a location and tags. more: what else stands at the top (sku, kind, identity)."""
    fields: dict[str, Rule] = {**ENVELOPE, **more}
    if tracked:
        fields |= {"location": LOCATION, "tags": TAGS}
    inner = properties or Map()
    fields["properties"] = Map({**inner.fields, "provisioningState": Leaf()}, inner.other)
    return Map(fields)


@dataclass(frozen=True)
class ResourceType:
    """A row of the table.

    name: `Microsoft.KeyVault/vaults`. kind: what reports call it. version: the api-version, pinned: the same bytes on every machine.
    rule: the rules of the body, with the cloud's own names.
    outputs: what only the cloud knows until the resource exists, as JSON pointers; nobody can declare these.
    known: outputs that can be told beforehand. defaults: what a new resource gets when nothing else is declared.
    name_pattern, name_rule: a regular expression for the (last) name, and the same in words.
    patch: updates are PATCHes of what changes, instead of the whole resource as read with the declared laid over it.
    alone: what the service changes only in a call of its own, as groups of JSON pointers, in the order in which they are written; the
        rest goes first. For types with `patch`.
    derived: what the service works out from the rest, as JSON pointers: as read it is not sent back, only as declared.
    only_true: switches, as JSON pointers, that the service refuses to be told `false`, also where they are off.
    regional: it is in a region; else it is everywhere, and its location is Global.
    objections: what the service would refuse about a declared body and its rules cannot say, as sentences.
    sdk: the vendor's client to use as transport. confirm_delete: its deletion takes other things along.
    beside: JSON pointers of what is kept on its own, but stands in this body too, so that a PUT without it would take it away.
    apart: JSON pointer → name of the child resource under which a value is read that the resource itself does not return.
    as_read: the body as read, in the form in which it is declared, where a service has two forms for the same thing.
    serial: writes on one parent, and on its children, follow each other.
    """

    name: str
    kind: str
    version: str
    rule: Map
    outputs: tuple[str, ...] = ()
    known: t.Callable[[Place], State] = lambda place: {}
    defaults: t.Callable[[Arm], State] = lambda arm: {}
    name_pattern: str = r".{1,260}"
    name_rule: str = "1 to 260 characters"
    patch: bool = False
    alone: tuple[tuple[str, ...], ...] = ()
    derived: tuple[str, ...] = ()
    only_true: tuple[str, ...] = ()
    regional: bool = True
    objections: t.Callable[[State], t.Iterable[str]] = lambda declared: ()
    sdk: Sdk | None = None
    confirm_delete: bool = False
    beside: tuple[str, ...] = ()
    apart: t.Mapping[str, str] = field(default_factory=dict)
    as_read: t.Callable[[State, State], State] = lambda found, declared: found
    serial: bool = False

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def segments(self) -> list[str]:
        return self.name.split("/")[1:]
