# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""StatefulSets: pods with names that stay, one after the other, each with its claims.

Source: kubernetes/kubernetes pkg/controller/statefulset (stateful_set_control.go, stateful_set_utils.go).
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import admission
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.replica_sets import AGAIN, available
from sandbox.clouds.kubernetes.controllers.things import (
    CLAIMS,
    PODS,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    Thing,
    is_true,
    labels_of,
    leaving,
    name_of,
    namespace_of,
    stamp,
    template_hash,
)

COMPONENT = "statefulset-controller"
REVISION = "controller-revision-hash"


def reconcile(desk: Desk) -> None:
    desk.each(STATEFUL_SETS, _sync)
    _bind(desk)


def _sync(desk: Desk, stateful: Thing) -> None:
    revision = f"{name_of(stateful)}-{template_hash(stateful['spec']['template'])}"
    pods = {_ordinal(each): each for each in desk.owned(PODS, stateful) if not leaving(each)}
    wanted = stateful["spec"].get("replicas", 1)
    side_by_side = stateful["spec"].get("podManagementPolicy") == "Parallel"
    for ordinal in range(wanted):
        if ordinal not in pods:
            pod = _create(desk, stateful, ordinal, revision)
            if pod is None:
                break
            pods[ordinal] = pod
        if not side_by_side and not is_true(pods[ordinal], "Ready"):
            break
    for ordinal in sorted((each for each in pods if each >= wanted), reverse=True):
        _delete(desk, stateful, pods.pop(ordinal))
        if not side_by_side:
            break
    if len(pods) == wanted and all(is_true(each, "Ready") for each in pods.values()):
        _update_next(desk, stateful, pods, revision)
    _report(desk, stateful, [each for each in desk.owned(PODS, stateful) if not leaving(each)], revision)


def _ordinal(pod: Thing) -> int:
    return int(name_of(pod).rpartition("-")[2])


def _create(desk: Desk, stateful: Thing, ordinal: int, revision: str) -> Thing | None:
    name = f"{name_of(stateful)}-{ordinal}"
    template = deepcopy(stateful["spec"]["template"])
    for claim in stateful["spec"].get("volumeClaimTemplates") or ():
        claim_name = f"{claim['metadata']['name']}-{name}"
        if desk.get(CLAIMS, namespace_of(stateful), claim_name) is None:
            labels = (stateful["spec"]["selector"].get("matchLabels") or {}) | labels_of(claim)
            metadata = {"name": claim_name, "namespace": namespace_of(stateful), "labels": labels}
            desk.write(CLAIMS, {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": deepcopy(claim["spec"])})
        volume = {"name": claim["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name}}
        template["spec"]["volumes"] = [*(template["spec"].get("volumes") or ()), volume]
    template["spec"] |= {"hostname": name, "subdomain": stateful["spec"].get("serviceName", "")}
    labels = {REVISION: revision, "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
    try:
        pod = admission.create(desk, stateful, template, name, **labels)
    except admission.Forbidden as refused:
        text = f"create Pod {name} in StatefulSet {name_of(stateful)} failed error: {refused}"
        desk.event(stateful, "FailedCreate", text, COMPONENT, warning=True)
        desk.wake(desk.now + AGAIN)
        return None
    desk.event(stateful, "SuccessfulCreate", f"create Pod {name} in StatefulSet {name_of(stateful)} successful", COMPONENT)
    return pod


def _delete(desk: Desk, stateful: Thing, pod: Thing) -> None:
    desk.event(stateful, "SuccessfulDelete", f"delete Pod {name_of(pod)} in StatefulSet {name_of(stateful)} successful", COMPONENT)
    desk.delete(PODS, pod)


def _update_next(desk: Desk, stateful: Thing, pods: dict[int, Thing], revision: str) -> None:
    """A rolling update goes from the last pod to the first, each when all others are ready."""
    strategy = stateful["spec"].get("updateStrategy") or {"type": "RollingUpdate"}
    if strategy["type"] != "RollingUpdate":
        return
    first = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for ordinal in sorted(pods, reverse=True):
        if ordinal >= first and labels_of(pods[ordinal]).get(REVISION) != revision:
            _delete(desk, stateful, pods[ordinal])
            return


def _report(desk: Desk, stateful: Thing, pods: list[Thing], revision: str) -> None:
    ready = [each for each in pods if is_true(each, "Ready")]
    updated = [each for each in pods if labels_of(each).get(REVISION) == revision]
    before = (stateful.get("status") or {}).get("currentRevision") or revision
    settled = len(updated) == len(pods) == stateful["spec"].get("replicas", 1) and len(ready) == len(pods)
    current = revision if settled else before
    counts = {
        "readyReplicas": len(ready),
        "updatedReplicas": len(updated),
        "currentReplicas": len([each for each in pods if labels_of(each).get(REVISION) == current]),
    }
    status: Thing = {"replicas": len(pods), "availableReplicas": len(available(desk, stateful, ready)), "collisionCount": 0}
    status |= {name: value for name, value in counts.items() if value}
    status |= {"currentRevision": current, "updateRevision": revision, "observedGeneration": stateful["metadata"]["generation"]}
    desk.status(STATEFUL_SETS, stateful, status)


def _bind(desk: Desk) -> None:
    """Claims are given a disk at once, if the storage class that they name is there."""
    for claim in desk.all(CLAIMS):
        if (claim.get("status") or {}).get("phase") == "Bound" or leaving(claim):
            continue
        wanted = claim["spec"].get("storageClassName")
        if wanted and desk.get(STORAGE_CLASSES, None, wanted) is None:
            text = f'storageclass.storage.k8s.io "{wanted}" not found'
            desk.event(claim, "ProvisioningFailed", text, "persistentvolume-controller", warning=True)
            continue
        volume = f"pvc-{claim['metadata']['uid']}"
        claim = desk.change(CLAIMS, claim, spec=claim["spec"] | {"volumeName": volume})
        size = claim["spec"].get("resources", {}).get("requests", {})
        status = {"phase": "Bound", "accessModes": claim["spec"].get("accessModes", []), "capacity": size}
        desk.status(CLAIMS, claim, status)
        desk.event(claim, "ProvisioningSucceeded", f"Successfully provisioned volume {volume} at {stamp(desk.now)}", "disk.csi.azure.com")
