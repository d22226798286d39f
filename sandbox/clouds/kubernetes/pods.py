# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of a pod besides its object: its log, and that it go for good reason (eviction).

kubernetes.io/docs/concepts/scheduling-eviction/api-eviction
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes import deleting
from sandbox.clouds.kubernetes.asked import number_of
from sandbox.clouds.kubernetes.calls import Call, is_dry
from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.selectors import object_fits
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

LOGS = "logs"  # a controller's memory: lines by "namespace/pod/container"


def log(cluster: Cluster, request: Request, pod: Json) -> Reply:
    """The lines that a container has written, as whatever runs pods keeps them in `cluster.memory("logs")`."""
    meta, names = pod["metadata"], [each["name"] for kind in ("containers", "initContainers") for each in pod["spec"].get(kind) or ()]
    container = request.params.get("container") or names[0]
    if container not in names:
        raise bad_request(f"container {container} is not valid for pod {meta['name']}")
    if not request.params.get("container") and len(pod["spec"]["containers"]) > 1:
        listed = " ".join(each["name"] for each in pod["spec"]["containers"])
        raise bad_request(f"a container name must be specified for pod {meta['name']}, choose one of: [{listed}]")
    if (pod.get("status") or {}).get("phase") == "Pending":
        raise bad_request(f'container "{container}" in pod "{meta["name"]}" is waiting to start: ContainerCreating')
    lines: list[str] = cluster.memory(LOGS).get(f"{meta['namespace']}/{meta['name']}/{container}") or []
    tail = number_of(request, "tailLines")
    shown = lines if "tailLines" not in request.params else lines[-tail:] if tail > 0 else []
    return Reply(200, "".join(f"{line}\n" for line in shown).encode(), {"Content-Type": "text/plain"})


def evict(cluster: Cluster, request: Request, call: Call, resource: Resource, pod: Json) -> Reply:
    """Delete a pod, unless a budget forbids it just now (429)."""
    for budget in cluster.list("policy/v1", "poddisruptionbudgets", call.namespace):
        if not object_fits(budget["spec"].get("selector"), pod["metadata"].get("labels")):
            continue
        status = budget.get("status") or {}
        if not status.get("disruptionsAllowed"):
            needed, there = status.get("desiredHealthy") or 0, status.get("currentHealthy") or 0
            told = f"The disruption budget {budget['metadata']['name']} needs {needed} healthy pods and has {there} currently"
            cause = {"reason": "DisruptionBudget", "message": told}
            text = "Cannot evict pod as it would violate the pod's disruption budget."
            raise ApiError(429, "TooManyRequests", text, {"causes": [cause]})
    if not is_dry(request):
        deleting.delete(cluster, resource, pod)
    return Reply.of_json({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}, 201)
