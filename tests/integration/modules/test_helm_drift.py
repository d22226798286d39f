# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm_release against a cluster of the local cloud: hands on what a release has installed are drift, what comes by itself is not."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, Cluster, actions, coded, found, later
from tests.integration.modules.releases import (
    CANARY,
    CHANCE,
    NAME,
    OLD_CANARY,
    PLACE,
    WORKLOAD,
    chart,
    install_once,
    ok,
    release,
    revisions,
)

R, D, S = f"helm_release {PLACE}", f"Deployment {PLACE}", f"Secret {PLACE}"
CONTAINER = "/spec/template/spec/containers/app"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return chart(tmp_path / "app")


@pytest.fixture
def installed(cluster: Cluster, path: str) -> Cluster:
    """A cluster with the release at revision 1."""
    install_once(cluster, path)
    return cluster


def test_what_hands_do_to_live_objects_is_found_and_undone_without_a_revision(installed: Cluster, path: str) -> None:
    same = {"values": {"password": OLD_CANARY}}
    n = ("-n", NAMESPACE)
    installed.kubectl("scale", "deployment/app", "--replicas=3", *n)
    installed.kubectl("set", "image", "deployment/app", "app=docker.io/library/httpd:1", *n)
    installed.kubectl("set", "env", "deployment/app", "MODE=loud", "ADDED=1", *n)
    installed.kubectl("label", "service/app", "color=red", *n)
    installed.kubectl("delete", "configmap/app-kept", *n)
    installed.kubectl("patch", "secret/app", *n, "--type=merge", "-p", json.dumps({"stringData": {"password": CANARY}}))
    preview = release(installed.cloud, path, check=True, **same)
    seen = found(preview)
    assert {name: value for name, value in seen.items() if name[0] != f"ConfigMap {PLACE}-kept"} == {
        (D, "/spec/replicas"): (3, 1),
        (D, f"{CONTAINER}/image"): ("docker.io/library/httpd:1", "docker.io/library/nginx:1.0"),
        (D, f"{CONTAINER}/env/MODE/value"): ("loud", "quiet"),
        (D, f"{CONTAINER}/env/ADDED"): ({"name": "ADDED", "value": "1"}, None),
        (f"Service {PLACE}", "/metadata/labels/color"): ("red", None),
        (S, "/data/password"): ("********", "********"),
    }
    assert ("create", f"ConfigMap {PLACE}-kept") in actions(preview)
    assert preview.writes == []
    done = release(installed.cloud, path, **same)
    assert (done.status, done.result["changes"]) == ("ok", preview.result["changes"])
    assert revisions(installed) == [(1, "deployed")]
    again = release(installed.cloud, path, **same)
    assert (again.result["changes"], again.writes) == ([], [])
    assert CANARY not in json.dumps([preview.result, done.result, again.result])


def test_what_hands_have_added_is_found_however_often_helm_has_written_since(installed: Cluster, path: str) -> None:
    installed.kubectl("set", "env", "deployment/app", "ADDED=1", "-n", NAMESPACE)
    later()
    installed.kubectl("annotate", "deployment/app", "note=helm's", "--field-manager=helm", "-n", NAMESPACE)
    same = {"values": {"password": OLD_CANARY}}
    preview, done, again = (release(installed.cloud, path, check=check, **same) for check in (True, False, True))
    assert found(preview) == found(done) == {(D, f"{CONTAINER}/env/ADDED"): ({"name": "ADDED", "value": "1"}, None)}
    assert again.result["changes"] == []


def test_what_was_there_before_its_release_stays(cluster: Cluster, path: str) -> None:
    """Taken over as helm allows it: by its label and its annotations."""
    cluster.kubectl("create", "service", "clusterip", NAME, "--tcp=80", "-n", NAMESPACE)
    cluster.kubectl("label", f"service/{NAME}", "app.kubernetes.io/managed-by=Helm", "theirs=yes", "-n", NAMESPACE)
    marks = [f"meta.helm.sh/release-name={NAME}", f"meta.helm.sh/release-namespace={NAMESPACE}"]
    cluster.kubectl("annotate", f"service/{NAME}", *marks, "-n", NAMESPACE)
    later()
    ok(release(cluster.cloud, path))
    assert release(cluster.cloud, path, check=True).result["changes"] == []
    assert cluster.get("service", NAME)["metadata"]["labels"]["theirs"] == "yes"


