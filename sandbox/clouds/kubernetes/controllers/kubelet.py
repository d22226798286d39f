# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kubelet: takes pods from their node to running, or says what keeps them.

Source: kubernetes/kubernetes pkg/kubelet (kuberuntime, status, prober) for reasons, states and events.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.controllers import environment, images, pod_status, programs, scheduler
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import NODES, PODS, Thing, controller_of, digest, name_of, namespace_of, uid_of

KUBELET = "kubelet"
START, AGAIN, RUN = 0.1, 0.2, 0.1  # seconds: until a pod runs, until what failed is tried again, of a program that ends
Waiting = tuple[str, str]  # reason and message


def reconcile(desk: Desk) -> None:
    memory = desk.memory("pods")
    for gone in memory.keys() - {uid_of(each) for each in desk.all(PODS)}:
        del memory[gone]
    desk.each(PODS, _turn)


def _turn(desk: Desk, pod: Thing) -> None:
    memory = desk.memory("pods")
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return
    if not pod["spec"].get("nodeName") or desk.get(NODES, None, pod["spec"]["nodeName"]) is None:
        placed = scheduler.place(desk, pod)
        if placed is None:
            return
        pod = placed
    if uid_of(pod) not in memory:
        memory[uid_of(pod)] = _fresh(desk, pod)
    if memory[uid_of(pod)].get("steady") != pod["metadata"]["resourceVersion"]:
        _advance(desk, pod, memory[uid_of(pod)])


def _fresh(desk: Desk, pod: Thing) -> dict[str, t.Any]:
    """What is kept of a pod: when it may run, when it ran, and digests of its environment. Number and address go up."""
    network = desk.memory("network")
    network["pods"] = network.get("pods", 0) + 1
    seconds = desk.seconds("Pods_Start", START)
    if (controller_of(pod) or {}).get("kind") == "ReplicaSet":
        seconds = max(seconds, desk.seconds("Deployments_Rollout", START))
    return {
        "number": network["pods"],
        "due": desk.now + seconds,
        "began": desk.now,
        "started": None,
        "ready_since": None,
        "restarts": 0,
        "environment": {},
    }


def _advance(desk: Desk, pod: Thing, memory: dict[str, t.Any]) -> None:
    if memory["started"] is None:
        waiting = _obstacles(desk, pod)
        if waiting or desk.now < memory["due"]:
            desk.wake(desk.now + AGAIN if waiting else memory["due"])
            _say(desk, pod, waiting)
            desk.status(PODS, pod, pod_status.waiting(desk, pod, memory, waiting), KUBELET)
            return
        memory["started"] = desk.now
        memory["environment"], memory["refuses"] = _digests(desk, pod), _refusing(desk, pod)
        _started(desk, pod)
    ended = _ended(desk, pod, memory)
    if ended is not None:
        desk.status(PODS, pod, ended, KUBELET)
        return
    crashing, unready = _crashing(pod) | dict.fromkeys(memory.get("refuses", ()), 1), _unready(desk, pod)
    ready = not crashing and not unready
    if not ready:
        memory["ready_since"] = None
    elif memory["ready_since"] is None:
        memory["ready_since"] = desk.now
    for name in crashing:
        text = f"Back-off restarting failed container {name} in pod {name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
        desk.event(pod, "BackOff", text, KUBELET, warning=True)
        memory["restarts"] = 1
    shown = desk.status(PODS, pod, pod_status.running(desk, pod, memory, crashing, set(unready)), KUBELET)
    if pod["spec"].get("restartPolicy", "Always") == "Always":
        memory["steady"] = shown["metadata"]["resourceVersion"]  # nothing happens to it before somebody writes


def _containers(pod: Thing) -> list[Thing]:
    return [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]


# --- what keeps it ----------------------------------------------------------


def _obstacles(desk: Desk, pod: Thing) -> dict[str, Waiting]:
    """For each container that cannot start: why. An empty dict when nothing is in the way."""
    mount = environment.unmountable(desk, pod)
    if mount:
        return {each["name"]: ("ContainerCreating", mount) for each in _containers(pod)}
    found: dict[str, Waiting] = {}
    for container in _containers(pod):
        problem = images.unpullable(desk, container["image"])
        if problem:
            found[container["name"]] = problem
            continue
        try:
            environment.environment(desk, pod, container)
        except environment.Missing as missing:
            found[container["name"]] = ("CreateContainerConfigError", str(missing))
    return found


