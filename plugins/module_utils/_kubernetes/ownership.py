# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Whose fields they are: ours, a controller's, or a person's. From metadata.managedFields alone; pure."""

from __future__ import annotations

import json
import re
import typing as t

from .fields import MISSING, Path, below, leaves, tree_of, value_at
from .names import Manifest
from .shape import NOISE, is_adopted

Entry = t.Mapping[str, t.Any]
COLLECTION = "hybrid-cloud"  # how the managers of this collection begin

# Managers that a person stands behind, whatever they write: kubectl in all its forms, dashboards, scripts and plain HTTP clients. A client
# that sets no name is known by the first word of its user agent.
_PERSONS = re.compile(
    r"kubectl|oc$|k9s|lens|openlens|freelens|node-fetch|octant|headlamp|dashboard|kubernetes-dashboard|openapi-generator|python"
    r"|curl|wget|mozilla|postman|insomnia|httpie|axios|go-http-client|ruby|unknown|before-first-apply",
    re.IGNORECASE,
)
# Controllers whose fields are theirs, whoever declared them first.
_CONTROLLERS = re.compile(
    r"kube-controller-manager|kube-scheduler|kubelet|kube-apiserver|cloud-controller-manager|cluster-autoscaler|keda|vpa-|cainjector"
    r"|cert-manager|external-secrets|kube-webhook-certgen|admissionsenforcer|azure-wi-webhook",
    re.IGNORECASE,
)
# Under this name `kubectl apply` notes what it has declared by itself. Whoever declares an object after it takes its place, as
# `kubectl apply --server-side` does (client-go, util/csaupgrade): else what it has declared and nobody declares any more would stay.
_DECLARED_BEFORE = "kubectl-client-side-apply"
# Programs that work by themselves, or for another declaration: what they add to an object stays. Every other name is somebody's: whoever
# applies or patches may call himself as he likes (kubectl --field-manager). `manager` is how kubebuilder names what it makes, `okhttp` how
# an operator in Java is named that gives no name; `deploy@NODE` is a part of k3s.
_PROGRAMS = re.compile(
    r"controller|operator|injector|webhook|scaler|scheduler|provisioner|enforcer|reloader|agent|^(manager|helm|eks|glbc)$"
    r"|^(hybrid-cloud|argocd|aws-node|azure|cilium|crossplane|csi-|deploy@|external-dns|fabric8|flagger|flux|gatekeeper|ingress-nginx|istio"
    r"|java|k3s|kured|kyverno|linkerd|longhorn|nginx|okhttp|rancher|traefik|vault|velero)",
    re.IGNORECASE,
)
# Into this entry an API server puts the oldest ones of an object that has more than ten: whose they were, nobody can tell any more
# (apimachinery, managedfields/internal/capmanagers.go).
_ANCIENT = "ancient-changes"
# What nobody's hands have to be cleaned up after: lives of their own, and notes.
_SPARED: tuple[Path, ...] = (
    ("f:status",),
    ("f:apiVersion",),
    ("f:kind",),
    ("f:metadata", "f:finalizers"),
    ("f:metadata", "f:ownerReferences"),
)
# What the server fills in by itself. It stands in the name of whoever has restored an object from a backup, and cannot be taken away: a
# claim keeps its volume, a Service its addresses, a Job what its pods are known by.
_FILLED: dict[str, frozenset[str]] = {
    "PersistentVolumeClaim": frozenset({"f:volumeName"}),
    "Service": frozenset({"f:clusterIP", "f:clusterIPs", "f:healthCheckNodePort", "f:nodePort"}),
    "Job": frozenset(
        {
            "f:batch.kubernetes.io/controller-uid",
            "f:batch.kubernetes.io/job-name",
            "f:controller-uid",
            "f:job-name",
            "f:selector",
        }
    ),
}


def entries_of(thing: Manifest) -> list[Entry]:
    return list((thing.get("metadata") or {}).get("managedFields") or ())


def is_ours(entry: Entry, manager: str) -> bool:
    return entry.get("manager") == manager and not entry.get("subresource")


def by_person(entry: Entry, manager: str) -> bool:
    """Whether a person is sure to stand behind it."""
    return entry.get("manager") != manager and _PERSONS.match(_name(entry)) is not None


def by_hand(entry: Entry, manager: str) -> bool:
    """Whether it counts as somebody's: a person's, or that of no program that is known."""
    if entry.get("manager") == manager or _PERSONS.match(_name(entry)):
        return entry.get("manager") != manager
    return not (entry.get("subresource") or _name(entry) == _ANCIENT or _CONTROLLERS.match(_name(entry)) or _PROGRAMS.search(_name(entry)))


def by_controller(entry: Entry) -> bool:
    return _CONTROLLERS.match(str(entry.get("manager"))) is not None or bool(entry.get("subresource"))


