# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of a pod in each of its stages, with every field that the kubelet writes."""

from __future__ import annotations

import ipaddress
import typing as t
from copy import deepcopy

from sandbox.clouds.kubernetes.controllers import images
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    NODES,
    Thing,
    digest,
    name_of,
    namespace_of,
    stamp,
    uid_of,
    with_condition,
)

Memory = dict[str, t.Any]
BACK_OFF = "back-off 10s restarting failed container"


def waiting(desk: Desk, pod: Thing, memory: Memory, obstacles: dict[str, tuple[str, str]]) -> Thing:
    """Not running yet: on its way, or kept from it."""
    states: dict[str, Thing] = {}
    for container in (*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]):
        reason, message = obstacles.get(container["name"], ("ContainerCreating", ""))
        first = "PodInitializing" if pod["spec"].get("initContainers") and reason == "ContainerCreating" else reason
        if reason == "ErrImagePull":
            first, message = _pull(desk, container, memory, message)
        shown = {"reason": first} | ({"message": message} if message and reason != "ContainerCreating" else {})
        states[container["name"]] = {"state": {"waiting": shown}, "ready": False, "started": False}
    return _status(desk, pod, memory, "Pending", states, initialized=not pod["spec"].get("initContainers"))


def _pull(desk: Desk, container: Thing, memory: Memory, message: str) -> tuple[str, str]:
    """The first look says what failed; from then on the kubelet waits longer and longer."""
    if desk.now < memory["due"]:
        return "ErrImagePull", message
    return "ImagePullBackOff", f'Back-off pulling image "{container["image"]}": ErrImagePull: {message}'


def running(desk: Desk, pod: Thing, memory: Memory, crashing: dict[str, int], unready: set[str]) -> Thing:
    states: dict[str, Thing] = {}
    for container in pod["spec"]["containers"]:
        name = container["name"]
        if name in crashing:
            text = f"{BACK_OFF}={name} pod={name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
            states[name] = {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": text}}, "ready": False, "started": False}
            states[name] |= {"lastState": {"terminated": _terminated(pod, container, memory, crashing[name])}}
        else:
            states[name] = {"state": {"running": {"startedAt": stamp(memory["started"])}}, "ready": name not in unready, "started": True}
    return _status(desk, pod, memory, "Running", _done_first(pod, memory) | states, initialized=True)


def ended(desk: Desk, pod: Thing, memory: Memory, codes: dict[str, int]) -> Thing:
    states = {
        each["name"]: {"state": {"terminated": _terminated(pod, each, memory, codes[each["name"]])}, "ready": False, "started": False}
        for each in pod["spec"]["containers"]
    }
    phase = "Failed" if any(codes.values()) else "Succeeded"
    return _status(desk, pod, memory, phase, _done_first(pod, memory) | states, initialized=True)


def _done_first(pod: Thing, memory: Memory) -> dict[str, Thing]:
    """Init containers, once they have done what they had to; with restartPolicy Always they go on."""
    found: dict[str, Thing] = {}
    for each in pod["spec"].get("initContainers") or ():
        if each.get("restartPolicy") == "Always":
            found[each["name"]] = {"state": {"running": {"startedAt": stamp(memory["started"])}}, "ready": True, "started": True}
        else:
            found[each["name"]] = {"state": {"terminated": _terminated(pod, each, memory, 0)}, "ready": True, "started": False}
    return found


def _terminated(pod: Thing, container: Thing, memory: Memory, code: int) -> Thing:
    facts: Thing = {"exitCode": code, "reason": "Error" if code else "Completed", "containerID": _id(pod, container)}
    return facts | {"startedAt": stamp(memory["started"]), "finishedAt": stamp(memory["started"])}


def _id(pod: Thing, container: Thing) -> str:
    return f"containerd://{digest(uid_of(pod), container['name'])}"


# --- the whole --------------------------------------------------------------


def _status(desk: Desk, pod: Thing, memory: Memory, phase: str, states: dict[str, Thing], *, initialized: bool) -> Thing:
    before = pod.get("status") or {}
    mine = [each["name"] for each in pod["spec"]["containers"]]
    unready = [name for name in mine if not states[name]["ready"]]
    done = phase in ("Succeeded", "Failed")
    conditions = deepcopy(before.get("conditions") or [])
    reasons: Thing = {}
    if done:
        reasons = {"reason": "PodCompleted" if phase == "Succeeded" else "PodFailed"}
    elif unready:
        reasons = {"reason": "ContainersNotReady", "message": f"containers with unready status: [{' '.join(unready)}]"}
    started = not done and phase == "Running"
    for kind, good, facts in (
        ("PodReadyToStartContainers", started or (phase == "Pending" and memory["due"] <= desk.now), {}),
        ("Initialized", initialized, {} if initialized else {"reason": "ContainersNotInitialized"}),
        ("Ready", started and not unready, reasons),
        ("ContainersReady", started and not unready, reasons),
        ("PodScheduled", True, {}),
    ):
        conditions = with_condition(conditions, kind, good, desk.now, lastProbeTime=None, **facts)
    status: Thing = {"phase": phase, "conditions": conditions, "startTime": before.get("startTime") or stamp(memory["began"])}
    status |= {"qosClass": _quality(pod), "hostIP": _host(desk, pod), "hostIPs": [{"ip": _host(desk, pod)}]}
    if phase != "Pending":
        address = _host(desk, pod) if pod["spec"].get("hostNetwork") else _address(desk, memory)
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    status["containerStatuses"] = [_container(pod, each, states[each["name"]], memory) for each in pod["spec"]["containers"]]
    if pod["spec"].get("initContainers"):
        status["initContainerStatuses"] = [_container(pod, each, states[each["name"]], memory) for each in pod["spec"]["initContainers"]]
    return status


def _container(pod: Thing, container: Thing, state: Thing, memory: Memory) -> Thing:
    image = images.parse(container["image"])
    facts: Thing = {"name": container["name"], "image": image.reference if image else container["image"], "imageID": "", "lastState": {}}
    facts |= {"restartCount": memory["restarts"] if "lastState" in state else 0} | state
    if "waiting" not in state["state"] or "lastState" in state:
        facts |= {"containerID": _id(pod, container)}
        if image:
            facts["imageID"] = f"{image.registry}/{image.repository}@sha256:{digest(image.reference)}"
    return facts


def _quality(pod: Thing) -> str:
    every = [each.get("resources") or {} for each in pod["spec"]["containers"]]
    if not any(each.get("requests") or each.get("limits") for each in every):
        return "BestEffort"
    full = all(
        {"cpu", "memory"} <= set(each.get("limits") or {}) and (each.get("requests") or each["limits"]) == each["limits"] for each in every
    )
    return "Guaranteed" if full else "Burstable"


def _host(desk: Desk, pod: Thing) -> str:
    node = desk.get(NODES, None, pod["spec"]["nodeName"])
    addresses = ((node or {}).get("status") or {}).get("addresses") or [{"address": "10.224.0.4"}]
    return t.cast(str, addresses[0]["address"])


def _address(desk: Desk, memory: Memory) -> str:
    """Of the cluster's pod range; the nodes' range when pods live there (Azure CNI without overlay)."""
    network = desk.record["body"]["properties"]["networkProfile"]
    first = ipaddress.ip_network(network.get("podCidr") or "10.224.0.0/16").network_address
    return str(first + 256 + memory["number"])
