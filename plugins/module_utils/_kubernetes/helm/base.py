# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What all states of a release have in common: reading it, its one plan with its objects, putting live objects right."""

from __future__ import annotations

import typing as t
from abc import abstractmethod
from dataclasses import replace
from functools import partial

from ..._core.apply import Step, Waves
from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Difference, Leaf, Map
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from ..client import Client
from ..comparison import Comparison, Ignore, creation
from ..errors import CLOUD
from ..names import Manifest, Ref, ref_of
from ..order import NAMESPACE, in_waves
from ..waiting import Patience
from .actions import Actions, Bounds
from .binary import FOREIGN, FOREIGN_HINT, Helm
from .members import Members, Scope
from .rendering import belongs, secrets_in
from .storage import DEPLOYED, UNINSTALLED, Revision, history, moment
from .values import Secrecy, Values, steps_of, texts, value_differences

_PLAIN = Leaf()


class OfRelease(Reconciler):
    """One release in some state.

    fields: where the release itself is not as declared; helm is asked to write only if there are any. objects: those that it shall have,
    compared with what runs. removed: those that go. before_helm: what has to be there before them and is not.
    """

    kind = Kind(CLOUD, "helm_release", Map(other=Leaf()))
    identity = ("aks_cluster_id",)
    # Pending states that this one goes on from, however fresh they are.
    resumes: tuple[str, ...] = ()

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = host.params
        self.host, self.params = host, params
        self.scope = Scope(params["name"], params["namespace"])
        self.client = Client.of(host, traffic)
        self.helm = Helm(traffic, host.tell)
        self.members = Members(self.client, self.scope, Ignore.of(params), Patience(self.client, float(params["timeout"]), host.tell))
        self.members.there = False  # until it has been looked at
        bounds = Bounds(params["wait"], params["timeout"], params["rollback_on_failure"], params["history_max"])
        self.actions = Actions(self.helm, self.client, self.scope, bounds, self._refuse_changed)
        self.secrecy = Secrecy(tuple(steps_of(path) for path in params["secret_values"] or ()))
        self.revisions: list[Revision] = []
        self.seen: str | None = None  # the newest revision, as helm must find it
        self.fields: list[Difference] = []
        self.objects: list[Comparison] = []
        self.removed: list[Comparison] = []
        self.before_helm: list[Comparison] = []
        self._compared = False

    @property
    def current(self) -> Revision | None:
        """The newest revision; None if there is no release."""
        last = self.revisions[-1] if self.revisions else None
        return None if last is None or last.status == UNINSTALLED else last

    # --- what the reconciler asks for -------------------------------------------

    def want(self) -> dict[str, State | None]:
        return {}

    def read(self) -> dict[str, State]:
        self.members.there = self.client.is_there(self.host)
        if self.members.there:
            self.revisions = history(self.client, self.scope.namespace, self.scope.name)
            self.seen = _newest(self.revisions)
            self.members.begun = moment(self.current.begun) if self.current else None
            self._refuse_fresh_pending()
        self.compare()
        self._compared = True
        return {}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        if not self._compared:
            self.compare()  # of a cluster that is known only after apply: there is nothing
        groups = [*self.before_helm, None, *self.objects, *self.removed]
        found = [change for each in groups for change in (self.own_changes() if each is None else each.changes())]
        return [replace(each, differences=self._masked(each.differences)) for each in found]

    @abstractmethod
    def compare(self) -> None:
        """Find out what is to be done: `fields`, and by `compare_objects` the rest."""

    def own_changes(self) -> list[Change]:
        """The change of the release itself."""
        if not self.fields:
            return []
        action: t.Literal["create", "update"] = "update" if self.current else "create"
        return [Change(self.kind, self.scope.place, action, tuple(self.fields), {} if self.current else None, {})]

    def compare_objects(self, stored: list[Manifest], wanted: list[Manifest], *, uninstalled: bool = False) -> None:
        """What shall run against what runs. uninstalled: helm takes away all that is stored, before it makes anything."""
        self._learn_secrets([*stored, *wanted])
        before, after = ({ref_of(each, namespace=self.scope.namespace): each for each in side} for side in (stored, wanted))
        self.objects = self.members.compare(wanted, before if self.fields else None)
        self._refuse_foreign({*before})
        if uninstalled:
            self.removed = self.members.doomed(stored, uninstalled=True)
            gone = {each.ref for each in self.removed}
            self.objects = [creation(each.declared) if each.ref in gone else each for each in self.objects]
        else:
            self.removed = self.members.doomed([each for ref, each in before.items() if ref not in after], uninstalled=False)

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        """In a real run, what the objects need must be there or come with them."""
        coming = {f"namespace {each.ref.name}" for each in [*self.before_helm, *self.objects] if each.ref.kind == NAMESPACE}
        lacking = {
            each.missing: each for each in self.objects if each.missing and each.missing not in coming and not each.declared.upcoming
        }
        if lacking and not self.host.check_mode:
            raise PlanError(
                f"{self.scope}: {'; '.join(f'{each.ref} needs the {missing}' for missing, each in lacking.items())}; nothing was changed",
                code="missing",
                cloud=CLOUD,
                hint="Set create_namespace: true for a namespace; install what defines a kind (its chart or its definitions) first",
            )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        if self.fields:
            added = [each for each in self.objects if each.additions]
            if added:
                yield [Step(f"take over what was added to {each.ref}", partial(self.members.claim, each)) for each in added]
            yield from self.by_helm()
            if self.helm.program.major < 4 and any(each.have is not None and each.changes() for each in self.objects):
                yield [Step("put right what helm leaves wrong", self._put_right_again)]
            return
        drifted = [each for each in self.objects if each.changes()]
        for wave in in_waves(drifted, lambda each: each.ref.kind):
            yield [Step(each.changes()[0].title, partial(self.members.put_right, each)) for each in wave]
        if self.params["wait"] and drifted:
            yield [Step("wait until they are ready", partial(self.members.wait, drifted))]

    @abstractmethod
    def by_helm(self) -> Waves:
        """What helm does."""

    def result(self, after: States) -> dict[str, t.Any]:
        if self.fields and not self.host.check_mode:
            self.revisions = history(self.client, self.scope.namespace, self.scope.name)
        shown = {"name": self.scope.name, "namespace": self.scope.namespace}
        if self.current is None or (self.fields and self.host.check_mode):
            return {"release": {**shown, "revision": KNOWN_AFTER_APPLY, "status": DEPLOYED, **self.foreseen()}}
        facts = self.current.as_json()
        return {"release": {**shown, **{name: facts[name] for name in ("revision", "status", "chart", "version", "app_version")}}}

    @abstractmethod
    def foreseen(self) -> dict[str, t.Any]:
        """The chart of the release once the plan is carried out."""

    # --- below ----------------------------------------------------------------------

    def _refuse_fresh_pending(self) -> None:
        """Somebody may be at it right now. What is older was left behind."""
        current, patience = self.current, self.params["recover_pending_after"]
        if current is not None and current.is_pending and current.status not in self.resumes and current.age < patience:
            raise PlanError(
                f"{self.scope}: revision {current.number} is {current.status} since {current.age:.0f} s; nothing was changed",
                code="pending",
                cloud=CLOUD,
                hint=f"Somebody else may be at it. If not, a run recovers it when it is older than recover_pending_after ({patience} s), "
                "or at once with recover_pending_after: 0",
            )

    def look_again(self) -> str | None:
        """The newest revision by now."""
        return _newest(history(self.client, self.scope.namespace, self.scope.name))

    def _refuse_changed(self) -> None:
        """Between the plan and helm somebody else may have been at it: what was previewed is not what would become of it then."""
        found = self.look_again()
        if found != self.seen:
            raise CloudError(
                f"change {self.scope}",
                f"somebody has changed it since it was looked at: there is {found or 'no revision'}, there was {self.seen or 'none'}",
                cloud=CLOUD,
                code="Conflict",
                retryable=True,
                executed=False,
                hint="Nothing was changed: run again",
            )

    def _refuse_foreign(self, ours: set[Ref]) -> None:
        """What is there and is not of this release stays with whom it belongs to. ours: what the release has."""
        foreign = [
            str(each.ref)
            for each in self.objects
            if each.have is not None
            and ref_of(each.declared.manifest, namespace=self.scope.namespace) not in ours
            and not belongs(each.have, self.scope.name, self.scope.namespace)
        ]
        if foreign:
            raise PlanError(
                f"{self.scope}: {', '.join(foreign)} already there, and not of this release; nothing was changed",
                code=FOREIGN,
                cloud=CLOUD,
                hint=FOREIGN_HINT,
            )

    def _learn_secrets(self, manifests: t.Sequence[Manifest]) -> None:
        """What stands in Secrets is secret wherever else it stands: in values, in other objects, in what helm says."""
        self.helm.hidden |= {text for text in secrets_in(manifests) if not has_unknown(text)}
        if self.current:
            self.helm.hidden |= self.secrecy.hidden(self.current.config)

    def _masked(self, differences: t.Sequence[Difference]) -> tuple[Difference, ...]:
        known = Secrecy(known=frozenset(self.helm.hidden))
        return tuple(
            replace(each, rule=replace(each.rule, secret=True))
            if any(known.holds(text) for side in (each.before, each.after) for text in texts(side) if text)
            else each
            for each in differences
        )

    def _put_right_again(self) -> None:
        """helm 3 sees neither what hands have added nor all that they changed."""
        space = self.scope.namespace
        wrong = {ref_of(each.declared.manifest, namespace=space) for each in self.objects if each.have is not None and each.changes()}
        self.revisions = history(self.client, self.scope.namespace, self.scope.name)
        made = self.current.objects if self.current else []
        for found in self.members.compare([each for each in made if ref_of(each, namespace=space) in wrong], {}):
            if found.changes():
                self.members.put_right(found)


def _newest(revisions: t.Sequence[Revision]) -> str | None:
    return f"revision {revisions[-1].number} ({revisions[-1].status})" if revisions else None


def field_differences(have: t.Mapping[str, t.Any], want: t.Mapping[str, t.Any]) -> list[Difference]:
    """Where facts about a release differ: chart, version, status."""
    return [Difference(f"/{name}", have.get(name), value, _PLAIN) for name, value in want.items() if have.get(name) != value]


def between(have: Revision, chart: str, version: str, values: Values, secrecy: Secrecy) -> list[Difference]:
    """Where what is stored is not what is wanted."""
    facts = {"chart": have.chart, "version": have.version, "status": have.status}
    return [
        *field_differences(facts, {"chart": chart, "version": version, "status": DEPLOYED}),
        *value_differences(have.config, values, secrecy),
    ]