def _name(entry: Entry) -> str:
    return str(entry.get("manager") or "unknown")


def _paths(entry: Entry) -> set[Path]:
    return set(leaves(entry.get("fieldsV1") or {}))


def owned(thing: Manifest, manager: str, *, applied: bool = False) -> set[Path]:
    """What a manager owns. applied: by server-side apply only."""
    return {
        path
        for entry in entries_of(thing)
        if is_ours(entry, manager) and (not applied or entry.get("operation") == "Apply")
        for path in _paths(entry)
    }


def declares(thing: Manifest, manager: str, path: Path) -> bool:
    """Whether a path has been applied by a manager, or by another one of this collection."""
    return any(
        (entry.get("manager") == manager or _name(entry).startswith(COLLECTION))
        and entry.get("operation") == "Apply"
        and path in _paths(entry)
        for entry in entries_of(thing)
    )


def of_controllers(live: Manifest, manager: str) -> set[Path]:
    """What controllers own: those that are known, whatever is set through `scale` (autoscalers), and injected CA bundles."""
    found: set[Path] = set()
    for entry in entries_of(live):
        if is_ours(entry, manager) or by_person(entry, manager):
            continue
        known = _CONTROLLERS.match(str(entry.get("manager"))) is not None or entry.get("subresource") == "scale"
        found |= {path for path in _values(entry) if known or path[-1] == "f:caBundle"}
    return found


def _values(entry: Entry) -> set[Path]:
    """What an entry owns by its value: not a structure for being there, nor what an item is known by."""
    paths = _paths(entry)
    above = {path[:length] for path in paths for length in range(len(path))}
    return {path for path in paths - above if not (path[-2:-1] and path[-2].startswith("k:") and path[-1][2:] in json.loads(path[-2][2:]))}


def added_by_hand(live: Manifest, declared: Manifest, manager: str, *, made: bool = False) -> list[Path]:
    """What persons have put into an object that we keep, since we last did, or declared by `kubectl apply`: the topmost paths that are
    theirs alone.

    What is declared is not added; it is put right by declaring it. made: the object is of our making; nothing in it was there before us.
    """
    ours = [str(entry.get("time") or "") for entry in entries_of(live) if is_ours(entry, manager)]
    kept: set[Path] = set()
    theirs: set[Path] = set()
    for entry in entries_of(live):
        if not by_hand(entry, manager):
            kept |= _paths(entry)
        elif made or entry.get("manager") == _DECLARED_BEFORE or _is_newer(entry, ours, live):
            theirs |= _paths(entry)
    filled = _FILLED.get(str(live.get("kind")), frozenset())
    kept |= {path for path in theirs if _is_spared(path) or filled & set(path) or value_at(declared, path) is not MISSING}
    found = {path for path in theirs if path and path not in kept and value_at(live, path) is not MISSING}
    whole = {path for path in found if not any(below(each, path) for each in kept)}
    return sorted(path for path in whole if not any(path != top and below(path, top) for top in whole))


def _is_newer(entry: Entry, ours: t.Sequence[str], live: Manifest) -> bool:
    """Whether it was written after our last word. What is there before our first one may have been there for good reasons."""
    written = str(entry.get("time") or "")
    # Times have whole seconds. What is as old as our last word counts as newer, unless it may be what we have found.
    return bool(ours) and (written > max(ours) or (written == max(ours) and not is_adopted(live)))


def claimed(live: Manifest, additions: t.Sequence[Path], manager: str) -> list[Entry]:
    """The managers' entries of an object in which what hands have added is what we have applied."""
    found: list[Entry] = []
    others = {path for entry in entries_of(live) if not is_ours(entry, manager) for path in _paths(entry)}
    # What nobody owns (a default) can be taken from nobody.
    taken = {top for top in additions if not any(below(path, top) for path in others)}
    for entry in entries_of(live):
        paths = _paths(entry)
        theirs = {path for path in paths if any(below(path, top) for top in additions)} if by_hand(entry, manager) else set()
        taken |= theirs
        if paths != theirs or not theirs:
            found.append({**entry, "fieldsV1": tree_of(paths - theirs)} if theirs else entry)
    mine = next((entry for entry in found if is_ours(entry, manager) and entry.get("operation") == "Apply"), None)
    fresh = {
        **(mine or {"manager": manager, "operation": "Apply", "apiVersion": live.get("apiVersion"), "fieldsType": "FieldsV1"}),
        "fieldsV1": tree_of(taken | (_paths(mine) if mine else set())),
    }
    return [fresh, *(entry for entry in found if entry is not mine)]


def _is_spared(path: Path) -> bool:
    noise = len(path) > 1 and path[-2] == "f:annotations" and path[-1][2:] in NOISE
    return noise or any(below(path, top) for top in _SPARED)
