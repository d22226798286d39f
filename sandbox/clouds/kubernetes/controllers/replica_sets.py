# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ReplicaSets: as many pods as they want, or the reason why there are fewer.

Source: kubernetes/kubernetes pkg/controller/replicaset (replica_set.go, replica_set_utils.go).
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import admission
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    PODS,
    REPLICA_SETS,
    Thing,
    is_true,
    leaving,
    name_of,
    with_condition,
    without_condition,
)

COMPONENT = "replicaset-controller"
AGAIN = 0.2  # seconds until a refused pod is tried again


def reconcile(desk: Desk) -> None:
    desk.each(REPLICA_SETS, _sync)


def _sync(desk: Desk, replica_set: Thing) -> None:
    pods = [each for each in desk.owned(PODS, replica_set) if _counts(each)]
    wanted = replica_set["spec"].get("replicas", 1)
    failure: tuple[str, str] | None = None
    while len(pods) < wanted and failure is None:
        try:
            pod = admission.create(desk, replica_set, replica_set["spec"]["template"])
        except admission.Forbidden as refused:
            failure = ("FailedCreate", str(refused))
            desk.event(replica_set, "FailedCreate", f"Error creating: {refused}", COMPONENT, warning=True)
            desk.wake(desk.now + AGAIN)
        else:
            pods.append(pod)
            desk.event(replica_set, "SuccessfulCreate", f"Created pod: {name_of(pod)}", COMPONENT)
    pods.sort(key=lambda pod: (is_true(pod, "Ready"), bool(pod["spec"].get("nodeName"))))
    while len(pods) > wanted:
        pod = pods.pop(0)
        desk.event(replica_set, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}", COMPONENT)
        desk.delete(PODS, pod)
    _report(desk, replica_set, pods, failure)


def _counts(pod: Thing) -> bool:
    return not leaving(pod) and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def _report(desk: Desk, replica_set: Thing, pods: list[Thing], failure: tuple[str, str] | None) -> None:
    labels = replica_set["spec"]["template"]["metadata"].get("labels") or {}
    full = [each for each in pods if labels.items() <= (each["metadata"].get("labels") or {}).items()]
    ready = [each for each in pods if is_true(each, "Ready")]
    counts = {"fullyLabeledReplicas": len(full), "readyReplicas": len(ready), "availableReplicas": len(available(desk, replica_set, ready))}
    conditions = deepcopy((replica_set.get("status") or {}).get("conditions") or [])
    if failure:
        conditions = with_condition(conditions, "ReplicaFailure", True, desk.now, reason=failure[0], message=failure[1])
    else:
        conditions = without_condition(conditions, "ReplicaFailure")
    status: Thing = {"replicas": len(pods)} | {name: value for name, value in counts.items() if value}
    status |= {"observedGeneration": replica_set["metadata"]["generation"]} | ({"conditions": conditions} if conditions else {})
    desk.status(REPLICA_SETS, replica_set, status)


def available(desk: Desk, owner: Thing, ready: list[Thing]) -> list[Thing]:
    """The pods that have been ready long enough."""
    needed = owner["spec"].get("minReadySeconds", 0)
    found = []
    for pod in ready:
        since = desk.memory("pods").get(pod["metadata"]["uid"], {}).get("ready_since") or 0.0
        if desk.now >= since + needed:
            found.append(pod)
        else:
            desk.wake(since + needed)
    return found
