# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scale subresource: how many, of whatever kind (kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1)."""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes import bodies, writing
from sandbox.clouds.kubernetes.calls import Call
from sandbox.clouds.kubernetes.errors import Json, bad_request, no_such_path
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.patches import json_patch, merge_patch
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


def answer(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    from sandbox.clouds.kubernetes.endpoints import change_of, live_of

    live = live_of(cluster, call, resource)
    now = scale_of(resource, live)
    if call.verb == "get":
        return Reply.of_json(now)
    kind = bodies.media_type(request)
    body = bodies.read(request)
    if call.verb == "update":
        wanted: t.Any = body
    elif kind == bodies.JSON_PATCH:
        wanted = json_patch(now, body)
    elif kind in (bodies.MERGE_PATCH, bodies.STRATEGIC, bodies.APPLY):
        wanted = merge_patch(copy.deepcopy(now), body)
    else:
        raise no_such_path()
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise bad_request("spec.replicas must be greater than or equal to 0")
    named = (wanted.get("metadata") or {}).get("resourceVersion")
    fresh = copy.deepcopy(live)
    set_replicas(resource, fresh, replicas)
    fresh["metadata"]["resourceVersion"] = named or live["metadata"]["resourceVersion"]
    return Reply.of_json(scale_of(resource, writing.replace(cluster, resource, live, fresh, change_of(request, call, user))))


def paths_of(resource: Resource) -> tuple[list[str], list[str], str]:
    """Where the wanted and the present number are, and the selector ("" if none)."""
    if not resource.custom:
        return ["spec", "replicas"], ["status", "replicas"], "spec.selector"
    known = ((resource.definition or {}).get("subresources") or {})["scale"]
    split = lambda text: text.lstrip(".").split(".")  # noqa: E731
    return split(known["specReplicasPath"]), split(known["statusReplicasPath"]), known.get("labelSelectorPath", "")


def scale_of(resource: Resource, live: Json) -> Json:
    wanted, present, selector = paths_of(resource)
    meta = {
        name: live["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in live["metadata"]
    }
    number = _at(live, wanted)
    status: Json = {"replicas": _at(live, present) or 0}
    text = _selector(resource, live, selector)
    spec = {} if number in (None, 0) else {"replicas": number}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": spec,
        "status": status | ({"selector": text} if text else {}),
    }


def set_replicas(resource: Resource, each: Json, replicas: int) -> None:
    wanted, _, _ = paths_of(resource)
    place = each
    for step in wanted[:-1]:
        place = place.setdefault(step, {})
    place[wanted[-1]] = replicas


def _selector(resource: Resource, live: Json, path: str) -> str:
    found = _at(live, path.lstrip(".").split(".")) if path else None
    if isinstance(found, str):
        return found
    if not isinstance(found, dict):
        return ""
    return ",".join(f"{name}={value}" for name, value in sorted((found.get("matchLabels") or {}).items()))


def _at(each: t.Any, path: list[str]) -> t.Any:
    for step in path:
        each = each.get(step) if isinstance(each, dict) else None
    return each
