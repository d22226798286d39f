# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Many resources at once: read side by side, planned as one, written in waves whose order follows from what mentions what."""

from __future__ import annotations

import re
import typing as t
from functools import partial
from itertools import zip_longest

from .._core.apply import Step, Waves, side_by_side
from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States, after_plan, with_outputs
from .._core.reconcile import Reconciler
from .._core.rules import Map
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._core.unknown import has_unknown
from .arm import Arm
from .errors import CLOUD
from .options import PLACE, RESOURCE, declared_of, place
from .resource_type import ResourceType
from .resource_types import table
from .resources import ALWAYS_REGISTERED, PROVIDER, Resource

# An item has the options of `azure_resource`, but for those that hold for the whole task.
ITEM = {name: dict(option) for name, option in RESOURCE.options.items() if name not in ("rewrite", "register_provider")}
RESOURCES = ArgumentSpec(
    {
        "resources": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": ITEM,
            "mutually_exclusive": list(PLACE.mutually_exclusive),
        },
        "resource_group": {"type": "str"},
        "location": {"type": "str"},
        "tags": {"type": "dict"},
        "register_provider": {"type": "bool", "default": True},
    }
)


class Member(Resource):
    """One resource of the set, with what is found and planned for it: in a set a name may occur twice, once for each type."""

    def __init__(self, arm: Arm, item: t.Mapping[str, t.Any], row: ResourceType, declared: State | None, *, register: bool) -> None:
        super().__init__(
            arm,
            row,
            lambda: place(item, arm, row),
            declared,
            register=register,
            confirmed=item["confirm_delete"] == item["name"],
        )
        self.row = row
        self.declared = declared
        self.wanted: dict[str, State | None] = {}
        self.have: dict[str, State] = {}
        self.changes: list[Change] = []
        self.outputs: dict[str, State] = {}

    @property
    def key(self) -> str:
        """What it is called in the result."""
        return f"{self.row.name}/{self.place.label}"

    @property
    def id(self) -> str:
        return self.place.path.casefold()

    def look(self) -> None:
        # In a place that is known only after apply nothing can be yet.
        self.have = {} if has_unknown(self.place.path) else self.read()

    def decide(self, registration: str | None) -> list[Change]:
        self._unregistered = registration
        self.changes = self.plan(self.have, self.wanted)
        return self.changes

    def recorded(self, change: Change) -> list[Step]:
        """The steps of a change, one after the other, whose outputs stay with this member."""

        def keep(step: Step) -> None:
            self.outputs.update(step.call() or {})

        return [Step(step.title, partial(keep, step)) for step in self.steps(change)]

    def after(self) -> State:
        """The resource once the plan is applied, fit to be shown; empty if it is not there."""
        state = with_outputs(after_plan(self.have, [each for each in self.changes if each.kind is self.kind]), self.outputs)
        found = state.get(self.place.label)
        return {} if found is None else self.shown(self.kind.shown(found))

    def _look_at_provider(self) -> None:
        """The set asks once for each namespace."""


