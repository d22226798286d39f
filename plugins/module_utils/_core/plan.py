# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The plan: what has to happen to a set of things, decided before anything is written. Pure.

One thing is a set of one. The same plan is shown in check mode and carried out in a real run; there is no second path.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from .errors import MassDeletion, PlanError
from .rules import Difference, Leaf, Map, differences, masked, overlay, pointer
from .unknown import KNOWN_AFTER_APPLY

State = dict[str, t.Any]
States = t.Mapping[str, State]
Action = t.Literal["create", "update", "delete"]
_ALREADY_MASKED = Leaf()


@dataclass(frozen=True)
class Kind:
    """A kind of thing: where it lives, what it is called in results, the rules of its fields.

    rule: the rules, or a function that gives them for a state, where one kind has several shapes.
    outputs: fields that only the cloud knows until the thing exists; a preview shows the marker for them.
    id_field: the output that identifies the thing at the cloud, if it has one.
    """

    cloud: str
    name: str
    rule: Map | t.Callable[[State], Map]
    outputs: tuple[str, ...] = ()
    id_field: str | None = None

    def rules(self, state: State) -> Map:
        return self.rule if isinstance(self.rule, Map) else self.rule(state)

    def shown(self, state: State) -> State:
        """A state fit to be shown: secrets masked."""
        return t.cast("State", masked(self.rules(state), state))


@dataclass(frozen=True)
class Change:
    """What happens to one thing. `before` is its state as read, `after` its state once this is applied."""

    kind: Kind
    name: str
    action: Action
    differences: tuple[Difference, ...]
    before: State | None
    after: State | None

    @property
    def id(self) -> str | None:
        found = (self.before or {}).get(self.kind.id_field or "")
        return None if found is None else str(found)

    @property
    def title(self) -> str:
        """How reports and errors name it: `create cloudflare dns_record www.example.com A`."""
        return f"{self.action} {self.kind.cloud} {self.kind.name} {self.name}"

    def touches(self, *fields: str) -> bool:
        """Whether one of these top-level fields changes."""
        return any(difference.path.split("/")[1] in fields for difference in self.differences)

    def as_json(self) -> dict[str, t.Any]:
        return {
            "cloud": self.kind.cloud,
            "kind": self.kind.name,
            "name": self.name,
            "id": self.id,
            "action": self.action,
            "fields": [difference.as_json() for difference in self.differences],
        }

    def as_diff(self) -> dict[str, str]:
        """In Ansible's before/after form: a line for each value that changes, nothing else."""
        fields = [difference.as_json() for difference in self.differences]
        sides = {
            side: "".join(f"{field['path']}: {_text(field[side])}\n" for field in fields if field[side] is not None)
            for side in ("before", "after")
        }
        header = f"{self.kind.cloud} {self.kind.name} {self.name}"
        return {"before_header": header, "after_header": f"{header} ({self.action})", **sides}


def _text(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True)
class DeletionGuard:
    """Refuses plans that delete suspiciously much of a set.

    At most `few` deletions always pass; beyond that at most `share` of what is there. Emptying a set of two or more never
    passes. `override` names the option that lets such a plan through, for the message.
    """

    few: int = 2
    share: float = 0.3
    override: str = "allow_mass_delete"

    def check(self, kind: Kind, deleted: list[str], total: int) -> None:
        everything = len(deleted) == total and total >= 2
        if not everything and len(deleted) <= max(self.few, self.share * total):
            return
        some = ", ".join(deleted[:5]) + (f" and {len(deleted) - 5} more" if len(deleted) > 5 else "")
        raise MassDeletion(
            f"{kind.cloud} {kind.name}: this would delete {len(deleted)} of {total} ({some}); nothing was changed",
            cloud=kind.cloud,
            hint=f"If that is what you want, set {self.override}: true for this run",
        )


def make_plan(
    kind: Kind,
    have: States,
    want: t.Mapping[str, State | None],
    *,
    purge: bool = False,
    guard: DeletionGuard | None = None,
    rewrite: bool = False,
) -> list[Change]:
    """Compare a declared set with what is there: deletions first, then the rest in the order of the declaration.

    want: declared state by name; None means absent. Names that are not declared are left alone unless `purge`.
    rewrite: write-only values are written again although nobody can tell whether they differ.
    Raises PlanError when a change is not possible in place, MassDeletion when `guard` objects.
    """
    doomed = [name for name, state in want.items() if state is None and name in have]
    doomed += [name for name in have if purge and name not in want]
    if guard and doomed:
        guard.check(kind, doomed, len(have))
    changes = [_deletion(kind, name, have[name]) for name in doomed]
    for name, state in want.items():
        if state is not None:
            changes += _creation_or_update(kind, name, have.get(name), state, rewrite)
    _refuse_immutable(changes)
    return changes


def _deletion(kind: Kind, name: str, state: State) -> Change:
    fields = tuple(
        Difference(pointer("", key), value, None, _ALREADY_MASKED)
        for key, value in kind.shown(state).items()
        if value is not None and key not in kind.outputs
    )
    return Change(kind, name, "delete", fields, state, None)


def _creation_or_update(kind: Kind, name: str, have: State | None, want: State, rewrite: bool) -> list[Change]:
    rule = kind.rules(want)
    found = tuple(differences(rule, have, want, creating=have is None or rewrite))
    if have is not None:
        # Rewriting is for write-only values; create-only ones stay as the adopted thing has them.
        found = tuple(each for each in found if not each.rule.create_only)
        if not found:
            return []
        return [Change(kind, name, "update", found, have, overlay(rule, have, want))]
    outputs = dict.fromkeys(kind.outputs, KNOWN_AFTER_APPLY)
    return [Change(kind, name, "create", found, None, {**outputs, **overlay(rule, {}, want)})]


def _refuse_immutable(changes: t.Sequence[Change]) -> None:
    frozen = [
        (change, each)
        for change in changes
        if change.action == "update"
        for each in change.differences
        if each.rule.immutable and each.rule.forbids(each.before, each.after)
    ]
    if not frozen:
        return
    first = frozen[0][0]
    facts = [(each.as_json(), change) for change, each in frozen]
    listed = "; ".join(f"{change.name}{fact['path']} is {fact['before']!r}, declared {fact['after']!r}" for fact, change in facts)
    raise PlanError(
        f"{first.kind.cloud} {first.kind.name}: cannot be changed in place: {listed}; nothing was changed",
        code="immutable",
        cloud=first.kind.cloud,
        hint=f"Declare what is there, or recreate {first.name} yourself: it is never replaced silently",
    )


def after_plan(have: States, plan: t.Sequence[Change]) -> dict[str, State]:
    """The whole set once the plan is applied, with markers for what only the cloud knows."""
    after = dict(have)
    for change in plan:
        if change.after is None:
            after.pop(change.name, None)
        else:
            after[change.name] = change.after
    return after


def with_outputs(states: States, outputs: t.Mapping[str, State]) -> dict[str, State]:
    """The set with what the cloud returned while it was applied."""
    return {name: {**state, **outputs.get(name, {})} for name, state in states.items()}
