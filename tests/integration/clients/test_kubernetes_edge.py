# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers at the estate's domain: every link from the DNS to a ready pod, and what is seen when one is missing."""

from __future__ import annotations

import typing as t
from hashlib import sha256

import cloudflare
import pytest
import requests

from tests.integration.clients.aks_cluster import NAMESPACE, Thing, deployment
from tests.integration.clients.edge_estate import (
    ADDRESS,
    AZURE,
    HOST,
    Estate,
    Get,
    authority,
    backend,
    certificate,
    controller,
    ingress,
    ingress_class,
    serve,
)

pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")


# --- all links in place -----------------------------------------------------------


def test_the_domain_answers(estate: Estate, get: Get) -> None:
    serve(estate)
    answer = get(f"https://{HOST}/api/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "http_requests_total" in get(f"https://{HOST}/metrics").text
    assert get(f"https://{HOST}/nothing").status_code == 404
    moved = get(f"http://{HOST}/api/health")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"https://{HOST}/api/health")
    told = get(f"https://{HOST}/_stand_in/environment").json()
    assert told["sha256"]["EMAIL_BYPASS_MODE"] == sha256(b"true").hexdigest()
    assert told["pod"] != get(f"https://{HOST}/_stand_in/environment").json()["pod"]
    shown = estate.get("Ingress", "backend")["status"]["loadBalancer"]["ingress"]
    assert shown == [{"ip": ADDRESS}]
    (call, *_) = [each for each in estate.cloud.journal if each["host"] == HOST]
    assert (call["cloud"], call["action"], call["write"]) == ("kubernetes", "edge request", False)


def test_a_longer_path_goes_elsewhere(estate: Estate, get: Get) -> None:
    serve(estate)
    solver = "quay.io/jetstack/cert-manager-acmesolver:v1.21.1"
    arguments = ["--acme-http01-listen-port=8089", f"--domain={HOST}", "--token=abc", "--key=abc.def"]
    ports = [{"name": "http", "containerPort": 8089}]
    spec = {"selector": {"app": "solver"}, "ports": [{"port": 8089, "targetPort": 8089}]}
    service = {"kind": "Service", "metadata": {"name": "solver", "namespace": NAMESPACE}, "spec": spec}
    estate.apply(deployment("solver", solver, container={"args": arguments, "ports": ports}), service)
    off = {"annotations": {"nginx.ingress.kubernetes.io/ssl-redirect": "false"}}
    estate.apply(ingress("solver", "/.well-known/acme-challenge/abc", "solver", 8089, **off))
    estate.available("solver")
    assert get(f"http://{HOST}/.well-known/acme-challenge/abc").text == "abc.def"
    assert get(f"https://{HOST}/api/health").status_code == 200


# --- one link missing ---------------------------------------------------------------


def test_a_name_without_a_record_does_not_resolve(estate: Estate, get: Get) -> None:
    serve(estate)
    with pytest.raises(requests.exceptions.ProxyError, match="502"):
        get(f"https://shop.{HOST}/api/health")
    assert "does not resolve" in get(f"http://shop.{HOST}/api/health").text


def test_aliases_wildcards_and_what_cloudflare_proxies(estate: Estate, get: Get) -> None:
    serve(estate)
    client = cloudflare.Cloudflare(max_retries=0)
    zone = next(iter(client.zones.list(name=HOST))).id
    client.dns.records.create(zone_id=zone, type="CNAME", name="www", content=HOST, ttl=1)
    client.dns.records.create(zone_id=zone, type="A", name="*.preview", content=ADDRESS, ttl=1)
    assert get(f"https://www.{HOST}/api/health", verify=False).status_code == 404  # the controller knows only the other name
    assert get(f"https://one.preview.{HOST}/", verify=False).status_code == 404
    with pytest.raises(requests.exceptions.ProxyError):
        get(f"https://preview.{HOST}/")
    (record,) = client.dns.records.list(zone_id=zone, type="A", name={"exact": HOST})
    client.dns.records.edit(record.id, zone_id=zone, type="A", name=HOST, ttl=1, proxied=True)
    estate.delete("Secret", "tls")  # Cloudflare shows a certificate of its own
    assert get(f"https://{HOST}/api/health").json() == {"status": "ok"}
    estate.delete("Service", "controller", "ingress-nginx")
    assert get(f"https://{HOST}/api/health").status_code == 522


