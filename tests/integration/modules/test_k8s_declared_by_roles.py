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
from tests.integration.modules.k8s import CLUSTER, Cluster, found, objects
from tests.roles import Role, of_inventory
from tests.steps import four_steps

KINDS = ("ClusterSecretStore", "ExternalSecret", "ClusterIssuer", "Gateway")
CLOSED = {"op": "replace", "path": "/spec/listeners/1/allowedRoutes/namespaces/from", "value": "Same"}
GATEWAY = {
    "ingress_controller": "aks_app_routing",
    "ingress_gateway_hosts": ["example.com", "*.example.com"],
    "ingress_public_ip_name": "ip",
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
        *Role("ingress", **GATEWAY).value("__ingress_gateway"),
    ]


def test_defaults_are_no_difference(cluster: Cluster) -> None:
    four_steps(cluster.cloud, "k8s_objects", in_process=True, **CLUSTER, objects=declared())
    store = cluster.get("clustersecretstore", "azure-keyvault")
    assert store["spec"]["provider"]["azurekv"]["useAzureSDK"] is False
    (reference,) = cluster.get("gateway", "public", "ingress")["spec"]["listeners"][1]["tls"]["certificateRefs"]
    assert reference == {"group": "", "kind": "Secret", "name": "example-com-tls"}
    cluster.kubectl("patch", "gateway", "public", "-n", "ingress", "--type=json", "-p", json.dumps([CLOSED]))
    assert found(objects(cluster.cloud, declared())) == {
        ("Gateway ingress/public", "/spec/listeners/https-1/allowedRoutes/namespaces/from"): ("Same", "All"),
    }


def test_a_host_that_is_named_twice_is_refused_before_anything_is_applied(cluster: Cluster) -> None:
    twice = Role("ingress", **{**GATEWAY, "ingress_gateway_hosts": ["example.com", "example.com"]}).value("__ingress_gateway")
    done = objects(cluster.cloud, twice, check=True)
    assert (done.status, done.writes) == ("failed", [])
    assert "Combination of port, protocol and hostname must be unique for each listener" in done.result["msg"]
