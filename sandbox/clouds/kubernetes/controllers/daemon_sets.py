# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DaemonSets: a pod on each node that takes it.

Source: kubernetes/kubernetes pkg/controller/daemon (daemon_controller.go, update.go).
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import admission, scheduler
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.replica_sets import AGAIN, available
from sandbox.clouds.kubernetes.controllers.things import (
    DAEMON_SETS,
    NODES,
    PODS,
    Thing,
    is_true,
    labels_of,
    leaving,
    name_of,
    share,
    suffix,
    template_hash,
)

COMPONENT = "daemonset-controller"
REVISION = "controller-revision-hash"
# What a daemon's pod is let through by its controller.
TOLERATED: tuple[str, ...] = ("not-ready:NoExecute", "unreachable:NoExecute", "disk-pressure:NoSchedule", "memory-pressure:NoSchedule")
TOLERATED += ("pid-pressure:NoSchedule", "unschedulable:NoSchedule")


def reconcile(desk: Desk) -> None:
    desk.each(DAEMON_SETS, _sync)


def _sync(desk: Desk, daemon: Thing) -> None:
    revision = template_hash(daemon["spec"]["template"])
    template = _template(daemon)
    pods = {each["spec"].get("nodeName", ""): each for each in desk.owned(PODS, daemon) if not leaving(each)}
    wanted = [each for each in desk.all(NODES) if scheduler.suits(template["spec"], each)]
    names = {name_of(each) for each in wanted}
    for node, pod in list(pods.items()):
        if node not in names:
            desk.delete(PODS, pods.pop(node))
            desk.event(daemon, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}", COMPONENT)
    for node in wanted:
        if name_of(node) not in pods:
            fresh = _create(desk, daemon, template, name_of(node), revision)
            if fresh is None:
                break
            pods[name_of(node)] = fresh
    _replace(desk, daemon, pods, revision)
    _report(desk, daemon, [each for each in desk.owned(PODS, daemon) if not leaving(each)], len(wanted), revision)


def _template(daemon: Thing) -> Thing:
    template: Thing = deepcopy(daemon["spec"]["template"])
    fresh = [
        {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect}
        for name, effect in (each.split(":") for each in TOLERATED)
    ]
    template["spec"]["tolerations"] = [*(template["spec"].get("tolerations") or ()), *fresh]
    return template


def _create(desk: Desk, daemon: Thing, template: Thing, node: str, revision: str) -> Thing | None:
    name = f"{name_of(daemon)}-{suffix(5, daemon['metadata']['uid'], node, revision)}"
    template = deepcopy(template)
    template["spec"]["nodeName"] = node
    try:
        labels = {REVISION: revision, "pod-template-generation": str(daemon["metadata"]["generation"])}
        pod = admission.create(desk, daemon, template, name, **labels)
    except admission.Forbidden as refused:
        desk.event(daemon, "FailedCreate", f"Error creating: {refused}", COMPONENT, warning=True)
        desk.wake(desk.now + AGAIN)
        return None
    desk.event(daemon, "SuccessfulCreate", f"Created pod: {name}", COMPONENT)
    return pod


def _replace(desk: Desk, daemon: Thing, pods: dict[str, Thing], revision: str) -> None:
    """Pods of an older template go, as many at a time as may be missing."""
    strategy = daemon["spec"].get("updateStrategy") or {"type": "RollingUpdate"}
    if strategy["type"] != "RollingUpdate":
        return
    room = max(1, share((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(pods), up=True))
    room -= len([each for each in pods.values() if not is_true(each, "Ready")])
    for pod in pods.values():
        old = labels_of(pod).get(REVISION) != revision
        if old and (room > 0 or not is_true(pod, "Ready")):
            room -= is_true(pod, "Ready")
            desk.delete(PODS, pod)


def _report(desk: Desk, daemon: Thing, pods: list[Thing], wanted: int, revision: str) -> None:
    ready = [each for each in pods if is_true(each, "Ready")]
    live = available(desk, daemon, ready)
    status: Thing = {
        "currentNumberScheduled": len(pods),
        "desiredNumberScheduled": wanted,
        "numberMisscheduled": 0,
        "numberReady": len(ready),
    }
    optional = {
        "numberAvailable": len(live),
        "numberUnavailable": wanted - len(live),
        "updatedNumberScheduled": len([each for each in pods if labels_of(each).get(REVISION) == revision]),
    }
    status |= {name: value for name, value in optional.items() if value}
    desk.status(DAEMON_SETS, daemon, status | {"observedGeneration": daemon["metadata"]["generation"]})
