# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each kind's own rules say of a write: which part an endpoint writes, when the generation moves, what the server fills in."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.fields import Path
from sandbox.clouds.kubernetes.resources import Resource

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

# Built-in kinds whose generation the server counts; of the others only custom resources have one.
_COUNTED = frozenset(
    (
        *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Ingress", "NetworkPolicy"),
        *("PodDisruptionBudget", "CustomResourceDefinition", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "IngressClass", "Pod", "EndpointSlice", "PriorityClass"),
    )
)


def reset_paths(resource: Resource, subresource: str) -> tuple[Path, ...]:
    """What an endpoint does not write, so that nobody comes to own it there."""
    if subresource == "status":
        return (("f:spec",), ("f:metadata",)) if resource.custom else (("f:spec",),)
    return (("f:status",),) if resource.has("status") else ()


def part_of(resource: Resource, subresource: str, live: Json, fresh: Json) -> Json:
    """The object with only that changed which the endpoint writes."""
    if subresource == "status":
        meta = {
            **live["metadata"],
            "managedFields": fresh["metadata"]["managedFields"],
            "resourceVersion": fresh["metadata"]["resourceVersion"],
        }
        kept = {name: value for name, value in live.items() if name != "status"} | {"metadata": meta}
        return kept | ({"status": fresh["status"]} if "status" in fresh else {})
    if resource.has("status"):
        fresh.pop("status", None)
        if "status" in live:
            fresh["status"] = live["status"]
    return fresh


def generation(resource: Resource, live: Json | None, fresh: Json) -> int:
    """The generation after this write; 0 for kinds that have none."""
    if not resource.custom and resource.kind not in _COUNTED:
        return 0
    if live is None:
        return 1
    number = int(live["metadata"].get("generation") or 1)
    return number + (_declared(resource, live) != _declared(resource, fresh))


def _declared(resource: Resource, each: Json) -> Json:
    """What counts as a change of what is wanted."""
    if not resource.custom:
        return {name: value for name, value in each.items() if name not in ("metadata", "status", "apiVersion", "kind")}
    hidden = ("metadata", "apiVersion", "kind", *(("status",) if resource.has("status") else ()))
    return {name: value for name, value in each.items() if name not in hidden}


def fill_in(cluster: Cluster, resource: Resource, fresh: Json, live: Json | None) -> None:
    """What the server adds by itself when it keeps an object."""
    if resource.kind == "Namespace" and not resource.group:
        if live is None:
            fresh["spec"] = {"finalizers": ["kubernetes"]}
            fresh["status"] = {"phase": "Active"}
