# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""How declared values are compared with what is there: a tree of rules with the shape of the thing.

Only what is declared is compared: a value of None, or a key that is not there, is not managed. `differences` and
`overlay` walk the same tree, so that what a plan promises is what it compares: differences(overlay(have, want), want)
is empty.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .normal import Normal, exact
from .unknown import has_unknown

MASK = "********"


@dataclass(frozen=True)
class Leaf:
    """A value that is compared as a whole.

    normal: its normal form; two values are the same if these are equal.
    same: for the rare comparison that is no equivalence (a version alias against a full version): same(have, want).
    absent: what the cloud means when it returns nothing, so that declaring this value is no change.
    immutable: cannot be changed in place. A function allowed(have, want) names the transitions that are possible.
    create_only: used to create, never compared (an adopted thing may differ).
    secret: compared, never shown, neither the old value nor the new.
    write_only: the cloud never returns it; written at creation, and again only when the caller says so.
    """

    normal: Normal = exact
    same: t.Callable[[t.Any, t.Any], bool] | None = None
    absent: t.Any = None
    immutable: bool | t.Callable[[t.Any, t.Any], bool] = False
    create_only: bool = False
    secret: bool = False
    write_only: bool = False

    def equal(self, have: t.Any, want: t.Any) -> bool:
        have = self.absent if have is None else have
        if has_unknown(want):
            return False
        return self.same(have, want) if self.same else bool(self.normal(have) == self.normal(want))

    def forbids(self, have: t.Any, want: t.Any) -> bool:
        """Whether this change cannot be made in place."""
        return not self.immutable(have, want) if callable(self.immutable) else self.immutable


@dataclass(frozen=True)
class Map:
    """A mapping with a rule for each key; `other` is the rule of keys that have none of their own (None: they are refused).

    whole: keys that are not declared are removed.
    """

    fields: t.Mapping[str, Rule] = field(default_factory=dict)
    other: Rule | None = None
    whole: bool = False

    def rule(self, key: str) -> Rule:
        rule = self.fields.get(key, self.other)
        if rule is None:
            raise KeyError(key)
        return rule


@dataclass(frozen=True)
class Keyed:
    """A list whose items are told apart by one of their own values, or by several together.

    key: the name of that value, or the names. normal: its normal form. whole: items that are not declared are removed.
    ordered: their order carries meaning too; it is a difference of its own, beside those of the items.
    """

    key: str | tuple[str, ...]
    item: Map
    normal: Normal = exact
    whole: bool = True
    ordered: bool = False

    def label(self, item: t.Mapping[str, t.Any]) -> t.Any:
        """What an item is called in paths: its key, or its keys joined: `53-UDP`."""
        return item.get(self.key) if isinstance(self.key, str) else "-".join(str(item.get(name)) for name in self.key)

    def rule(self, item: t.Mapping[str, t.Any]) -> Map:
        """The rule of one item."""
        return self.item

    def index(self, items: t.Sequence[t.Mapping[str, t.Any]] | None) -> dict[t.Any, t.Mapping[str, t.Any]]:
        return {self.normal(self.label(each)): each for each in items or ()}


@dataclass(frozen=True)
class Listed:
    """A list whose order carries meaning: items are compared place by place.

    identity: which thing an item is. Where another one stands in its place, nothing of that one is kept.
    """

    item: Rule
    identity: Normal | None = None

    def rule(self, place: int) -> Rule:
        """The rule of the item at a place."""
        return self.item

    def kept(self, have: t.Sequence[t.Any] | None, place: int, want: t.Any) -> t.Any:
        """What stands at a place and is the thing that is wanted there."""
        there = have[place] if have and place < len(have) else None
        return None if there is not None and self.identity and self.identity(there) != self.identity(want) else there


Rule = t.Union[Leaf, Map, Keyed, Listed]


@dataclass(frozen=True)
class Difference:
    """One value that is not as declared. `path` is a JSON pointer (RFC 6901); a keyed item stands under its key."""

    path: str
    before: t.Any
    after: t.Any
    rule: Leaf

    def as_json(self) -> dict[str, t.Any]:
        """For results: secrets masked on both sides, whether a value was there stays visible."""
        return {"path": self.path, "before": self._shown(self.before), "after": self._shown(self.after)}

    def _shown(self, value: t.Any) -> t.Any:
        return MASK if self.rule.secret and value is not None else value


