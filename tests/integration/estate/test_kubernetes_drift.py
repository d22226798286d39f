# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live drift: what hands do to running objects by kubectl is found with object and path, what controllers do is not."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.estate.looks import Finding, Look, findings, touched_by
from tests.integration.modules.k8s import run_kubectl

APP = ("-n", "klinematrix-test")
OPERATOR = ("-n", "external-secrets-system")
POD = "/spec/template/spec/containers"
BACKEND = "klinematrix-test/backend"
ESO = "external-secrets-system/external-secrets"
PORT = '[{"op": "replace", "path": "/spec/rules/0/http/paths/0/backend/service/port", "value": {"number": 8080}}]'
NARROW = '{"spec": {"conditions": [{"namespaces": ["default"]}]}}'

# What is typed, and what a drift run must find: nothing else, and at nothing else.
HANDS: dict[str, tuple[tuple[str, ...], list[Finding]]] = {
    "replicas": (("scale", "deployment/backend", "--replicas=3", *APP), [("Deployment", BACKEND, "/spec/replicas")]),
    "image": (
        ("set", "image", "deployment/backend", "backend=financialagent.azurecr.io/backend:hotfix", *APP),
        [("Deployment", BACKEND, f"{POD}/backend/image")],
    ),
    "variable added": (("set", "env", "deployment/backend", "DEBUG=1", *APP), [("Deployment", BACKEND, f"{POD}/backend/env/DEBUG")]),
    "variable changed": (
        ("set", "env", "deployment/backend", "MONGODB_URL=mongodb://elsewhere.example.com", *APP),
        [
            ("Deployment", BACKEND, f"{POD}/backend/env/MONGODB_URL/value"),
            ("Deployment", BACKEND, f"{POD}/backend/env/MONGODB_URL/valueFrom/secretKeyRef/key"),
            ("Deployment", BACKEND, f"{POD}/backend/env/MONGODB_URL/valueFrom/secretKeyRef/name"),
        ],
    ),
    "label added": (("label", "service/backend", "team=somebody", *APP), [("Service", BACKEND, "/metadata/labels/team")]),
    "label changed": (
        ("label", "namespace/klinematrix-test", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"),
        [("Namespace", "klinematrix-test", "/metadata/labels/pod-security.kubernetes.io~1enforce")],
    ),
    "port of an ingress": (
        ("patch", "ingress/backend", "--type=json", "-p", PORT, *APP),
        [("Ingress", BACKEND, f"/spec/rules/0/http/paths/0/backend/service/port/{field}") for field in ("name", "number")],
    ),
    "object deleted": (("delete", "ingress/backend", *APP, "--wait=false"), [("Ingress", BACKEND, "create")]),
    "store": (
        ("patch", "clustersecretstore/azure-keyvault", "--type=merge", "-p", NARROW),
        [("ClusterSecretStore", "azure-keyvault", "/spec/conditions/0/namespaces")],
    ),
    "external secret": (
        ("patch", "externalsecret/mongodb-url", "--type=merge", "-p", '{"spec": {"refreshInterval": "24h"}}', *APP),
        [("ExternalSecret", "klinematrix-test/mongodb-url", "/spec/refreshInterval")],
    ),
    "replicas of a release": (("scale", "deployment/external-secrets", "--replicas=0", *OPERATOR), [("Deployment", ESO, "/spec/replicas")]),
    "image of a release": (
        ("set", "image", "deployment/external-secrets", "external-secrets=example.com/eso:1", *OPERATOR),
        [("Deployment", ESO, f"{POD}/external-secrets/image")],
    ),
    "variable of a release": (
        ("set", "env", "deployment/external-secrets", "DEBUG=1", *OPERATOR),
        [("Deployment", ESO, f"{POD}/external-secrets/env/DEBUG")],
    ),
    "label of a release": (
        ("label", "deployment/external-secrets", "app.kubernetes.io/name=other", "--overwrite", *OPERATOR),
        [("Deployment", ESO, "/metadata/labels/app.kubernetes.io~1name")],
    ),
    "object of a release": (("delete", "service/external-secrets-webhook", *OPERATOR), [("Service", f"{ESO}-webhook", "create")]),
}
# What is done in the daily round, or put right by an operator.
CONTROLLERS: dict[str, tuple[str, ...]] = {
    "restart": ("rollout", "restart", "deployment/backend", *APP),
    "synced secret": ("patch", "secret/mongodb-url", "--type=merge", "-p", '{"data": {"MONGODB_URL": "aGFuZHM="}}', *APP),
    "a pod": ("delete", "pods", "--all", *APP, "--wait=false"),
}


class Estate(t.NamedTuple):
    cloud: LocalCloud
    looks: list[Look]
    state: str
    kubeconfig: Path

    def kubectl(self, *arguments: str) -> None:
        run_kubectl(self.kubeconfig, *arguments)

    def found(self) -> list[Finding]:
        """What differs, looked for where something was touched."""
        with self.cloud.state() as state:
            touched = touched_by(json.loads(self.state), state)
        return findings(self.cloud, (look for look in self.looks if look.concerns(touched)))


@pytest.fixture
def estate(converged: LocalCloud, cluster_looks: list[Look], kubeconfig: Path) -> Estate:
    return Estate(converged, cluster_looks, json.dumps(converged.ask("GET", "state")), kubeconfig)


@pytest.mark.parametrize("what", HANDS)
def test_what_hands_do_is_found(estate: Estate, what: str) -> None:
    command, expected = HANDS[what]
    estate.kubectl(*command)
    assert estate.found() == sorted(expected)


@pytest.mark.parametrize("what", CONTROLLERS)
def test_what_controllers_do_is_no_finding(estate: Estate, what: str) -> None:
    estate.kubectl(*CONTROLLERS[what])
    assert findings(estate.cloud, estate.looks) == []
