# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each kind's own rules say of a write: which part an endpoint writes, when the generation moves, what the server fills in."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes import scaling, services
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
    if subresource == "scale":
        return (("f:status",), ("f:metadata",))
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
    if subresource == "scale":
        books = fresh["metadata"]["managedFields"]
        kept = copy.deepcopy(live)
        scaling.set_replicas(resource, kept, scaling.replicas_of(resource, fresh))
        kept["metadata"] |= {"managedFields": books, "resourceVersion": fresh["metadata"]["resourceVersion"]}
        return kept
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
    handler = None if resource.custom else _HANDLERS.get(resource.kind)
    if handler:
        handler(cluster, fresh, live)


def carry_on(resource: Resource, fresh: Json, live: Json) -> None:
    """What the server has given an object stays with it when a client leaves it out."""
    if resource.kind == "Service" and not resource.custom:
        services.carry_on(fresh, live)
    elif resource.kind == "Namespace" and not resource.custom:
        fresh["spec"] = live.get("spec", {})
    elif resource.kind == "Job" and not resource.custom:
        fresh["spec"].setdefault("selector", live["spec"].get("selector"))
        template = fresh["spec"].setdefault("template", {}).setdefault("metadata", {})
        known = ((live["spec"].get("template") or {}).get("metadata") or {}).get("labels") or {}
        for name in _JOB_LABELS:
            if name in known:
                template.setdefault("labels", {}).setdefault(name, known[name])


def _namespace(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    if live is None:
        fresh["spec"] = {"finalizers": ["kubernetes"]}
        fresh["status"] = {"phase": "Active"}


def _job(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    """A job's pods are told by its uid, unless it says itself how."""
    if live is not None or fresh["spec"].get("manualSelector"):
        return
    uid, name = fresh["metadata"]["uid"], fresh["metadata"]["name"]
    template = fresh["spec"].setdefault("template", {}).setdefault("metadata", {})
    values = dict(zip(_JOB_LABELS, (uid, name, uid, name), strict=True))
    template["labels"] = {**(template.get("labels") or {}), **values}
    selector = fresh["spec"].setdefault("selector", {})
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), _JOB_LABELS[0]: uid}
    fresh["metadata"]["labels"] = {**template["labels"], **(fresh["metadata"].get("labels") or {})}


def _pod(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    if live is None:
        fresh.setdefault("status", {}).setdefault("phase", "Pending")
        fresh["status"].setdefault("qosClass", _quality(fresh["spec"]))


def _quality(spec: Json) -> str:
    """The class of service that requests and limits make (kubernetes.io/docs/concepts/workloads/pods/pod-qos)."""
    amounts = [each.get("resources") or {} for each in spec.get("containers") or ()]
    if not any(each.get("requests") or each.get("limits") for each in amounts):
        return "BestEffort"
    full = all(
        set(each.get("limits") or ()) >= {"cpu", "memory"} and (each.get("requests") or each["limits"]) == each["limits"]
        for each in amounts
    )
    return "Guaranteed" if full else "Burstable"


def _claim(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    if live is None and "storageClassName" not in fresh["spec"]:
        for each in cluster.list("storage.k8s.io/v1", "storageclasses"):
            if (each["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true":
                fresh["spec"]["storageClassName"] = each["metadata"]["name"]
    if live is None:
        fresh.setdefault("status", {}).setdefault("phase", "Pending")


def _ingress(cluster: Cluster, fresh: Json, live: Json | None) -> None:
    if live is None and fresh.get("spec") and not fresh["spec"].get("ingressClassName"):
        for each in cluster.list("networking.k8s.io/v1", "ingressclasses"):
            if (each["metadata"].get("annotations") or {}).get("ingressclass.kubernetes.io/is-default-class") == "true":
                fresh["spec"]["ingressClassName"] = each["metadata"]["name"]


_JOB_LABELS = ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name")
_HANDLERS: t.Final[dict[str, Callable[[t.Any, Json, Json | None], None]]] = {
    "Ingress": _ingress,
    "Job": _job,
    "Namespace": _namespace,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Service": services.fill_in,
}
