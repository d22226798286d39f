# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding a node for a pod, or saying why there is none.

Source: kubernetes/kubernetes pkg/scheduler (framework/plugins: nodeaffinity, tainttoleration, noderesources, interpodaffinity).
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import environment
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    NODES,
    PODS,
    Thing,
    controller_of,
    labels_of,
    name_of,
    namespace_of,
    quantity,
    selects,
    with_condition,
)

SCHEDULER = "default-scheduler"
AGAIN = 0.3


def place(desk: Desk, pod: Thing) -> Thing | None:
    """The pod with its node; None when it has to wait."""
    nodes = desk.all(NODES)
    problem = environment.missing_claim(desk, pod)
    problems: Counter[str] = Counter({problem: len(nodes)} if problem else {})
    fitting = []
    for node in nodes if not problem else ():
        why = _refusal(desk, pod, node)
        if why is None:
            fitting.append(node)
        else:
            problems[why] += 1
    if not fitting:
        _wait(desk, pod, len(nodes), problems)
        return None
    best = max(fitting, key=lambda node: _score(desk, pod, node))
    desk.event(pod, "Scheduled", f"Successfully assigned {namespace_of(pod)}/{name_of(pod)} to {name_of(best)}", SCHEDULER)
    return desk.write(PODS, deepcopy(pod) | {"spec": deepcopy(pod["spec"]) | {"nodeName": name_of(best)}}, "kube-scheduler")


def _score(desk: Desk, pod: Thing, node: Thing) -> tuple[float, float, str]:
    """Apart from its siblings first, then where most is free."""
    owner = (controller_of(pod) or {}).get("uid")
    there = [each for each in desk.all(PODS, namespace_of(pod)) if each["spec"].get("nodeName") == name_of(node)]
    siblings = [each for each in there if owner and (controller_of(each) or {}).get("uid") == owner]
    free = _free(desk, node)["cpu"] / quantity(node["status"]["allocatable"]["cpu"])
    return -len(siblings), free - len(there) / 100, name_of(node)


def _wait(desk: Desk, pod: Thing, nodes: int, problems: Counter[str]) -> None:
    listed = ", ".join(f"{count} {why}" for why, count in sorted(problems.items()))
    text = f"0/{nodes} nodes are available: {listed}. " if nodes else "no nodes available to schedule pods"
    if nodes:
        text += f"no new claims to deallocate, preemption: 0/{nodes} nodes are available: {nodes} Preemption is not helpful for scheduling."
    desk.event(pod, "FailedScheduling", text, SCHEDULER, warning=True)
    status = deepcopy(pod.get("status") or {}) | {"phase": "Pending"}
    status["conditions"] = with_condition(
        status.get("conditions") or [], "PodScheduled", False, desk.now, reason="Unschedulable", message=text, lastProbeTime=None
    )
    status.setdefault("qosClass", "BestEffort")
    desk.status(PODS, pod, status, "kube-scheduler")
    desk.wake(desk.now + AGAIN)


def _refusal(desk: Desk, pod: Thing, node: Thing) -> str | None:
    spec = pod["spec"]
    if node["spec"].get("unschedulable"):
        return "node(s) were unschedulable"
    if spec.get("nodeName") not in (None, name_of(node)) or not _selected(spec, node):
        return "node(s) didn't match Pod's node affinity/selector"
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerates(spec, taint):
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    free = _free(desk, node)
    if free["pods"] < 1:
        return "Too many pods"
    wanted = requests(pod)
    for name in ("cpu", "memory"):
        if wanted[name] > free[name]:
            return f"Insufficient {name}"
    return "node(s) didn't match pod anti-affinity rules" if _repelled(desk, pod, node) else None


def _selected(spec: Thing, node: Thing) -> bool:
    labels = labels_of(node)
    if not (spec.get("nodeSelector") or {}).items() <= labels.items():
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms")
    return terms is None or any(selects({"matchExpressions": each.get("matchExpressions")}, labels) for each in terms)


def suits(spec: Thing, node: Thing) -> bool:
    """Whether a daemon's pod belongs on a node."""
    barred = [each for each in node["spec"].get("taints") or () if each["effect"] in ("NoSchedule", "NoExecute")]
    return _selected(spec, node) and all(tolerates(spec, each) for each in barred)


def tolerates(spec: Thing, taint: Thing) -> bool:
    return any(_tolerates(each, taint) for each in spec.get("tolerations") or ())


def _tolerates(toleration: Thing, taint: Thing) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]) or toleration.get("key") not in (None, "", taint["key"]):
        return False
    return toleration.get("operator") == "Exists" or (bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", ""))


def requests(pod: Thing) -> dict[str, float]:
    """What a pod asks for: its containers together, or its largest init container."""
    found = {}
    for name in ("cpu", "memory"):
        together = sum(_request(each, name) for each in pod["spec"]["containers"])
        first = max((_request(each, name) for each in pod["spec"].get("initContainers") or ()), default=0.0)
        found[name] = max(together, first)
    return found


def _request(container: Thing, name: str) -> float:
    resources = container.get("resources") or {}
    for each in ("requests", "limits"):
        if name in (resources.get(each) or {}):
            return quantity(resources[each][name])
    return 0.0


def _free(desk: Desk, node: Thing) -> dict[str, float]:
    allocatable = (node.get("status") or {}).get("allocatable") or {"cpu": "0", "memory": "0", "pods": "0"}
    free = {name: quantity(allocatable[name]) for name in ("cpu", "memory", "pods")}
    for pod in desk.all(PODS):
        if pod["spec"].get("nodeName") == name_of(node) and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            taken = requests(pod)
            free = {"cpu": free["cpu"] - taken["cpu"], "memory": free["memory"] - taken["memory"], "pods": free["pods"] - 1}
    return free


def _repelled(desk: Desk, pod: Thing, node: Thing) -> bool:
    terms = ((pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    for term in terms or ():
        place = labels_of(node).get(term["topologyKey"])
        for other in desk.all(PODS, namespace_of(pod)):
            there = desk.get(NODES, None, other["spec"].get("nodeName") or "")
            if there and labels_of(there).get(term["topologyKey"]) == place and selects(term.get("labelSelector"), labels_of(other)):
                return True
    return False
