# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses behind each Service, as Endpoints and as EndpointSlices.

Source: kubernetes/kubernetes pkg/controller/endpoint and pkg/controller/endpointslice.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.controllers import programs
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    ENDPOINTS,
    PODS,
    SERVICES,
    SLICES,
    Thing,
    is_true,
    labels_of,
    leaving,
    name_of,
    namespace_of,
    picks,
    reference_to,
    suffix,
)


def reconcile(desk: Desk) -> None:
    desk.each(SERVICES, _write)
    kept = {(namespace_of(each), name_of(each)) for each in desk.all(SERVICES)}
    for each in desk.all(ENDPOINTS):
        # Those that somebody has made for a Service without selector are his.
        if (namespace_of(each), name_of(each)) not in kept and "endpoints.kubernetes.io/managed-by" in labels_of(each):
            desk.delete(ENDPOINTS, each)


def behind(desk: Desk, service: Thing) -> list[Thing]:
    """The pods that a Service picks and that have an address."""
    found = [each for each in desk.all(PODS, namespace_of(service)) if picks(service["spec"].get("selector"), labels_of(each))]
    return [each for each in found if not leaving(each) and (each.get("status") or {}).get("podIP") and _lives(each)]


def _lives(pod: Thing) -> bool:
    return pod["status"]["phase"] not in ("Succeeded", "Failed")


def port_of(service_port: Thing, pod: Thing) -> int | None:
    """The port of a pod that a Service's port leads to."""
    wanted = service_port.get("targetPort", service_port["port"])
    found = (programs.port_number(each, wanted) for each in pod["spec"]["containers"])
    return next((each for each in found if each is not None), None)


def _write(desk: Desk, service: Thing) -> None:
    if not service["spec"].get("selector"):
        return
    pods = behind(desk, service)
    ready = [each for each in pods if is_true(each, "Ready") or service["spec"].get("publishNotReadyAddresses")]
    unready = [each for each in pods if each not in ready]
    ports = _ports(service, pods)
    addresses = {"addresses": [_address(each) for each in ready], "notReadyAddresses": [_address(each) for each in unready]}
    subset: Thing = {name: value for name, value in addresses.items() if value} | ({"ports": ports} if ports else {})
    subsets = [subset] if pods else []
    metadata: Thing = {"name": name_of(service), "namespace": namespace_of(service)}
    labels = labels_of(service) | {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    found = desk.get(ENDPOINTS, namespace_of(service), name_of(service))
    if found is None:
        thing: Thing = {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata | {"labels": labels}}
        desk.write(ENDPOINTS, thing | ({"subsets": subsets} if subsets else {}))
    elif (found.get("subsets") or []) != subsets:
        desk.change(ENDPOINTS, found, subsets=subsets)
    _slice(desk, service, pods, ports)


def _ports(service: Thing, pods: list[Thing]) -> list[Thing]:
    found = []
    for each in service["spec"].get("ports") or ():
        number = next((port for pod in pods if (port := port_of(each, pod)) is not None), None)
        if number is not None:
            named = {name: each[name] for name in ("name", "appProtocol") if each.get(name)}
            found.append(named | {"port": number, "protocol": each.get("protocol", "TCP")})
    return found


def _address(pod: Thing) -> Thing:
    target = {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": pod["metadata"]["uid"]}
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": target}


def _slice(desk: Desk, service: Thing, pods: list[Thing], ports: list[Thing]) -> None:
    name = f"{name_of(service)}-{suffix(5, service['metadata']['uid'])}"
    ends = [_end(each, bool(service["spec"].get("publishNotReadyAddresses"))) for each in pods]
    shown = [{"name": each.get("name", "")} | {field: value for field, value in each.items() if field != "name"} for each in ports]
    found = desk.get(SLICES, namespace_of(service), name)
    if found is not None:
        desk.change(SLICES, found, endpoints=ends, ports=shown)
        return
    labels = labels_of(service) | {"kubernetes.io/service-name": name_of(service)}
    labels |= {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    metadata: Thing = {"name": name, "namespace": namespace_of(service), "labels": labels, "ownerReferences": [reference_to(service)]}
    facts: Thing = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4"}
    desk.write(SLICES, facts | {"endpoints": ends, "ports": shown})


def _end(pod: Thing, always: bool) -> Thing:
    ready = is_true(pod, "Ready")
    address = _address(pod)
    return {
        "addresses": [t.cast(str, address["ip"])],
        "conditions": {"ready": ready or always, "serving": ready, "terminating": False},
        "nodeName": address["nodeName"],
        "targetRef": address["targetRef"],
    }
