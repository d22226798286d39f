# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand at a place of an object: one form for the built-in kinds and for those of CustomResourceDefinitions."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator, Mapping

Kind = t.Literal["object", "array", "string", "integer", "number", "boolean", "int-or-string", "any"]
ListType = t.Literal["atomic", "set", "map"]


class Node:
    """One place. Children are made when they are asked for: some kinds contain themselves.

    properties: the named fields. additional: what every other field is (a map), None if there are none.
    preserve: unknown fields stay (they are pruned otherwise).
    list_type, keys: how server-side apply merges a list; atomic_map: a map or structure that has one owner as a whole.
    merge_key: by what a strategic merge patch finds an element again; `set` lists of scalars merge with "".
    required: fields of a built-in structure that are written even when they are empty.
    embedded: a structure that is there even when nobody has given it (in the vendor's types: no pointer).
    schema: the JSON schema with the rules for values, for custom resources.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        properties: Callable[[], Mapping[str, Node]] | None = None,
        additional: Callable[[], Node | None] | None = None,
        items: Callable[[], Node] | None = None,
        preserve: bool = False,
        list_type: ListType = "atomic",
        keys: tuple[str, ...] = (),
        atomic_map: bool = False,
        merge_key: str | None = None,
        required: frozenset[str] = frozenset(),
        embedded: bool = False,
        resource: bool = False,
        model: str = "",
        format: str = "",
        schema: Mapping[str, t.Any] | None = None,
    ) -> None:
        self.kind: Kind = kind
        self._make_properties, self._make_additional, self._make_items = properties, additional, items
        self._properties: Mapping[str, Node] | None = None
        self._additional: Node | None = None
        self._items: Node | None = None
        self.preserve, self.atomic_map, self.embedded, self.resource = preserve, atomic_map, embedded, resource
        self.list_type, self.keys, self.merge_key = list_type, keys, merge_key
        self.required = required
        self.model, self.format, self.schema = model, format, schema

    @property
    def properties(self) -> Mapping[str, Node]:
        if self._properties is None:
            self._properties = self._make_properties() if self._make_properties else {}
        return self._properties

    @property
    def additional(self) -> Node | None:
        if self._additional is None and self._make_additional:
            self._additional = self._make_additional()
        return self._additional

    @property
    def items(self) -> Node:
        if self._items is None:
            self._items = self._make_items() if self._make_items else ANY
        return self._items

    def known(self, name: str) -> Node | None:
        """The node of a field, or None when there is no such field."""
        found = self.properties.get(name) or self.additional
        return found or (ANY if self.preserve or self.kind == "any" else None)

    def child(self, name: str) -> Node:
        """The node of a field; anything goes in one that is not known."""
        return self.known(name) or ANY

    @property
    def is_struct(self) -> bool:
        return bool(self._make_properties)

    def walk(self, depth: int = 3) -> Iterator[tuple[str, Node]]:
        """Fields with their paths, down to a depth."""
        for name, node in self.properties.items():
            yield name, node
            if depth > 1:
                yield from ((f"{name}.{rest}", below) for rest, below in node.walk(depth - 1))


ANY: t.Final = Node("any", preserve=True)
STRING: t.Final = Node("string")


def scalar_of(value: t.Any) -> bool:
    return not isinstance(value, (dict, list))
