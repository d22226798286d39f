# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of fields: what a manager owns, and how two objects differ, in the terms of `metadata.managedFields`.

The rules are those of sigs.k8s.io/structured-merge-diff: kubernetes.io/docs/reference/using-api/server-side-apply. A path is a tuple of
steps: `f:name` a field, `k:{"name":"app"}` an element of a list by its keys, `v:"x"` an element of a set by its value.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.nodes import Node, scalar_of

Path = tuple[str, ...]
Paths = frozenset[Path]
MISSING: t.Final = object()
KEY_DEFAULTS = {"protocol": "TCP"}  # the one key that may be left out, because it has a default


class BadElement(ValueError):
    """An element of a list that cannot be told from the others. The text is the server's."""


def step_of(node: Node, element: t.Any, index: int) -> str:
    """The step that names an element of a merged list."""
    if node.list_type == "set":
        return "v:" + json.dumps(element, separators=(",", ":"))
    if not isinstance(element, dict):
        raise BadElement(f"element {index}: associative list may not have non-map elements")
    keys = {}
    for name in sorted(node.keys):
        value = element.get(name, KEY_DEFAULTS.get(name))
        if value is None:
            why = f'associative list with keys has an element that omits key field "{name}" (and doesn\'t have default value)'
            raise BadElement(f"element {index}: {why}")
        keys[name] = value
    return "k:" + json.dumps(keys, separators=(",", ":"))


def is_leaf(node: Node, value: t.Any) -> bool:
    """Whether a value is owned as a whole."""
    if isinstance(value, dict):
        return node.atomic_map
    return not isinstance(value, list) or node.list_type == "atomic"


def paths_of(node: Node, value: t.Any, path: Path = ()) -> Iterator[Path]:
    """Everything that a declared object sets."""
    if is_leaf(node, value):
        if path:
            yield path
    elif isinstance(value, list):
        for index, element in enumerate(value):
            below = (*path, step_of(node, element, index))
            yield below
            yield from paths_of(node.items, element, below)
    else:
        for name, each in value.items():
            below = (*path, f"f:{name}")
            if each is None or each == {} or name not in node.properties:
                yield below
            yield from paths_of(node.child(name), each, below)


@dataclass
class Difference:
    """How one object differs from another, path by path; a structure that is new or gone is in it too."""

    added: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)


def compare(node: Node, before: t.Any, after: t.Any, path: Path = (), found: Difference | None = None) -> Difference:
    found = Difference() if found is None else found
    if before is after:
        return found
    if before is MISSING or after is MISSING:
        there = after if before is MISSING else before
        target = found.added if before is MISSING else found.removed
        if path and not (node.embedded and not node.atomic_map and not scalar_of(there) and there):
            target.add(path)
        if is_leaf(node, there):
            return found
    elif is_leaf(node, before) or is_leaf(node, after) or type(before) is not type(after):
        if before != after and path:
            found.modified.add(path)
        return found
    for step, below, left, right in _children(node, before, after):
        compare(below, left, right, (*path, step), found)
    return found


def _children(node: Node, before: t.Any, after: t.Any) -> Iterator[tuple[str, Node, t.Any, t.Any]]:
    if isinstance(before, list) or isinstance(after, list):
        left, right = elements(node, before), elements(node, after)
        for step in {**left, **right}:
            yield step, node.items, left.get(step, MISSING), right.get(step, MISSING)
        return
    left, right = (each if isinstance(each, dict) else {} for each in (before, after))
    for name in {**left, **right}:
        yield f"f:{name}", node.child(name), left.get(name, MISSING), right.get(name, MISSING)


def elements(node: Node, value: t.Any) -> dict[str, t.Any]:
    """The elements of a merged list by their steps; one that cannot be told from others by its place."""
    found: dict[str, t.Any] = {}
    for index, each in enumerate(value if isinstance(value, list) else ()):
        try:
            step = step_of(node, each, index)
        except BadElement:
            step = f"i:{index}"
        found[step if step not in found else f"i:{index}"] = each
    return found


# --- the form in managedFields ------------------------------------------------------


def encode(paths: Iterable[Path]) -> Json:
    """FieldsV1: a tree of steps; `.` marks a place that is a member itself besides what is below it."""
    root: Json = {}
    for path in sorted(paths, key=lambda each: (len(each), each)):
        place = root
        for step in path:
            place = place.setdefault(step, {})
        place["."] = {}
    return _tidy(root)


def _tidy(tree: Json) -> Json:
    """Leaves need no mark; steps are in order."""
    if set(tree) == {"."}:
        return {}
    return {step: _tidy(below) if step != "." else {} for step, below in sorted(tree.items())}


def decode(tree: Json | None, path: Path = ()) -> set[Path]:
    if not tree:
        return {path} if path else set()
    found: set[Path] = set()
    for step, below in tree.items():
        found |= {path} if step == "." else decode(below, (*path, step))
    return found


def written(path: Path) -> str:
    """A path as messages write it: `.spec.containers[name="app"].image`."""
    text = ""
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            text += f".{rest}"
        elif kind == "v":
            text += f"[={rest}]"
        elif kind == "i":
            text += f"[{rest}]"
        else:
            keys = json.loads(rest)
            text += "[" + ",".join(f"{name}={json.dumps(value, separators=(',', ':'))}" for name, value in sorted(keys.items())) + "]"
    return text


def under(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def with_parents(paths: Iterable[Path]) -> set[Path]:
    """The paths, and every named field above them: a structure goes with the last of what made it."""
    found = set()
    for path in paths:
        found.add(path)
        found |= {path[:end] for end in range(1, len(path)) if path[end - 1].startswith("f:")}
    return found
