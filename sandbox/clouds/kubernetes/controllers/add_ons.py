# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AKS itself puts into a cluster: by its ingress profile the Gateway API, and a class of Gateways that application routing serves;
by managed Prometheus the kinds with which one declares what it reads.

Source: learn.microsoft.com/azure/aks/app-routing-gateway-api and …/managed-gateway-api (bundle versions by Kubernetes version);
learn.microsoft.com/azure/azure-monitor/containers/prometheus-metrics-scrape-crd.
"""

from __future__ import annotations

from sandbox.clouds.azure.arm.rules import at
from sandbox.clouds.kubernetes.charts import definitions, facts
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import GATEWAY_CLASSES, NAMESPACES, Thing, is_true

MANAGER = "aks-managed-gateway-api"
PROMETHEUS = "ama-metrics"
DEFINITIONS = ("apiextensions.k8s.io/v1", "customresourcedefinitions")
BUNDLES = {"1.34": "v1.3.0", "1.35": "v1.4.1", "1.36": "v1.5.1"}
STANDARD = ("GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "ReferenceGrant", "BackendTLSPolicy")  # of the standard channel then
APP_ROUTING, CONTROLLER, HOME = "approuting-istio", "istio.io/gateway-controller", "aks-istio-system"


def reconcile(desk: Desk) -> None:
    properties = desk.record["body"]["properties"]
    if at(properties, "azureMonitorProfile/metrics/enabled"):
        for kind in facts.kinds("managed-prometheus"):
            _define(desk, definitions.definition(kind), PROMETHEUS)
    profile = properties.get("ingressProfile") or {}
    if at(profile, "gatewayAPI/installation") != "Standard":
        return
    for kind in facts.kinds("gateway-api"):
        if kind.kind in STANDARD:
            _define(desk, _bundled(desk, definitions.definition(kind)), MANAGER)
    if at(profile, "webAppRouting/gatewayAPIImplementations/appRoutingIstio/mode") == "Enabled":
        _offer(desk)


def _define(desk: Desk, fresh: Thing, manager: str) -> None:
    if desk.get(DEFINITIONS, None, fresh["metadata"]["name"]) is None:
        desk.write(DEFINITIONS, fresh, manager)


def _bundled(desk: Desk, fresh: Thing) -> Thing:
    bundle = BUNDLES.get(".".join(desk.cluster.version.split(".")[:2]), "v1.5.1")
    marks = {"bundle-version": bundle, "channel": "standard"}
    annotations = {f"gateway.networking.k8s.io/{name}": value for name, value in marks.items()}
    annotations["api-approved.kubernetes.io"] = "https://github.com/kubernetes-sigs/gateway-api/pull/3328"
    return fresh | {"metadata": fresh["metadata"] | {"annotations": annotations}}


def _offer(desk: Desk) -> None:
    """The class of the add-on, once its kind is served, and the namespace of its control plane."""
    if desk.get(NAMESPACES, None, HOME) is None:
        desk.write(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}, MANAGER)
    definition = desk.get(DEFINITIONS, None, "gatewayclasses.gateway.networking.k8s.io")
    if definition is None or not is_true(definition, "Established"):
        desk.wake(desk.now + 0.1)
        return
    if desk.get(GATEWAY_CLASSES, None, APP_ROUTING) is None:
        metadata = {"name": APP_ROUTING}
        thing = {"apiVersion": GATEWAY_CLASSES[0], "kind": "GatewayClass", "metadata": metadata, "spec": {"controllerName": CONTROLLER}}
        desk.write(GATEWAY_CLASSES, thing, MANAGER)
