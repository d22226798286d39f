# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every operator does with objects: times, conditions, events, and finding out whether a Deployment of its own runs."""

from __future__ import annotations

import base64
import re
import secrets
import time
import typing as t
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sandbox.clouds.kubernetes import login
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.edge import policies
from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.times import stamp

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}


# --- times ---------------------------------------------------------------


def moment_of(text: str | None) -> float:
    """A time written by `stamp`; 0.0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def seconds_of(duration: t.Any) -> float:
    """A Go duration (`1h0m0s`, `1.5h`, `300ms`) or a bare number of seconds. Raises ValueError in the words of time.ParseDuration."""
    if isinstance(duration, int | float):
        return float(duration)
    if duration == "0":
        return 0.0
    parts = re.findall(r"(\d*\.?\d*)([^\d.]*)", duration)[:-1] or [("", "")]
    total = 0.0
    for number, unit in parts:
        if not any(each.isdigit() for each in number):
            raise ValueError(f'time: invalid duration "{duration}"')
        if unit not in _UNITS:
            why = f'unknown unit "{unit}"' if unit else "missing unit"
            raise ValueError(f'time: {why} in duration "{duration}"')
        total += float(number) * _UNITS[unit]
    return total


# --- status --------------------------------------------------------------


def condition_of(thing: Json, kind: str) -> Json | None:
    found = [each for each in (thing.get("status") or {}).get("conditions") or [] if each.get("type") == kind]
    return found[0] if found else None


def holds(thing: Json | None, kind: str = "Ready") -> bool:
    """Whether a condition is True."""
    found = condition_of(thing, kind) if thing else None
    return found is not None and found["status"] == "True"


def with_condition(
    conditions: t.Sequence[Json] | None, kind: str, status: str, reason: str, message: str, now: float, **more: t.Any
) -> list[Json]:
    """The conditions with that one set. Its transition time moves only when its status does."""
    old = next((each for each in conditions or () if each["type"] == kind), None)
    since = old["lastTransitionTime"] if old and old["status"] == status else stamp(now)
    fresh = {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message} | more
    return [fresh if each is old else each for each in conditions or ()] + ([] if old else [fresh])


def set_status(cluster: Cluster, thing: Json, status: Json, manager: str) -> None:
    """Write the status if it differs from what is there."""
    if status == thing.get("status"):
        return
    api_version, plural = thing["apiVersion"], PLURALS[thing["kind"]]
    cluster.write(api_version, plural, thing | {"status": status}, manager=manager, subresource="status")


# --- events --------------------------------------------------------------

PLURALS = {
    "Certificate": "certificates",
    "CertificateRequest": "certificaterequests",
    "Challenge": "challenges",
    "ClusterIssuer": "clusterissuers",
    "ClusterSecretStore": "clustersecretstores",
    "ExternalSecret": "externalsecrets",
    "Ingress": "ingresses",
    "Issuer": "issuers",
    "Order": "orders",
    "SecretStore": "secretstores",
}


def report(cluster: Cluster, about: Json, kind: str, reason: str, message: str, component: str, now: float) -> None:
    """An event, kind Normal or Warning. The same one again only counts up, as client-go's recorder does."""
    metadata = about["metadata"]
    # Events about things without a namespace are kept in `default`.
    namespace = metadata.get("namespace") or "default"
    for event in cluster.list("v1", "events", namespace):
        same = event["involvedObject"].get("uid") == metadata["uid"] and event["reason"] == reason and event["message"] == message[:1024]
        if same:
            again = event | {"count": event.get("count", 1) + 1, "lastTimestamp": stamp(now)}
            cluster.write("v1", "events", again, manager=component)
            return
    involved = {
        "apiVersion": about["apiVersion"],
        "kind": about["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata.get("resourceVersion", ""),
    } | ({"namespace": metadata["namespace"]} if metadata.get("namespace") else {})
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{secrets.token_hex(8)}", "namespace": namespace},
        "involvedObject": involved,
        "type": kind,
        "reason": reason,
        "message": message[:1024],
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "",
        "firstTimestamp": stamp(now),
        "lastTimestamp": stamp(now),
        "count": 1,
    }
    cluster.write("v1", "events", event, manager=component)


# --- things --------------------------------------------------------------


