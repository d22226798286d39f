# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Paths into objects, as field management writes them (FieldsV1) and as results show them (JSON pointers). Pure.

A path is a tuple of steps: `f:name` a field, `k:{"name":"x"}` the item with these keys, `v:1` a value of a set
(kubernetes.io/docs/reference/using-api/server-side-apply, structured-merge-diff).
"""

from __future__ import annotations

import json
import typing as t

from .._core.rules import pointer
from .._core.unknown import has_unknown

Path = tuple[str, ...]
Keys = tuple[str, ...]  # the names of the values that tell the items of a list apart
MISSING: t.Any = object()
USUAL = {"protocol": "TCP"}  # of keys: a port without a protocol is a TCP port
ITEM = "*"  # stands for any item in the place of a list


def leaves(fields: t.Mapping[str, t.Any], path: Path = ()) -> t.Iterator[Path]:
    """Every path that a FieldsV1 tree owns. `.` owns the thing itself, beside what is below it."""
    for step, below in fields.items():
        if step == ".":
            yield path
        elif not below:
            yield (*path, step)
        else:
            yield from leaves(below, (*path, step))


def tree_of(paths: t.Iterable[Path]) -> dict[str, t.Any]:
    """The FieldsV1 tree that owns these paths: the other way of `leaves`."""
    tree: dict[str, t.Any] = {}
    for path in sorted(paths, key=len, reverse=True):
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        if place:
            place["."] = {}
    return tree


def value_at(thing: t.Any, path: Path) -> t.Any:
    """What stands at a path, or MISSING."""
    for step in path:
        thing = _step(thing, step)
        if thing is MISSING:
            return MISSING
    return thing


def _step(thing: t.Any, step: str) -> t.Any:
    kind, rest = step[:2], step[2:]
    if kind == "f:":
        return thing.get(rest, MISSING) if isinstance(thing, dict) else MISSING
    if not isinstance(thing, list):
        return MISSING
    place = _place(thing, step)
    return MISSING if place is None else thing[place]


def _place(items: list[t.Any], step: str) -> int | None:
    """The place of an item in its list."""
    kind, wanted = step[:2], json.loads(step[2:])
    if kind == "v:":
        return next((place for place, item in enumerate(items) if item == wanted), None)
    if kind == "i:":
        return wanted if wanted < len(items) else None
    same = (
        place
        for place, item in enumerate(items)
        if isinstance(item, dict) and all(item.get(key, USUAL.get(key, MISSING)) == value for key, value in wanted.items())
    )
    return next(same, None)


def without(thing: t.Any, path: Path) -> t.Any:
    """A copy without what stands at a path; the thing itself if nothing stands there."""
    return _changed(thing, path, MISSING)


def replaced(thing: t.Any, path: Path, value: t.Any) -> t.Any:
    """A copy with another value at a path. Fields on the way are made, items are not."""
    return _changed(thing, path, value)


def _changed(thing: t.Any, path: Path, value: t.Any) -> t.Any:
    step, rest = path[0], path[1:]
    if step.startswith("f:"):
        if not isinstance(thing, dict):
            return thing
        name = step[2:]
        if not rest:
            return {key: each for key, each in thing.items() if key != name} if value is MISSING else {**thing, name: value}
        if name not in thing and (value is MISSING or not rest[0].startswith("f:")):
            return thing
        return {**thing, name: _changed(thing.get(name, {}), rest, value)}
    if not isinstance(thing, list):
        return thing
    place = _place(thing, step)
    if place is None:
        return thing if rest or value is MISSING else [*thing, value]
    if rest:
        return [*thing[:place], _changed(thing[place], rest, value), *thing[place + 1 :]]
    return [*thing[:place], *([] if value is MISSING else [value]), *thing[place + 1 :]]


def keys_of(entries: t.Iterable[t.Mapping[str, t.Any]]) -> dict[Path, Keys]:
    """Which lists have keys, as the managers' entries show it: by path, with ITEM in the place of items."""
    found: dict[Path, Keys] = {}

    def walk(fields: t.Mapping[str, t.Any], path: Path) -> None:
        for step, below in fields.items():
            if step.startswith("k:"):
                found[path] = tuple(json.loads(step[2:]))
                walk(below, (*path, ITEM))
            elif step.startswith("f:"):
                walk(below, (*path, step[2:]))

    for entry in entries:
        walk(entry.get("fieldsV1") or {}, ())
    return found


def label_of(step: str) -> str:
    """How a step is called in a pointer: fields by name, items by their keys."""
    if step.startswith("k:"):
        return "-".join(str(value) for value in json.loads(step[2:]).values())
    return str(json.loads(step[2:])) if step.startswith("v:") else step[2:]


def pointer_of(path: Path) -> str:
    """A path as results show it."""
    shown = ""
    for step in path:
        shown = pointer(shown, label_of(step))
    return shown


def below(path: Path, top: Path) -> bool:
    """Whether a path is the other one, or leads through it."""
    return path[: len(top)] == top


def matching(thing: t.Any, keys: t.Mapping[Path, Keys], pattern: str) -> list[Path]:
    """The paths in an object that fit a pattern: a JSON pointer in which `*` is any one step, and items are called by their keys."""
    wanted = [step.replace("~1", "/").replace("~0", "~") for step in pattern.split("/")[1:]]
    found: list[tuple[t.Any, Path, Path]] = [(thing, (), ())]
    for step in wanted:
        found = [below for each in found for below in _children(*each, keys) if step in (ITEM, label_of(below[1][-1]))]
    return [each[1] for each in found]


def unknown_in(thing: t.Any, live: t.Any, keys: t.Mapping[Path, Keys]) -> list[Path]:
    """The paths to what is known only after apply: to the value itself where something stands there in `live`, else to the whole that is
    not there yet. A list without keys is one whole, unless as many items are there.
    """

    def walk(value: t.Any, path: Path, place: Path) -> t.Iterator[Path]:
        if not has_unknown(value):
            return
        there = value_at(live, path)
        other = isinstance(value, list) and place not in keys and not (isinstance(there, list) and len(there) == len(value))
        if there is MISSING or other or not isinstance(value, (dict, list)):
            yield path
        else:
            for below in _children(value, path, place, keys):
                yield from walk(*below)

    return list(walk(thing, (), ()))


def _children(thing: t.Any, path: Path, place: Path, keys: t.Mapping[Path, Keys]) -> t.Iterator[tuple[t.Any, Path, Path]]:
    """What is one step below: the thing, its path, and the path with ITEM in the place of items."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            yield value, (*path, f"f:{name}"), (*place, name)
    elif isinstance(thing, list):
        names = keys.get(place)
        for number, value in enumerate(thing):
            if names and isinstance(value, dict):
                step = "k:" + json.dumps({name: value.get(name, USUAL.get(name)) for name in names}, separators=(",", ":"))
            else:
                step = f"i:{number}"
            yield value, (*path, step), (*place, ITEM)