def differences(rule: Rule, have: t.Any, want: t.Any, path: str = "", *, creating: bool = False) -> t.Iterator[Difference]:
    """Each declared value that is not as declared, in the order of the declaration.

    creating: nothing is there yet, so create-only and write-only values count too.
    """
    if want is None:
        return
    if isinstance(rule, Leaf):
        unseen = rule.create_only or rule.write_only
        if creating if unseen else not rule.equal(have, want):
            yield Difference(path, have, want, rule)
    elif isinstance(rule, Map):
        for key, value in want.items():
            below = have.get(key) if isinstance(have, t.Mapping) else None
            yield from differences(rule.rule(key), below, value, pointer(path, key), creating=creating)
        if rule.whole and isinstance(have, t.Mapping):
            for key, value in have.items():
                if want.get(key) is None:
                    yield from _removed(rule.rule(key), value, pointer(path, key))
    elif isinstance(rule, Keyed):
        yield from _keyed_differences(rule, have, want, path, creating)
    else:
        yield from _listed_differences(rule, have or [], want, path, creating)


def _removed(rule: Rule, have: t.Any, path: str) -> t.Iterator[Difference]:
    """What goes with a key that is not declared, value by value."""
    if have is None:
        return
    if isinstance(rule, Map) and isinstance(have, t.Mapping) and have:
        for key, value in have.items():
            yield from _removed(rule.rule(key), value, pointer(path, key))
    elif isinstance(rule, Keyed) and have:
        for value in have:
            yield Difference(pointer(path, rule.label(value)), masked(rule.rule(value), value), None, Leaf())
    else:
        yield Difference(path, masked(rule, have), None, Leaf())


def _keyed_differences(rule: Keyed, have: t.Any, want: t.Any, path: str, creating: bool) -> t.Iterator[Difference]:
    there, declared = rule.index(have), rule.index(want)
    for key, value in declared.items():
        below = pointer(path, rule.label(value))
        yield from differences(rule.rule(value), there.get(key), value, below, creating=creating or key not in there)
    for key, value in there.items():
        if rule.whole and key not in declared:
            yield Difference(pointer(path, rule.label(value)), masked(rule.rule(value), value), None, Leaf())
    before, after = [key for key in there if key in declared], [key for key in declared if key in there]
    if rule.ordered and before != after:
        yield Difference(path, before, after, Leaf())


def _listed_differences(
    rule: Listed, have: t.Sequence[t.Any], want: t.Sequence[t.Any], path: str, creating: bool
) -> t.Iterator[Difference]:
    for place, value in enumerate(want):
        there = have[place] if place < len(have) else None
        yield from differences(rule.rule(place), there, value, pointer(path, place), creating=creating or there is None)
    for place in range(len(want), len(have)):
        yield Difference(pointer(path, place), masked(rule.rule(place), have[place]), None, Leaf())


def overlay(rule: Rule, have: t.Any, want: t.Any) -> t.Any:
    """What is there once `want` is applied: what is declared wins, the rest stays."""
    if want is None:
        return have
    if isinstance(rule, Leaf):
        return have if rule.create_only and have is not None else want
    if isinstance(rule, Map):
        below = dict(have) if isinstance(have, t.Mapping) else {}
        kept = {} if rule.whole else below
        return {**kept, **{key: overlay(rule.rule(key), below.get(key), value) for key, value in want.items() if value is not None}}
    if isinstance(rule, Keyed):
        there, declared = rule.index(have), rule.index(want)
        others = [] if rule.whole else [value for key, value in there.items() if key not in declared]
        return [overlay(rule.rule(value), there.get(key), value) for key, value in declared.items()] + others
    return [overlay(rule.rule(place), rule.kept(have, place, value), value) for place, value in enumerate(want)]


def masked(rule: Rule, value: t.Any) -> t.Any:
    """The value fit to be shown: secrets masked, at any depth. What has no rule is left out: it may be anything."""
    if value is None:
        return None
    if isinstance(rule, Leaf):
        return MASK if rule.secret else value
    if isinstance(rule, Map):
        if not isinstance(value, t.Mapping):
            return MASK
        known = {key: rule.fields.get(key, rule.other) for key in value}
        return {key: masked(known[key], each) for key, each in value.items() if known[key] is not None}  # type: ignore[arg-type]
    return [masked(rule.rule(each) if isinstance(rule, Keyed) else rule.rule(place), each) for place, each in enumerate(value)]


def pointer(path: str, key: t.Any) -> str:
    """`path` one step further down, escaped as RFC 6901 says."""
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"
