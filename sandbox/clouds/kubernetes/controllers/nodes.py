# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes: one for each machine of the cluster's pools.

Labels and reservations: learn.microsoft.com/azure/aks/node-resource-reservations and …/use-labels; sizes: …/virtual-machines/sizes.
"""

from __future__ import annotations

import re

from sandbox.clouds.azure.arm import container_service_pools as pools
from sandbox.clouds.azure.arm.types import Record, state_of
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import NODES, PODS, Thing, name_of, stamp, suffix
from sandbox.clouds.kubernetes.quantities import canonical

GIB = 2**20  # in KiB
FAMILY = {"B": 4, "D": 4, "DL": 2, "E": 8, "F": 2}  # GiB of memory for each core
RESERVED = ((1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740))  # cores, millicores kept for the system
KUBELET = "kubelet"


def reconcile(desk: Desk) -> None:
    wanted = dict(_wanted(desk))
    for node in desk.all(NODES):
        if name_of(node) not in wanted:
            _drop(desk, node)
    for number, (name, pool) in enumerate(sorted(wanted.items())):
        found = desk.get(NODES, None, name)
        if found is None:
            found = desk.write(NODES, _node(desk, name, pool), KUBELET)
        _report(desk, found, pool, number)


def fingerprint(desk: Desk) -> str:
    """Changes when the cluster or its pools do."""
    every = [(each["name"], each.get("etag"), _size(each), state_of(each)) for each in pools.of_cluster(desk.azure.arm, desk.record["id"])]
    return repr((desk.record.get("etag"), every))


def _size(pool: Record) -> int:
    return int(pool["body"]["properties"]["count"]) if pool["doing"] != "Deleting" else 0


def _wanted(desk: Desk) -> list[tuple[str, Record]]:
    found = []
    for pool in pools.of_cluster(desk.azure.arm, desk.record["id"]):
        if state_of(pool) == "Creating":
            desk.wake(pool["until"])
            continue
        group = suffix(8, desk.record["id"].lower())
        number = int.from_bytes(group.encode(), "big") % 100_000_000
        found += [(f"aks-{pool['name']}-{number:08d}-vmss{index:06x}", pool) for index in range(_size(pool))]
    return found


def _drop(desk: Desk, node: Thing) -> None:
    for pod in desk.all(PODS):
        if pod["spec"].get("nodeName") == name_of(node):
            desk.delete(PODS, pod)
    desk.delete(NODES, node)


def _node(desk: Desk, name: str, pool: Record) -> Thing:
    properties, region = pool["body"]["properties"], desk.record["body"]["location"]
    group = desk.record["body"]["properties"]["nodeResourceGroup"]
    size, zones = properties["vmSize"], properties.get("availabilityZones") or []
    labels = {
        "agentpool": pool["name"],
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": size,
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": f"{region}-{zones[0]}" if zones else "0",
        "kubernetes.azure.com/agentpool": pool["name"],
        "kubernetes.azure.com/cluster": group,
        "kubernetes.azure.com/mode": properties["mode"].lower(),
        "kubernetes.azure.com/os-sku": properties["osSKU"],
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": properties["osType"].lower(),
        "node.kubernetes.io/instance-type": size,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": f"{region}-{zones[0]}" if zones else "0",
        **(properties.get("nodeLabels") or {}),
    }
    base, _, number = name.rpartition("-vmss")
    machine = f"{desk.record['id'].split('/resource', 1)[0]}/resourceGroups/{group.lower()}/providers/Microsoft.Compute"
    spec: Thing = {"providerID": f"azure://{machine}/virtualMachineScaleSets/{base}-vmss/virtualMachines/{int(number, 16)}"}
    taints = [_taint(each) for each in properties.get("nodeTaints") or ()]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}},
        "spec": spec | ({"taints": taints} if taints else {}),
    }


def _taint(text: str) -> Thing:
    """`key=value:Effect` or `key:Effect`."""
    name, _, effect = text.rpartition(":")
    key, _, value = name.partition("=")
    return {"key": key, "effect": effect} | ({"value": value} if value else {})


def _report(desk: Desk, node: Thing, pool: Record, number: int) -> None:
    properties = pool["body"]["properties"]
    cores, memory = capacity_of(properties["vmSize"])
    capacity = {"cpu": str(cores), "ephemeral-storage": "129886128Ki", "memory": f"{memory}Ki", "pods": str(properties["maxPods"])}
    kept = min(memory // 4, (20 * properties["maxPods"] + 50) * 1024) + 100 * 1024  # and the eviction threshold
    millicores = cores * 1000 - max(value for least, value in RESERVED if least <= cores)
    free = capacity | {"cpu": f"{millicores}m", "memory": f"{memory - kept}Ki", "ephemeral-storage": "119703055367"}
    version = properties["currentOrchestratorVersion"]
    since = (node.get("status") or {}).get("conditions", [{}])[0].get("lastTransitionTime") or stamp(desk.now)
    conditions = [
        {"type": kind, "status": str(good), "reason": reason, "message": text, "lastHeartbeatTime": since, "lastTransitionTime": since}
        for kind, good, reason, text in (
            ("MemoryPressure", False, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", False, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", False, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", True, "KubeletReady", "kubelet is posting ready status"),
        )
    ]
    info = {"kubeletVersion": f"v{version}", "osImage": "Ubuntu 22.04.5 LTS", "operatingSystem": "linux", "kubeProxyVersion": ""}
    info |= {"architecture": "amd64", "containerRuntimeVersion": "containerd://1.7.30-1", "kernelVersion": "5.15.0-1102-azure"}
    info |= {name: suffix(20, name_of(node), name) for name in ("machineID", "systemUUID", "bootID")}
    addresses = [{"type": "InternalIP", "address": f"10.224.0.{4 + number}"}, {"type": "Hostname", "address": name_of(node)}]
    # As the server keeps them, or each look would find another status and write it.
    capacity, free = ({name: canonical(quantity) for name, quantity in each.items()} for each in (capacity, free))
    status: Thing = {"capacity": capacity, "allocatable": free, "conditions": conditions, "addresses": addresses, "nodeInfo": info}
    desk.status(NODES, node, status | {"daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}}}, KUBELET)


def capacity_of(size: str) -> tuple[int, int]:
    """Cores and KiB of memory of a virtual machine's size, by its name."""
    found = re.match(r"Standard_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)", size, re.IGNORECASE)
    if not found:
        return 2, 8 * GIB
    family, cores = found[1].upper(), int(found[2])
    small = family == "D" and "l" in found[3]
    return cores, (2 if small else FAMILY.get(family, 4)) * cores * GIB
