# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reviews: questions that are asked by creating an object (kubernetes.io/docs/reference/access-authn-authz/authorization)."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes import bodies
from sandbox.clouds.kubernetes.calls import Call
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.login import User
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

REVIEWS = ("selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews")


def answer(cluster: Cluster, request: Request, call: Call, user: User) -> Reply:
    body: Json = bodies.object_of(bodies.read(request))
    return Reply.of_json({**body, "status": {"allowed": True}}, 201)
