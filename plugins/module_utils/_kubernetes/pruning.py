# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What carries the label of a set and is not declared any more."""

from __future__ import annotations

import difflib
import typing as t

from .._core.apply import side_by_side
from .._core.errors import PlanError
from .client import Client
from .discovery import Discovery
from .errors import CLOUD
from .fields import Path
from .manifests import SET
from .names import Manifest, Ref, Resource, ref_of
from .ownership import declares

LABEL: Path = ("f:metadata", "f:labels", f"f:{SET}")
Member = tuple[Ref, Manifest, Resource]

# What holds other people's things, or data: never pruned, whoever asks.
NEVER = frozenset({"CustomResourceDefinition", "Namespace", "PersistentVolume", "PersistentVolumeClaim"})
# Looked through besides the kinds that are declared. Not among them: what copies the labels of others (EndpointSlice, ReplicaSet, Pod).
USUAL = (
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
)


def looked_through(
    discovery: Discovery, declared: t.Iterable[Resource], wanted: t.Sequence[str] | None, upcoming: t.Collection[str] = ()
) -> list[Resource]:
    """The resources to look through: those of the kinds that are named, or of the usual ones and the declared ones.

    upcoming: declared kinds, which the cluster may not serve yet in a preview; then there is nothing of them to prune.
    """
    forbidden = sorted(NEVER & set(wanted or ()))
    if forbidden:
        raise PlanError(f"prune_kinds: {', '.join(forbidden)} are never pruned: they hold other things", cloud=CLOUD)
    every = [each for each in discovery.every() if {"list", "delete"} <= each.verbs]
    missing = sorted(set(wanted or ()) - {each.kind for each in every} - set(upcoming))
    if missing:
        near = [kind for each in missing for kind in difflib.get_close_matches(each, {found.kind for found in every}, 1)]
        hint = f"The nearest are {', '.join(near)}" if near else "See kubectl api-resources --verbs=list,delete"
        if discovery.silent:
            hint = f"What serves {', '.join(discovery.silent)} does not answer now"
        raise PlanError(f"prune_kinds: the cluster serves no {', '.join(missing)} that can be listed and deleted", cloud=CLOUD, hint=hint)
    if wanted is not None:
        return [each for each in every if each.kind in wanted]
    kinds = {(each.group, each.kind) for each in declared}
    # Built-in groups only: a foreign kind of a usual name is not what is meant.
    built_in = [each for each in every if each.kind in USUAL and ("." not in each.group or each.group.endswith(".k8s.io"))]
    more = [each for each in every if (each.group, each.kind) in kinds and each not in built_in]
    return [each for each in (*built_in, *more) if each.kind not in NEVER]


def members_of(
    client: Client, manager: str, name: str, resources: t.Sequence[Resource], namespaces: t.Sequence[str] | None
) -> list[Member]:
    """Every object of a set. namespaces: where to look; what has no namespace is not looked at then. None looks everywhere.

    Controllers copy labels to what they make of an object (the Endpoints of a Service, the Secret of an ExternalSecret), and not always
    with an owner: only what has its label from this collection belongs to the set.
    """

    def look(place: tuple[Resource, str | None]) -> list[Member]:
        resource, space = place
        where = f" in {space}" if space else ""
        what = f"list {resource.plural}{where} of the set {name}"
        listed = client.list(what, resource.path(space), labelSelector=f"{SET}={name}")
        # What an owner has made goes with its owner.
        found = [resource.item(each) for each in listed if not each["metadata"].get("ownerReferences") and declares(each, manager, LABEL)]
        return [(ref_of(each, resource), each, resource) for each in found]

    if namespaces is None:
        places: list[tuple[Resource, str | None]] = [(resource, None) for resource in resources]
    else:
        places = [(resource, space) for resource in resources if resource.namespaced for space in namespaces]
    return [each for found in side_by_side(look, places) for each in found]
