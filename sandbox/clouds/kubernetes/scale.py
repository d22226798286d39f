# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scale subresource: how many, of whatever kind (kubernetes.io/docs/reference/kubernetes-api/workload-resources/scale-v1)."""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes import bodies, writing
from sandbox.clouds.kubernetes.asked import change_of, live_of
from sandbox.clouds.kubernetes.calls import Call
from sandbox.clouds.kubernetes.errors import bad_request, no_such_path
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.patches import json_patch, merge_patch
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.scaling import scale_of, set_replicas
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


def answer(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
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
    wanted = bodies.object_of(wanted)
    replicas = bodies.object_of(wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or replicas < 0:
        raise bad_request("spec.replicas must be greater than or equal to 0")
    named = (wanted.get("metadata") or {}).get("resourceVersion")
    fresh = copy.deepcopy(live)
    set_replicas(resource, fresh, replicas)
    fresh["metadata"]["resourceVersion"] = named or live["metadata"]["resourceVersion"]
    return Reply.of_json(scale_of(resource, writing.replace(cluster, resource, live, fresh, change_of(request, call, user))))
