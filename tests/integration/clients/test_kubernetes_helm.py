# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a release, by the real helm: what it asks of a server works, and what it leaves behind is what it is known to leave."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import Cluster

NAMESPACE = "shop"
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {color: {type: string, enum: [red, blue]}}}}
"""
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {color: {{ .Values.color }}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: {{ .Release.Name }}}
spec: {color: {{ .Values.color }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "nginx:1.29"}]}}
"""


class Helm:
    def __init__(self, cluster: Cluster, directory: Path) -> None:
        found = shutil.which("helm", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        assert found, "helm is not on PATH: make venv brings it"
        self.binary, self.cluster, self.chart = found, cluster, directory / "chart"
        (self.chart / "templates").mkdir(parents=True)
        (self.chart / "crds").mkdir()
        (self.chart / "Chart.yaml").write_text("apiVersion: v2\nname: tiny\nversion: 0.1.0\n")
        (self.chart / "values.yaml").write_text("color: red\nreplicas: 1\n")
        (self.chart / "templates" / "all.yaml").write_text(TEMPLATE)
        (self.chart / "crds" / "widgets.yaml").write_text(DEFINITION)

    def __call__(self, *arguments: str, good: bool = True) -> str:
        home = str(self.cluster.config.parent)
        environment = {**self.cluster.cloud.environment, "HOME": home, "KUBECONFIG": str(self.cluster.config), "PATH": os.environ["PATH"]}
        command = [self.binary, *arguments, "--namespace", NAMESPACE]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode == 0) == good, done.stdout + done.stderr
        return done.stdout if good else done.stderr

    def change(self, verb: str, *more: str, good: bool = True) -> str:
        wait = ("--wait", "--timeout", "20s", "--create-namespace")
        return self(verb, "web", str(self.chart), *(wait if verb == "install" else wait[:-1]), *more, good=good)

    @property
    def history(self) -> list[tuple[int, str]]:
        return [(each["revision"], each["status"]) for each in json.loads(self("history", "web", "-o", "json"))]


@pytest.fixture
def helm(cloud: LocalCloud, tmp_path: Path) -> Helm:
    return Helm(Cluster(cloud, tmp_path), tmp_path)


def color(helm: Helm) -> t.Any:
    return helm.cluster.ask("GET", f"apis/example.com/v1/namespaces/{NAMESPACE}/widgets/web").json()["spec"]["color"]


def test_the_life_of_a_release(helm: Helm) -> None:
    helm.change("install")
    assert helm.history == [(1, "deployed")]
    kept = helm.cluster.ask("GET", f"apis/apps/v1/namespaces/{NAMESPACE}/deployments/web").json()
    assert {each["manager"]: each["operation"] for each in kept["metadata"]["managedFields"]}["helm"] == "Apply"
    assert kept["status"]["availableReplicas"] == 1
    helm.change("upgrade", "--set", "color=blue")
    assert color(helm) == "blue"
    refused = helm.change("upgrade", "--set", "color=green", good=False)
    assert 'spec.color: Unsupported value: "green": supported values: "red", "blue"' in refused
    assert helm.history == [(1, "superseded"), (2, "deployed"), (3, "failed")]
    helm("rollback", "web", "1", "--wait", "--timeout", "20s")
    assert (color(helm), helm.history[-1]) == ("red", (4, "deployed"))
    helm("uninstall", "web", "--wait")
    left = helm.cluster.kubectl("get", "deployments,configmaps,widgets,secrets,pods", "-n", NAMESPACE, "-o", "name").stdout.split()
    assert left == ["configmap/kube-root-ca.crt"]
    assert "widgets.example.com" in helm.cluster.kubectl("get", "crd", "-o", "name").stdout  # helm never takes them away


def test_a_release_is_kept_in_a_secret(helm: Helm) -> None:
    helm.change("install")
    secret = helm.cluster.ask("GET", f"api/v1/namespaces/{NAMESPACE}/secrets/sh.helm.release.v1.web.v1").json()
    assert (secret["type"], secret["metadata"]["labels"]["status"]) == ("helm.sh/release.v1", "deployed")
    release = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    assert (release["name"], release["version"], release["info"]["status"]) == ("web", 1, "deployed")


def test_a_dry_run_writes_nothing(helm: Helm) -> None:
    helm.change("install")
    helm.cluster.cloud.forget()
    assert "replicas: 3" in helm("upgrade", "web", str(helm.chart), "--set", "replicas=3", "--dry-run=server")
    assert helm.cluster.cloud.writes == []


def test_a_field_that_a_hand_has_changed_is_a_conflict(helm: Helm) -> None:
    helm.change("install")
    patch = '{"data":{"color":"green"}}'
    assert helm.cluster.kubectl("patch", "configmap", "web", "-n", NAMESPACE, "--type=merge", "-p", patch).returncode == 0
    refused = helm.change("upgrade", "--set", "color=blue", good=False)
    assert 'conflict with "kubectl-patch" using v1: .data.color' in refused
    helm.change("upgrade", "--set", "color=blue", "--force-conflicts")
    assert helm.cluster.ask("GET", f"api/v1/namespaces/{NAMESPACE}/configmaps/web").json()["data"] == {"color": "blue"}


def test_a_definition_that_is_served_late_is_missed_by_a_helm_that_does_not_wait(helm: Helm) -> None:
    """github.com/helm/helm/issues/32671: without --wait helm 4 does not wait for the definitions of its own chart either."""
    helm.cluster.cloud.fault("slow_operation", action="Establish CustomResourceDefinition", seconds=2)
    refused = helm("install", "web", str(helm.chart), "--create-namespace", good=False)
    assert 'no matches for kind "Widget" in version "example.com/v1"' in refused