def owner_of(thing: Json) -> Json:
    """An owner reference to the controller `thing`."""
    return {
        "apiVersion": thing["apiVersion"],
        "kind": thing["kind"],
        "name": thing["metadata"]["name"],
        "uid": thing["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def for_each(things: t.Iterable[Json], step: Callable[[Json], None]) -> None:
    """Take a step with each object. One that the API server refuses to have written (in a namespace that is going, say), or that cannot be
    understood (a duration that is none, a certificate that is none), is passed over, as the real controllers pass it over.
    """
    for each in things:
        with suppress(ApiError, ValueError):
            step(each)


def leaving(thing: Json) -> bool:
    return bool(thing["metadata"].get("deletionTimestamp"))


def secret_value(secret: Json, key: str) -> bytes | None:
    value = (secret.get("data") or {}).get(key)
    return None if value is None else base64.b64decode(value)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def decoded(value: str) -> str:
    return base64.b64decode(value).decode()


def serves(cluster: Cluster, api_version: str, plural: str) -> bool:
    """Whether a resource is there: custom ones come with their definitions."""
    return (api_version, plural) in cluster.resources


def pods_of(cluster: Cluster, service: Json) -> list[Json]:
    """The pods behind a Service; none for one without a selector."""
    selector = service["spec"].get("selector")
    return _picked(cluster, service, selector) if selector else []


def _picked(cluster: Cluster, thing: Json, selector: dict[str, str]) -> list[Json]:
    return cluster.list("v1", "pods", thing["metadata"]["namespace"], ",".join(f"{name}={value}" for name, value in selector.items()))


def running(cluster: Cluster, name: str) -> Json | None:
    """The Deployment of a chart's component, by label and image, when one of its pods is ready and reaches the API server.

    Policies that let nothing out to port 443 leave an operator idle: it cannot even say so.
    """
    for each in cluster.list("apps/v1", "deployments", labels=f"app.kubernetes.io/name={name}"):
        image = each["spec"]["template"]["spec"]["containers"][0]["image"]
        mine = "cert-manager" in image or "external-secrets" in image  # other charts have a component `webhook` too
        ready = mine and (each.get("status") or {}).get("readyReplicas", 0) > 0 and not leaving(each)
        if ready and any(policies.lets_out(desk, pod, 443) for desk, pod in _pods(cluster, each)):
            return each
    return None


def reaches(cluster: Cluster, name: str, port: int) -> bool:
    """Whether a component that runs gets out of the cluster to a port, as far as policies go; 53 is the cluster's DNS."""
    deployment = running(cluster, name)
    pods = _pods(cluster, deployment) if deployment else []
    return any(policies.lets_ask(desk, pod) if port == 53 else policies.lets_out(desk, pod, port) for desk, pod in pods)


def reaches_pod(cluster: Cluster, name: str, target: Json, port: int) -> bool:
    """Whether a component that runs gets through to a port of another pod of its cluster."""
    deployment = running(cluster, name)
    pods = _pods(cluster, deployment) if deployment else []
    return any(policies.lets_through(desk, pod, target, port) for desk, pod in pods)


def _pods(cluster: Cluster, deployment: Json) -> list[tuple[Desk, Json]]:
    desk = Desk(cluster, time.time())
    return [(desk, pod) for pod in _picked(cluster, deployment, deployment["spec"]["selector"]["matchLabels"]) if holds(pod)]


def account_of(deployment: Json) -> User:
    """The service account that a component's pods run as."""
    name = deployment["spec"]["template"]["spec"].get("serviceAccountName", "default")
    return login.service_account(deployment["metadata"]["namespace"], name)


def arguments_of(deployment: Json) -> list[str]:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return [*(containers[0].get("command") or ()), *(containers[0].get("args") or ())]


def written_by(manager: str, kept: Json, *path: str) -> set[str]:
    """The keys below a path that a field manager has written, by the object's managed fields."""
    keys: set[str] = set()
    for entry in kept["metadata"].get("managedFields") or ():
        if entry["manager"] == manager:
            fields = entry["fieldsV1"]
            for step in path:
                fields = fields.get(f"f:{step}") or {}
            keys |= {key.removeprefix("f:") for key in fields if key != "."}
    return keys
