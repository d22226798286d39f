# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm_release with what real charts do: fields of nothing, hooks, look-ups, random certificates, large definitions, things that
controllers fill in. None of it is a finding.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, Cluster, found
from tests.integration.modules.releases import NAME, chart, release, revisions
from tests.steps import Done

# As the chart of Traefik renders what is not set: keys without a value.
EMPTY = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  annotations:
  labels: {app: app}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app: app}
  template:
    metadata:
      annotations:
        checksum/settings: {{ include (print $.Template.BasePath "/settings.yaml") . | sha256sum }}
        first: {{ .Release.IsInstall | quote }}
      labels: {app: app}
    spec:
      hostNetwork: false
      nodeSelector:
      containers:
        - name: app
          image: docker.io/library/nginx:1.0
          lifecycle:
          resources:
            limits: {memory: 1024Mi, cpu: 1000m}
          env:
            - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
      volumes:
"""
SETTINGS = """
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: {{ .Release.Name }}-settings, namespace: {{ .Release.Namespace }}}
    data:
      dashboard: {{ .Files.Get "files/dashboard.json" | quote }}
      mode: {{ .Values.mode }}
      {{- if .Capabilities.APIVersions.Has "policy/v1/PodDisruptionBudget" }}
      budgets: there
      {{- end }}
"""
# A password that is kept, a certificate that is new each time, and a Secret that only a controller fills.
SECRETS = """
{{- $there := lookup "v1" "Secret" .Release.Namespace (printf "%s-password" .Release.Name) }}
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-password}
data:
  password: {{ if $there }}{{ $there.data.password }}{{ else }}{{ randAlphaNum 16 | b64enc }}{{ end }}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}-shell}
---
{{- $ca := genCA "app" 365 }}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: {{ .Release.Name }}-random}
webhooks:
  - name: app.example.com
    failurePolicy: Ignore
    sideEffects: None
    admissionReviewVersions: [v1]
    rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [nothings]}]
    clientConfig:
      caBundle: {{ $ca.Cert | b64enc }}
      service: {name: app, namespace: {{ .Release.Namespace }}, path: /}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: {{ .Release.Name }}-injected}
webhooks:
  - name: app.example.com
    failurePolicy: Ignore
    sideEffects: None
    admissionReviewVersions: [v1]
    rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [nothings]}]
    clientConfig:
      service: {name: app, namespace: {{ .Release.Namespace }}, path: /}
"""
DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
  creationTimestamp: null
  annotations: {helm.sh/resource-policy: keep}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {service: {name: app, namespace: klinematrix-test, path: /convert}}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: {{ repeat 30000 "ten letters" | quote }}
          x-kubernetes-preserve-unknown-fields: true
status:
  acceptedNames: {kind: "", plural: ""}
  conditions: []
  storedVersions: []
"""
HOOK = """
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-check
  annotations: {helm.sh/hook: "post-install,post-upgrade", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: check, image: "docker.io/library/busybox:1"}]
"""
TEMPLATES = {
    "workload.yaml": EMPTY,
    "settings.yaml": SETTINGS,
    "secrets.yaml": SECRETS,
    "definition.yaml": DEFINITION,
    "hook.yaml": HOOK,
    "NOTES.txt": "Installed {{ .Release.Name }}",
    "nothing.yaml": "{{- if false }}\nkind: Nothing\n{{- end }}\n---\n# only a comment\n",
}
FILES = {
    "files/dashboard.json": '{"title": "{{ not a template }}"}',
    "charts/part/Chart.yaml": "{apiVersion: v2, name: part, version: 1.0.0}",
}


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return chart(tmp_path / "app", templates=TEMPLATES, **FILES)


def quiet(done: Done) -> bool:
    assert done.status == "ok", done.result
    return (done.result["changes"], done.writes) == ([], [])


def fill(cluster: Cluster, manager: str, kind: str, name: str, patch: t.Any) -> None:
    """What a controller of that name writes into an object."""
    cluster.kubectl("patch", kind, name, "-n", NAMESPACE, "--field-manager", manager, "--type=json", "-p", json.dumps(patch))


