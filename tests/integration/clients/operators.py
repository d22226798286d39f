# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with operators in it: AKS by Resource Manager, a vault and an identity beside it, and kubectl to drive it."""

from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import requests
import yaml

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw, wait_for

Json = dict[str, t.Any]

READER = "external-secrets"  # the service account that reads the vault
OPERATORS = "external-secrets-system"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
VERSION = "2026-04-01"
AKS = "Microsoft.ContainerService/managedClusters/cluster"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/external-secrets"
BODY: Json = {
    "location": "koreacentral",
    "identity": {"type": "SystemAssigned"},
    "sku": {"name": "Base", "tier": "Free"},
    "properties": {
        "dnsPrefix": "operators",
        "kubernetesVersion": "1.35",
        "agentPoolProfiles": [{"name": "agentpool", "mode": "System", "vmSize": "Standard_D2ls_v5", "count": 1, "osType": "Linux"}],
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkPolicy": "cilium",
            "networkDataplane": "cilium",
        },
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {"workloadIdentity": {"enabled": True}},
    },
}


PLACES = {
    "certificate": "apis/cert-manager.io/v1/namespaces/{0}/certificates",
    "certificaterequest": "apis/cert-manager.io/v1/namespaces/{0}/certificaterequests",
    "challenge": "apis/acme.cert-manager.io/v1/namespaces/{0}/challenges",
    "clusterissuer": "apis/cert-manager.io/v1/clusterissuers",
    "clustersecretstore": "apis/external-secrets.io/v1/clustersecretstores",
    "deployment": "apis/apps/v1/namespaces/{0}/deployments",
    "event": "api/v1/namespaces/{0}/events",
    "externalsecret": "apis/external-secrets.io/v1/namespaces/{0}/externalsecrets",
    "ingress": "apis/networking.k8s.io/v1/namespaces/{0}/ingresses",
    "issuer": "apis/cert-manager.io/v1/namespaces/{0}/issuers",
    "order": "apis/acme.cert-manager.io/v1/namespaces/{0}/orders",
    "pod": "api/v1/namespaces/{0}/pods",
    "secret": "api/v1/namespaces/{0}/secrets",
    "service": "api/v1/namespaces/{0}/services",
    "validatingwebhookconfiguration": "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
}


class Kubectl:
    """kubectl with a cluster's admin credentials; what is only looked at is read without it, which is quicker."""

    def __init__(self, cloud: LocalCloud, kubeconfig: Path) -> None:
        self.cloud, self.kubeconfig = cloud, kubeconfig
        config = yaml.safe_load(kubeconfig.read_text())
        self.server = config["clusters"][0]["cluster"]["server"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {config['users'][0]['user']['token']}"

    def __call__(self, *arguments: str, ok: bool = True, sent: t.Any = None) -> str:
        """What it prints; with `ok` false, what it complains of. `sent`: objects for `-f`."""
        argv = ["kubectl", *arguments]
        if sent is not None:
            file = self.kubeconfig.with_name("sent.yaml")
            file.write_text(yaml.safe_dump_all(sent))
            argv += ["-f", str(file)]
        done = self.cloud.run(argv, KUBECONFIG=str(self.kubeconfig), HOME=str(self.kubeconfig.parent))
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout if ok else done.stderr

    def helm(self, *arguments: str) -> None:
        done = self.cloud.run(["helm", *arguments], KUBECONFIG=str(self.kubeconfig), HOME=str(self.kubeconfig.parent))
        assert done.returncode == 0, done.stderr

    def apply(self, *things: Json, ok: bool = True) -> str:
        return self("apply", "--server-side", "--force-conflicts", ok=ok, sent=[*things])

    def get(self, kind: str, name: str, namespace: str = "default") -> Json:
        """An object, or an empty mapping when it is not there."""
        answer = self.session.get(f"{self.server}/{PLACES[kind].format(namespace)}/{name}", timeout=20)
        assert answer.status_code in (200, 404), answer.text
        return t.cast(Json, answer.json()) if answer.ok else {}

    def all(self, kind: str, namespace: str) -> list[Json]:
        return t.cast("list[Json]", self.session.get(f"{self.server}/{PLACES[kind].format(namespace)}", timeout=20).json()["items"])

    def events(self, name: str, namespace: str = "default") -> list[tuple[str, str]]:
        """Reasons and messages about an object."""
        return [(each["reason"], each["message"]) for each in self.all("event", namespace) if each["involvedObject"]["name"] == name]

    def until(self, kind: str, name: str, fits: t.Callable[[Json], t.Any], namespace: str = "default") -> Json:
        """The object as soon as it fits, within a bound."""
        found: Json = {}

        def look() -> bool:
            found.clear()
            found.update(self.get(kind, name, namespace))
            return bool(found and fits(found))

        wait_for(look)
        return found


def ready(thing: Json, status: str = "True", kind: str = "Ready") -> bool:
    return any(each["type"] == kind and each["status"] == status for each in (thing.get("status") or {}).get("conditions") or ())


def reason(thing: Json, kind: str = "Ready") -> tuple[str, str, str]:
    """Status, reason and message of a condition."""
    found = next(each for each in thing["status"]["conditions"] if each["type"] == kind)
    return found["status"], found["reason"], found["message"]


def secret_data(secret: Json) -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in (secret.get("data") or {}).items()}


