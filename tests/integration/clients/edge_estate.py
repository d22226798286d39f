# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estate's domain in the local cloud, made by hand: cluster, registry, address, DNS record, backend, ingress controller."""

from __future__ import annotations

import base64
import typing as t
from pathlib import Path

import cloudflare
import requests

from sandbox.authority import Authority, Pair
from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import NAMESPACE, Cluster, Thing, deployment, namespace

HOST, ADDRESS = "klinematrix.com", "4.217.130.195"
IMAGE = "financialagent.azurecr.io/backend:1.0"
ACR_PULL, NETWORK_CONTRIBUTOR = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "4d97b98b-1d4f-4787-a291-c67834d212e7"
AZURE = "service.beta.kubernetes.io/azure-"
CONTROLLER = "registry.k8s.io/ingress-nginx/controller:v1.15.1"
Get = t.Callable[..., requests.Response]


class Estate(Cluster):
    """The cluster with a registry that its nodes may read, a public address, the DNS record, a backend, and an ingress controller."""

    setup = "edge"

    def _make(self) -> None:
        super()._make()
        registry = f"{self.azure.group}/providers/Microsoft.ContainerRegistry/registries/financialAgent"
        assert self.azure.arm("PUT", registry, {"location": "koreacentral", "sku": {"name": "Basic"}}, "2025-11-01").ok
        assert self.azure.arm("PUT", self.address, self.static(), "2025-05-01").ok
        self.grant(self.identities()[1], ACR_PULL, registry)
        client = cloudflare.Cloudflare(max_retries=0)
        zone = next(iter(client.zones.list(name=HOST)))
        client.dns.records.create(zone_id=zone.id, type="A", name="@", content=ADDRESS, ttl=1)

    @property
    def address(self) -> str:
        return f"{self.azure.group}/providers/Microsoft.Network/publicIPAddresses/ingress"

    def static(self, sku: str = "Standard") -> Thing:
        return {"location": "koreacentral", "sku": {"name": sku}, "properties": {"publicIPAllocationMethod": "Static"}}

    def service_address(self) -> str:
        ingress = self.get("Service", "controller", "ingress-nginx").get("status", {}).get("loadBalancer", {}).get("ingress")
        return t.cast(str, ingress[0]["ip"]) if ingress else ""


def made(cloud: LocalCloud, directory: Path) -> Estate:
    """The estate with its namespaces, and nothing in them yet."""
    found = Estate(cloud, directory)
    found.apply(namespace(), namespace("ingress-nginx"))
    return found


def load_balancer(ports: list[Thing] | None = None, policy: str = "Local", **annotations: str) -> Thing:
    names = {f"{AZURE}{name.replace('_', '-')}": value for name, value in annotations.items()}
    metadata = {"name": "controller", "namespace": "ingress-nginx", "annotations": names}
    usual = [
        {"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"},
        {"name": "https", "port": 443, "targetPort": "https", "appProtocol": "https"},
    ]
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": policy, "selector": {"app": "controller"}, "ports": ports or usual}
    return {"kind": "Service", "metadata": metadata, "spec": spec}


def controller(image: str = CONTROLLER, *arguments: str) -> Thing:
    ports = [{"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}]
    found = deployment("controller", image, container={"ports": ports, "args": list(arguments)})
    found["metadata"]["namespace"] = "ingress-nginx"
    return found


def ingress_class(of: str = "k8s.io/ingress-nginx") -> Thing:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "nginx"}, "spec": {"controller": of}}


def ingress(name: str = "backend", path: str = "/", service: str = "backend", port: int = 80, **metadata: t.Any) -> Thing:
    backend = {"service": {"name": service, "port": {"number": port}}}
    rules = [{"host": HOST, "http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}]
    spec = {"ingressClassName": "nginx", "rules": rules, **({"tls": [{"hosts": [HOST], "secretName": "tls"}]} if name == "backend" else {})}
    whole = {"name": name, "namespace": NAMESPACE, **metadata}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": whole, "spec": spec}


def backend() -> list[Thing]:
    container = {
        "ports": [{"name": "http", "containerPort": 8000}],
        "readinessProbe": {"httpGet": {"path": "/api/health", "port": "http"}},
        "env": [{"name": "EMAIL_BYPASS_MODE", "value": "true"}],
    }
    spec = {"selector": {"app": "backend"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]}
    service = {"kind": "Service", "metadata": {"name": "backend", "namespace": NAMESPACE}, "spec": spec}
    return [deployment(image=IMAGE, container=container), service]


def certificate(estate: Estate, pair: Pair) -> None:
    data = {"tls.crt": base64.b64encode(pair.chain.encode()).decode(), "tls.key": base64.b64encode(pair.key.encode()).decode()}
    estate.apply({"kind": "Secret", "metadata": {"name": "tls", "namespace": NAMESPACE}, "type": "kubernetes.io/tls", "data": data})


def authority(cloud: LocalCloud) -> Authority:
    """The running cloud's own, over the same files."""
    return Authority(Path(cloud.environment["SSL_CERT_FILE"]).parent)


def serve(estate: Estate, trusted: bool = True) -> None:
    """Everything that the domain needs to answer."""
    estate.grant(estate.identities()[0], NETWORK_CONTRIBUTOR, estate.azure.group)
    annotations = {"load_balancer_resource_group": "FinancialAgent", "pip_name": "ingress"}
    estate.apply(controller(), load_balancer(**annotations), ingress_class(), ingress(), *backend())
    certificate(estate, authority(estate.cloud).issue([HOST], trusted=trusted))
    estate.available("controller", "ingress-nginx")
    estate.available("backend")
    estate.until(lambda: estate.service_address() == ADDRESS)
