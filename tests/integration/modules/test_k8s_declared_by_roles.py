# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The custom resources that the roles declare, against definitions that fill in defaults: what a server has added is no difference."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from sandbox.clouds.kubernetes.charts import definitions, facts
from tests.cloud import LocalCloud
from tests.integration.modules.k8s import CLUSTER, NAMESPACE, Cluster, found, objects
from tests.roles import Role, of_inventory
from tests.steps import four_steps

KINDS = ("ClusterSecretStore", "ExternalSecret", "ClusterIssuer", "Gateway", "HTTPRoute", "PodMonitor")
CLOSED = {"op": "replace", "path": "/spec/listeners/1/allowedRoutes/namespaces/from", "value": "Same"}
GATEWAY = {
    "ingress_controller": "aks_app_routing",
    "ingress_gateway_hosts": ["example.com", "*.example.com"],
    "ingress_public_ip_name": "ip",
}
# As an overlay for application routing brings it: with as little as goes.
ROUTE: dict[str, t.Any] = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "backend", "namespace": NAMESPACE},
    "spec": {
        "parentRefs": [{"name": "public", "namespace": "ingress", "sectionName": "https-1"}],
        "hostnames": ["example.com"],
        "rules": [
            {"matches": [{"path": {"value": "/api"}}], "backendRefs": [{"name": "backend", "port": 80}], "timeouts": {"request": "60s"}},
            {"filters": [{"type": "RequestRedirect", "requestRedirect": {"hostname": "www.example.com"}}]},
        ],
    },
}


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    made = Cluster(cloud)
    kinds = [kind for owner in facts.owners() for kind in facts.kinds(owner) if kind.kind in KINDS]
    made.kubectl("apply", "-f", "-", text=yaml.safe_dump_all(definitions.definition(kind) for kind in kinds))
    for name in (f"{kind.plural}.{kind.group}" for kind in kinds):
        made.kubectl("wait", "--for=condition=Established", f"crd/{name}")
    for name in ("ingress", "cert-manager"):
        made.kubectl("create", "namespace", name)
    return made


def declared() -> list[dict[str, t.Any]]:
    given = of_inventory("test", "kubernetes")
    known = {
        "external_secrets_client_id": "00000000-0000-0000-0000-000000000001",
        "external_secrets_tenant_id": "00000000-0000-0000-0000-000000000002",
        "external_secrets_vault_url": "https://example-kv.vault.azure.net/",
    }
    secrets = Role("external_secrets", **{**given, **known})
    return [
        secrets.value("__external_secrets_store"),
        *secrets.value("__external_secrets_synced"),
        *Role("cert_manager", **given).value("__cert_manager_issuers"),
        *Role("ingress", **GATEWAY).value("__ingress_gateway_objects"),
        *Role("backend", backend_pod_monitor_api="azmonitoring.coreos.com/v1").value("__backend_pod_monitor"),
        ROUTE,
    ]


