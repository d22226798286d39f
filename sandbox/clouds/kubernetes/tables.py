# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists for people: the Table form of objects, with the columns that kubectl prints
(kubernetes.io/docs/reference/using-api/api-concepts#receiving-resources-as-tables)."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.jsonpath import find
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.times import seconds_of

Cell = Callable[[Json], t.Any]
Column = tuple[str, str, Cell]


def _status(name: str) -> Cell:
    return lambda each: (each.get("status") or {}).get(name) or 0


def _ready(each: Json) -> str:
    return f"{(each.get('status') or {}).get('readyReplicas') or 0}/{(each.get('spec') or {}).get('replicas', 1)}"


def _pod_ready(each: Json) -> str:
    states = (each.get("status") or {}).get("containerStatuses") or ()
    return f"{sum(1 for state in states if state.get('ready'))}/{len(each['spec']['containers'])}"


def _pod_status(each: Json) -> str:
    if each["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = each.get("status") or {}
    for state in status.get("containerStatuses") or ():
        waiting = (state.get("state") or {}).get("waiting") or {}
        if waiting.get("reason"):
            return str(waiting["reason"])
    return str(status.get("reason") or status.get("phase") or "")


def _restarts(each: Json) -> str:
    return str(sum(state.get("restartCount") or 0 for state in (each.get("status") or {}).get("containerStatuses") or ()))


def _phase(each: Json) -> str:
    return str((each.get("status") or {}).get("phase") or "")


def _service_ports(each: Json) -> str:
    return ",".join(_port(port) for port in each["spec"].get("ports") or ()) or "<none>"


def _port(port: Json) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


def _external(each: Json) -> str:
    if each["spec"].get("type") != "LoadBalancer":
        return ",".join(each["spec"].get("externalIPs") or ()) or each["spec"].get("externalName") or "<none>"
    found = ((each.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(one.get("ip") or one.get("hostname") or "" for one in found) or "<pending>"


def _addresses(each: Json) -> str:
    return ",".join(
        one.get("ip") or one.get("hostname") or "" for one in ((each.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    )


def _hosts(each: Json) -> str:
    return ",".join(rule.get("host") or "*" for rule in each["spec"].get("rules") or ()) or "*"


def _completions(each: Json) -> str:
    return f"{(each.get('status') or {}).get('succeeded') or 0}/{each['spec'].get('completions') or 1}"


def _job_status(each: Json) -> str:
    conditions = (each.get("status") or {}).get("conditions") or ()
    return next((str(one["type"]) for one in conditions if one["type"] in ("Complete", "Failed") and one["status"] == "True"), "Running")


_REPLICAS: tuple[Column, ...] = (
    ("Desired", "integer", lambda each: each["spec"].get("replicas", 1)),
    ("Current", "integer", _status("replicas")),
)
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "ConfigMap": (("Data", "integer", lambda each: len(each.get("data") or {}) + len(each.get("binaryData") or {})),),
    "CronJob": (
        ("Schedule", "string", lambda each: each["spec"]["schedule"]),
        ("Suspend", "boolean", lambda each: bool(each["spec"].get("suspend"))),
    ),
    "CustomResourceDefinition": (),
    "DaemonSet": (
        ("Desired", "integer", _status("desiredNumberScheduled")),
        ("Current", "integer", _status("currentNumberScheduled")),
        ("Ready", "integer", _status("numberReady")),
        ("Up-to-date", "integer", _status("updatedNumberScheduled")),
        ("Available", "integer", _status("numberAvailable")),
    ),
    "Deployment": (
        ("Ready", "string", _ready),
        ("Up-to-date", "integer", _status("updatedReplicas")),
        ("Available", "integer", _status("availableReplicas")),
    ),
    "Event": (
        ("Type", "string", lambda each: each.get("type")),
        ("Reason", "string", lambda each: each.get("reason")),
        (
            "Object",
            "string",
            lambda each: (
                f"{(each.get('involvedObject') or {}).get('kind', '').lower()}/{(each.get('involvedObject') or {}).get('name', '')}"
            ),
        ),
        ("Message", "string", lambda each: each.get("message")),
    ),
    "Ingress": (
        ("Class", "string", lambda each: each["spec"].get("ingressClassName") or "<none>"),
        ("Hosts", "string", _hosts),
        ("Address", "string", _addresses),
        ("Ports", "string", lambda each: "80, 443" if each["spec"].get("tls") else "80"),
    ),
    "Job": (("Status", "string", _job_status), ("Completions", "string", _completions)),
    "Namespace": (("Status", "string", _phase),),
    "Node": (
        ("Status", "string", lambda each: "Ready"),
        ("Version", "string", lambda each: ((each.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion")),
    ),
    "PersistentVolumeClaim": (("Status", "string", _phase), ("Volume", "string", lambda each: each["spec"].get("volumeName"))),
    "Pod": (("Ready", "string", _pod_ready), ("Status", "string", _pod_status), ("Restarts", "string", _restarts)),
    "ReplicaSet": (*_REPLICAS, ("Ready", "integer", _status("readyReplicas"))),
    "Secret": (("Type", "string", lambda each: each.get("type")), ("Data", "integer", lambda each: len(each.get("data") or {}))),
    "Service": (
        ("Type", "string", lambda each: each["spec"].get("type")),
        ("Cluster-IP", "string", lambda each: each["spec"].get("clusterIP") or "<none>"),
        ("External-IP", "string", _external),
        ("Port(s)", "string", _service_ports),
    ),
    "ServiceAccount": (("Secrets", "integer", lambda each: len(each.get("secrets") or ())),),
    "StatefulSet": (("Ready", "string", _ready),),
}


def table(resource: Resource, objects: t.Sequence[Json], meta: Json, include: str = "Metadata", *, headers: bool = True) -> Json:
    columns = _columns(resource)
    rows = [{"cells": [cell(each) for _, _, cell in columns], "object": _shown(each, include)} for each in objects]
    definitions = [
        {"name": name, "type": kind, "format": "name" if name == "Name" else "", "description": "", "priority": 0}
        for name, kind, _ in columns
    ]
    found: Json = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
    return found | {"columnDefinitions": definitions if headers else [], "rows": rows}


def partial(each: Json) -> Json:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": each["metadata"]}


def _shown(each: Json, include: str) -> Json | None:
    return {"Object": each, "None": None}.get(include, partial(each))


def _columns(resource: Resource) -> list[Column]:
    name: Column = ("Name", "string", lambda each: each["metadata"]["name"])
    age: Column = ("Age", "string", lambda each: _age(each["metadata"].get("creationTimestamp")))
    if not resource.custom:
        created: Column = ("Created At", "date", lambda each: each["metadata"].get("creationTimestamp"))
        return [name, *_COLUMNS.get(resource.kind, ()), created if resource.kind == "CustomResourceDefinition" else age]
    printed = (resource.definition or {}).get("additionalPrinterColumns") or [
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
    ]
    return [name, *((each["name"], each["type"], _printed(each)) for each in printed)]


def _printed(column: Json) -> Cell:
    def cell(each: Json) -> t.Any:
        values = find(column["jsonPath"], each)
        if not values:
            return None
        if column["type"] == "date":
            return _age(str(values[0]))
        return values[0] if len(values) == 1 else ",".join(str(value) for value in values)

    return cell


def _age(created: str | None) -> str:
    if not created:
        return "<unknown>"
    seconds = int(time.time() - seconds_of(created))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
