# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The way to a cluster's API server, fetched when a task needs it and kept in memory only.

learn.microsoft.com/rest/api/aks/managed-clusters/list-cluster-user-credentials: a kubeconfig in base64. Where Entra ID signs users in, it
names a plugin (kubelogin) that would fetch a token; here the task's own identity fetches the same token, so nothing has to be installed.
"""

from __future__ import annotations

import base64
import typing as t
from dataclasses import dataclass, field
from itertools import pairwise

from ..._core.errors import PlanError
from ..._sdk import load
from ..arm import Arm
from ..errors import CLOUD
from ..place import type_of
from ..resource_types.container_service import CLUSTER

# The application that stands for the API servers of all clusters (learn.microsoft.com/azure/aks/kubelogin-authentication).
SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"
FORM = f"It is /subscriptions/ID/resourceGroups/GROUP/providers/{CLUSTER.name}/NAME (az aks show --query id)"


@dataclass(frozen=True)
class ClusterAccess:
    """Where an API server is and how to log in: a bearer token, or a client certificate with its key (PEM).

    authority: the certificate that has signed the server's (PEM). Nothing of it may get into a result; it does not print itself.
    """

    server: str
    authority: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)


def access_to(arm: Arm, cluster_id: str, *, admin: bool = False) -> ClusterAccess:
    """The way to a cluster, as the task's identity (a user) or as its administrator.

    Raises PlanError for what is no id of a cluster: it becomes part of an address, and the login goes there. Raises CloudError: the cluster
    is not there (404), a right is missing (403), or local accounts are disabled and `admin` is wanted.
    """
    cluster_id = cluster_id.strip().rstrip("/")
    if not cluster_id.startswith("/subscriptions/") or type_of(cluster_id).casefold() != CLUSTER.name.casefold():
        raise PlanError(f"{cluster_id} is not the id of an AKS cluster", cloud=CLOUD, hint=FORM)
    role = "admin" if admin else "user"
    what = f"get {role} credentials of {cluster_id.rpartition('/')[2]}"
    operation = "listClusterAdminCredential" if admin else "listClusterUserCredential"
    answer = arm.ask(what, f"{cluster_id}/{operation}", CLUSTER.version)
    config = load("yaml", CLOUD).safe_load(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    context = _named(config, "contexts", config["current-context"])["context"]
    cluster = _named(config, "clusters", context["cluster"])["cluster"]
    user = _named(config, "users", context["user"])["user"]
    server, authority = cluster["server"], _text(cluster["certificate-authority-data"])
    if "client-certificate-data" in user:
        return ClusterAccess(server, authority, certificate=_text(user["client-certificate-data"]), key=_text(user["client-key-data"]))
    if "token" in user:
        return ClusterAccess(server, authority, token=user["token"])
    return ClusterAccess(server, authority, token=arm.credential.token(f"{_application(user)}/.default"))


def _named(config: t.Mapping[str, t.Any], kind: str, name: str) -> t.Mapping[str, t.Any]:
    return next(each for each in config[kind] if each["name"] == name)


def _text(data: str) -> str:
    return base64.b64decode(data).decode()


def _application(user: t.Mapping[str, t.Any]) -> str:
    """Whom the token is for, as the kubeconfig says it in its older form (auth-provider) or the newer one (exec)."""
    config = (user.get("auth-provider") or {}).get("config") or {}
    words = (user.get("exec") or {}).get("args") or []
    following = dict(pairwise(words))
    return str(config.get("apiserver-id") or following.get("--server-id") or SERVER_APPLICATION)
