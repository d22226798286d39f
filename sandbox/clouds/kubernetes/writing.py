# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what was sent to what is kept: the steps of every write, in the order of a real server.

decode (unknown fields, types) -> defaults -> who owns what -> what the server fills in -> admission -> validation -> the store.
"""

from __future__ import annotations

import copy
import random
import typing as t
from dataclasses import dataclass, field
from dataclasses import replace as replace_in
from uuid import uuid4

from sandbox.clouds.kubernetes import deleting, escalation, managers, objects
from sandbox.clouds.kubernetes.custom import DEFINITIONS
from sandbox.clouds.kubernetes.errors import ApiError, Cause, Json, bad_request, conflict, exists, forbidden, invalid, not_found, stale
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.registry import Attempt
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.strategies import carry_on, fill_in, generation, part_of, reset_paths
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

SUFFIX = "bcdfghjklmnpqrstvwxz2456789"  # of generated names: no vowels, so that no words come out


@dataclass(frozen=True)
class Change:
    """How a write is made. `inside`: by the sandbox's own controllers, whom admission does not ask."""

    manager: str
    subresource: str = ""
    dry: bool = False
    user: str = "system:kube-controller-manager"
    by: User | None = None  # whose rights count; None for the sandbox's own
    inside: bool = False
    validation: str = "Ignore"  # what becomes of unknown fields: Strict, Warn or Ignore
    patch: str | None = None  # what a patch has led to, or the patch itself, as errors show it
    warnings: list[str] = field(default_factory=list)

    def who(self, resource: Resource) -> managers.Who:
        return managers.Who(self.manager, "Update", resource.gv, self.subresource)


