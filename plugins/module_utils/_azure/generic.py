# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Types that the table does not have: rules made from what is declared."""

from __future__ import annotations

import re
import typing as t

from .._core import normal
from .._core.rules import Keyed, Leaf, Listed, Map, Rule, pointer
from .resource_type import LOCATION, TAGS, WORD, ResourceType, body

_DURATION = re.compile(r"P(?=\d|T\d)(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
# What is an enum wherever it stands, so that its case carries no meaning.
_WORDS = frozenset({"type", "kind", "tier"})


def generic(
    name: str, version: str, declared: t.Mapping[str, t.Any], write_only: t.Sequence[str], outputs: t.Sequence[str]
) -> ResourceType:
    """A row for any type. Only declared values are compared, each in a form that follows from its name and looks:

    - `location` as a region, ids (`/subscriptions/…`) without case, durations by their length, numbers by their value;
    - lists of scalars as sets; lists of mappings that all have a `name` by that name, others place by place;
    - everything else exactly.

    write_only: JSON pointers of what the cloud never returns. outputs: JSON pointers of what shall be returned.
    """
    fields = {key: _rule(value, pointer("", key), frozenset(write_only)) for key, value in declared.items() if value is not None}
    properties = fields.pop("properties", None)
    more: dict[str, Rule] = {"location": LOCATION, "tags": TAGS, "sku": Map(other=WORD), "identity": Map(other=Leaf()), **fields}
    rule = body(properties if isinstance(properties, Map) else Map(), tracked=False, **more)
    return ResourceType(name=name, kind=name, version=version, rule=rule, outputs=tuple(outputs))


def _rule(value: t.Any, path: str, write_only: frozenset[str]) -> Rule:
    name = path.rpartition("/")[2]
    if path in write_only:
        return Leaf(secret=True, write_only=True)
    if path == "/location":
        return LOCATION
    if path == "/tags":
        return TAGS
    if isinstance(value, t.Mapping):
        return Map({key: _rule(each, pointer(path, key), write_only) for key, each in value.items() if each is not None})
    if isinstance(value, list) and any(isinstance(each, (t.Mapping, list)) for each in value):
        return _list_rule(value, path, write_only)
    if isinstance(value, list):
        return Leaf(normal=normal.set_of(_scalar))
    if isinstance(value, str) and (name in _WORDS or path.startswith("/sku/")):
        return WORD
    if name == "location":
        return Leaf(normal=normal.location)
    return Leaf(normal=_scalar)


def _list_rule(items: t.Sequence[t.Any], path: str, write_only: frozenset[str]) -> Rule:
    """A list of mappings, whose items share one rule, made of all their keys; any other list is compared as a whole."""
    if not all(isinstance(each, t.Mapping) for each in items):
        return Leaf()
    item: Rule = Map()
    for each in items:
        item = _both(item, _rule(each, f"{path}/-", write_only))
    names = [each.get("name") for each in items]
    named = isinstance(item, Map) and None not in names and len({normal.folded(str(name)) for name in names}) == len(names)
    return Keyed("name", Map({**item.fields, "name": WORD}), normal=normal.folded) if named and isinstance(item, Map) else Listed(item)


def _both(one: Rule, other: Rule) -> Rule:
    """A rule for values of either shape."""
    if isinstance(one, Map) and isinstance(other, Map):
        shared = {key: _both(one.fields[key], rule) for key, rule in other.fields.items() if key in one.fields}
        return Map({**one.fields, **other.fields, **shared})
    return one if one == other else Leaf()


def _scalar(value: t.Any) -> t.Any:
    """A single value in its normal form."""
    if not isinstance(value, str):
        return value if isinstance(value, bool) else normal.number(value)
    if value.casefold().startswith("/subscriptions/"):
        return normal.arm_id(value)
    return normal.duration(value) if _DURATION.fullmatch(value) else value
