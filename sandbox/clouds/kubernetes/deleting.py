# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deleting: finalizers, what goes with its owner, and namespaces that go with all that is in them.

kubernetes.io/docs/concepts/architecture/garbage-collection, kubernetes.io/docs/concepts/overview/working-with-objects/finalizers
"""

from __future__ import annotations

import copy
import typing as t
from collections import Counter

from sandbox.clouds.kubernetes.errors import Json, forbidden
from sandbox.clouds.kubernetes.resources import BUILT_IN, Resource
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

PERMANENT = ("default", "kube-public", "kube-system")
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


def delete(cluster: Cluster, resource: Resource, live: Json, *, propagation: str = "Background") -> Json:
    """Delete an object as a client asks for it. Returns it as it was last, or as it waits for its finalizers."""
    meta = live["metadata"]
    if _is_namespace(resource) and meta["name"] in PERMANENT:
        raise forbidden("namespaces", meta["name"], "this namespace may not be deleted")
    finalizers = list(meta.get("finalizers") or ())
    for policy, name in (("Foreground", FOREGROUND), ("Orphan", ORPHAN)):
        if propagation == policy and name not in finalizers and not meta.get("deletionTimestamp"):
            finalizers.append(name)
    if _is_definition(resource) and CLEANUP not in finalizers and not meta.get("deletionTimestamp"):
        finalizers.append(CLEANUP)
    if not finalizers and not _is_namespace(resource):
        return finish(cluster, resource, live)
    if meta.get("deletionTimestamp") and finalizers == list(meta.get("finalizers") or ()):
        return live
    fresh = copy.deepcopy(live)
    fresh["metadata"].setdefault("deletionTimestamp", stamp())
    fresh["metadata"].setdefault("deletionGracePeriodSeconds", 0)
    if not _is_namespace(resource):
        fresh["metadata"]["finalizers"] = finalizers
    else:
        fresh["status"] = {**(fresh.get("status") or {}), "phase": "Terminating"}
    if fresh["metadata"].get("generation"):
        fresh["metadata"]["generation"] += 1
    return cluster.store.put(resource.qualified, fresh)


def finish(cluster: Cluster, resource: Resource, kept: Json) -> Json:
    """Nothing keeps it any more."""
    return cluster.store.remove(resource.qualified, kept)


def collect(cluster: Cluster) -> None:
    """One round of garbage collection; nothing to do when nothing was deleted or is about to be."""
    if not cluster.store.leaving:
        return
    version = cluster.store.version
    _collect(cluster)
    if cluster.store.version == version:
        cluster.store.leaving = any(each["metadata"].get("deletionTimestamp") for _, each in cluster.store.everything())


def _collect(cluster: Cluster) -> None:
    owners = {each["metadata"]["uid"]: each for _, each in cluster.store.everything()}
    for qualified, each in cluster.store.everything():
        references = each["metadata"].get("ownerReferences") or ()
        if references and not any(reference.get("uid") in owners for reference in references):
            resource = _resource(cluster, qualified)
            if resource and not each["metadata"].get("deletionTimestamp"):
                delete(cluster, resource, each)
    for qualified, each in cluster.store.everything():
        meta = each["metadata"]
        if not meta.get("deletionTimestamp"):
            continue
        resource = _resource(cluster, qualified)
        if resource is None:
            continue
        if _is_namespace(resource):
            _empty_namespace(cluster, resource, each)
        elif CLEANUP in (meta.get("finalizers") or ()):
            _empty_definition(cluster, resource, each)
        elif FOREGROUND in (meta.get("finalizers") or ()):
            _foreground(cluster, resource, each)
        elif ORPHAN in (meta.get("finalizers") or ()):
            _orphan(cluster, resource, each)
        elif not meta.get("finalizers"):
            finish(cluster, resource, each)


def _empty_namespace(cluster: Cluster, resource: Resource, namespace: Json) -> None:
    name = namespace["metadata"]["name"]
    for qualified, each in cluster.store.everything():
        if each["metadata"].get("namespace") == name:
            inside = _resource(cluster, qualified)
            if inside and not each["metadata"].get("deletionTimestamp"):
                delete(cluster, inside, each)
    left = [(qualified, each) for qualified, each in cluster.store.everything() if each["metadata"].get("namespace") == name]
    if left:
        _tell_what_is_left(cluster, resource, namespace, left)
    else:
        finish(cluster, resource, namespace)


def _tell_what_is_left(cluster: Cluster, resource: Resource, namespace: Json, left: list[tuple[str, Json]]) -> None:
    """The conditions by which one finds out what keeps a namespace (pkg/controller/namespace/deletion/status_condition_utils.go)."""
    kinds = Counter(qualified if "." in qualified else f"{qualified}." for qualified, _ in left)
    finalizers = Counter(finalizer for _, each in left for finalizer in each["metadata"].get("finalizers") or ())
    remaining = ", ".join(f"{kind} has {number} resource instances" for kind, number in sorted(kinds.items()))
    waiting = ", ".join(f"{finalizer} in {number} resource instances" for finalizer, number in sorted(finalizers.items()))
    content = ("True", "SomeResourcesRemain", f"Some resources are remaining: {remaining}")
    held = ("True", "SomeFinalizersRemain", f"Some content in the namespace has finalizers remaining: {waiting}")
    told = {
        "NamespaceDeletionDiscoveryFailure": ("False", "ResourcesDiscovered", "All resources successfully discovered"),
        "NamespaceDeletionGroupVersionParsingFailure": ("False", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        "NamespaceDeletionContentFailure": ("False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        "NamespaceContentRemaining": content,
        "NamespaceFinalizersRemaining": held
        if finalizers
        else ("False", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
    }
    known = {each["type"]: each for each in (namespace.get("status") or {}).get("conditions") or ()}
    conditions = []
    for kind, (status, reason, message) in told.items():
        fresh = {"type": kind, "status": status, "reason": reason, "message": message}
        before = known.get(kind) or {}
        since = before["lastTransitionTime"] if before.get("status") == status else stamp()
        conditions.append({**fresh, "lastTransitionTime": since})
    if conditions != list(known.values()):
        changed = {**namespace, "status": {**namespace["status"], "conditions": conditions}}
        cluster.write(resource.gv, resource.plural, changed, manager="kube-controller-manager", subresource="status")


def _empty_definition(cluster: Cluster, resource: Resource, definition: Json) -> None:
    """Custom resources go before their definition: one whose finalizer nobody removes keeps it."""
    qualified = definition["metadata"]["name"]
    inside = _resource(cluster, qualified)
    for each in cluster.store.all(qualified):
        if inside and not each["metadata"].get("deletionTimestamp"):
            delete(cluster, inside, each)
    if not cluster.store.of(qualified):
        _release(cluster, resource, definition, CLEANUP)


def _foreground(cluster: Cluster, resource: Resource, owner: Json) -> None:
    """First what it owns (and what blocks it), then itself."""
    blocking = False
    for qualified, each in cluster.store.everything():
        for reference in each["metadata"].get("ownerReferences") or ():
            if reference.get("uid") == owner["metadata"]["uid"]:
                inside = _resource(cluster, qualified)
                if inside and not each["metadata"].get("deletionTimestamp"):
                    delete(cluster, inside, each, propagation="Foreground")
                blocking = blocking or bool(reference.get("blockOwnerDeletion"))
    left = blocking and any(
        reference.get("uid") == owner["metadata"]["uid"] and reference.get("blockOwnerDeletion")
        for _, each in cluster.store.everything()
        for reference in each["metadata"].get("ownerReferences") or ()
    )
    if not left:
        _release(cluster, resource, owner, FOREGROUND)


def _orphan(cluster: Cluster, resource: Resource, owner: Json) -> None:
    """What it owns stays, without a reference to it."""
    for qualified, each in cluster.store.everything():
        references = each["metadata"].get("ownerReferences") or ()
        kept = [reference for reference in references if reference.get("uid") != owner["metadata"]["uid"]]
        if len(kept) != len(references):
            fresh = copy.deepcopy(each)
            fresh["metadata"]["ownerReferences"] = kept
            if not kept:
                del fresh["metadata"]["ownerReferences"]
            cluster.store.put(qualified, fresh)
    _release(cluster, resource, owner, ORPHAN)


def _release(cluster: Cluster, resource: Resource, kept: Json, finalizer: str) -> None:
    fresh = copy.deepcopy(kept)
    fresh["metadata"]["finalizers"] = [each for each in fresh["metadata"]["finalizers"] if each != finalizer]
    fresh = cluster.store.put(resource.qualified, fresh)
    if not fresh["metadata"]["finalizers"]:
        finish(cluster, resource, fresh)


def _is_definition(resource: Resource) -> bool:
    return resource.kind == "CustomResourceDefinition" and not resource.custom


def _is_namespace(resource: Resource) -> bool:
    return resource.kind == "Namespace" and not resource.group


_BY_NAME: t.Final = {each.qualified: each for each in BUILT_IN.values()}


def _resource(cluster: Cluster, qualified: str) -> Resource | None:
    return _BY_NAME.get(qualified) or next((each for each in cluster.resources.values() if each.qualified == qualified), None)