def test_what_has_lost_its_label_is_still_of_its_release(cluster: Cluster, tmp_path: Path) -> None:
    """Also where the chart renders by chance, so that helm has a look at the cluster."""
    path = chart(tmp_path / "app", templates={"workload.yaml": WORKLOAD, "chance.yaml": CHANCE})
    ok(release(cluster.cloud, path))
    for values, number in (({}, 1), ({"mode": "loud"}, 2)):
        cluster.kubectl("label", "service/app", "app.kubernetes.io/managed-by-", "-n", NAMESPACE)
        preview, done = (release(cluster.cloud, path, check=check, values=values) for check in (True, False))
        ok(done)
        assert found(preview)[f"Service {PLACE}", "/metadata/labels/app.kubernetes.io~1managed-by"] == (None, "Helm")
        assert (actions(preview), revisions(cluster)[-1]) == (actions(done), (number, "deployed"))
        assert release(cluster.cloud, path, check=True, values=values).result["changes"] == []


def test_what_has_the_same_name_in_another_namespace_is_not_of_it(cluster: Cluster, tmp_path: Path) -> None:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: %s}\n---\n"
    cluster.kubectl("create", "configmap", "app", "-n", "default")
    ok(release(cluster.cloud, chart(tmp_path / "one", templates={"all.yaml": one % NAMESPACE})))
    both = chart(tmp_path / "both", templates={"all.yaml": one % NAMESPACE + one % "default"})
    for check in (True, False):
        done = release(cluster.cloud, both, check=check)
        assert (done.result["failure"]["code"], done.writes) == ("foreign_objects", [])
        assert "ConfigMap default/app" in done.result["msg"]


def test_a_list_that_was_replaced_is_put_right(installed: Cluster, path: str) -> None:
    other = '{"spec":{"template":{"spec":{"containers":[{"name":"other","image":"docker.io/library/httpd:1"}]}}}}'
    installed.kubectl("patch", "deployment/app", "--type=merge", "-p", other, "-n", NAMESPACE)
    same = {"values": {"password": OLD_CANARY}}
    preview, done, again = (release(installed.cloud, path, check=check, **same) for check in (True, False, True))
    assert (D, "/spec/template/spec/containers/other") in found(preview)
    assert (done.status, done.result["changes"], again.result["changes"]) == ("ok", preview.result["changes"], [])
    assert revisions(installed) == [(1, "deployed")]


def test_ignored_fields_are_left_alone(installed: Cluster, path: str) -> None:
    installed.kubectl("scale", "deployment/app", "--replicas=3", "-n", NAMESPACE)
    ignore = [{"kind": "Deployment", "paths": ["/spec/replicas"]}]
    assert release(installed.cloud, path, check=True, values={"password": OLD_CANARY}, ignore=ignore).result["changes"] == []


