# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An application's own user at a cloud: the user, its one policy, and its access key, which goes straight into a key vault.

A key is shown when it is made, and never again. A user may have two: a new one is made and kept while the old one still works, and only
later the old one is disabled, and later still deleted. Keys that this module has not put into the vault are left alone.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from .._core import normal
from .._core.apply import Step, Waves, side_by_side
from .._core.errors import HybridCloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .._core.wait import Wait
from .directory import AccessKey, Directory
from .kept import STORED, Keeper, Kept
from .ring import DELETED, Ring

ATTACHED, DETACHED = "attached", "detached"
OUTPUTS = ("id", "access_key_id", "old_access_key_id", "secret_version")
WORDS = ("secret", "key_id", "pair", "old_key")  # how the keys are; results name the keys instead


def kind_of(cloud: str, name: str, facts: t.Iterable[str]) -> Kind:
    """A kind of user. facts: what can be declared of the user itself, beside policy and keys."""
    fields = {fact: Leaf(absent="") for fact in (*facts, *WORDS, *OUTPUTS)}
    rule = Map({**fields, "policy": Leaf(normal=normal.json_document), "policies": Map(other=Leaf())})
    return Kind(cloud, name, rule, outputs=OUTPUTS, id_field="id")


class AppUser(Reconciler):
    """One user. facts: the declared values of the user itself."""

    identity = ("name",)

    def __init__(self, host: Host, traffic: Traffic, kind: Kind, directory: Directory, facts: State, source: str) -> None:
        self.kind = kind
        self._host, self._params, self._facts = host, host.params, facts
        self._directory = directory
        self._name = directory.user
        self._gone = host.params["state"] == "absent"
        self._keeper = None if self._gone else Keeper(host, traffic, source)
        self._wait = Wait(timeout=float(host.params["timeout"]), tell=host.tell)
        self._ring = self._ring_of(Kept(), [])
        self._document: State | None = None

    def want(self) -> dict[str, State | None]:
        params = self._params
        if self._gone:
            return {self._name: None}
        rotate, retire = params["rotate_after_days"], params["retire_after_days"]
        if retire < 1 or (rotate is not None and rotate <= retire):
            raise PlanError(
                f"{self._name}: a key must be retired before the next one is due: rotate_after_days {rotate}, retire_after_days {retire}",
                cloud=self._directory.cloud,
                hint="Give retire_after_days at least 1, and rotate_after_days more than that",
            )
        if not has_unknown([params["policy"], params["policy_name"], self._name]):
            self._directory.check(params["policy"])
        state = {
            **self._facts,
            "policy": params["policy"],
            "policies": {self._directory.own: ATTACHED},
            "secret": STORED,
            "key_id": STORED,
            "pair": STORED if params["pair"] else None,
        }
        return {self._name: {name: value for name, value in state.items() if value is not None}}

    # --- reading -----------------------------------------------------------

    def read(self) -> dict[str, State]:
        looks: list[t.Callable[[], t.Any]] = [self._directory.find, self._directory.document]
        if self._keeper:
            looks.append(self._keeper.read)
        user, self._document, *kept = side_by_side(_call, looks)
        if user is None and not (self._gone and self._document):
            return {}
        attached, keys = side_by_side(_call, [self._directory.attached, self._directory.keys]) if user else ([], [])
        self._ring = self._ring_of(kept[0] if kept else Kept(), keys)
        state = {**(user or {}), "policy": self._document, "policies": dict.fromkeys(attached, ATTACHED)}
        return {self._name: state if self._gone else {**state, **self._ring.state(self._directory.accepts)}}

    def _ring_of(self, kept: Kept, keys: t.Sequence[AccessKey]) -> Ring:
        rotate, retire = self._params["rotate_after_days"], self._params["retire_after_days"]
        return Ring(kept, {key.id: key for key in keys}, self._directory.most_keys, rotate, retire)

    # --- planning ----------------------------------------------------------

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        """With what depends on what is there: policies that are too many, and an old key whose time is over."""
        user, state = have.get(self._name), want[self._name]
        if user and state:
            others = [each for each in user["policies"] if each not in state["policies"]] if self._params["exclusive"] else []
            due = self._ring.due(renewed=user["secret"] != STORED)
            state = {**state, "policies": {**state["policies"], **dict.fromkeys(others, DETACHED)}, **({"old_key": due} if due else {})}
        return [self._told(change) for change in super().plan(have, {self._name: state})]

    def _told(self, change: Change) -> Change:
        """What else is different once this is done, and needs no declaration."""
        if change.action != "update":
            return change
        after = dict(change.after or {})
        if after["old_key"] == DELETED:
            after["old_access_key_id"] = None
        if change.touches("secret"):
            after |= {
                "access_key_id": KNOWN_AFTER_APPLY,
                "secret_version": KNOWN_AFTER_APPLY,
                "old_access_key_id": self._ring.replaced or None,
            }
        return replace(change, after=after)

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        change, keys, strange = plan[0] if plan else None, self._ring.keys, self._ring.strange
        if change and change.id and change.id == self._directory.caller():
            raise PlanError(
                f"{self._name} is the user of this very run, whose rights and keys would change; nothing was changed",
                code="own_user",
                cloud=self._directory.cloud,
                hint="The application needs a user of its own: give it another name",
            )
        if self._gone:
            if change and self._document and self._directory.shared():
                self._host.warn(f"the policy {self._directory.policy} stays: others than {self._name} have it too")
            return
        if strange:
            self._host.warn(f"{self._name} has access keys that are not kept in the vault: {', '.join(strange)}; delete what nobody uses")
        if change is None or not change.touches("secret"):
            return
        left = len(keys) - ((change.after or {}).get("old_key") == DELETED)
        if left >= self._directory.most_keys:
            raise PlanError(
                f"{self._name} needs another access key, but has {left} already: {', '.join(sorted(keys))}",
                code="too_many_keys",
                cloud=self._directory.cloud,
                hint=f"A user may have {self._directory.most_keys}: delete the one that nobody uses",
            )

    # --- writing -----------------------------------------------------------

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[step] for change in plan for step in self._steps(change)]

    def _steps(self, change: Change) -> t.Iterator[Step]:
        directory, name, after = self._directory, self._name, change.after or {}
        if change.action == "delete":
            yield from self._removal(change.before or {})
            return
        facts = {fact: value for fact, value in self._facts.items() if value is not None}
        if change.action == "create":
            yield Step(change.title, functools.partial(self._create, facts))
        elif change.touches(*self._facts):
            yield Step(f"describe {name} anew", functools.partial(directory.update, facts))
        if change.touches("policy"):
            yield Step(f"write the policy {directory.policy}", functools.partial(self._write_policy, after["policy"]))
        for each in change.differences:
            if each.path.startswith("/policies/"):
                yield self._rights(
                    each.path.removeprefix("/policies/").replace("~1", "/").replace("~0", "~"), attach=each.after == ATTACHED
                )
        if change.touches("old_key"):
            yield self._retirement(after["old_key"])
        if change.touches("secret"):
            yield Step(f"make an access key for {name}", self._renew)
        elif change.touches("key_id", "pair"):
            follow = functools.partial(self._follow, by_id=change.touches("key_id"), pair=change.touches("pair"))
            yield Step(f"keep the access key of {name}", follow)

    def _rights(self, policy: str, *, attach: bool) -> Step:
        if attach:
            return Step(f"attach {policy} to {self._name}", self._directory.attach)
        return Step(f"detach {policy} from {self._name}", functools.partial(self._directory.detach, policy))

    def _retirement(self, wanted: str) -> Step:
        key = self._ring.old.id if self._ring.old else ""
        if wanted == DELETED:
            return Step(f"delete the old access key {key}", functools.partial(self._directory.delete_key, key))
        return Step(f"disable the old access key {key}", functools.partial(self._directory.disable_key, key))

    def _removal(self, before: State) -> t.Iterator[Step]:
        directory = self._directory
        for key in self._ring.keys:
            yield Step(f"delete the access key {key}", functools.partial(directory.delete_key, key))
        for policy in before["policies"]:
            yield self._rights(policy, attach=False)
        if before.get("id"):
            yield Step(f"delete {self.kind.cloud} {self.kind.name} {self._name}", directory.delete)
        if self._document and not directory.shared():
            yield Step(f"delete the policy {directory.policy}", directory.delete_policy)

    def _create(self, facts: State) -> dict[str, State]:
        return {self._name: {**self._directory.create(facts), "old_access_key_id": None}}

    def _write_policy(self, document: State) -> None:
        """A policy can be there before its user is, from a run that was interrupted."""
        if self._document is None or normal.json_document(self._document) != normal.json_document(document):
            self._directory.write_policy(document, there=self._document is not None)

    def _follow(self, *, by_id: bool, pair: bool) -> None:
        if self._keeper:
            self._keeper.follow(self._ring.kept.key_id, self._ring.kept.secret, by_id=by_id, pair=pair)

    def _renew(self) -> dict[str, State]:
        if self._keeper is None:
            return {}
        made = self._directory.create_key()
        try:
            self._prove(made)
            outputs = self._keeper.store(made.id, made.secret, self._ring.replaced)
        except HybridCloudError as error:
            raise self._rolled_back(made.id, error) from error
        self._keeper.follow(made.id, made.secret)
        return {self._name: outputs}

    def _prove(self, made: AccessKey) -> None:
        """See that a new key is known everywhere before anybody gets it."""
        self._wait.until(
            f"use the new access key of {self._name}",
            lambda: self._directory.accepts(made.id, made.secret),
            bool,
            lambda found: "not accepted yet",
            cloud=self._directory.cloud,
        )

    def _rolled_back(self, key: str, error: HybridCloudError) -> HybridCloudError:
        """Nobody will know the new key: it is deleted again. The error that says so."""
        try:
            self._directory.delete_key(key)
        except HybridCloudError as second:
            end, hint = f"deleting it again failed too: {second}", f"Delete the access key {key} in the console, then run again"
        else:
            end, hint = "it was deleted again", "Once that is mended, run again: whatever the vault held still works"
        names = self._keeper.names if self._keeper else ""
        facts = {each: error.failure[each] for each in ("cloud", "code", "status", "request_id", "retryable")}
        return HybridCloudError(
            f"the new access key of {self._name} could not be kept as {names}, {end}. The reason: {error}", hint=hint, **facts
        )

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        if state is None:
            return {"user": None}
        shown = {name: value for name, value in state.items() if name not in WORDS}
        policies = sorted(name for name, how in state["policies"].items() if how == ATTACHED)
        return {"user": {"name": self._name, **shown, "policies": policies}}


def _call(look: t.Callable[[], t.Any]) -> t.Any:
    return look()
