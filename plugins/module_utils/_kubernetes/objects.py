# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Objects of any kinds as one set: read side by side, tried on the server, written in waves, waited for."""

from __future__ import annotations

import difflib
import time
import typing as t
from collections import Counter
from functools import partial

from .._core.apply import Step, Waves
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, DeletionGuard, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Map
from .._core.traffic import Traffic
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .._core.wait import Wait
from .client import Client
from .comparison import Comparison, Declared, Ignore, absent, creation
from .discovery import Discovery
from .errors import CLOUD, ApiError
from .live import TOLD, Comparer
from .manifests import declared_manifests
from .names import Manifest, Ref, Resource, group_of, ref_of
from .order import DEFINITION, NAMESPACE, defined_by, in_waves, probably_namespaced
from .pruning import looked_through, members_of
from .readiness import READY, Readiness, has_condition, has_life, judge_since, readiness
from .reasons import LET_GO
from .shape import UID, normal, stamped
from .waiting import LONGEST, PAUSE, Goal, Patience

MOMENT = 3.0  # seconds until what was written is what the server goes by
PROPAGATION = "Background"  # what an object has made goes after it


class Objects(Reconciler):
    """The declared objects of one cluster."""

    # Each object has a kind of its own; as a whole they have no state.
    kind = Kind(CLOUD, "objects", Map())
    identity = ("aks_cluster_id",)
    guard = DeletionGuard()

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._host = host
        self._params = host.params
        self._client = Client.of(host, traffic)
        self._discovery = Discovery(self._client)
        self._patience = Patience(self._client, float(self._params["wait_timeout"]), host.tell)
        through = None if host.check_mode else self._patience.through
        self._comparer = Comparer(self._client, self._params["field_manager"], Ignore.of(self._params), through)
        self._found: list[Comparison] = []
        self._pruned: list[Comparison] = []
        self._uids: dict[Ref, str] = {}
        self._wishes: list[Goal] = []

    # --- what the reconciler asks for -------------------------------------------

    def want(self) -> dict[str, State | None]:
        if self._params["prune"] and not self._params["set"]:
            raise PlanError("prune needs set: only what carries a set's label can be told from what is not ours", cloud=CLOUD)
        if self._params["prune"] and self._params["state"] == "absent":
            raise PlanError(
                "prune does not go with state: absent", cloud=CLOUD, hint="To remove a whole set, declare no objects: objects: []"
            )
        self._manifests = [stamped(normal(each), self._params["field_manager"]) for each in declared_manifests(self._params)]
        unknown = [each["metadata"]["name"] for each in self._manifests if has_unknown(each)]
        if unknown and not self._host.check_mode:
            # Those among the task's options have been refused already; these come from files.
            raise PlanError(f"{', '.join(unknown)}: holds a value that is known only after apply", code="unknown_value", cloud=CLOUD)
        self._upcoming = defined_by(self._manifests)
        return {}

    def read(self) -> dict[str, State]:
        if not self._client.is_there(self._host):
            return {}
        self._await_definitions()
        declared = self._unique([self._located(each) for each in self._manifests])
        self._wishes = [goal for each in self._params["wait_for"] or () for goal in self._wished(each, declared)]
        if self._params["state"] == "absent":
            lives = self._comparer.lives(declared)
            self._found = [absent(each.ref, lives[each.ref], each.resource) for each in declared if each.resource and each.ref in lives]
            return {}
        self._found = self._comparer.compare(declared, in_waves=True)
        self._tell_untried()
        self._refuse_missing()
        self._refuse_leaving()
        if self._params["prune"]:
            self._pruned = self._to_prune()
        return {}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        if not self._found and self._params["state"] == "present":
            # A cluster that is not there yet has nothing.
            self._found = [creation(each) for each in self._unique([self._unlocated(each) for each in self._manifests])]
        return [change for each in (*self._found, *self._pruned) for change in each.changes()]

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        written = [each for each in self._found if each.want is not None and each.changes()]
        gone = [each for each in (*self._found, *self._pruned) if each.want is None]
        for number, wave in enumerate(in_waves(written, lambda each: each.ref.kind)):
            yield [Step(each.changes()[0].title, partial(self._write, each)) for each in wave]
            defined = [each for each in wave if each.ref.kind == DEFINITION]
            if number == 0 and defined:
                yield [Step("see the definitions established", partial(self._wait, defined))]
        for wave in reversed(in_waves(gone, lambda each: each.ref.kind)):
            yield [Step(each.changes()[0].title, partial(self._delete, each)) for each in wave]
        if self._params["wait"] or self._params["wait_for"]:
            yield [Step("wait until everything is as it shall be", partial(self._settle, gone))]

    def result(self, after: States) -> dict[str, t.Any]:
        changed = any(each.changes() for each in (*self._found, *self._pruned))
        if not self._host.check_mode and not changed:
            self._settle([])
        kept = [each for each in self._found if each.want is not None]
        names = Counter(str(each.ref) for each in kept)
        keys = [str(each.ref) if names[str(each.ref)] == 1 else f"{each.ref.kind}.{each.ref.group} {each.ref.place}" for each in kept]
        return {"objects": {key: self._shown(each) for key, each in zip(keys, kept, strict=True)}}

    # --- what is declared ---------------------------------------------------------

    def _await_definitions(self) -> None:
        """A kind may be defined and not served yet, when its definition was made a moment ago: that is waited for."""
        kinds = {(each["apiVersion"], each["kind"]) for each in self._manifests}
        missing = {each for each in kinds if each not in self._upcoming and not self._discovery.find(*each)}
        if self._host.check_mode or not any(self._discovery.is_defined(*each) for each in missing):
            return

        def look() -> list[tuple[str, str]]:
            return [each for each in missing if self._discovery.is_defined(*each) and not self._discovery.find_anew(*each)]

        def text(left: list[tuple[str, str]]) -> str:
            return ", ".join(f"{kind} of {version} is defined and not served" for version, kind in left)

        wait = Wait(self._patience.left, pause=PAUSE, longest=LONGEST, tell=self._host.tell)
        wait.until("see the kinds served", look, lambda left: not left, text, cloud=CLOUD)

    def _located(self, manifest: Manifest) -> Declared:
        """Where an object is, by what the server serves. Raises PlanError for versions that it does not serve."""
        api_version, kind = manifest["apiVersion"], manifest["kind"]
        resource = self._discovery.find(api_version, kind)
        upcoming = self._upcoming.get((api_version, kind))
        if resource is None and upcoming is None:
            self._refuse_misnamed(api_version, kind, manifest["metadata"]["name"])
            served = self._discovery.versions(group_of(api_version), kind)
            if served:
                raise PlanError(
                    f"{kind} {manifest['metadata']['name']}: {api_version} is not served",
                    code="version_not_served",
                    cloud=CLOUD,
                    hint=f"The cluster serves {', '.join(served)}: declare one of them",
                )
        return self._placed(manifest, resource, upcoming)

    def _refuse_misnamed(self, api_version: str, kind: str, name: str) -> None:
        """What has no dot in its group is built in: nothing that is installed later will serve it."""
        if "." in group_of(api_version) or self._discovery.versions(group_of(api_version), kind):
            return
        every = self._discovery.every()
        elsewhere = [each.api_version for each in every if each.kind == kind]
        near = difflib.get_close_matches(kind, {each.kind for each in every}, 1)
        hint = f"It is served as {elsewhere[0]}" if elsewhere else f"The nearest kind is {near[0]}" if near else "See kubectl api-resources"
        raise PlanError(f"{kind} {name}: there is no kind {kind} in {api_version}", code="unknown_kind", cloud=CLOUD, hint=hint)

    def _unlocated(self, manifest: Manifest) -> Declared:
        return self._placed(manifest, None, self._upcoming.get((manifest["apiVersion"], manifest["kind"])))

    def _placed(self, manifest: Manifest, resource: Resource | None, upcoming: Resource | None) -> Declared:
        known = resource or upcoming
        namespaced = known.namespaced if known else probably_namespaced(manifest["kind"])
        metadata = manifest["metadata"]
        if not namespaced and metadata.get("namespace"):
            raise PlanError(f"{manifest['kind']} {metadata['name']}: this kind has no namespace", cloud=CLOUD, hint="Leave it out")
        if namespaced and not metadata.get("namespace"):
            metadata = {**metadata, "namespace": self._params["namespace"] or "default"}
            manifest = {**manifest, "metadata": metadata}
        ref = ref_of(manifest)
        older = self._discovery.other_version(ref.group, ref.kind) if resource is None and upcoming is not None else None
        return Declared(manifest, ref, resource, upcoming, older)

    def _unique(self, declared: list[Declared]) -> list[Declared]:
        seen: set[Ref] = set()
        for each in declared:
            if each.ref in seen and not has_unknown(each.ref.place):
                raise PlanError(f"{each.ref} is declared twice", cloud=CLOUD, hint="Keep one of the two")
            seen.add(each.ref)
        return declared

    def _tell_untried(self) -> None:
        """In a preview, what of it is not the server's own word."""
        for each in self._found if self._host.check_mode else ():
            if each.awaits:
                self._host.warn(f"{each.ref} cannot be tried before {each.awaits} is as declared: it previews as it is declared")

    def _refuse_missing(self) -> None:
        """In a real run, what something needs must be there, or be declared too."""
        namespaces = {f"namespace {each.ref.name}" for each in self._found if each.ref.kind == NAMESPACE}
        lacking = [each for each in self._found if each.missing and each.missing not in namespaces and not each.declared.upcoming]
        if not lacking or self._host.check_mode:
            return
        listed = [f"{each.ref} needs the {each.missing}" for each in lacking[:TOLD]]
        more = [f"and {len(lacking) - TOLD} more"] * (len(lacking) > TOLD)
        raise PlanError(
            f"{'; '.join([*listed, *more])}; nothing was changed",
            code="missing",
            cloud=CLOUD,
            hint="Install what defines the kind (its chart or its definitions), or create the namespace, first; or declare it in this task",
        )

    def _refuse_leaving(self) -> None:
        """In a real run, nothing is written to what is being deleted: it would go all the same."""
        leaving = [each for each in self._found if each.raw is not None and each.have is None]
        if not leaving or self._host.check_mode:
            return
        holders = {str(holder) for each in leaving for holder in (each.raw or {})["metadata"].get("finalizers") or ()}
        held = f", held by {', '.join(sorted(holders))}" if holders else ""
        raise CloudError(
            f"keep {', '.join(str(each.ref) for each in leaving)}",
            f"being deleted{held}; nothing was changed",
            cloud=CLOUD,
            code="being_deleted",
            retryable=True,
            hint=f"Run again when it is gone: it is made anew then. {LET_GO}",
        )

    def _to_prune(self) -> list[Comparison]:
        resources = [each.declared.resource for each in self._found if each.declared.resource]
        kinds = looked_through(self._discovery, resources, self._params["prune_kinds"], {each.ref.kind for each in self._found})
        spaces = {each.ref.namespace for each in self._found if each.ref.namespace}
        spaces |= {each.ref.name for each in self._found if each.ref.kind == NAMESPACE}
        spaces |= {self._params["namespace"]} - {None}
        everywhere = self._params["prune_everywhere"]
        manager, name = self._params["field_manager"], self._params["set"]
        there = members_of(self._client, manager, name, kinds, None if everywhere else sorted(spaces))
        kept = {each.ref for each in self._found}
        doomed = [absent(ref, live, resource) for ref, live, resource in there if ref not in kept]
        if doomed and not self._params["allow_mass_delete"]:
            whole = Kind(CLOUD, f"set {name}", Map())
            self.guard.check(whole, [str(each.ref) for each in doomed], len(there))
        return doomed

    # --- what is written ------------------------------------------------------------

    def _write(self, found: Comparison) -> None:
        found = self._tried(found) if found.awaits else found
        thing = self._comparer.put_right(found) if found.changes() else found.raw or {}
        self._uids[found.ref] = str(thing["metadata"].get("uid"))

    def _tried(self, found: Comparison) -> Comparison:
        """What could not be tried before; the server may take a moment to go by what has just been written."""
        end = time.monotonic() + MOMENT
        return self._patience.through(f"try {found.ref}", partial(self._comparer.tried, found), early=lambda error: time.monotonic() < end)

    def _delete(self, found: Comparison) -> None:
        """Delete the very object that was looked at; one that is gone already is as good."""
        body = {"propagationPolicy": PROPAGATION, "preconditions": {"uid": (found.have or {})[UID]}}
        what = f"delete {found.ref}"
        try:
            self._patience.through(what, partial(self._client.send, what, "DELETE", found.declared.path, body))
        except ApiError as error:
            if error.status != 404:
                raise

    def _shown(self, found: Comparison) -> dict[str, t.Any]:
        uid = self._uids.get(found.ref) or (found.have or {}).get(UID) or KNOWN_AFTER_APPLY
        manifest, ref = found.declared.manifest, found.ref
        return {"api_version": manifest["apiVersion"], "kind": ref.kind, "namespace": ref.namespace, "name": ref.name, "uid": uid}

    # --- what is waited for -------------------------------------------------------------

    def _wait(self, found: t.Sequence[Comparison]) -> None:
        self._patience.until([self._goal(each) for each in found])

    def _settle(self, gone: t.Sequence[Comparison]) -> None:
        goals = [self._gone(each) for each in gone] if self._params["wait"] else []
        if self._params["wait"]:
            goals += [self._goal(each) for each in self._found if each.want is not None and not self._is_settled(each)]
        self._patience.until([*goals, *self._wishes])

    def _is_settled(self, found: Comparison) -> bool:
        """What is there always is; what was not changed may have been ready when it was looked at."""
        return not has_life(found.ref.kind) or (not found.changes() and found.raw is not None and readiness(found.raw).ready)

    def _goal(self, found: Comparison) -> Goal:
        judge = judge_since(found.raw, changed=bool(found.changes()))
        return Goal(found.ref, found.declared.server, f"{found.ref} ready", judge)

    def _gone(self, found: Comparison) -> Goal:
        uid = (found.have or {}).get(UID)

        def judge(thing: Manifest) -> Readiness:
            # Another object of the same name is not the one that went.
            return READY if thing["metadata"].get("uid") != uid else Readiness(False, "it is still there")

        return Goal(found.ref, found.declared.server, f"{found.ref} gone", judge, gone=True)

    def _wished(self, wish: t.Mapping[str, t.Any], declared: t.Sequence[Declared]) -> list[Goal]:
        """The goals of an entry of wait_for: one object that it names, or all declared ones of a kind. A slip is found before a write."""
        kind, name, space = wish["kind"], wish["name"], wish["namespace"]
        what = f"{wish['condition']}={wish['status']}" + (f" ({wish['reason']})" if wish["reason"] else "")
        judge = partial(has_condition, name=wish["condition"], status=wish["status"], reason=wish["reason"])
        about = [
            (each.ref, each.resource or each.upcoming)
            for each in declared
            if each.ref.kind == kind and name in (None, each.ref.name) and space in (None, each.ref.namespace)
        ]
        if not about and name is not None:
            resource = next((each for each in (*self._discovery.every(), *self._upcoming.values()) if each.kind == kind), None)
            where = (space or self._params["namespace"] or "default") if resource is None or resource.namespaced else None
            about = [(Ref(resource.group if resource else "", kind, where, name), resource)]
        if not about:
            raise PlanError(f"wait_for: no {kind} is declared in this task", cloud=CLOUD, hint="Name the one that is meant")
        # In a preview, a task before this one may be what brings the kind.
        if not self._host.check_mode and any(resource is None for _ref, resource in about):
            raise PlanError(f"wait_for: the cluster serves no kind {kind}", cloud=CLOUD)
        return [Goal(ref, resource, f"{ref} {what}", judge) for ref, resource in about if resource is not None]
