# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Resource bodies: laying them over each other, pointing into them, and checking their names. Pure."""

from __future__ import annotations

import difflib
import typing as t
from copy import deepcopy
from dataclasses import replace
from itertools import zip_longest

from .._core.errors import PlanError
from .._core.plan import Change, State
from .._core.rules import Keyed, Leaf, Listed, Map, Rule, pointer
from .errors import CLOUD


def as_declared(found: State, declared: State) -> State:
    """A resource as read, with its tags under the names that were declared: tag names have no case, and services change it."""
    state = {name: value for name, value in found.items() if name not in ("systemData", "etag", "eTag")}
    spelled = {name.casefold(): name for name in declared.get("tags") or {}}
    if isinstance(state.get("tags"), dict):
        state["tags"] = {spelled.get(name.casefold(), name): value for name, value in state["tags"].items()}
    return state


def parts_of(change: Change, alone: t.Sequence[t.Sequence[str]]) -> list[Change]:
    """An update in the parts that have to be written one after the other: what goes with anything, then each group of `alone`."""

    def group_of(path: str) -> int:
        fitting = (number for number, paths in enumerate(alone, 1) if any(path == each or path.startswith(f"{each}/") for each in paths))
        return next(fitting, 0)

    found = [tuple(each for each in change.differences if group_of(each.path) == number) for number in range(len(alone) + 1)]
    return [replace(change, differences=differences) for differences in found if differences]


def patch_of(change: Change) -> State:
    """The body of a PATCH: each property that changes, as a whole, because a service replaces lists and tags as a whole."""
    after, sent = change.after or {}, t.cast(State, {})
    for difference in change.differences:
        top, *below = [part.replace("~1", "/").replace("~0", "~") for part in difference.path.split("/")[1:]]
        if top == "properties" and below:
            if below[0] != "provisioningState":
                sent.setdefault("properties", {})[below[0]] = after["properties"][below[0]]
        else:
            sent[top] = after[top]
    return sent


def laid_under(base: State, over: t.Mapping[str, t.Any]) -> State:
    """`over`, with what only `base` has."""
    merged = deepcopy(base)
    for name, value in over.items():
        kept = merged.get(name)
        merged[name] = laid_under(kept, value) if isinstance(kept, dict) and isinstance(value, t.Mapping) else deepcopy(value)
    return merged


def filled(base: t.Any, over: t.Any) -> t.Any:
    """`base` with the values of `over` in their places, below names of mappings and at places of lists. None leaves what is there."""
    if isinstance(base, t.Mapping) and isinstance(over, t.Mapping):
        return {**base, **{name: filled(base.get(name), value) for name, value in over.items()}}
    if isinstance(base, list) and isinstance(over, list):
        return [filled(*pair) for pair in zip_longest(base, over)]
    return deepcopy(base if over is None else over)


def at(body: t.Any, path: str) -> t.Any:
    """What stands at a JSON pointer, or None."""
    for part in path.split("/")[1:]:
        body = body.get(part) if isinstance(body, t.Mapping) else None
    return body


def put(body: State, path: str, value: t.Any) -> None:
    """Set what stands at a JSON pointer; None takes it away."""
    *parents, last = path.split("/")[1:]
    for part in parents:
        if not isinstance(body.get(part), dict):
            if value is None:
                return
            body[part] = {}
        body = body[part]
    if value is None:
        body.pop(last, None)
    else:
        body[last] = value


def with_leaves(rule: Map, paths: t.Iterable[str]) -> Map:
    """The rules, with a plain one at each of these JSON pointers."""
    for path in paths:
        rule = _with_leaf(rule, path.split("/")[1:])
    return rule


def _with_leaf(rule: Map, parts: t.Sequence[str]) -> Map:
    first, *rest = parts
    below = rule.fields.get(first)
    inner: Rule = _with_leaf(below if isinstance(below, Map) else Map(), rest) if rest else Leaf()
    return Map({**rule.fields, first: inner}, rule.other)


def secrets_in(rule: Rule, value: t.Any, path: str = "") -> t.Iterator[str]:
    """Where secrets stand in a declared value, as JSON pointers."""
    if isinstance(rule, Leaf):
        if rule.secret and value is not None:
            yield path
    elif isinstance(rule, Map):
        for name, each in value.items() if isinstance(value, t.Mapping) else ():
            known = rule.fields.get(name, rule.other)
            if known is not None:
                yield from secrets_in(known, each, pointer(path, name))
    else:
        for number, each in enumerate(value if isinstance(value, list) else ()):
            yield from secrets_in(rule.item, each, pointer(path, number))


def refuse_unknown(rule: Rule, value: t.Any, what: str, path: str = "") -> None:
    """Raise PlanError for a name that the type does not have: services drop those without a word."""
    if isinstance(rule, Map):
        if not isinstance(value, t.Mapping):
            if value is not None:
                raise PlanError(f"{what}: {path} must be a mapping", cloud=CLOUD)
            return
        for name, each in value.items():
            known = rule.fields.get(name, rule.other)
            if known is None:
                near = difflib.get_close_matches(name, rule.fields, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"It knows {', '.join(sorted(rule.fields))}"
                raise PlanError(f"{what} has no {pointer(path, name)}", code="unknown_property", cloud=CLOUD, hint=hint)
            refuse_unknown(known, each, what, pointer(path, name))
    elif isinstance(rule, (Keyed, Listed)):
        if value is not None and not isinstance(value, list):
            raise PlanError(f"{what}: {path} must be a list", cloud=CLOUD)
        for number, each in enumerate(value or ()):
            refuse_unknown(rule.item, each, what, pointer(path, number))
