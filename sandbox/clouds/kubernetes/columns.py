# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kubectl prints of the built-in kinds, column by column (k8s.io/kubernetes/pkg/printers/internalversion)."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.times import age, seconds_of, span

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
    """What its containers do, where they say so; a pod that still runs says that."""
    if each["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = each.get("status") or {}
    states = [state.get("state") or {} for state in status.get("containerStatuses") or ()]
    told = [(state.get("waiting") or state.get("terminated") or {}) for state in states]
    reason = next((str(one.get("reason") or f"ExitCode:{one.get('exitCode')}") for one in told if one), "")
    if reason == "Completed" and any("running" in state for state in states):
        return "Running"
    return reason or str(status.get("reason") or status.get("phase") or "")


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


def _node_status(each: Json) -> str:
    conditions = (each.get("status") or {}).get("conditions") or ()
    ready = next((one["status"] for one in conditions if one["type"] == "Ready"), "Unknown")
    closed = ",SchedulingDisabled" if (each.get("spec") or {}).get("unschedulable") else ""
    return {"True": "Ready", "False": "NotReady"}.get(ready, "NotReady") + closed


def _node_address(kind: str) -> Cell:
    def cell(each: Json) -> str:
        found = (each.get("status") or {}).get("addresses") or ()
        return next((str(one["address"]) for one in found if one["type"] == kind), "<none>")

    return cell


def _node_info(name: str) -> Cell:
    return lambda each: ((each.get("status") or {}).get("nodeInfo") or {}).get(name) or "<unknown>"


def _age_of(*path: str) -> Cell:
    """How long ago a moment was; nothing when it has not been."""

    def cell(each: Json) -> str:
        found: t.Any = each
        for step in path:
            found = (found or {}).get(step)
        return age(found) if found else "<none>"

    return cell


def _duration(each: Json) -> str:
    status = each.get("status") or {}
    if not status.get("startTime"):
        return ""
    return span((seconds_of(status["completionTime"]) if status.get("completionTime") else time.time()) - seconds_of(status["startTime"]))


def _selector(selector: t.Any) -> str:
    """A selector as text: of labels alone, or a LabelSelector object."""
    whole = selector or {}
    labels = whole.get("matchLabels", {} if "matchExpressions" in whole else None)
    words = [f"{name}={value}" for name, value in sorted((whole if labels is None else labels).items())]
    for one in whole.get("matchExpressions") or () if labels is not None else ():
        told = {"Exists": one["key"], "DoesNotExist": f"!{one['key']}"}
        words.append(told.get(one["operator"]) or f"{one['key']} {one['operator'].lower()} ({','.join(one.get('values') or ())})")
    return ",".join(words) or "<none>"


def _target(each: Json) -> str:
    """What an autoscaler measures and what it keeps to, metric by metric."""
    measured, told = (each.get("status") or {}).get("currentMetrics") or (), []
    for index, metric in enumerate(each["spec"].get("metrics") or ()):
        kind = metric["type"][:1].lower() + metric["type"][1:]
        source, now = metric.get(kind) or {}, (measured[index].get(kind) or {}) if index < len(measured) else {}
        wanted, found = (_amount(part) for part in (source.get("target") or {}, now.get("current") or {}))
        told.append(f"{source.get('name') or metric['type'].lower()}: {found}/{wanted}")
    return ", ".join(told) or "<none>"


def _amount(of: Json) -> str:
    if "averageUtilization" in of:
        return f"{of['averageUtilization']}%"
    return str(of.get("averageValue") or of.get("value") or "<unknown>")


def _reference(each: Json) -> str:
    target = each["spec"].get("scaleTargetRef") or {}
    return f"{target.get('kind')}/{target.get('name')}"


def _spec(name: str, missing: t.Any = "<none>") -> Cell:
    return lambda each: (each.get("spec") or {}).get(name, missing)


def _addresses_behind(each: Json) -> str:
    """Of Endpoints, or of an EndpointSlice."""
    found = [
        f"{one['ip']}:{port['port']}"
        for subset in each.get("subsets") or ()
        for port in subset.get("ports") or ()
        for one in subset.get("addresses") or ()
    ]
    found += [address for one in each.get("endpoints") or () for address in one.get("addresses") or ()]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<none>"


def _role(each: Json) -> str:
    return f"{each['roleRef']['kind']}/{each['roleRef']['name']}"


def _of_template(what: str, *path: str) -> Column:
    """Names or images of the containers that a template describes."""

    def cell(each: Json) -> str:
        found: t.Any = each["spec"]
        for step in (*path, "template", "spec", "containers"):
            found = (found or {}).get(step)
        return ",".join(str(one.get(what, "")) for one in found or ())

    return ({"name": "Containers", "image": "Images"}[what], "string", cell)


AGE: Column = ("Age", "string", lambda each: age(each["metadata"].get("creationTimestamp")))
CREATED: Column = ("Created At", "date", lambda each: each["metadata"].get("creationTimestamp"))
_CHOSEN: Column = ("Selector", "string", lambda each: _selector(each["spec"].get("selector")))
_RUNS = (_of_template("name"), _of_template("image"))
_REPLICAS: tuple[Column, ...] = (
    ("Desired", "integer", lambda each: each["spec"].get("replicas", 1)),
    ("Current", "integer", _status("replicas")),
)
COLUMNS: t.Final[dict[str, tuple[Column, ...]]] = {
    "ConfigMap": (("Data", "integer", lambda each: len(each.get("data") or {}) + len(each.get("binaryData") or {})),),
    "CronJob": (
        ("Schedule", "string", lambda each: each["spec"]["schedule"]),
        ("Timezone", "string", _spec("timeZone")),
        ("Suspend", "boolean", lambda each: bool(each["spec"].get("suspend"))),
        ("Active", "integer", lambda each: len((each.get("status") or {}).get("active") or ())),
        ("Last Schedule", "string", _age_of("status", "lastScheduleTime")),
    ),
    "ClusterRole": (CREATED,),
    "ClusterRoleBinding": (("Role", "string", _role),),
    "CustomResourceDefinition": (CREATED,),
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
    "EndpointSlice": (
        ("AddressType", "string", lambda each: each.get("addressType")),
        ("Ports", "string", lambda each: ",".join(str(port.get("port")) for port in each.get("ports") or ()) or "<unset>"),
        ("Endpoints", "string", _addresses_behind),
    ),
    "Endpoints": (("Endpoints", "string", _addresses_behind),),
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
    "HorizontalPodAutoscaler": (
        ("Reference", "string", _reference),
        ("Targets", "string", _target),
        ("MinPods", "string", _spec("minReplicas", "<unset>")),
        ("MaxPods", "string", _spec("maxReplicas")),
        ("Replicas", "string", _status("currentReplicas")),
    ),
    "Ingress": (
        ("Class", "string", lambda each: each["spec"].get("ingressClassName") or "<none>"),
        ("Hosts", "string", _hosts),
        ("Address", "string", _addresses),
        ("Ports", "string", lambda each: "80, 443" if each["spec"].get("tls") else "80"),
    ),
    "IngressClass": (
        ("Controller", "string", lambda each: each["spec"].get("controller")),
        ("Parameters", "string", lambda each: (each["spec"].get("parameters") or {}).get("name") or "<none>"),
    ),
    "Job": (("Status", "string", _job_status), ("Completions", "string", _completions), ("Duration", "string", _duration)),
    "MutatingWebhookConfiguration": (("Webhooks", "integer", lambda each: len(each.get("webhooks") or ())),),
    "Namespace": (("Status", "string", _phase),),
    "NetworkPolicy": (("Pod-Selector", "string", lambda each: _selector(each["spec"].get("podSelector"))),),
    "Node": (
        ("Status", "string", _node_status),
        ("Roles", "string", lambda each: "<none>"),
        AGE,
        ("Version", "string", _node_info("kubeletVersion")),
    ),
    "PodDisruptionBudget": (
        ("Min Available", "string", _spec("minAvailable", "N/A")),
        ("Max Unavailable", "string", _spec("maxUnavailable", "N/A")),
        ("Allowed Disruptions", "integer", _status("disruptionsAllowed")),
    ),
    "PersistentVolumeClaim": (("Status", "string", _phase), ("Volume", "string", lambda each: each["spec"].get("volumeName"))),
    "Pod": (("Ready", "string", _pod_ready), ("Status", "string", _pod_status), ("Restarts", "string", _restarts)),
    "ReplicaSet": (*_REPLICAS, ("Ready", "integer", _status("readyReplicas"))),
    "Role": (CREATED,),
    "RoleBinding": (("Role", "string", _role),),
    "Secret": (("Type", "string", lambda each: each.get("type")), ("Data", "integer", lambda each: len(each.get("data") or {}))),
    "Service": (
        ("Type", "string", lambda each: each["spec"].get("type")),
        ("Cluster-IP", "string", lambda each: each["spec"].get("clusterIP") or "<none>"),
        ("External-IP", "string", _external),
        ("Port(s)", "string", _service_ports),
    ),
    "ServiceAccount": (("Secrets", "integer", lambda each: len(each.get("secrets") or ())),),
    "StatefulSet": (("Ready", "string", _ready),),
    "ValidatingWebhookConfiguration": (("Webhooks", "integer", lambda each: len(each.get("webhooks") or ())),),
}
# What `-o wide` shows besides.
WIDE: t.Final[dict[str, tuple[Column, ...]]] = {
    "CronJob": (_of_template("name", "jobTemplate", "spec"), _of_template("image", "jobTemplate", "spec")),
    "DaemonSet": (*_RUNS, _CHOSEN),
    "Deployment": (*_RUNS, _CHOSEN),
    "Job": (*_RUNS, _CHOSEN),
    "Node": (
        ("Internal-IP", "string", _node_address("InternalIP")),
        ("External-IP", "string", _node_address("ExternalIP")),
        ("OS-Image", "string", _node_info("osImage")),
        ("Kernel-Version", "string", _node_info("kernelVersion")),
        ("Container-Runtime", "string", _node_info("containerRuntimeVersion")),
    ),
    "Pod": (
        ("IP", "string", lambda each: (each.get("status") or {}).get("podIP") or "<none>"),
        ("Node", "string", _spec("nodeName")),
        ("Nominated Node", "string", lambda each: (each.get("status") or {}).get("nominatedNodeName") or "<none>"),
        ("Readiness Gates", "string", lambda each: "<none>"),
    ),
    "ReplicaSet": (*_RUNS, _CHOSEN),
    "Service": (_CHOSEN,),
    "StatefulSet": _RUNS,
}
