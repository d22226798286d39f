# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases for tests: a chart in a folder, and what persons do to what it installs."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t
from pathlib import Path

from tests.cloud import LocalCloud
from tests.helm_charts import chart_files, folder
from tests.integration.modules.k8s import CLUSTER, NAMESPACE, Cluster
from tests.steps import Done, Task, direct, task

NAME = "app"
PLACE = f"{NAMESPACE}/{NAME}"
CANARY = "canary-" + "q7" * 16
OLD_CANARY = "canary-" + "z3" * 16
VALUES: dict[str, t.Any] = {
    "replicas": 1,
    "image": {"repository": "docker.io/library/nginx", "tag": "1.0"},
    "env": {},
    "labels": {},
    "mode": "quiet",
    "password": "",
    "deep": {"er": {"est": 1}},
}
SCHEMA = {"type": "object", "properties": {"replicas": {"type": "integer"}, "mode": {"enum": ["quiet", "loud"]}}}
WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app: app, depth: "{{ .Values.deep.er.est }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      labels: {app: app}
    spec:
      containers:
        - name: app
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          env:
            - {name: MODE, value: {{ .Values.mode | quote }}}
            {{- range $name, $value := .Values.env }}
            - {name: {{ $name }}, value: {{ $value | quote }}}
            {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector: {app: app}
  ports:
    - {name: http, port: 80, targetPort: 8080}
"""
SECRET = """
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}
stringData:
  password: {{ .Values.password | quote }}
"""
CHANCE = """
{{- $ca := genCA "app" 365 }}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .Release.Name }}-tls
data:
  ca.crt: {{ $ca.Cert | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-chance
data:
  token: {{ randAlphaNum 12 }}
  mode: {{ .Values.mode }}
"""
HOOK = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: pre-install}
"""
KEPT = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-kept
  annotations: {helm.sh/resource-policy: keep}
"""
TEMPLATES = {"workload.yaml": WORKLOAD, "secret.yaml": SECRET, "hook.yaml": HOOK, "kept.yaml": KEPT}


def chart(place: Path, version: str = "1.0.0", templates: t.Mapping[str, str] | None = None, **more: str) -> str:
    """The chart in a folder; its path."""
    files = chart_files(
        "app",
        version,
        values=VALUES,
        templates=TEMPLATES if templates is None else templates,
        **{"values.schema.json": json.dumps(SCHEMA), **more},
    )
    return folder(place, files)


def declared(path: str, **more: t.Any) -> dict[str, t.Any]:
    return {**CLUSTER, "name": NAME, "namespace": NAMESPACE, "chart": path, "timeout": 10, **more}


def release(cloud: LocalCloud, path: str, *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "helm_release", check=check, **declared(path, **more))


def ok(done: Done) -> None:
    assert done.status == "ok", done.result


def install_once(cluster: Cluster, path: str) -> None:
    """The release at revision 1."""
    cluster.cloud.once("a release", lambda: ok(release(cluster.cloud, path, values={"password": OLD_CANARY})))


def release_task(path: str, *, check: bool = False, **more: t.Any) -> Task:
    return task("helm_release", check=check, **declared(path, **more))


def revisions(cluster: Cluster, name: str = NAME) -> list[tuple[int, str]]:
    """Number and status of each stored revision."""
    done = direct(cluster.cloud, "helm_release_info", **CLUSTER, name=name, namespace=NAMESPACE)
    return [(each["revision"], each["status"]) for each in reversed(done.result["history"])]


def restore(cluster: Cluster, number: int, **info: t.Any) -> None:
    """Change what helm has stored of a revision, as a helm that was killed would have left it."""
    name = f"sh.helm.release.v1.{NAME}.v{number}"
    secret = cluster.get("secret", name)
    stored = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    stored["info"].update(info)
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(stored).encode()))).decode()
    labels = {"status": info["status"]} if "status" in info else {}
    cluster.kubectl(
        "patch",
        "secret",
        name,
        "-n",
        NAMESPACE,
        "--type=merge",
        "-p",
        json.dumps({"data": {"release": packed}, "metadata": {"labels": labels}}),
    )
