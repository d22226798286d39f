# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HorizontalPodAutoscalers and PodDisruptionBudgets.

Source: kubernetes/kubernetes pkg/controller/podautoscaler (horizontal.go) and pkg/controller/disruption. Nothing here has any load, so
an autoscaler only keeps its target between its bounds.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    AUTOSCALERS,
    BUDGETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Thing,
    is_true,
    labels_of,
    leaving,
    namespace_of,
    selects,
    share,
    stamp,
    with_condition,
)

SCALED = {"Deployment": DEPLOYMENTS, "ReplicaSet": REPLICA_SETS, "StatefulSet": STATEFUL_SETS}
COMPONENT = "horizontal-pod-autoscaler"


def reconcile(desk: Desk) -> None:
    desk.each(AUTOSCALERS, _scale)
    desk.each(BUDGETS, _budget)


def _scale(desk: Desk, autoscaler: Thing) -> None:
    spec, target = autoscaler["spec"], autoscaler["spec"]["scaleTargetRef"]
    kind = SCALED.get(target["kind"])
    found = desk.get(kind, namespace_of(autoscaler), target["name"]) if kind else None
    conditions = deepcopy((autoscaler.get("status") or {}).get("conditions") or [])
    if kind is None or found is None:
        plural = f"{target['kind'].lower()}s.{target.get('apiVersion', 'v1').partition('/')[0]}"
        text = f'the HPA controller was unable to get the target\'s current scale: {plural} "{target["name"]}" not found'
        desk.event(autoscaler, "FailedGetScale", text.partition(": ")[2], COMPONENT, warning=True)
        conditions = with_condition(conditions, "AbleToScale", False, desk.now, reason="FailedGetScale", message=text)
        _report(desk, autoscaler, 0, 0, conditions, [])
        return
    current = found["spec"].get("replicas", 1)
    wanted = min(max(current, spec.get("minReplicas", 1)), spec["maxReplicas"]) if current else 0
    if wanted != current:
        reason = (
            "Current number of replicas below Spec.MinReplicas" if wanted > current else "Current number of replicas above Spec.MaxReplicas"
        )
        desk.scale(kind, found, wanted)
        desk.event(autoscaler, "SuccessfulRescale", f"New size: {wanted}; reason: {reason}", COMPONENT)
    text = (
        "recommended size matches current size"
        if wanted == current
        else f"the HPA controller was able to update the target scale to {wanted}"
    )
    reason = "ReadyForNewScale" if wanted == current else "SucceededRescale"
    conditions = with_condition(conditions, "AbleToScale", True, desk.now, reason=reason, message=text)
    conditions, metrics = _measured(conditions, found, autoscaler, desk.now)
    limited = wanted == spec.get("minReplicas", 1)
    reason, text = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
    if not limited:
        reason, text = ("DesiredWithinRange", "the desired count is within the acceptable range")
    conditions = with_condition(conditions, "ScalingLimited", limited, desk.now, reason=reason, message=text)
    _report(desk, autoscaler, current, wanted, conditions, metrics)


def _unmeasured(found: Thing, metrics: list[Thing]) -> str | None:
    """Why a utilization cannot be computed: it is a share of what the containers ask for, so all of them have to."""
    for metric in metrics:
        name = (metric.get("resource") or {}).get("name", "")
        if (metric.get("resource") or {}).get("target", {}).get("type") != "Utilization":
            continue
        for container in found["spec"]["template"]["spec"]["containers"]:
            if name not in ((container.get("resources") or {}).get("requests") or {}):
                return f"failed to get {name} utilization: missing request for {name} in container {container['name']} of Pod"
    return None


def _measured(conditions: list[Thing], found: Thing, autoscaler: Thing, now: float) -> tuple[list[Thing], list[Thing]]:
    """The condition that tells whether there is anything to scale by, and what is measured."""
    metrics = autoscaler["spec"].get("metrics") or []
    problem = _unmeasured(found, metrics)
    if not found["spec"].get("replicas", 1):
        text = "scaling is disabled since the replica count of the target is zero"
        return with_condition(conditions, "ScalingActive", False, now, reason="ScalingDisabled", message=text), []
    if problem:
        text = f"the HPA was unable to compute the replica count: {problem}"
        return with_condition(conditions, "ScalingActive", False, now, reason="FailedGetResourceMetric", message=text), []
    text = "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)"
    idle = {"averageUtilization": 1, "averageValue": "1m"}
    current = [
        {"type": "Resource", "resource": {"name": each["resource"]["name"], "current": idle}} for each in metrics if "resource" in each
    ]
    return with_condition(conditions, "ScalingActive", True, now, reason="ValidMetricFound", message=text), current


def _report(desk: Desk, autoscaler: Thing, current: int, wanted: int, conditions: list[Thing], metrics: list[Thing]) -> None:
    before = autoscaler.get("status") or {}
    status: Thing = {"currentReplicas": current, "desiredReplicas": wanted, "conditions": conditions, "currentMetrics": metrics}
    if "lastScaleTime" in before or current != wanted:
        status["lastScaleTime"] = stamp(desk.now) if current != wanted else before["lastScaleTime"]
    desk.status(AUTOSCALERS, autoscaler, status)


def _budget(desk: Desk, budget: Thing) -> None:
    spec = budget["spec"]
    pods = [each for each in desk.all(PODS, namespace_of(budget)) if selects(spec.get("selector"), labels_of(each)) and not leaving(each)]
    healthy = len([each for each in pods if is_true(each, "Ready")])
    expected = len(pods)
    if "minAvailable" in spec:
        needed = share(spec["minAvailable"], expected, up=True)
    else:
        needed = max(0, expected - share(spec.get("maxUnavailable", 1), expected, up=True))
    allowed = max(0, healthy - needed)
    reason = "SufficientPods" if allowed else "InsufficientPods"
    conditions = deepcopy((budget.get("status") or {}).get("conditions") or [])
    generation = budget["metadata"]["generation"]
    conditions = with_condition(
        conditions, "DisruptionAllowed", bool(allowed), desk.now, reason=reason, message="", observedGeneration=generation
    )
    status: Thing = {"currentHealthy": healthy, "desiredHealthy": needed, "disruptionsAllowed": allowed, "expectedPods": expected}
    desk.status(BUDGETS, budget, status | {"conditions": conditions, "observedGeneration": generation})
