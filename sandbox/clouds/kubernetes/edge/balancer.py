# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a public address to a pod: the cluster's load balancer, with its health probes.

Source: learn.microsoft.com/azure/aks/configure-load-balancer-standard and cloud-provider-azure.sigs.k8s.io/topics/loadbalancer: with
externalTrafficPolicy Local the probe is HTTP /healthz of healthCheckNodePort; else it follows appProtocol, and an HTTP probe asks for `/`
unless an annotation names another path. A probe that does not get 200 takes every node out.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.controllers import endpoints, programs
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.ingresses import addresses
from sandbox.clouds.kubernetes.controllers.things import (
    SERVICES,
    Thing,
    annotations_of,
    is_true,
)
from sandbox.clouds.kubernetes.edge import policies

PROBE = "service.beta.kubernetes.io/azure-load-balancer-health-probe-"
PORT_PROBE = "service.beta.kubernetes.io/port_{port}_health-probe_"
# kube-proxy's own health, on every node
NODES_HEALTH = "10256"


class Reached(t.NamedTuple):
    """A pod that a connection from outside has reached, through a port of a Service."""

    desk: Desk
    service: Thing
    pod: Thing
    port: int


def reach(desks: list[Desk], address: str, port: int) -> Reached | None:
    """None: nothing behind this address takes the connection."""
    for desk in desks:
        for service in desk.all(SERVICES):
            if service["spec"].get("type") == "LoadBalancer" and address in addresses(service):
                found = _pod(desk, service, port)
                if found:
                    return found
    return None


def _pod(desk: Desk, service: Thing, port: int) -> Reached | None:
    entry = next((each for each in service["spec"].get("ports") or () if each["port"] == port), None)
    if entry is None:
        return None
    for pod in endpoints.behind(desk, service):
        number = endpoints.port_of(entry, pod)
        if number is None or not is_true(pod, "Ready") or not probed(service, entry, pod):
            continue
        if policies.lets_through(desk, None, pod, number):
            return Reached(desk, service, pod, number)
    return None


def probed(service: Thing, entry: Thing, pod: Thing) -> bool:
    """Whether the load balancer's probe of a port is answered as it must be."""
    if service["spec"].get("externalTrafficPolicy") == "Local":
        return True  # the node's own health check, which counts the pods on it
    annotations = annotations_of(service)
    own = PORT_PROBE.format(port=entry["port"])
    protocol = annotations.get(f"{own}protocol") or annotations.get(f"{PROBE}protocol") or entry.get("appProtocol") or "tcp"
    if protocol.lower() not in ("http", "https") or annotations.get(f"{own}port") == NODES_HEALTH:
        return True
    path = annotations.get(f"{own}request-path") or annotations.get(f"{PROBE}request-path") or "/"
    return programs.answer(pod["spec"]["containers"][0], "GET", "", path, {}).status == 200