# --- the estate around it ------------------------------------------------


def new_cluster(azure: AzureRaw, directory: Path) -> Kubectl:
    """A cluster, and its admin credentials in a file."""
    with azure.cloud.state() as state:
        state["azure"]["arm"]["providers"]["Microsoft.ContainerService"]["state"] = "Registered"
    path = f"{azure.group}/providers/{AKS}"
    answer = azure.arm("PUT", path, BODY, VERSION)
    assert answer.status_code == 201, answer.text
    wait_for(lambda: azure.arm("GET", path, version=VERSION).json()["properties"]["provisioningState"] == "Succeeded")
    found = azure.arm("POST", f"{path}/listClusterAdminCredential", version=VERSION).json()["kubeconfigs"][0]["value"]
    file = directory / "kubeconfig"
    file.write_bytes(base64.b64decode(found))
    return Kubectl(azure.cloud, file)


def issuer_of(azure: AzureRaw) -> str:
    found = azure.arm("GET", f"{azure.group}/providers/{AKS}", version=VERSION).json()
    return str(found["properties"]["oidcIssuerProfile"]["issuerURL"])


def new_identity(azure: AzureRaw, subject: str = f"system:serviceaccount:{OPERATORS}:{READER}") -> str:
    """An identity that the service account may become, with the right to read secrets; returns its client id."""
    path = f"{azure.group}/providers/{IDENTITY}"
    made = azure.arm("PUT", path, {"location": "koreacentral"})
    assert made.status_code == 201, made.text
    trust(azure, subject)
    allow(azure, made.json()["properties"]["principalId"])
    return str(made.json()["properties"]["clientId"])


def trust(azure: AzureRaw, subject: str) -> None:
    """Let a service account of the cluster become the identity."""
    federated = {"issuer": issuer_of(azure), "subject": subject, "audiences": ["api://AzureADTokenExchange"]}
    path = f"{azure.group}/providers/{IDENTITY}/federatedIdentityCredentials/reader"
    answer = azure.arm("PUT", path, {"properties": federated})
    assert answer.status_code in (200, 201), answer.text


def allow(azure: AzureRaw, principal: str) -> None:
    """Key Vault Secrets User, in force at once."""
    with azure.cloud.state() as state:
        kept = state["azure"]["arm"]["role_assignments"]
        name = "22222222-2222-4333-8444-555555555555"
        key = f"{azure.vault}/providers/Microsoft.Authorization/roleAssignments/{name}".lower()
        like = next(iter(kept.values()))
        kept[key] = like | {"scope": azure.vault, "name": name, "role": SECRETS_USER, "principal": principal, "effective": 0}


# --- operators in the cluster --------------------------------------------


def namespace(name: str, **labels: str) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def definition(group: str, kind: str, plural: str, *, cluster_wide: bool = False, version: str = "v1") -> Json:
    """A CustomResourceDefinition that takes everything."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    served = {"name": version, "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Cluster" if cluster_wide else "Namespaced",
            "versions": [served],
        },
    }


def deployment(name: str, where: str, image: str, *arguments: str) -> Json:
    """One of a chart's Deployments, by the label that says which."""
    labels = {"app.kubernetes.io/name": name}
    container = {"name": name, "image": image, "args": [*arguments]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": where, "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def service(name: str, where: str) -> Json:
    spec = {"selector": {"app.kubernetes.io/name": name}, "ports": [{"port": 443, "targetPort": 10250}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": where}, "spec": spec}


def start(kubectl: Kubectl, *deployments: Json) -> None:
    """Deployments, and wait until their pods are ready."""
    kubectl.apply(*deployments)
    for each in deployments:
        name, where = each["metadata"]["name"], each["metadata"]["namespace"]
        kubectl.until("deployment", name, lambda found: (found.get("status") or {}).get("readyReplicas"), where)