def test_nothing_behind_the_address(estate: Estate, get: Get) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(requests.exceptions.ConnectionError):
            get(f"{scheme}://{HOST}/api/health")


def test_no_ingress_for_the_host(estate: Estate, get: Get) -> None:
    serve(estate)
    estate.delete("Ingress", "backend")
    assert get(f"https://{HOST}/api/health", verify=False).status_code == 404


def test_an_ingress_of_a_class_that_nobody_serves(estate: Estate, get: Get) -> None:
    serve(estate)
    estate.delete("IngressClass", "nginx")  # its controller never changes
    estate.apply(ingress_class("example.com/other"))
    assert get(f"https://{HOST}/api/health", verify=False).status_code == 404


def test_no_ready_endpoints(estate: Estate, get: Get) -> None:
    serve(estate)
    estate.apply(deployment(image="financialagent.azurecr.io/backend:missing", replicas=0))
    estate.until(lambda: get(f"https://{HOST}/api/health").status_code == 503)


def test_a_probe_that_the_backend_does_not_answer(estate: Estate, get: Get) -> None:
    serve(estate)
    (broken, _) = backend()
    broken["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/ready"
    broken["metadata"]["name"] = "other"
    broken["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    broken["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    estate.apply(broken)
    text = "Readiness probe failed: HTTP probe failed with statuscode: 404"
    estate.until(lambda: ("Unhealthy", text) in estate.events("other"))
    assert estate.condition("Deployment", "other", "Available")["status"] == "False"


# --- certificates ----------------------------------------------------------------------


def test_certificates_that_clients_do_not_trust(estate: Estate, get: Get) -> None:
    serve(estate, trusted=False)
    with pytest.raises(requests.exceptions.SSLError, match=r"unable to get local issuer certificate|self.signed"):
        get(f"https://{HOST}/api/health")
    certificate(estate, authority(estate.cloud).issue([HOST], trusted=True, days=-1))
    with pytest.raises(requests.exceptions.SSLError, match="certificate has expired"):
        get(f"https://{HOST}/api/health")
    estate.delete("Secret", "tls")
    with pytest.raises(requests.exceptions.SSLError, match=r"self-signed|unable to get local issuer|Hostname mismatch"):
        get(f"https://{HOST}/api/health")
    assert get(f"https://{HOST}/api/health", verify=False).status_code == 200
    certificate(estate, authority(estate.cloud).issue([f"*.{HOST}", HOST], trusted=True))
    assert get(f"https://{HOST}/api/health").status_code == 200


# --- network policies -----------------------------------------------------------------------


def policy(name: str, **spec: t.Any) -> Thing:
    whole = {"podSelector": {}, "policyTypes": ["Ingress"], **spec}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": whole,
    }


def test_default_deny_needs_a_way_in_for_the_controller(estate: Estate, get: Get) -> None:
    serve(estate)
    estate.apply(policy("default-deny"))
    assert get(f"https://{HOST}/api/health").status_code == 504
    home = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
    rule = {"from": [home], "ports": [{"protocol": "TCP", "port": 9000}]}
    selector = {"matchLabels": {"app": "backend"}}
    estate.apply(policy("allow-ingress", podSelector=selector, ingress=[rule]))
    assert get(f"https://{HOST}/api/health").status_code == 504
    rule["ports"] = [{"protocol": "TCP", "port": 8000}]
    estate.apply(policy("allow-ingress", podSelector=selector, ingress=[rule]))
    assert get(f"https://{HOST}/api/health").status_code == 200


def test_without_an_engine_policies_do_nothing(estate: Estate, get: Get) -> None:
    serve(estate)
    with estate.cloud.state() as state:
        network = state["azure"]["arm"]["resources"][estate.id.lower()]["body"]["properties"]["networkProfile"]
        network |= {"networkPolicy": "none", "networkDataplane": "azure"}
    estate.apply(policy("default-deny"))
    assert get(f"https://{HOST}/api/health").status_code == 200


# --- Traefik, and Gateways ---------------------------------------------------------------------


def test_traefik_serves_the_class_of_nginx(estate: Estate, get: Get) -> None:
    serve(estate)
    arguments = ("--providers.kubernetesIngressNGINX", "--entryPoints.web.http.redirections.entryPoint.to=:443")
    estate.apply(controller("docker.io/traefik:v3.7.11", *arguments))
    estate.available("controller", "ingress-nginx")
    # Nobody answers nginx's probe with 200 any more, but with the policy Local it is not asked.
    assert get(f"https://{HOST}/api/health").json() == {"status": "ok"}
    moved = get(f"http://{HOST}/api/health")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"https://{HOST}/api/health")
    estate.delete("Ingress", "backend")
    assert get(f"https://{HOST}/api/health", verify=False).text == "404 page not found\n"


