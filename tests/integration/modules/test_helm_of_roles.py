# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of the roles with every option on, as an estate with more than one pod has them: installed, and nothing to do afterwards."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

from sandbox.clouds.kubernetes.charts import definitions, facts, packing
from tests.cloud import LocalCloud
from tests.integration.modules.k8s import CLUSTER, Cluster
from tests.roles import Role
from tests.steps import four_steps

CHARTS = {"external_secrets": "external-secrets", "cert_manager": "cert-manager"}
KNOWN = {"external_secrets_client_id": "00000000-0000-0000-0000-000000000001"}
TRUSTED = {"ingress_trusted_proxies": ["198.51.100.0/24"], "ingress_class_default": True}


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    made = Cluster(cloud)
    kinds = [kind for kind in facts.kinds("gateway-api") if kind.kind in ("GatewayClass", "Gateway", "HTTPRoute")]
    made.kubectl("apply", "-f", "-", text=yaml.safe_dump_all(definitions.definition(kind) for kind in kinds))
    for kind in kinds:
        made.kubectl("wait", "--for=condition=Established", f"crd/{kind.plural}.{kind.group}")
    return made


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("external_secrets", {}),
        ("cert_manager", {"cert_manager_gateway_api": True}),
        ("ingress", {"ingress_nginx_annotations": True, "ingress_gateway_api": True, **TRUSTED}),
        ("ingress", {"ingress_controller": "ingress_nginx", "ingress_external_traffic_policy": "Cluster", **TRUSTED}),
    ],
)
def test_it_is_installed_and_then_nothing_differs(cluster: Cluster, name: str, given: dict[str, t.Any], tmp_path: Path) -> None:
    role = Role(name, **KNOWN, **given)
    chart = packing.unpack(CHARTS.get(name) or role.value("__ingress_addon"), role.value(f"{name}_chart_version"), tmp_path)
    allowed = role.value("__ingress_allowed") if name == "ingress" else []
    steps = four_steps(
        cluster.cloud,
        "helm_release",
        in_process=True,
        **CLUSTER,
        name=role.value(f"{name}_release"),
        namespace=role.value(f"{name}_namespace"),
        create_namespace=True,
        chart=str(chart),
        values=role.value(f"__{name}_values"),
        allow_unknown_values=allowed,
        timeout=60,
    )
    created = [change["kind"] for change in steps[1].result["changes"]]
    assert created.count("PodDisruptionBudget") == (3 if name != "ingress" else 1)
