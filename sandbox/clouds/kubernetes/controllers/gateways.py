# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gateways of the Gateway API: accepted and programmed by the controller of their class.

Sources: gateway-api.sigs.k8s.io/reference/spec; learn.microsoft.com/azure/aks/app-routing-gateway-api for the class of the add-on, which
makes a Deployment and a Service for each Gateway, with a health probe of its own for port 80 only; istio/istio, extractServicePorts, for
what the Service's ports say of themselves.
"""

from __future__ import annotations

from copy import deepcopy

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.ingresses import ISTIO, TRAEFIK, Controller, addresses, controllers
from sandbox.clouds.kubernetes.controllers.things import (
    DEPLOYMENTS,
    GATEWAY_CLASSES,
    GATEWAYS,
    HTTP_ROUTES,
    SECRETS,
    SERVICES,
    Thing,
    annotations_of,
    labels_of,
    leaving,
    name_of,
    namespace_of,
    reference_to,
    with_condition,
)

OF = {"traefik.io/gateway-controller": TRAEFIK, ISTIO: ISTIO}
APP_ROUTING = "approuting-istio"
OWNER = "gateway.networking.k8s.io/gateway-name"
PROXY = "mcr.microsoft.com/oss/istio/proxyv2:1.29.1"
# On the nodes themselves, where kube-proxy answers.
PROBED = {
    "service.beta.kubernetes.io/port_80_health-probe_port": "10256",
    "service.beta.kubernetes.io/port_80_health-probe_protocol": "http",
    "service.beta.kubernetes.io/port_80_health-probe_request-path": "/healthz",
}


def of_controller(desk: Desk, controller: Controller) -> list[Thing]:
    """The Gateways that a running controller answers for."""
    if controller.kind == TRAEFIK and not controller.has("providers.kubernetesgateway"):
        return []
    classes = {name_of(each) for each in desk.all(GATEWAY_CLASSES) if OF.get(each["spec"]["controllerName"]) == controller.kind}
    mine = labels_of(controller.service).get(OWNER)  # the add-on runs a proxy for each of its Gateways
    found = [each for each in desk.all(GATEWAYS) if each["spec"]["gatewayClassName"] in classes and not leaving(each)]
    return [each for each in found if mine is None or (name_of(each), namespace_of(each)) == (mine, namespace_of(controller.service))]


def attached(route: Thing, gateway: Thing, listener: Thing) -> bool:
    """Whether a route names this listener as its parent and may do so."""
    if (listener.get("allowedRoutes") or {}).get("namespaces", {}).get("from", "Same") == "Same" and namespace_of(route) != namespace_of(
        gateway
    ):
        return False
    for parent in route["spec"].get("parentRefs") or ():
        place = (parent.get("namespace") or namespace_of(route), parent["name"])
        if place == (namespace_of(gateway), name_of(gateway)) and parent.get("sectionName") in (None, listener["name"]):
            return True
    return False


def reconcile(desk: Desk) -> None:
    for gateway in desk.all(GATEWAYS):
        if gateway["spec"]["gatewayClassName"] == APP_ROUTING and not leaving(gateway):
            _run_proxy(desk, gateway)
    for each in desk.all(GATEWAY_CLASSES):
        if OF.get(each["spec"]["controllerName"]) == ISTIO:
            _accept(desk, each)
    for controller in controllers(desk):
        if controller.kind == TRAEFIK and controller.has("providers.kubernetesgateway"):
            for each in desk.all(GATEWAY_CLASSES):
                if OF.get(each["spec"]["controllerName"]) == TRAEFIK:
                    _accept(desk, each)
        for gateway in of_controller(desk, controller):
            _report(desk, controller, gateway)


def _accept(desk: Desk, gateway_class: Thing) -> None:
    conditions = deepcopy((gateway_class.get("status") or {}).get("conditions") or [])
    generation = gateway_class["metadata"].get("generation", 1)
    facts = {"reason": "Accepted", "message": "Handled by the controller", "observedGeneration": generation}
    fresh = with_condition(conditions, "Accepted", True, desk.now, **facts)
    desk.status(GATEWAY_CLASSES, gateway_class, {"conditions": fresh}, OF[gateway_class["spec"]["controllerName"]].partition(".")[0])


def _run_proxy(desk: Desk, gateway: Thing) -> None:
    name, namespace = f"{name_of(gateway)}-{APP_ROUTING}", namespace_of(gateway)
    wanted = PROBED | ((gateway["spec"].get("infrastructure") or {}).get("annotations") or {})
    labels = {OWNER: name_of(gateway)}
    metadata: Thing = {"name": name, "namespace": namespace, "labels": labels, "ownerReferences": [reference_to(gateway)]}
    if desk.get(DEPLOYMENTS, namespace, name) is None:
        ports = [
            {"containerPort": each["port"], "name": f"port-{each['port']}", "protocol": "TCP"} for each in gateway["spec"]["listeners"]
        ]
        unique = list({each["containerPort"]: each for each in ports}.values())
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "istio-proxy", "image": PROXY, "ports": unique}]}}
        spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod}
        desk.write(DEPLOYMENTS, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}, "istiod")
    found = desk.get(SERVICES, namespace, name)
    if found is None:
        spoken = {each["port"]: each["protocol"].lower() for each in gateway["spec"]["listeners"]}
        ports = [{"name": "status-port", "port": 15021, "targetPort": 15021, "appProtocol": "tcp"}] + [
            {"name": f"port-{port}", "port": port, "targetPort": port, "appProtocol": protocol} for port, protocol in sorted(spoken.items())
        ]
        spec = {"type": "LoadBalancer", "selector": labels, "ports": ports}
        thing: Thing = {"apiVersion": "v1", "kind": "Service", "metadata": metadata | {"annotations": dict(wanted)}, "spec": spec}
        desk.write(SERVICES, thing, "istiod")
    elif not wanted.items() <= annotations_of(found).items():
        desk.annotate(SERVICES, found, "istiod", **wanted)


def _report(desk: Desk, controller: Controller, gateway: Thing) -> None:
    shown = addresses(controller.service)
    generation = gateway["metadata"].get("generation", 1)
    status = deepcopy(gateway.get("status") or {})
    conditions = with_condition(
        status.get("conditions") or [],
        "Accepted",
        True,
        desk.now,
        reason="Accepted",
        message="Gateway accepted",
        observedGeneration=generation,
    )
    reason = "Programmed" if shown else "AddressNotAssigned"
    text = "Gateway programmed" if shown else "No address has been assigned to the Gateway yet"
    facts = {"reason": reason, "message": text, "observedGeneration": generation}
    conditions = with_condition(conditions, "Programmed", bool(shown), desk.now, **facts)
    before = {each["name"]: each.get("conditions") or [] for each in status.get("listeners") or ()}
    listeners = [_listener(desk, gateway, each, before.get(each["name"], []), generation) for each in gateway["spec"]["listeners"]]
    fields = [{"type": "IPAddress", "value": each} for each in shown]
    fresh: Thing = {"conditions": conditions, "listeners": listeners} | ({"addresses": fields} if fields else {})
    desk.status(GATEWAYS, gateway, fresh, controller.name if controller.kind == TRAEFIK else "istiod")
    _report_routes(desk, controller, gateway)


def _listener(desk: Desk, gateway: Thing, listener: Thing, before: list[Thing], generation: int) -> Thing:
    missing = [
        f"{each.get('namespace') or namespace_of(gateway)}/{each['name']}"
        for each in (listener.get("tls") or {}).get("certificateRefs") or ()
        if desk.get(SECRETS, each.get("namespace") or namespace_of(gateway), each["name"]) is None
    ]
    conditions = before
    for kind, good, reason, text in (
        ("Accepted", True, "Accepted", "No errors found"),
        (
            "Programmed",
            not missing,
            "Programmed" if not missing else "Invalid",
            "No errors found" if not missing else "Bad TLS configuration",
        ),
        (
            "ResolvedRefs",
            not missing,
            "ResolvedRefs" if not missing else "InvalidCertificateRef",
            "No errors found" if not missing else f"secret {missing[0]} not found",
        ),
    ):
        conditions = with_condition(conditions, kind, good, desk.now, reason=reason, message=text, observedGeneration=generation)
    routes = len([each for each in desk.all(HTTP_ROUTES) if attached(each, gateway, listener)])
    kinds = [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}]
    return {"name": listener["name"], "attachedRoutes": routes, "supportedKinds": kinds, "conditions": conditions}


def _report_routes(desk: Desk, controller: Controller, gateway: Thing) -> None:
    names = {kind: name for name, kind in OF.items()}
    for route in desk.all(HTTP_ROUTES):
        if not any(attached(route, gateway, each) for each in gateway["spec"]["listeners"]):
            continue
        known = (route.get("status") or {}).get("parents") or []
        parents = [each for each in route["spec"]["parentRefs"] if each["name"] == name_of(gateway)]
        others = [each for each in route["spec"]["parentRefs"] if each not in parents]
        fresh = [each for each in known if each["parentRef"] in others]  # what is no parent any more leaves the status
        for parent in parents:
            before: list[Thing] = next((each["conditions"] for each in known if each["parentRef"] == parent), [])
            generation = route["metadata"].get("generation", 1)
            for kind, reason, good, text in _verdicts(desk, route):
                before = with_condition(before, kind, good, desk.now, reason=reason, message=text, observedGeneration=generation)
            fresh.append({"parentRef": parent, "controllerName": names[controller.kind], "conditions": before})
        desk.status(HTTP_ROUTES, route, {"parents": fresh}, controller.name if controller.kind == TRAEFIK else "istiod")


def _verdicts(desk: Desk, route: Thing) -> list[tuple[str, str, bool, str]]:
    wanted = [each for rule in route["spec"].get("rules") or () for each in rule.get("backendRefs") or ()]
    missing = [each["name"] for each in wanted if desk.get(SERVICES, each.get("namespace") or namespace_of(route), each["name"]) is None]
    resolved = ("ResolvedRefs", "ResolvedRefs", True, "All references resolved")
    if missing:
        resolved = ("ResolvedRefs", "BackendNotFound", False, f'service "{missing[0]}" not found')
    return [("Accepted", "Accepted", True, "Route was valid"), resolved]