def test_a_gateway_of_the_add_on_serves_its_routes(estate: Estate, get: Get) -> None:
    serve(estate)
    estate.delete("Service", "controller", "ingress-nginx")
    add_on = {"gatewayAPIImplementations": {"appRoutingIstio": {"mode": "Enabled"}}}
    body = estate.azure.arm("GET", estate.id, version="2026-08-01").json()
    body["properties"]["ingressProfile"] = {"gatewayAPI": {"installation": "Standard"}, "webAppRouting": add_on}
    sent = {
        name: body["properties"][name] for name in ("dnsPrefix", "ingressProfile", "networkProfile", "oidcIssuerProfile", "securityProfile")
    }
    answer = estate.azure.arm(
        "PUT", estate.id, {"location": "koreacentral", "identity": {"type": "SystemAssigned"}, "properties": sent}, "2026-08-01"
    )
    assert answer.ok, answer.text
    estate.until(lambda: estate.ask("GET", estate.path("GatewayClass", "approuting-istio")).ok)
    listener = {"name": "https", "port": 443, "protocol": "HTTPS", "hostname": HOST, "tls": {"certificateRefs": [{"name": "tls"}]}}
    annotations = {f"{AZURE}load-balancer-resource-group": "FinancialAgent", f"{AZURE}pip-name": "ingress"}
    spec = {"gatewayClassName": "approuting-istio", "infrastructure": {"annotations": annotations}, "listeners": [listener]}
    metadata = {"name": "public", "namespace": NAMESPACE}
    estate.apply({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": metadata, "spec": spec})
    estate.until(lambda: estate.condition("Gateway", "public", "Programmed").get("status") == "True")
    assert estate.get("Gateway", "public")["status"]["addresses"] == [{"type": "IPAddress", "value": ADDRESS}]
    # Istio's port says that it speaks HTTPS, and nobody answers a probe there with 200.
    with pytest.raises(requests.ConnectionError):
        get(f"https://{HOST}/api/health")
    annotations["service.beta.kubernetes.io/port_443_health-probe_protocol"] = "tcp"
    estate.apply({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": metadata, "spec": spec})
    estate.until(lambda: annotations.items() <= estate.get("Service", "public-approuting-istio")["metadata"]["annotations"].items())
    assert get(f"https://{HOST}/api/health").status_code == 404
    rule = {"matches": [{"path": {"type": "PathPrefix", "value": "/api"}}], "backendRefs": [{"name": "backend", "port": 80}]}
    spec = {"parentRefs": [{"name": "public"}], "hostnames": [HOST], "rules": [rule]}
    estate.apply({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec})
    assert get(f"https://{HOST}/api/health").json() == {"status": "ok"}
    assert get(f"https://{HOST}/metrics").status_code == 404
    (parent,) = estate.get("HTTPRoute", "public")["status"]["parents"]
    assert {each["type"]: each["status"] for each in parent["conditions"]} == {"Accepted": "True", "ResolvedRefs": "True"}

    spec["parentRefs"] = [{"name": "public", "sectionName": "https"}]
    estate.apply({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec})

    def sections() -> list[str | None]:
        return [each["parentRef"].get("sectionName") for each in estate.get("HTTPRoute", "public")["status"]["parents"]]

    estate.until(lambda: sections() == ["https"])