def test_nothing_of_it_is_a_finding(cluster: Cluster, path: str) -> None:
    first = release(cluster.cloud, path, values={"mode": "loud"})
    assert first.status == "ok", first.result
    # The definition has 330 KB: what is shown of it says how large it is, not what is in it.
    assert len(json.dumps(first.result)) < 50_000
    assert "bytes, sha256:" in json.dumps(first.result["changes"])
    again, preview = (release(cluster.cloud, path, values={"mode": "loud"}, check=check) for check in (False, True))
    assert quiet(again), found(again)
    assert quiet(preview), found(preview)
    assert f"{NAME}-check" not in cluster.there("jobs")

    bundle, hook = "TEZDLUNB", "/webhooks/0/clientConfig/caBundle"
    fill(cluster, "external-secrets", "secret", f"{NAME}-shell", [{"op": "add", "path": "/data", "value": {"tls.key": "a2V5"}}])
    injected = f"{NAME}-injected"
    fill(cluster, "cainjector", "validatingwebhookconfiguration", injected, [{"op": "add", "path": hook, "value": bundle}])
    conversion = {"op": "add", "path": "/spec/conversion/webhook/clientConfig/caBundle", "value": bundle}
    fill(cluster, "external-secrets", "crd", "things.example.com", [conversion])
    seen = release(cluster.cloud, path, values={"mode": "loud"})
    assert quiet(seen), found(seen)

    password = cluster.get("secret", f"{NAME}-password")["data"]
    upgraded = release(cluster.cloud, path, values={"mode": "quiet"})
    assert (upgraded.status, revisions(cluster)) == ("ok", [(1, "superseded"), (2, "deployed")])
    assert cluster.get("secret", f"{NAME}-password")["data"] == password
    assert cluster.get("secret", f"{NAME}-shell")["data"] == {"tls.key": "a2V5"}
    assert cluster.get("validatingwebhookconfiguration", injected)["webhooks"][0]["clientConfig"]["caBundle"] == bundle
    after = release(cluster.cloud, path, values={"mode": "quiet"})
    assert quiet(after), found(after)


def test_what_hands_do_beside_it_is_found(cluster: Cluster, path: str) -> None:
    assert release(cluster.cloud, path).status == "ok"
    limits = [{"op": "replace", "path": "/spec/template/spec/containers/0/resources/limits/cpu", "value": "2"}]
    cluster.kubectl("patch", "deployment", NAME, "-n", NAMESPACE, "--type=json", "-p", json.dumps(limits))
    places = [{"op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/description", "value": "short"}]
    cluster.kubectl("patch", "crd", "things.example.com", "--type=json", "-p", json.dumps(places))
    names = {(name, place) for name, place in found(release(cluster.cloud, path, check=True))}
    assert names == {
        (f"Deployment {NAMESPACE}/{NAME}", "/spec/template/spec/containers/app/resources/limits/cpu"),
        ("CustomResourceDefinition things.example.com", "/spec/versions/v1/schema/openAPIV3Schema/description"),
    }


@pytest.mark.parametrize("sign", ["|", "|-", "|+"])
def test_the_text_that_a_rendering_ends_with(cluster: Cluster, tmp_path: Path, sign: str) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {NAME}}}\ndata:\n  conf: {sign}\n    a\n    b\n\n"
    last = chart(tmp_path / "last", templates={"last.yaml": text})
    done = release(cluster.cloud, last)
    assert done.status == "ok", done.result
    live = cluster.get("configmap", NAME)["data"]["conf"]
    assert found(done)[f"ConfigMap {NAMESPACE}/{NAME}", "/data/conf"] == (None, live)
    assert live == ("a\nb" if sign == "|-" else "a\nb\n")
    assert quiet(release(cluster.cloud, last))
    cluster.kubectl("patch", "configmap", NAME, "-n", NAMESPACE, "--type=merge", "-p", '{"data": {"conf": "c"}}')
    release(cluster.cloud, last)
    assert cluster.get("configmap", NAME)["data"]["conf"] == live
