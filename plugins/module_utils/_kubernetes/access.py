# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The way to an API server: from an AKS id, a kubeconfig, or the account of the pod that this runs in. Kept in memory only."""

from __future__ import annotations

import base64
import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._azure.aks.access import access_to
from .._azure.arm import Arm
from .._azure.resource_types.container_service import CLUSTER
from .._core.errors import HybridCloudError, PlanError
from .._core.host import Host
from .._core.traffic import Traffic
from .errors import CLOUD, NO_ANSWER
from .kubeconfig import read_kubeconfig

# kubernetes.io/docs/tasks/run-application/access-api-from-pod
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
NAME = "cluster"  # of everything in a kubeconfig that is handed over


@dataclass(frozen=True)
class ServerAccess:
    """Where an API server is and how to log in. Nothing of it may get into a result; it does not print its secrets.

    server: its URL. name: how errors call the cluster. authority: the certificate that has signed the server's (PEM); None trusts
    what the machine trusts. token, or certificate with key (PEM): the login. verify: False trusts any certificate.
    server_name: the name that the server's certificate must carry, if it is not the URL's. proxy: its own proxy, if it has one.
    namespace: where objects go that do not say where, by the kubeconfig's context.
    """

    server: str
    name: str
    authority: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    verify: bool = True
    server_name: str | None = None
    proxy: str | None = field(default=None, repr=False)
    namespace: str | None = None


class Login:
    """How a task comes by its access. The first call looks it up; `again` looks anew after a login was refused.

    trouble: what is known of a server that does not answer; None if nothing is.
    """

    def __init__(self, look_up: t.Callable[[bool], ServerAccess], trouble: t.Callable[[], str | None] = lambda: None) -> None:
        self._look_up = look_up
        self.trouble = trouble
        self._found: ServerAccess | None = None

    def access(self) -> ServerAccess:
        if self._found is None:
            self._found = self._look_up(False)
        return self._found

    def again(self) -> ServerAccess:
        self._found = self._look_up(True)
        return self._found


def login_of(host: Host, traffic: Traffic) -> Login:
    """The login for a task's options. Nothing is looked up yet."""
    params = host.params
    if params["aks_cluster_id"]:
        return Login(lambda fresh: _of_aks(host, traffic, fresh), lambda: _trouble_of_aks(host, traffic))
    if params["kubeconfig"]:
        return Login(lambda fresh: ServerAccess(**read_kubeconfig(Path(params["kubeconfig"]), params["context"])))
    if params["in_cluster"]:
        return Login(lambda fresh: _in_cluster())
    raise PlanError(
        "no cluster is named",
        code="no_credentials",
        cloud=CLOUD,
        hint="Set aks_cluster_id, kubeconfig, or in_cluster: true",
    )


def _of_aks(host: Host, traffic: Traffic, fresh: bool) -> ServerAccess:
    cluster_id: str = host.params["aks_cluster_id"]
    arm = Arm.of(host, traffic.beside("azure"))
    if fresh:
        arm.credential.forget()
    found = access_to(arm, cluster_id, admin=host.params["aks_admin"])
    return ServerAccess(
        server=found.server,
        name=f"AKS cluster {cluster_id.rstrip('/').rpartition('/')[2]}",
        authority=found.authority,
        token=found.token,
        certificate=found.certificate,
        key=found.key,
    )


def _trouble_of_aks(host: Host, traffic: Traffic) -> str | None:
    """Why an AKS cluster may not answer, as Azure knows it."""
    cluster_id: str = host.params["aks_cluster_id"].strip().rstrip("/")
    name = f"AKS cluster {cluster_id.rpartition('/')[2]}"
    try:
        found = Arm.of(host, traffic.beside("azure")).find(f"read {name}", cluster_id, CLUSTER.version)
    except HybridCloudError:
        return None
    if found is None:
        return f"{name} is not there any more"
    about = found.get("properties") or {}
    if (about.get("powerState") or {}).get("code") == "Stopped":
        return f"{name} is stopped: start it (az aks start), and run again"
    if about.get("provisioningState") not in (None, "Succeeded"):
        return f"{name} is {about['provisioningState']}: wait for it, or see why (az aks show), and run again"
    profile = about.get("apiServerAccessProfile") or {}
    if profile.get("enablePrivateCluster"):
        return f"{name} is private: run from a network that reaches it"
    ranges = ", ".join(profile.get("authorizedIPRanges") or ())
    return f"{NO_ANSWER}; it answers to {ranges} only" if ranges else None


def _in_cluster() -> ServerAccess:
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    try:
        if not host or not port:
            raise FileNotFoundError("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")
        token, authority = (ACCOUNT / name for name in ("token", "ca.crt"))
        server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        return ServerAccess(server, "the cluster around this pod", authority=authority.read_text(), token=token.read_text().strip())
    except OSError as error:
        raise PlanError(
            f"this does not run in a pod with an account: {error}",
            code="no_credentials",
            cloud=CLOUD,
            hint="in_cluster is for pods with a mounted service account; elsewhere set aks_cluster_id or kubeconfig",
        ) from None


def kubeconfig_of(access: ServerAccess) -> dict[str, t.Any]:
    """The access as a kubeconfig, for a program that takes nothing else. It holds the secrets: it must not touch the disk."""
    cluster: dict[str, t.Any] = {"server": access.server}
    if access.authority and access.verify:
        cluster["certificate-authority-data"] = _data(access.authority)
    if not access.verify:
        cluster["insecure-skip-tls-verify"] = True
    cluster |= {key: value for key, value in (("tls-server-name", access.server_name), ("proxy-url", access.proxy)) if value}
    user: dict[str, t.Any] = {"token": access.token} if access.token else {}
    if access.certificate and access.key:
        user |= {"client-certificate-data": _data(access.certificate), "client-key-data": _data(access.key)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": cluster}],
        "users": [{"name": NAME, "user": user}],
        "contexts": [{"name": NAME, "context": {"cluster": NAME, "user": NAME}}],
        "current-context": NAME,
    }


def _data(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