class ResourceSet(Reconciler):
    """Resources of any types. A resource that mentions another one of the set is written after it, and deleted before it."""

    # Each member has a kind of its own; as a whole they have no state.
    kind = Kind(CLOUD, "resources", Map())

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._params = host.params
        self._arm = Arm.of(host, traffic)

    def want(self) -> dict[str, State | None]:
        self._members = [self._member(item) for item in self._params["resources"]]
        for member in self._members:
            member.wanted = member.want()
        seen: set[str] = set()
        for member in self._members:
            if member.id in seen and not has_unknown(member.id):
                raise PlanError(f"{member.key} is declared twice", cloud=CLOUD)
            seen.add(member.id)
        return {member.key: member.declared for member in self._members}

    def read(self) -> dict[str, State]:
        side_by_side(Member.look, self._members)
        self._registrations = self._look_at_providers()
        return {}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        first_of: dict[str, Member] = {}
        for member in self._members:
            first_of.setdefault(member.row.namespace.casefold(), member)
        changes: list[Change] = []
        for member in self._members:
            namespace = member.row.namespace.casefold()
            changes += member.decide(self._registrations.get(namespace) if first_of[namespace] is member else None)
        # Deletions come last: what still points to something has let go of it by then.
        order = {"delete": 2}
        return sorted(changes, key=lambda change: 0 if change.kind is PROVIDER else order.get(change.action, 1))

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for member in self._members:
            member.check(member.have, member.changes)
        self._waves = self._in_waves()

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return self._waves

    def result(self, after: States) -> dict[str, t.Any]:
        return {"resources": {member.key: member.after() for member in self._members}}

    # --- below ---------------------------------------------------------------

    def _member(self, item: dict[str, t.Any]) -> Member:
        item = dict(item)
        if not (item["resource_group"] or item["parent"] or item["scope"]):
            item["resource_group"] = self._params["resource_group"]
        row, declared = declared_of(item)
        if item["state"] == "absent":
            return Member(self._arm, item, row, None, register=self._params["register_provider"])
        return Member(self._arm, item, row, self._with_defaults(item, row, declared), register=self._params["register_provider"])

    def _with_defaults(self, item: t.Mapping[str, t.Any], row: ResourceType, declared: State) -> State:
        """The task's location and tags, for what can have them: children and what extends others usually cannot."""
        known = table.find(row.name) is row
        tracked = {"location", "tags"} <= set(row.rule.fields) if known else not (item["parent"] or item["scope"])
        if not tracked:
            return declared
        more: State = {}
        if self._params["location"] and "location" not in declared and row.regional:
            more["location"] = self._params["location"]
        if self._params["tags"]:
            more["tags"] = {**self._params["tags"], **(declared.get("tags") or {})}
        return {**declared, **more}

    def _look_at_providers(self) -> dict[str, str]:
        """The registration of each namespace of which nothing is there yet; what has resources is in use."""
        wanted: dict[str, str] = {}
        for member in self._members:
            namespace = member.row.namespace
            absent = member.declared is not None and not member.have and not has_unknown(member.id)
            if absent and namespace.casefold() not in ALWAYS_REGISTERED:
                wanted.setdefault(namespace.casefold(), namespace)
        for member in self._members:
            if member.have:
                wanted.pop(member.row.namespace.casefold(), None)
        found = side_by_side(self._arm.registration, list(wanted.values()))
        return dict(zip(wanted, found, strict=True))

    def _in_waves(self) -> list[list[Step]]:
        """Registrations, then what is written, each after what it mentions; then deletions, the other way round."""
        providers = [member.step(change) for member in self._members for change in member.changes if change.kind is PROVIDER]
        written = [(member, change) for member in self._members for change in member.changes if change.kind is member.kind]
        kept = _levels([(member, change) for member, change in written if change.action != "delete"])
        gone = _levels([(member, change) for member, change in written if change.action == "delete"])
        levels = [[member.recorded(change) for member, change in level] for level in (*kept, *reversed(gone))]
        waves = [[step for step in wave if step] for level in levels for wave in zip_longest(*level)]
        return [wave for wave in (providers, *waves) if wave]


Planned = tuple[Member, Change]


def _levels(planned: t.Sequence[Planned]) -> list[list[Planned]]:
    """In levels: each one mentions only what stands in levels before it. Raises PlanError for a circle."""
    members = [member for member, change in planned]
    needs = {id(member): _mentioned(member, members) for member in members}
    left, levels = list(planned), t.cast("list[list[Planned]]", [])
    done: set[int] = set()
    while left:
        ready = _one_of_siblings([each for each in left if needs[id(each[0])] <= done])
        if not ready:
            names = ", ".join(member.key for member, change in left)
            raise PlanError(f"these resources mention each other in a circle: {names}", code="circle", cloud=CLOUD)
        levels.append(ready)
        done |= {id(member) for member, change in ready}
        left = [each for each in left if each not in ready]
    return levels


def _one_of_siblings(ready: t.Sequence[Planned]) -> list[Planned]:
    """Of those whose service takes one write at a time below a parent, the first; of all others everything."""
    kept: dict[str, Planned] = {}
    for member, change in ready:
        kept.setdefault(member.id.rpartition("/")[0] if member.row.serial else member.id, (member, change))
    return list(kept.values())


def _mentioned(member: Member, others: t.Sequence[Member]) -> set[int]:
    """Which others stand in this one's body, or above it. What is to be deleted is told by its body as read."""
    body = member.declared or member.have.get(member.place.label) or {}
    text = "\n".join(_texts({**body, "id": member.place.path.rpartition("/")[0]})).casefold()
    return {id(other) for other in others if other is not member and re.search(rf"{re.escape(other.id)}(?![\w.()-])", text)}


def _texts(value: t.Any) -> t.Iterator[str]:
    """Every text in a JSON-like value, keys too: user-assigned identities stand in keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, t.Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _texts(each)