def _say(desk: Desk, pod: Thing, waiting: dict[str, Waiting]) -> None:
    for name, (reason, message) in waiting.items():
        image = next(each["image"] for each in _containers(pod) if each["name"] == name)
        if reason == "ContainerCreating":
            desk.event(pod, "FailedMount", message, KUBELET, warning=True)
        elif reason == "ErrImagePull":
            desk.event(pod, "Pulling", f'Pulling image "{image}"', KUBELET)
            desk.event(pod, "Failed", message, KUBELET, warning=True)
            desk.event(pod, "Failed", "Error: ErrImagePull", KUBELET, warning=True)
            desk.event(pod, "BackOff", f'Back-off pulling image "{image}"', KUBELET)
            desk.event(pod, "Failed", "Error: ImagePullBackOff", KUBELET, warning=True)
        elif reason == "InvalidImageName":
            desk.event(pod, "InspectFailed", message, KUBELET, warning=True)
            desk.event(pod, "Failed", "Error: InvalidImageName", KUBELET, warning=True)
        else:
            desk.event(pod, "Failed", f"Error: {message}", KUBELET, warning=True)


def _digests(desk: Desk, pod: Thing) -> dict[str, dict[str, str]]:
    """What the containers were started with. Values may be secret: only their digests are kept."""
    return {
        each["name"]: {name: digest(value) for name, value in environment.environment(desk, pod, each).items()} for each in _containers(pod)
    }


def _refusing(desk: Desk, pod: Thing) -> list[str]:
    """The containers whose program ends at once, because of what it was started with."""
    return [each["name"] for each in pod["spec"]["containers"] if programs.refuses(each, environment.environment(desk, pod, each))]


def _started(desk: Desk, pod: Thing) -> None:
    for container in _containers(pod):
        desk.event(pod, "Pulled", f'Container image "{container["image"]}" already present on machine', KUBELET)
        desk.event(pod, "Created", f"Created container: {container['name']}", KUBELET)
        desk.event(pod, "Started", f"Started container {container['name']}", KUBELET)


# --- what runs --------------------------------------------------------------


def _ended(desk: Desk, pod: Thing, memory: dict[str, t.Any]) -> Thing | None:
    """The status of a pod whose programs have ended for good; None while they run."""
    policy = pod["spec"].get("restartPolicy", "Always")
    if policy == "Always" or any(programs.serves(each) for each in pod["spec"]["containers"]):
        return None
    due = memory["started"] + desk.seconds("Pods_Run", RUN)
    if desk.now < due:
        desk.wake(due)
        return None
    if any(each(desk.cluster, pod) for each in programs.BUSY):
        desk.wake(desk.now + AGAIN)
        return None
    codes = {each["name"]: programs.exit_code(each) or 0 for each in pod["spec"]["containers"]}
    if policy == "OnFailure" and any(codes.values()):
        return None
    return pod_status.ended(desk, pod, memory, codes)


def _crashing(pod: Thing) -> dict[str, int]:
    """Exit codes of the containers that end although they are to stay, by name."""
    found: dict[str, int] = {}
    policy = pod["spec"].get("restartPolicy", "Always")
    for container in pod["spec"]["containers"]:
        code = programs.exit_code(container)
        if code is not None and (policy == "Always" or (policy == "OnFailure" and code)):
            found[container["name"]] = code
        elif policy == "Always" and any(programs.failing_probe(container, each) for each in ("startupProbe", "livenessProbe")):
            found[container["name"]] = 137
    return found


def _unready(desk: Desk, pod: Thing) -> dict[str, str]:
    found: dict[str, str] = {}
    for container in pod["spec"]["containers"]:
        for kind, word in (("startupProbe", "Startup"), ("livenessProbe", "Liveness"), ("readinessProbe", "Readiness")):
            why = programs.failing_probe(container, kind)
            if why:
                found[container["name"]] = why
                address = (pod.get("status") or {}).get("podIP", "")
                desk.event(pod, "Unhealthy", f"{word} probe failed: {why.replace('$(POD_IP)', address)}", KUBELET, warning=True)
                break
    return found
