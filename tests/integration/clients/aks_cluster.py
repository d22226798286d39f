# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of the local cloud with a client of its own: plain HTTP with the administrator's token, and kubectl with the kubeconfig."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import typing as t
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import requests
import yaml

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw, wait_for
from tests.integration.clients.test_azure_clusters import BODY

Thing = dict[str, t.Any]
NAMESPACE = "klinematrix-test"
VERSION = "2026-08-01"
PLURALS = {
    "Deployment": "apis/apps/v1/namespaces/{0}/deployments",
    "StatefulSet": "apis/apps/v1/namespaces/{0}/statefulsets",
    "DaemonSet": "apis/apps/v1/namespaces/{0}/daemonsets",
    "ReplicaSet": "apis/apps/v1/namespaces/{0}/replicasets",
    "Job": "apis/batch/v1/namespaces/{0}/jobs",
    "CronJob": "apis/batch/v1/namespaces/{0}/cronjobs",
    "HorizontalPodAutoscaler": "apis/autoscaling/v2/namespaces/{0}/horizontalpodautoscalers",
    "PodDisruptionBudget": "apis/policy/v1/namespaces/{0}/poddisruptionbudgets",
    "Ingress": "apis/networking.k8s.io/v1/namespaces/{0}/ingresses",
    "IngressClass": "apis/networking.k8s.io/v1/ingressclasses",
    "NetworkPolicy": "apis/networking.k8s.io/v1/namespaces/{0}/networkpolicies",
    "CustomResourceDefinition": "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "GatewayClass": "apis/gateway.networking.k8s.io/v1/gatewayclasses",
    "Gateway": "apis/gateway.networking.k8s.io/v1/namespaces/{0}/gateways",
    "HTTPRoute": "apis/gateway.networking.k8s.io/v1/namespaces/{0}/httproutes",
    "Namespace": "api/v1/namespaces",
    "Node": "api/v1/nodes",
}


