# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The ARM engine: one reconciler for every resource type of the table, and for those it does not have."""

from __future__ import annotations

import typing as t
from copy import deepcopy
from dataclasses import replace
from functools import partial

from .._core.apply import Step, Waves
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Change, Kind, State, States, make_plan
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .._core.unknown import KNOWN_AFTER_APPLY
from .arm import Arm
from .bodies import as_declared, at, laid_under, parts_of, patch_of, put, refuse_unknown, with_leaves
from .errors import CLOUD, body_of
from .place import Place
from .progress import is_settled, provisioning
from .resource_type import READ_ONLY, ResourceType

PROVIDER = Kind(CLOUD, "resource_provider", Map({"registrationState": Leaf()}))
# Registered by default ("Resource providers for Azure services", learn.microsoft.com/azure/azure-resource-manager/management).
ALWAYS_REGISTERED = frozenset({"microsoft.resources", "microsoft.authorization", "microsoft.features", "microsoft.portal"})
UNREGISTERED = frozenset({"MissingSubscriptionRegistration", "SubscriptionNotRegistered"})


class Resource(Reconciler):
    """One resource.

    declared: its body with the cloud's own names; None: it shall not be there. register: let the subscription use the type's
    namespace where it does not yet. confirmed: its deletion was confirmed, for types that take other things along.
    """

    identity: t.ClassVar[tuple[str, ...]] = ("name", "resource_group", "parent", "scope")

    def __init__(
        self,
        arm: Arm,
        row: ResourceType,
        place: t.Callable[[], Place],
        declared: State | None,
        *,
        register: bool = True,
        confirmed: bool = False,
    ) -> None:
        self._arm = arm
        self._row = row
        self._find_place = place
        self._declared = declared
        self._register = register
        self._confirmed = confirmed
        self._unregistered: str | None = None
        self.kind = Kind(CLOUD, row.kind, with_leaves(row.rule, row.outputs), id_field="id")

    # --- the way through the house ------------------------------------------

    def want(self) -> dict[str, State | None]:
        self._place = self._find_place()
        if self._declared is None:
            return {self._place.label: None}
        for output in self._row.outputs:
            if at(self._declared, output) is not None:
                raise PlanError(f"{self._row.kind} {self._place.label}: {output} is set by the cloud, it cannot be declared", cloud=CLOUD)
        refuse_unknown(self._row.rule, self._declared, f"{self._row.kind} {self._place.label}")
        objections = "; ".join(self._row.objections(self._declared))
        if objections:
            raise PlanError(f"{self._row.kind} {self._place.label}: {objections}", code="invalid", cloud=CLOUD)
        return {self._place.label: self._declared}

    def read(self) -> dict[str, State]:
        # What a run before this one has begun is waited for: then it is compared like anything else.
        found = self._arm.settled(f"read the {self._row.kind} {self._place.label}", self._place.path, self._row.version, self._row.sdk)
        if found is None:
            self._look_at_provider()
            return {}
        state = self._told(found)
        for path in self._row.apart:
            if at(self._declared, path) is not None:
                put(state, path, self._read_apart(path))
        return {self._place.label: state}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        declared = want[self._place.label]
        if declared is not None and self._place.label not in have:
            declared = laid_under(self._row.defaults(self._arm), declared)
        elif declared is not None and provisioning(have[self._place.label]).casefold() != "succeeded":
            # A write that failed half-way is written again, also if everything looks as declared.
            declared = laid_under({"properties": {"provisioningState": "Succeeded"}}, declared)
        changes = make_plan(self.kind, have, {self._place.label: declared})
        return self._registration() + changes

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            if change.action == "delete" and self._row.confirm_delete and not self._confirmed:
                raise PlanError(
                    f"{change.title}: this deletes everything in it; nothing was changed",
                    code="unconfirmed",
                    cloud=CLOUD,
                    hint=f"If that is what you want, set confirm_delete: {change.name}",
                )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[step] for change in plan for step in self.steps(change)]

    def result(self, after: States) -> dict[str, t.Any]:
        return {"resource": self.shown(after.get(self._place.label))}

    # --- pieces that a friendlier module uses too -------------------------------

    @property
    def place(self) -> Place:
        return self._place

    def shown(self, state: State | None) -> State:
        """The resource for a result: what can be known before it exists is told, the rest of what only the cloud knows is marked."""
        if state is None:
            return {}
        if "id" in state:
            return state
        known = laid_under({"id": self._place.path, "name": self._place.name, "type": self._row.name}, self._row.known(self._place))
        state = laid_under(known, state)
        for output in self._row.outputs:
            if at(state, output) is None:
                put(state, output, KNOWN_AFTER_APPLY)
        return state

    def step(self, change: Change) -> Step:
        if change.kind is PROVIDER:
            return Step(change.title, lambda: self._arm.register(change.name))
        return Step(change.title, lambda: self._apply(change))

    def steps(self, change: Change) -> list[Step]:
        """The steps of a change: several where the service changes only one kind of thing in a call."""
        if change.kind is not self.kind or change.action != "update" or not self._row.alone:
            return [self.step(change)]
        parts = parts_of(change, self._row.alone)
        if len(parts) == 1:
            return [self.step(change)]
        return [replace(self.step(part), title=f"{part.title} {', '.join(_tops(part))}") for part in parts]

    def write(self, change: Change) -> State:
        """Send what a change needs, wait for its end, and return the resource as it is then."""
        patch = patch_of(change) if self._row.patch and change.action == "update" else None
        verb = "PATCH" if patch else "PUT"
        sent: State | t.Callable[[], State] = patch or self._whole(change)
        if verb == "PUT" and change.action == "update" and (self._row.beside or self._row.apart):
            sent = partial(self._with_others, t.cast(State, sent))
        try:
            response = self._send(change, verb, sent)
        except CloudError as error:
            if error.code not in UNREGISTERED or not self._register:
                raise
            self._arm.register(self._row.namespace)
            response = self._send(change, verb, sent)
        self._arm.finish(change.title, response)
        found = body_of(response)
        if "Azure-AsyncOperation" in response.headers or response.status_code == 202 or not found or not is_settled(found):
            found = self._arm.settled(change.title, self._place.path, self._row.version, self._row.sdk) or {}
        if provisioning(found).casefold() != "succeeded" or not found:
            raise CloudError(
                change.title,
                f"it ended as {provisioning(found) if found else 'not there'}",
                cloud=CLOUD,
                code="provisioning_failed",
                executed=True,
                hint="The activity log of the resource group has the reason; a rerun writes it again",
            )
        return found

    # --- below ---------------------------------------------------------------

    def _apply(self, change: Change) -> dict[str, State] | None:
        if change.action != "delete":
            return {change.name: self._told(self.write(change))}
        try:
            self._arm.finish(change.title, self._send(change, "DELETE", None))
        except CloudError as error:
            if error.status != 404:
                raise
        return None

    def _send(self, change: Change, verb: str, sent: State | t.Callable[[], State] | None) -> t.Any:
        return self._arm.write(change.title, verb, self._place.path, self._row.version, sent, sdk=self._row.sdk)

    def _told(self, found: State) -> State:
        """The resource as read, in the form in which it is declared."""
        declared = self._declared or {}
        return self._row.as_read(as_declared(found, declared), declared)

    def _read_apart(self, path: str) -> t.Any:
        child = self._row.apart[path]
        found = self._arm.find(
            f"read {child} of the {self._row.kind} {self._place.label}", f"{self._place.path}/{child}", self._row.version
        )
        return (found or {}).get("value")

    def _whole(self, change: Change) -> State:
        """The body of a PUT: what is there with the declared laid over it, without what only the cloud may say."""
        sent = {name: deepcopy(value) for name, value in (change.after or {}).items() if name not in READ_ONLY}
        unsaid = [path for path in self._row.only_true if at(sent, path) is False]
        derived = [path for path in self._row.derived if at(self._declared, path) is None]
        for path in (*self._row.outputs, *unsaid, *derived, "/properties/provisioningState"):
            put(sent, path, None)
        return sent

    def _with_others(self, sent: State) -> State:
        """With what a PUT without it would take away, as it is right now: since the plan was made somebody may have changed it."""
        if self._row.beside:
            found = self._arm.find(f"read the {self._row.kind} {self._place.label}", self._place.path, self._row.version, self._row.sdk)
            for path in self._row.beside:
                put(sent, path, at(found, path))
        for path in self._row.apart:
            if at(sent, path) is None:
                put(sent, path, self._read_apart(path))
        return sent

    def _look_at_provider(self) -> None:
        namespace = self._row.namespace
        if self._declared is None or namespace.casefold() in ALWAYS_REGISTERED:
            return
        self._unregistered = self._arm.registration(namespace)

    def _registration(self) -> list[Change]:
        if self._unregistered in (None, "Registered"):
            return []
        if not self._register:
            raise PlanError(
                f"{self._row.name}: the subscription is not registered to use {self._row.namespace}",
                code="MissingSubscriptionRegistration",
                cloud=CLOUD,
                hint=f"Set register_provider: true, or run `az provider register --namespace {self._row.namespace}`",
            )
        before, after = {"registrationState": self._unregistered}, {"registrationState": "Registered"}
        return make_plan(PROVIDER, {self._row.namespace: before}, {self._row.namespace: after})


def _tops(change: Change) -> list[str]:
    """The properties that a change touches, each once."""
    return list(dict.fromkeys("/".join(each.path.split("/")[:3]) for each in change.differences))


class ResourceInfo(Inspector):
    """One resource as it is, with the fields that its type's rules know."""

    identity = Resource.identity

    def __init__(self, host: Host, traffic: Traffic, arm: Arm, row: ResourceType, place: t.Callable[[], Place]) -> None:
        super().__init__(host, traffic)
        self._arm, self._row, self._find_place = arm, row, place
        self.kind = Kind(CLOUD, row.kind, with_leaves(row.rule, row.outputs), id_field="id")

    def read(self) -> dict[str, State]:
        place = self._find_place()
        found = self._arm.find(f"read the {self._row.kind} {place.label}", place.path, self._row.version, self._row.sdk)
        return {} if found is None else {place.label: as_declared(found, {})}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"resource": next(iter(after.values()), {})}