def test_an_upgrade_also_takes_away_what_hands_have_added(installed: Cluster, path: str) -> None:
    installed.kubectl("label", "service/app", "color=red", "-n", NAMESPACE)
    installed.kubectl("scale", "deployment/app", "--replicas=3", "-n", NAMESPACE)
    # The upgrade writes this very object, and helm's word on it is newer than the hand's then.
    installed.kubectl("set", "env", "deployment/app", "ADDED=1", "-n", NAMESPACE)
    values = {"values": {"password": OLD_CANARY, "mode": "loud"}}
    preview, done = (release(installed.cloud, path, check=check, **values) for check in (True, False))
    assert done.result["changes"] == preview.result["changes"]
    assert found(done)[(f"Service {PLACE}", "/metadata/labels/color")] == ("red", None)
    assert found(done)[(D, "/spec/replicas")] == (3, 1)
    assert found(done)[(D, f"{CONTAINER}/env/ADDED")] == ({"name": "ADDED", "value": "1"}, None)
    (container,) = installed.get("deployment", "app")["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in container["env"]] == ["MODE"]
    assert release(installed.cloud, path, check=True, **values).result["changes"] == []
    assert revisions(installed) == [(1, "superseded"), (2, "deployed")]


BOTH_HELMS = [None, "oldest"]


@pytest.fixture(params=BOTH_HELMS, ids=["helm", "oldest helm"])
def either_helm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The helm on PATH, and that of version 3 beside it: they write in different ways."""
    if request.param:
        use_oldest(monkeypatch)


def use_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(sys.prefix) / "oldest"
    if not (folder / "helm").exists():
        pytest.skip("there is no second helm")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("either_helm")
@pytest.mark.parametrize("ignore", [None, [{"kind": "Deployment", "paths": ["/spec/replicas"]}]], ids=["all", "ignored"])
def test_an_upgrade_says_that_it_resets_what_an_autoscaler_has_set(cluster: Cluster, path: str, ignore: object) -> None:
    """By itself it is no finding. helm spares nothing when it writes, and the preview says so."""
    ok(release(cluster.cloud, path))
    five = json.dumps({"spec": {"replicas": 5}})
    scaled = ["--subresource=scale", "--field-manager=kube-controller-manager", "--type=merge", "-p", five]
    cluster.kubectl("patch", "deployment/app", "-n", NAMESPACE, *scaled)
    assert release(cluster.cloud, path, check=True, ignore=ignore).result["changes"] == []
    preview, done = (release(cluster.cloud, path, check=check, ignore=ignore, values={"mode": "loud"}) for check in (True, False))
    assert found(preview) == {
        (R, "/values/mode"): (None, "loud"),
        (D, f"{CONTAINER}/env/MODE/value"): ("quiet", "loud"),
        (D, "/spec/replicas"): (5, 1),
    }
    assert (done.status, done.result["changes"]) == ("ok", preview.result["changes"])
    assert cluster.get("deployment", "app")["spec"]["replicas"] == 1
    assert release(cluster.cloud, path, check=True, values={"mode": "loud"}).result["changes"] == []


@pytest.mark.parametrize("later_helm", BOTH_HELMS, ids=["helm", "oldest helm"])
def test_what_helm_3_has_written_and_the_chart_leaves_out_is_seen_to_go(
    cluster: Cluster, path: str, monkeypatch: pytest.MonkeyPatch, later_helm: str | None
) -> None:
    with monkeypatch.context() as patched:
        use_oldest(patched)
        ok(release(cluster.cloud, path, values={"env": {"A": "1", "B": "2"}}))
    if later_helm:
        use_oldest(monkeypatch)
    given = {"values": {"env": {"A": "1"}}}
    preview, done = (release(cluster.cloud, path, check=check, **given) for check in (True, False))
    assert found(preview) == {
        (R, "/values/env/B"): ("2", None),
        (D, f"{CONTAINER}/env/B"): ({"name": "B", "value": "2"}, None),
    }
    assert (done.status, done.result["changes"]) == ("ok", preview.result["changes"])
    (container,) = cluster.get("deployment", "app")["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in container["env"]] == ["MODE", "A"]
    assert release(cluster.cloud, path, check=True, **given).result["changes"] == []


# --- what is no drift -------------------------------------------------------------------


def test_what_is_random_is_no_drift_and_not_known_before(cluster: Cluster, tmp_path: Path) -> None:
    random = chart(tmp_path / "random", templates={"workload.yaml": WORKLOAD, "chance.yaml": CHANCE})
    release(cluster.cloud, random)
    again = release(cluster.cloud, random)
    assert (again.result["changes"], again.writes) == ([], [])
    preview, done = (release(cluster.cloud, random, check=check, values={"mode": "loud"}) for check in (True, False))
    assert found(preview) == found(done)
    assert found(done)[(f"ConfigMap {PLACE}-chance", "/data/token")][1] == "(known after apply)"
    assert found(done)[(f"Secret {PLACE}-tls", "/data/ca.crt")] == ("********", "********")
    assert found(done)[(f"ConfigMap {PLACE}-chance", "/data/mode")] == ("quiet", "loud")
    cluster.kubectl("patch", "configmap/app-chance", "-n", NAMESPACE, "--type=merge", "-p", '{"data": {"token": "by hand"}}')
    drift = release(cluster.cloud, random, values={"mode": "loud"})
    assert [*found(drift)] == [(f"ConfigMap {PLACE}-chance", "/data/token")]
    assert [status for _, status in revisions(cluster)] == ["superseded", "deployed"]


def test_a_chart_that_counts_revisions_is_no_drift(cluster: Cluster, tmp_path: Path) -> None:
    counted = WORKLOAD.replace(
        "labels: {app: app, depth", 'labels: {app: app, made: "{{ .Release.Revision }}-{{ .Release.IsUpgrade }}", depth'
    )
    counting = chart(tmp_path / "counting", templates={"workload.yaml": counted})
    release(cluster.cloud, counting)
    assert release(cluster.cloud, counting, check=True).result["changes"] == []
    done = release(cluster.cloud, counting, values={"deep": {"er": {"est": 2}}})
    assert found(done)[(D, "/metadata/labels/made")] == ("1-false", "2-true")
    assert release(cluster.cloud, counting, check=True, values={"deep": {"er": {"est": 2}}}).result["changes"] == []
    release(cluster.cloud, counting, state="rolled_back")
    assert release(cluster.cloud, counting, check=True).result["changes"] == []


NUMBERED = """
apiVersion: v1
kind: ConfigMap
metadata: {name: numbered}
data:
  {{- $given := dict "ctx" . }}
  made: "{{ include "made" $given }}"
  mode: {{ .Values.mode }}
---
{{- define "made" -}}
%s
{{- end }}
"""
COUNTING = {
    "a chain": '{{ .ctx.Release.Revision }}-{{ $.ctx.Release.Revision }}-{{ (index . "ctx").Release.Revision }}',
    # What is in the parentheses cannot be told by a pattern: such a copy does not parse.
    "what takes no other number": '{{ (index (dict "x" (index . "ctx")) "x").Release.Revision }}-{{ $.ctx.Release.Revision }}',
}


@pytest.mark.parametrize("made", COUNTING.values(), ids=COUNTING)
def test_the_number_of_the_revision_is_no_drift_however_a_chart_comes_by_it(cluster: Cluster, tmp_path: Path, made: str) -> None:
    counting = chart(tmp_path / "counting", templates={"all.yaml": NUMBERED % made})
    for mode in ("quiet", "loud"):
        ok(release(cluster.cloud, counting, values={"mode": mode}))
        assert release(cluster.cloud, counting, check=True, values={"mode": mode}).result["changes"] == []
    assert cluster.get("configmap", "numbered")["data"]["made"].startswith("2-2")
    assert revisions(cluster) == [(1, "superseded"), (2, "deployed")]


DATED = """
apiVersion: v1
kind: ConfigMap
metadata: {name: dated}
data:
  # Not what is quoted, nor what is outside of {{ "the braces, now" }}: now.
  at: {{ now | date "2006-01-02T15:04:05" | quote }}
  day: {{ $now := now }}{{ $now.Year | quote }}
  mode: {{ .Values.mode }}
"""


def test_the_time_is_no_drift_and_not_known_before(cluster: Cluster, tmp_path: Path) -> None:
    dated = chart(tmp_path / "dated", templates={"all.yaml": DATED})
    ok(release(cluster.cloud, dated))
    later()
    again = release(cluster.cloud, dated)
    assert (again.result["changes"], again.writes) == ([], [])
    preview, done = (release(cluster.cloud, dated, check=check, values={"mode": "loud"}) for check in (True, False))
    assert found(preview) == found(done)
    assert found(done)[(f"ConfigMap {NAMESPACE}/dated", "/data/at")][1] == "(known after apply)"
    assert found(done)[(f"ConfigMap {NAMESPACE}/dated", "/data/mode")] == ("quiet", "loud")
    assert revisions(cluster) == [(1, "superseded"), (2, "deployed")]


WEBHOOK = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: checks, annotations: {mode: {{ .Values.mode }}}}
webhooks:
  - name: checks.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Ignore
    clientConfig: {caBundle: Cg==, service: {name: nosuch, namespace: klinematrix-test, path: /}}
    rules: [{apiGroups: [example.com], apiVersions: [v1], resources: [things], operations: [CREATE]}]
"""


def test_a_certificate_that_the_chart_renders_and_a_controller_injects(cluster: Cluster, tmp_path: Path) -> None:
    """No finding, and no conflict at the next upgrade, where helm 4 by itself would stop. helm writes what is rendered then, as is said."""
    hooked = chart(tmp_path / "hooked", templates={"webhook.yaml": WEBHOOK})
    ok(release(cluster.cloud, hooked))
    inject = '[{"op":"replace","path":"/webhooks/0/clientConfig/caBundle","value":"' + coded("CA") + '"}]'
    injected = ["patch", "validatingwebhookconfiguration/checks", "--type=json", "-p", inject, "--field-manager=some-injector"]
    cluster.kubectl(*injected)
    again = release(cluster.cloud, hooked)
    assert (again.result["changes"], again.writes) == ([], [])
    preview, done = (release(cluster.cloud, hooked, check=check, values={"mode": "loud"}) for check in (True, False))
    ok(done)
    change = ("ValidatingWebhookConfiguration checks", "/metadata/annotations/mode")
    bundle = ("ValidatingWebhookConfiguration checks", "/webhooks/checks.example.com/clientConfig/caBundle")
    assert found(preview) == found(done) == {(R, "/values/mode"): (None, "loud"), change: ("quiet", "loud"), bundle: (coded("CA"), "Cg==")}
    cluster.kubectl(*injected)
    assert release(cluster.cloud, hooked, check=True, values={"mode": "loud"}).result["changes"] == []
