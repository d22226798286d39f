# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls: a client certificate, the cluster's static token, a token of Entra ID, or a service account's.

kubernetes.io/docs/reference/access-authn-authz/authentication, learn.microsoft.com/azure/aks/concepts-identity. An AKS cluster takes no
anonymous calls.
"""

from __future__ import annotations

import hmac
import typing as t
from dataclasses import dataclass

from sandbox.clouds.azure.account import TENANT_ID
from sandbox.clouds.azure.tokens import read
from sandbox.clouds.kubernetes import tokens
from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.http import Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"  # learn.microsoft.com/azure/aks/kubelogin-authentication
AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"


@dataclass(frozen=True)
class User:
    """A caller. `object_id`: in Entra ID, for rights by Azure's roles."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    object_id: str = ""


ADMIN: t.Final = User("masterclient", (MASTERS, AUTHENTICATED))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def caller(cluster: Cluster, request: Request) -> User:
    """Who calls; refuses (401) whoever shows no credential, a wrong one, or one that has run out."""
    shown = request.certificate
    if shown is not None and shown.unit == cluster.data["uid"] and _local_accounts(cluster):
        return User(shown.name, (*shown.organizations, AUTHENTICATED))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = user_of(cluster, token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        raise unauthorized()
    return found


def user_of(cluster: Cluster, token: str, wanted: t.Collection[str] = ()) -> User | None:
    """Whom a bearer token speaks for; None when it is good for nothing. `wanted`: audiences other than the API server's own."""
    kept = cluster.data["credentials"]["token"]
    if hmac.compare_digest(token.encode(), kept.encode()):
        return ADMIN if _local_accounts(cluster) else None
    return _service_account(cluster, token, wanted) or _entra(cluster, token)


def _local_accounts(cluster: Cluster) -> bool:
    return not cluster.record["body"]["properties"].get("disableLocalAccounts")


def _service_account(cluster: Cluster, token: str, wanted: t.Collection[str]) -> User | None:
    claims = tokens.claims_of(cluster, token)
    if claims is None or claims["iss"] != tokens.issuer(cluster) or not set(claims["aud"]) & set(wanted or tokens.audiences(cluster)):
        return None
    about = claims["kubernetes.io"]
    namespace, name = about["namespace"], about["serviceaccount"]["name"]
    account = cluster.get("v1", "serviceaccounts", namespace, name)
    if account is None or account["metadata"]["uid"] != about["serviceaccount"]["uid"]:
        return None
    for kind, plural in (("pod", "pods"), ("secret", "secrets")):
        bound = about.get(kind)
        there = cluster.get("v1", plural, namespace, bound["name"]) if bound else None
        if bound and (there is None or there["metadata"]["uid"] != bound["uid"]):
            return None
    return service_account(namespace, name, account["metadata"]["uid"])


def service_account(namespace: str, name: str, uid: str = "") -> User:
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
    return User(f"system:serviceaccount:{namespace}:{name}", groups, uid)


def _entra(cluster: Cluster, token: str) -> User | None:
    """A token of Entra ID, where the cluster has the integration: of its tenant, for the AKS server application, not run out."""
    profile: Json = cluster.record["body"]["properties"].get("aadProfile") or {}
    if not profile.get("managed"):
        return None
    azure = cluster.api.azure
    known = read(azure.credentials["signing_key"], token)
    if known is None or known.expired or known.audience.rstrip("/").removeprefix("spn:") != SERVER_APPLICATION:
        return None
    if known.tenant_id != (profile.get("tenantID") or TENANT_ID):
        return None
    principal: Json = azure.entra.data["principals"].get(known.object_id) or {}
    name = str(principal["name"]) if principal.get("type") == "User" else known.object_id
    groups = tuple(principal.get("groups") or ())
    masters = (MASTERS,) if set(groups) & set(profile.get("adminGroupObjectIDs") or ()) else ()
    return User(name, (*groups, *masters, AUTHENTICATED), known.object_id, known.object_id)
