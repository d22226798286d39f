# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts about charts, the stand-ins made from them, and what is checked with them."""

from __future__ import annotations

import copy
import re
import typing as t

import jsonschema
import pytest

from sandbox.clouds.kubernetes.charts import facts, packing, values
from sandbox.clouds.kubernetes.charts.catalog import CHARTS
from tests.charts import check_resource, check_values

STORE: dict[str, t.Any] = {
    "apiVersion": "external-secrets.io/v1",
    "kind": "ClusterSecretStore",
    "metadata": {"name": "azure-keyvault"},
    "spec": {
        "conditions": [{"namespaces": ["klinematrix-test", "cert-manager"]}],
        "refreshInterval": 300,
        "provider": {
            "azurekv": {
                "authType": "WorkloadIdentity",
                "tenantId": "8a4c1d6e-0000-0000-0000-000000000000",
                "vaultUrl": "https://kv-klinematrix.vault.azure.net",
                "serviceAccountRef": {"name": "external-secrets", "namespace": "external-secrets-system"},
            }
        },
    },
}
ISSUER: dict[str, t.Any] = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "ClusterIssuer",
    "metadata": {"name": "letsencrypt-staging"},
    "spec": {
        "acme": {
            "email": "ops@klinematrix.com",
            "server": "https://acme-staging-v02.api.letsencrypt.org/directory",
            "privateKeySecretRef": {"name": "letsencrypt-staging-account-key"},
            "solvers": [
                {
                    "selector": {"dnsZones": ["klinematrix.com"]},
                    "dns01": {"cloudflare": {"apiTokenSecretRef": {"name": "cloudflare-api-token", "key": "api-token"}}},
                },
                {"http01": {"ingress": {"ingressClassName": "nginx", "serviceType": "ClusterIP"}}},
            ],
        }
    },
}


@pytest.mark.parametrize("name", facts.charts())
def test_facts_say_where_they_are_from(name: str) -> None:
    about = facts.chart(name)
    assert about["chart"] == name
    assert re.fullmatch(r"2026-\d\d-\d\d", about["date"])
    assert about["source"].startswith("https://github.com/")
    assert about["version"] == CHARTS[name].releases[0].version


def test_every_chart_that_is_served_has_facts() -> None:
    assert facts.charts() == sorted(CHARTS)


@pytest.mark.parametrize("name", facts.charts())
def test_what_a_stand_in_sets_by_default_is_a_value_of_the_real_chart(name: str) -> None:
    assert check_values(name, values.overrides(name)) == []
    jsonschema.validate(values.defaults(name), values.schema(name))


@pytest.mark.parametrize("name", facts.charts())
def test_a_stand_in_has_every_path_of_the_real_values(name: str) -> None:
    def paths(tree: t.Any, known: t.Any) -> t.Iterator[str]:
        for key, kind in known.items():
            yield key
            if isinstance(kind, dict):
                yield from (f"{key}.{below}" for below in paths(tree[key], kind))
            else:
                assert key in tree

    assert len(list(paths(values.defaults(name), facts.chart(name)["values"]))) > 200


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("external-secrets", {"replicaCount": 2, "leaderElect": True, "resources": {"requests": {"cpu": "10m"}}}, []),
        ("external-secrets", {"replicaCont": 2}, ["replicaCont: not a value of this chart"]),
        ("external-secrets", {"webhook": {"replicas": 2}}, ["webhook.replicas: not a value of this chart"]),
        ("external-secrets", {"replicaCount": "2"}, ["replicaCount: integer expected, not str"]),
        ("external-secrets", {"replicaCount": True}, ["replicaCount: integer expected, not bool"]),
        ("external-secrets", {"webhook": "on"}, ["webhook: map expected, not str"]),
        ("external-secrets", {"webhook": None}, []),
        ("cert-manager", {"podDisruptionBudget": {"enabled": True, "minAvailable": "50%"}}, []),
        ("cert-manager", {"serviceAccount": {"annotations": {"any.example/key": "value"}}}, []),
        ("cert-manager", {"nodeSelector": {"kubernetes.io/os": "linux", "pool": "system"}}, []),
        (
            "cert-manager",
            {"prometheus": {"servicemonitor": {"targetPort": 9402}}},
            ["prometheus.servicemonitor.targetPort: not a value of this chart"],
        ),
        ("ingress-nginx", {"controller": {"resources": {"limits": {"memory": "1Gi"}}, "config": {"use-gzip": "true"}}}, []),
        ("ingress-nginx", {"controller": {"tolerations": {}}}, ["controller.tolerations: list expected, not dict"]),
        ("traefik", {"ports": {"mongo": {"port": 27017}, "web": {"port": "8000"}}}, ["ports.web.port: integer expected, not str"]),
        (
            "traefik",
            {"deployment": {"goMemLimitPercentage": 1}, "service": {"spec": {"externalTrafficPolicy": "Local"}}},
            [],
        ),
    ],
)
def test_values_are_checked_and_the_schema_agrees(name: str, given: dict[str, t.Any], expected: list[str]) -> None:
    assert check_values(name, given) == expected
    # helm takes a null as "not this default" and does not show it to the schema.
    shown = {key: value for key, value in given.items() if value is not None}
    assert (jsonschema.Draft7Validator(values.schema(name)).is_valid(shown)) == (not expected)


def test_of_each_kind_one_version_is_stored() -> None:
    for owner in facts.owners():
        for kind in facts.kinds(owner):
            assert list(kind.versions.values()).count("stored") == 1, kind


def test_custom_resources_are_checked() -> None:
    assert check_resource(STORE) == []
    assert check_resource(ISSUER) == []

    wrong = copy.deepcopy(STORE)
    wrong["spec"]["provider"]["azurekv"]["authType"] = "Workload"
    wrong["spec"]["provider"]["azurekv"]["vaultURL"] = wrong["spec"]["provider"]["azurekv"].pop("vaultUrl")
    problems = check_resource(wrong)
    assert any("spec.provider.azurekv.authType" in each for each in problems)
    assert any("vaultURL" in each for each in problems)
    assert any("'vaultUrl' is a required property" in each for each in problems)
    with pytest.raises(LookupError, match="v1beta1"):
        check_resource(STORE | {"apiVersion": "external-secrets.io/v1beta1"})


def test_an_archive_is_always_the_same() -> None:
    first = packing.archive("traefik", "41.3.0")
    packing.archive.cache_clear()
    assert packing.archive("traefik", "41.3.0") == first
    assert packing.archive("traefik", "41.1.1") != first