def test_defaults_are_no_difference(cluster: Cluster) -> None:
    four_steps(cluster.cloud, "k8s_objects", in_process=True, **CLUSTER, namespace=NAMESPACE, objects=declared())
    store = cluster.get("clustersecretstore", "azure-keyvault")
    assert store["spec"]["provider"]["azurekv"]["useAzureSDK"] is False
    (reference,) = cluster.get("gateway", "public", "ingress")["spec"]["listeners"][1]["tls"]["certificateRefs"]
    assert reference == {"group": "", "kind": "Secret", "name": "example-com-tls"}
    first, second = cluster.get("httproute", "backend")["spec"]["rules"]
    assert first["backendRefs"] == [{"group": "", "kind": "Service", "name": "backend", "port": 80, "weight": 1}]
    assert second["filters"][0]["requestRedirect"] == {"hostname": "www.example.com", "statusCode": 302}
    assert second["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    cluster.kubectl("patch", "gateway", "public", "-n", "ingress", "--type=json", "-p", json.dumps([CLOSED]))
    assert found(objects(cluster.cloud, declared())) == {
        ("Gateway ingress/public", "/spec/listeners/https-1/allowedRoutes/namespaces/from"): ("Same", "All"),
    }


def test_a_host_that_is_named_twice_is_refused_before_anything_is_applied(cluster: Cluster) -> None:
    twice = Role("ingress", **{**GATEWAY, "ingress_gateway_hosts": ["example.com", "example.com"]}).value("__ingress_gateway")
    done = objects(cluster.cloud, twice, check=True)
    assert (done.status, done.writes) == ("failed", [])
    assert "Combination of port, protocol and hostname must be unique for each listener" in done.result["msg"]


def test_what_hands_change_in_a_route_is_found(cluster: Cluster) -> None:
    """Also where only a default stood: a list of references belongs to who declares it as a whole."""
    objects(cluster.cloud, [ROUTE])
    given = [
        {"op": "replace", "path": f"/spec/rules/0/backendRefs/0/{name}", "value": value} for name, value in (("port", 81), ("weight", 0))
    ]
    cluster.kubectl("patch", "httproute", "backend", "-n", NAMESPACE, "--type=json", "-p", json.dumps(given))
    assert found(objects(cluster.cloud, [ROUTE])) == {
        (f"HTTPRoute {NAMESPACE}/backend", "/spec/rules/0/backendRefs/0/port"): (81, 80),
        (f"HTTPRoute {NAMESPACE}/backend", "/spec/rules/0/backendRefs/0/weight"): (0, 1),
    }
    assert found(objects(cluster.cloud, [ROUTE], check=True)) == {}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"rule": []}, ".spec.rule: field not declared in schema"),
        ({"hostnames": "example.com"}, "spec.hostnames"),
        (
            {"rules": [{**ROUTE["spec"]["rules"][0], "filters": ROUTE["spec"]["rules"][1]["filters"]}]},
            "RequestRedirect filter must not be used together with backendRefs",
        ),
    ],
)
def test_a_wrong_route_is_refused_before_anything_is_applied(cluster: Cluster, given: dict[str, t.Any], expected: str) -> None:
    done = objects(cluster.cloud, [ROUTE | {"spec": ROUTE["spec"] | given}], check=True)
    assert (done.status, done.writes) == ("failed", [])
    assert expected in done.result["msg"]


def test_a_field_that_is_not_known_is_refused_or_pruned_as_the_client_asks(cluster: Cluster) -> None:
    (monitor,) = Role("backend", backend_pod_monitor_api="azmonitoring.coreos.com/v1").value("__backend_pod_monitor")
    misspelled = json.dumps(monitor | {"spec": monitor["spec"] | {"jobLabels": "app"}})
    create = ("create", "-n", NAMESPACE, "-f", "-")
    cluster.kubectl(*create, "--validate=strict", text=misspelled, check=False)
    assert cluster.there("podmonitor") == []
    cluster.kubectl(*create, "--validate=ignore", text=misspelled)
    assert cluster.get("podmonitor", "backend")["spec"] == monitor["spec"]


def test_a_route_that_is_older_than_its_definition_gets_its_status(cluster: Cluster) -> None:
    """It was stored without the defaults that the rules of the definition rest upon."""
    (kind,) = (each for each in facts.kinds("gateway-api") if each.kind == "HTTPRoute")
    strict = definitions.definition(kind)
    anything = {"schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    loose = strict | {"spec": strict["spec"] | {"versions": [each | anything for each in strict["spec"]["versions"]]}}
    cluster.kubectl("replace", "-f", "-", text=json.dumps(loose))
    cluster.kubectl("create", "-f", "-", text=json.dumps(ROUTE))
    cluster.kubectl("replace", "-f", "-", text=json.dumps(strict))
    status = json.dumps({"status": {"parents": []}})
    cluster.kubectl("patch", "httproute", "backend", "-n", NAMESPACE, "--subresource=status", "--type=merge", "-p", status)
    assert cluster.get("httproute", "backend")["status"] == {"parents": []}