class Cluster:
    """An AKS cluster with the pools of the estate. `setup`: a name for what a test's file has made besides, by `_make`."""

    setup = "workloads"

    def __init__(self, cloud: LocalCloud, directory: Path) -> None:
        self.cloud = cloud
        self.azure = AzureRaw(cloud)
        self.id = f"{self.azure.group}/providers/Microsoft.ContainerService/managedClusters/FinancialAgent-AKS"
        cloud.once(self.setup, self._make)
        config = yaml.safe_load(base64.b64decode(self._credentials()))
        self.config = directory / "kubeconfig"
        self.config.write_text(yaml.safe_dump(config))
        self.server = config["clusters"][0]["cluster"]["server"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {config['users'][0]['user']['token']}"

    def _make(self) -> None:
        self.azure.with_group()
        pool = {"mode": "User", "count": 1, "osType": "Linux", "type": "VirtualMachineScaleSets"}
        more = [
            {"name": "userpool", "vmSize": "Standard_D2ls_v5", **pool, "nodeLabels": {"app": "web"}},
            {"name": "userpoolv2", "vmSize": "Standard_E2_v3", **pool, "nodeTaints": ["memory=only:NoSchedule"]},
        ]
        properties = BODY["properties"] | {"agentPoolProfiles": [*BODY["properties"]["agentPoolProfiles"], *more]}
        assert self.azure.arm("PUT", self.id, BODY | {"properties": properties}, VERSION).status_code == 201
        wait_for(lambda: self.azure.arm("GET", self.id, version=VERSION).json()["properties"]["provisioningState"] == "Succeeded")

    def _credentials(self) -> str:
        answer = self.azure.arm("POST", f"{self.id}/listClusterAdminCredential", version=VERSION)
        return t.cast(str, answer.json()["kubeconfigs"][0]["value"])

    def grant(self, principal: str, role: str, scope: str) -> None:
        """A role, in force at once."""
        assignment = {
            "scope": scope,
            "name": str(uuid4()),
            "role": role,
            "principal": principal,
            "type": "ServicePrincipal",
            "effective": 0,
        }
        with self.cloud.state() as state:
            empty = dict.fromkeys(("description", "condition", "version", "by"))
            state["azure"]["arm"]["role_assignments"][assignment["name"]] = assignment | empty | {"created": 0, "updated": 0}

    def identities(self) -> tuple[str, str]:
        """Object ids of the cluster's own identity and of its nodes'."""
        found = self.azure.arm("GET", self.id, version=VERSION).json()
        return found["identity"]["principalId"], found["properties"]["identityProfile"]["kubeletidentity"]["objectId"]

    # --- calls ---------------------------------------------------------------

    def ask(self, method: str, path: str, body: t.Any = None, **headers: str) -> requests.Response:
        return self.session.request(method, f"{self.server}/{path}", json=body, headers=headers, timeout=20)

    def path(self, kind: str, name: str, namespace: str = NAMESPACE) -> str:
        plural = PLURALS.get(kind, f"api/v1/namespaces/{{0}}/{kind.lower()}s")
        return f"{plural.format(namespace)}/{name}".rstrip("/")

    def get(self, kind: str, name: str, namespace: str = NAMESPACE) -> Thing:
        answer = self.ask("GET", self.path(kind, name, namespace))
        assert answer.status_code == 200, answer.text
        return t.cast(Thing, answer.json())

    def all(self, kind: str, namespace: str = NAMESPACE, labels: str = "") -> list[Thing]:
        answer = self.ask("GET", self.path(kind, "", namespace) + (f"?labelSelector={labels}" if labels else ""))
        return t.cast("list[Thing]", answer.json()["items"])

    def apply(self, *things: Thing) -> None:
        """Server-side apply as a deployer does it."""
        for thing in things:
            thing = {"apiVersion": "v1", **thing}
            namespace = thing["metadata"].get("namespace", NAMESPACE)
            path = self.path(thing["kind"], thing["metadata"]["name"], namespace)
            headers = {"Content-Type": "application/apply-patch+yaml"}
            answer = self.ask("PATCH", f"{path}?fieldManager=deployer&force=true", thing, **headers)
            assert answer.ok, answer.text

    def delete(self, kind: str, name: str, namespace: str = NAMESPACE) -> None:
        assert self.ask("DELETE", self.path(kind, name, namespace)).ok

    def events(self, name: str = "", namespace: str = NAMESPACE) -> list[tuple[str, str]]:
        """Reason and message of what has been said of things whose names begin so."""
        found = self.all("Event", namespace)
        return [(each["reason"], each["message"]) for each in found if each["involvedObject"]["name"].startswith(name)]

    def condition(self, kind: str, name: str, condition: str, namespace: str = NAMESPACE) -> Thing:
        every = self.get(kind, name, namespace).get("status", {}).get("conditions") or ()
        return next((each for each in every if each["type"] == condition), {})

    def available(self, name: str, namespace: str = NAMESPACE) -> Thing:
        """A Deployment when its newest template runs everywhere."""

        def done() -> Thing | None:
            found = self.get("Deployment", name, namespace)
            status = found.get("status", {})
            complete = status.get("updatedReplicas") == status.get("availableReplicas") == status.get("replicas")
            current = status.get("observedGeneration") == found["metadata"]["generation"]
            return found if current and complete and status.get("replicas") == found["spec"]["replicas"] else None

        return t.cast(Thing, wait_for(done))

    def until(self, what: Callable[[], t.Any]) -> t.Any:
        return wait_for(what)

    def kubectl(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**self.cloud.environment, "HOME": str(self.config.parent), "PATH": _path(), "KUBECONFIG": str(self.config)}
        return subprocess.run(
            ["kubectl", *arguments], env=environment, input=stdin, capture_output=True, text=True, timeout=30, check=False
        )


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


# --- things --------------------------------------------------------------------


def namespace(name: str = NAMESPACE, **labels: str) -> Thing:
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def deployment(name: str = "backend", image: str = "nginx:1.29", replicas: int = 2, **spec: t.Any) -> Thing:
    """`spec`: of the pod; `container`: of its one container."""
    labels = {"app": name}
    container = {"name": name, "image": image, **spec.pop("container", {})}
    metadata = {"labels": labels, "annotations": spec.pop("annotations", {})}
    more = spec.pop("deployment", {})
    template = {"metadata": metadata, "spec": {"containers": [container], **spec}}
    body = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **more}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": body,
    }
