# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls: a client certificate, the cluster's static token, a token of Entra ID, or a service account's
(kubernetes.io/docs/reference/access-authn-authz/authentication)."""

from __future__ import annotations

import hmac
import typing as t
from dataclasses import dataclass

from sandbox.clouds.kubernetes.errors import ApiError
from sandbox.http import Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


@dataclass(frozen=True)
class User:
    """A caller. `object_id`: in Entra ID, for rights by Azure's roles."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    object_id: str = ""


ADMIN: t.Final = User("masterclient", ("system:masters", "system:authenticated"))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def caller(cluster: Cluster, request: Request) -> User:
    """Who calls; refuses (401) a credential that is wrong or has run out."""
    shown = request.certificate
    if shown is not None:
        if shown.unit != cluster.data["uid"]:
            raise unauthorized()
        return User(shown.name, (*shown.organizations, "system:authenticated"))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return User("system:anonymous", ("system:unauthenticated",))
    if scheme.lower() != "bearer":
        raise unauthorized()
    kept = (cluster.data.get("credentials") or {}).get("token")
    if kept and hmac.compare_digest(token.strip().encode(), kept.encode()):
        return ADMIN
    raise unauthorized()