def create(cluster: Cluster, resource: Resource, sent: Json, change: Change) -> Json:
    fresh = copy.deepcopy(sent)
    meta = fresh.setdefault("metadata", {})
    fresh["apiVersion"], fresh["kind"] = resource.gv, resource.kind
    _name(cluster, resource, meta)
    for name in ("managedFields", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(name, None)
    if meta.pop("resourceVersion", None):
        raise bad_request("resourceVersion should not be set on objects to be created")
    if not change.subresource and resource.has("status") and not change.inside:
        fresh.pop("status", None)
    fresh = objects.read(cluster, resource, fresh, change)
    managers.update(cluster.node(resource), None, fresh, change.who(resource), reset_paths(resource, ""))
    return finish_create(cluster, resource, fresh, change)


def finish_create(cluster: Cluster, resource: Resource, fresh: Json, change: Change) -> Json:
    """The second half of a creation, for an object that was posted or applied."""
    meta = fresh["metadata"]
    if not meta.get("name"):
        missing = Cause("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
        raise invalid(resource.group, resource.kind, "", [missing])
    check_definition(cluster, resource)
    check_namespace(cluster, resource, meta)
    meta |= {"uid": str(uuid4()), "creationTimestamp": stamp()}
    first = generation(resource, None, fresh)
    if first:
        meta["generation"] = first
    fill_in(cluster, resource, fresh, None)
    _admit(cluster, Attempt(resource, "CREATE", change.subresource, None, fresh, change.dry, change.user, change.warnings), change)
    objects.check(cluster, resource, None, fresh, "")
    escalation.check(cluster, resource, fresh, change.by)
    if cluster.store.get(resource.qualified, meta.get("namespace"), meta["name"]):
        raise exists(resource.qualified, meta["name"])
    if change.dry:
        return fresh
    return cluster.store.put(resource.qualified, fresh)


def replace(cluster: Cluster, resource: Resource, live: Json, sent: Json, change: Change) -> Json:
    """An object as a client that has read it wants it to be: the same version, unless it names none."""
    meta = sent.get("metadata") or {}
    named = meta.get("resourceVersion")
    if named and named != live["metadata"]["resourceVersion"] and not change.inside:
        raise stale(resource.qualified, live["metadata"]["name"])
    _check_identity(resource, live, sent)
    fresh = _carried_over(live, objects.read(cluster, resource, sent, change))
    fresh["metadata"]["managedFields"] = live["metadata"].get("managedFields", [])
    fresh = part_of(resource, change.subresource, live, fresh)
    books = None if change.subresource else managers.sent(meta.get("managedFields"))
    kept = live if books is None else {**live, "metadata": {**live["metadata"], "managedFields": books}}
    managers.update(cluster.node(resource), kept, fresh, change.who(resource), reset_paths(resource, change.subresource))
    return finish_change(cluster, resource, live, fresh, change)


def apply(cluster: Cluster, resource: Resource, live: Json | None, declared: Json, change: Change, *, force: bool) -> Json:
    """Server-side apply of a part of an object."""
    if (declared.get("metadata") or {}).get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    _check_identity(resource, live, declared)
    objects.check_applied(cluster, resource, declared)
    node = cluster.node(resource)
    reset = reset_paths(resource, change.subresource)
    fresh = managers.apply(node, live, declared, change.manager, change.subresource, force=force, reset=reset)
    if live is None:
        if not change.subresource and resource.has("status"):
            fresh.pop("status", None)
        return finish_create(cluster, resource, _reread(cluster, resource, fresh, change), change)
    named = (declared.get("metadata") or {}).get("resourceVersion")
    if named and named != live["metadata"]["resourceVersion"]:
        raise stale(resource.qualified, live["metadata"]["name"])
    fresh = _carried_over(live, _reread(cluster, resource, fresh, change))
    fresh = part_of(resource, change.subresource, live, fresh)
    return finish_change(cluster, resource, live, fresh, change)


def finish_change(cluster: Cluster, resource: Resource, live: Json, fresh: Json, change: Change) -> Json:
    meta = fresh["metadata"]
    carry_on(resource, fresh, live)
    now = generation(resource, live, fresh)
    if now:
        meta["generation"] = now
    fill_in(cluster, resource, fresh, live)
    _admit(cluster, Attempt(resource, "UPDATE", change.subresource, live, fresh, change.dry, change.user, change.warnings), change)
    objects.check(cluster, resource, live, fresh, change.subresource)
    escalation.check(cluster, resource, fresh, change.by)
    meta["resourceVersion"] = live["metadata"]["resourceVersion"]
    if _same(live, fresh) or change.dry:
        return live if _same(live, fresh) else fresh
    if meta.get("deletionTimestamp") and not meta.get("finalizers") and resource.kind != "Namespace":
        return deleting.finish(cluster, resource, cluster.store.put(resource.qualified, fresh))
    return cluster.store.put(resource.qualified, fresh)


def admit_deletion(cluster: Cluster, resource: Resource, live: Json, change: Change) -> None:
    _admit(cluster, Attempt(resource, "DELETE", "", live, None, change.dry, change.user, change.warnings), change)


# --- parts ----------------------------------------------------------------------------


def _name(cluster: Cluster, resource: Resource, meta: Json) -> None:
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"][:58] + "".join(random.choices(SUFFIX, k=5))
    if not resource.namespaced:
        meta.pop("namespace", None)


def _check_identity(resource: Resource, live: Json | None, sent: Json) -> None:
    """Who names the uid means that object and no other of its name."""
    meta = sent.get("metadata") or {}
    wanted = meta.get("uid")
    if wanted and live is None:
        why = f"uid mismatch: the provided object specified uid {wanted}, and no existing object was found"
        raise conflict(resource.qualified, meta["name"], why)
    if wanted and live is not None and wanted != live["metadata"]["uid"]:
        why = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {live['metadata']['uid']}"
        raise conflict(resource.qualified, live["metadata"]["name"], why)


def check_definition(cluster: Cluster, resource: Resource) -> None:
    """Nothing can be made of a kind that is about to go."""
    found = cluster.store.get(DEFINITIONS, None, resource.qualified) if resource.custom else None
    if found and found["metadata"].get("deletionTimestamp"):
        raise ApiError(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating", {})


def check_namespace(cluster: Cluster, resource: Resource, meta: Json) -> None:
    """Nothing can be made in a namespace that is not there or is going."""
    if not resource.namespaced:
        return
    found = cluster.store.get("namespaces", None, meta.get("namespace") or "")
    if found is None:
        raise not_found("namespaces", meta.get("namespace") or "")
    if found["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {meta['namespace']} because it is being terminated"
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {meta['namespace']} is being terminated",
            "field": "metadata.namespace",
        }
        raise forbidden(resource.qualified, meta["name"], why, [cause])


def _reread(cluster: Cluster, resource: Resource, merged: Json, change: Change) -> Json:
    """What an apply has made of an object, with defaults; the books are the new ones."""
    books = merged["metadata"].pop("managedFields")
    fresh = objects.read(cluster, resource, merged, replace_in(change, validation="Ignore"))
    fresh["metadata"]["managedFields"] = books
    return fresh


def _carried_over(live: Json, fresh: Json) -> Json:
    """What a client cannot change of an object's metadata stays as it is."""
    meta = fresh.setdefault("metadata", {})
    for name in (
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "selfLink",
    ):
        meta.pop(name, None)
        if name in live["metadata"]:
            meta[name] = live["metadata"][name]
    meta["resourceVersion"] = live["metadata"]["resourceVersion"]
    fresh["apiVersion"], fresh["kind"] = live["apiVersion"], live["kind"]
    return fresh


def _admit(cluster: Cluster, attempt: Attempt, change: Change) -> None:
    if not change.inside:
        for each in cluster.admission:
            each(cluster, attempt)


def _same(live: Json, fresh: Json) -> bool:
    """Whether nothing but times in the books differs."""
    return _timeless(live) == _timeless(fresh)


def _timeless(kept: Json) -> Json:
    books = [{name: value for name, value in entry.items() if name != "time"} for entry in kept["metadata"].get("managedFields") or ()]
    return {**kept, "metadata": {**kept["metadata"], "managedFields": books}}
