# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm_release when something is wrong: each error says how far it came and what is next, and a rerun gets on from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.apply import Waves
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.release import Release
from tests.cloud import LocalCloud
from tests.helm_charts import chart_files, packaged
from tests.integration.modules.k8s import CLUSTER, NAMESPACE, THINGS, Cluster, actions, found
from tests.integration.modules.releases import NAME, PLACE, SECRET, WORKLOAD, chart, declared, ok, release, restore, revisions
from tests.steps import Done, direct

R, D = f"helm_release {PLACE}", f"Deployment {PLACE}"
REGISTRY = "oci://ghcr.io/external-secrets/charts"
REPOSITORY = "https://charts.external-secrets.io"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return chart(tmp_path / "app", templates={"workload.yaml": WORKLOAD})


@pytest.fixture
def installed(cluster: Cluster, path: str) -> Cluster:
    """A cluster with the release at revision 1."""
    cluster.cloud.once("a plain release", lambda: ok(release(cluster.cloud, path)))
    return cluster


def failed(done: Done, code: str) -> str:
    assert (done.status, done.result["failure"]["code"]) == ("failed", code), done.result
    return str(done.result["msg"])


# --- an upgrade that does not come up -----------------------------------------------


def test_a_failed_upgrade_is_rolled_back_and_says_why(installed: Cluster, path: str) -> None:
    done = release(installed.cloud, path, values={"image": {"tag": "missing"}}, timeout=2)
    said = failed(done, "not_ready")
    assert "upgrade release klinematrix-test/app with chart app 1.0.0" in said
    assert "It was rolled back to revision 1, which is now revision 3" in said
    assert "ImagePull" in said
    assert "Check the image's name and tag" in said
    assert (done.result["applied"], done.result["not_applied"][0]) == ([], f"update kubernetes {R}")
    assert revisions(installed) == [(1, "superseded"), (2, "failed"), (3, "deployed")]
    # What is declared is still not there: the preview says so, and what was there before is.
    assert (R, "/values/image/tag") in found(release(installed.cloud, path, check=True, values={"image": {"tag": "missing"}}))
    assert release(installed.cloud, path, check=True).result["changes"] == []


def test_a_failed_release_is_upgraded(installed: Cluster, path: str) -> None:
    broken = {"values": {"image": {"tag": "missing"}}, "timeout": 2, "rollback_on_failure": False}
    said = failed(release(installed.cloud, path, **broken), "not_ready")
    assert "Revision 2 is failed and its objects are still there; a rerun upgrades it" in said
    preview, done = (release(installed.cloud, path, check=check) for check in (True, False))
    assert found(preview)[R, "/status"] == ("failed", "deployed")
    assert found(preview)[R, "/values/image/tag"] == ("missing", None)
    assert done.result["changes"] == preview.result["changes"]
    assert revisions(installed)[-1] == (3, "deployed")


def test_a_failed_installation_leaves_nothing(cluster: Cluster, path: str) -> None:
    said = failed(release(cluster.cloud, path, values={"image": {"tag": "missing"}}, timeout=2), "not_ready")
    assert "Nothing of the release is left; a rerun installs it" in said
    assert (revisions(cluster), cluster.there("deployment")) == ([], [])


def test_what_somebody_else_does_between_the_plan_and_helm_is_not_run_over(
    installed: Cluster, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_helm = Release.by_helm

    def rival(self: Release) -> Waves:
        monkeypatch.setattr(Release, "by_helm", by_helm)
        ok(release(installed.cloud, path, values={"mode": "loud"}))
        yield from by_helm(self)

    monkeypatch.setattr(Release, "by_helm", rival)
    said = failed(release(installed.cloud, path, values={"replicas": 2}), "Conflict")
    assert "there is revision 2 (deployed), there was revision 1 (deployed)" in said
    assert "Nothing was changed: run again" in said
    assert revisions(installed) == [(1, "superseded"), (2, "deployed")]
    assert (R, "/values/mode") in found(release(installed.cloud, path, values={"replicas": 2}))


def test_a_failed_installation_names_what_stays(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path / "app", templates={"workload.yaml": WORKLOAD}, **{"crds/things.yaml": json.dumps(THINGS)})
    given = {**declared(path), "namespace": "elsewhere", "create_namespace": True, "values": {"image": {"tag": "missing"}}, "timeout": 2}
    said = failed(direct(cluster.cloud, "helm_release", **given), "not_ready")
    stays = "Namespace elsewhere, CustomResourceDefinition things.example.com"
    assert f"Nothing of the release is left but {stays}; a rerun installs it" in said


def test_an_uninstallation_that_takes_too_long_names_what_is_left(installed: Cluster, path: str) -> None:
    patch = '{"metadata": {"finalizers": ["example.com/hold"]}}'
    installed.kubectl("patch", "service", NAME, "-n", NAMESPACE, "--type=merge", "-p", patch)
    said = failed(release(installed.cloud, path, state="absent", timeout=2), "not_ready")
    assert f"still there and of no release any more: Service {PLACE} (held by example.com/hold); a rerun finds nothing to do" in said
    assert "take the finalizer away by hand" in said
    assert release(installed.cloud, path, state="absent").result["changed"] is False


# --- a release that was left pending ---------------------------------------------------

LONG_AGO = {"last_deployed": "2026-01-01T00:00:00.000000001Z"}


def test_a_fresh_pending_release_is_somebody_elses(installed: Cluster, path: str) -> None:
    restore(installed, 1, status="pending-upgrade")
    for check in (True, False):
        done = release(installed.cloud, path, check=check)
        assert "revision 1 is pending-upgrade since" in failed(done, "pending")
        assert "recover_pending_after (600 s)" in done.result["msg"]
        assert done.writes == []


def test_a_pending_upgrade_is_recovered(installed: Cluster, path: str) -> None:
    ok(release(installed.cloud, path, values={"mode": "loud"}))
    restore(installed, 1, status="deployed")
    restore(installed, 2, status="pending-upgrade", **LONG_AGO)
    preview, done = (release(installed.cloud, path, check=check, values={"mode": "loud"}) for check in (True, False))
    assert found(preview) == found(done) == {(R, "/status"): ("pending-upgrade", "deployed")}
    assert done.result["release"]["status"] == "deployed"
    assert revisions(installed)[-2:] == [(3, "superseded"), (4, "deployed")]
    assert release(installed.cloud, path, check=True, values={"mode": "loud"}).result["changes"] == []


def test_a_pending_installation_is_begun_anew(installed: Cluster, path: str) -> None:
    restore(installed, 1, status="pending-install", **LONG_AGO)
    done = release(installed.cloud, path)
    assert found(done) == {(R, "/status"): ("pending-install", "deployed")}
    assert revisions(installed) == [(1, "pending-install"), (2, "superseded"), (3, "deployed")]


CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


@pytest.mark.parametrize("left", [["pending-install"], ["failed", "pending-upgrade"]], ids=str)
def test_what_a_release_keeps_on_its_volumes_outlives_its_recovery(cluster: Cluster, tmp_path: Path, left: list[str]) -> None:
    """Also where no revision was ever well, and the pending one never will be."""
    path = chart(tmp_path / "app", templates={"workload.yaml": WORKLOAD, "claim.yaml": CLAIM})
    for number, status in enumerate(left, 1):
        release(cluster.cloud, path, values={"image": {"tag": "missing"}, "replicas": number}, wait=False)
        restore(cluster, number, status=status, **LONG_AGO)
    before = cluster.get("pvc", "data")["metadata"]["uid"]
    preview, done = (release(cluster.cloud, path, check=check) for check in (True, False))
    ok(done)
    assert done.result["changes"] == preview.result["changes"]
    assert "delete" not in {action for action, _ in actions(done)}
    assert (cluster.get("pvc", "data")["metadata"]["uid"], revisions(cluster)[-1][1]) == (before, "deployed")
    assert release(cluster.cloud, path, check=True).result["changes"] == []


def test_what_is_being_uninstalled_is_shown_to_go_before_it_comes_back(installed: Cluster, path: str) -> None:
    restore(installed, 1, status="uninstalling", **LONG_AGO)
    before = installed.get("deployment", NAME)["metadata"]["uid"]
    preview, done = (release(installed.cloud, path, check=check) for check in (True, False))
    ok(done)
    assert done.result["changes"] == preview.result["changes"]
    assert {("delete", D), ("create", D)} <= {*actions(done)}
    assert installed.get("deployment", NAME)["metadata"]["uid"] != before
    assert revisions(installed) == [(1, "deployed")]
    assert release(installed.cloud, path, check=True).result["changes"] == []


def test_an_uninstallation_that_was_cut_off_goes_on(installed: Cluster, path: str) -> None:
    restore(installed, 1, status="uninstalling")
    failed(release(installed.cloud, path, check=True), "pending")
    ok(release(installed.cloud, path, state="absent"))
    assert (revisions(installed), installed.there("deployment,service")) == ([], [])


# --- charts that are not there -----------------------------------------------------------

WRONG = [
    ({"chart": "external-secret", "repository": REPOSITORY, "version": "2.9.0"}, "no_chart", "It has external-secrets"),
    ({"chart": "external-secrets", "repository": REPOSITORY, "version": "2.9.99"}, "no_chart_version", "Near to it are 2.9.0"),
    ({"chart": f"{REGISTRY}/external-secrets", "version": "2.9.99"}, "no_chart_version", "The newest is 2.9.0"),
    ({"chart": "oci://quay.io/jetstack/charts/cert-manager", "version": "1.21.1"}, "no_chart_version", "It is there as v1.21.1"),
    ({"chart": "oci://quay.io/jetstack/charts/cert-manager", "version": "v1.0.99"}, "no_chart_version", "does not list its versions"),
    ({"chart": "oci://quay.io/jetstack/charts/cert-manger", "version": "v1.21.1"}, "chart_refused", "say this of what is not there"),
    (
        {"chart": "external-secrets", "repository": REPOSITORY, "version": "2.9.0", "digest": "sha256:" + "0" * 64},
        "digest",
        "has the digest",
    ),
    ({"chart": "external-secrets", "repository": REPOSITORY}, "not_pinned", "no version is declared"),
]


@pytest.mark.parametrize(("source", "code", "hint"), WRONG, ids=[hint for _, _, hint in WRONG])
def test_a_chart_that_is_not_there(cloud: LocalCloud, source: dict[str, str], code: str, hint: str) -> None:
    asked = {**CLUSTER, "name": NAME, "namespace": NAMESPACE, **source}
    done = direct(cloud, "helm_release", check=True, **asked)
    assert hint in failed(done, code)
    assert done.writes == []


def test_a_chart_of_a_registry_is_previewed_where_no_cluster_is_yet(cloud: LocalCloud) -> None:
    unknown = {"aks_cluster_id": "(known after apply)", "name": "cert-manager", "namespace": "cert-manager", "create_namespace": True}
    source = {"chart": "oci://quay.io/jetstack/charts/cert-manager", "version": "v1.21.1", "values": {"crds": {"enabled": True}}}
    done = direct(cloud, "helm_release", check=True, **unknown, **source)
    ok(done)
    assert actions(done)[:2] == [("create", "Namespace cert-manager"), ("create", "helm_release cert-manager/cert-manager")]
    assert ("create", "Deployment cert-manager/cert-manager") in actions(done)
    assert {action for action, _ in actions(done)} == {"create"}
    assert [call["host"] for call in done.calls if "azmk8s" in call["host"]] == []


def test_a_cluster_that_is_not_there_has_nothing(cloud: LocalCloud, path: str) -> None:
    preview, real = (release(cloud, path, check=check) for check in (True, False))
    ok(preview)
    assert ("create", D) in actions(preview)
    assert real.status == "failed"
    assert [call for call in preview.calls + real.calls if call["write"]] == []


@pytest.mark.parametrize("name", ["--debug", "Upper", "a..b", "a" * 54])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_name_that_helm_would_not_take(cloud: LocalCloud, path: str, name: str, state: str) -> None:
    done = direct(cloud, "helm_release", **{**declared(path), "name": name, "state": state})
    assert "A release is called by lower case letters" in failed(done, "invalid_name")
    assert done.calls == []


# --- a cluster that is not as it should be ------------------------------------------------


def test_a_namespace_that_is_not_there(cluster: Cluster, path: str) -> None:
    elsewhere = {**declared(path), "namespace": "elsewhere"}
    preview = direct(cluster.cloud, "helm_release", check=True, **elsewhere)
    ok(preview)
    real = direct(cluster.cloud, "helm_release", **elsewhere)
    assert "Set create_namespace: true" in failed(real, "missing")
    assert real.writes == []
    preview, done = (direct(cluster.cloud, "helm_release", check=check, **elsewhere, create_namespace=True) for check in (True, False))
    ok(done)
    assert actions(preview)[0] == ("create", "Namespace elsewhere")
    assert done.result["changes"] == preview.result["changes"]


def test_objects_of_somebody_else_are_not_taken(cluster: Cluster, path: str) -> None:
    cluster.kubectl("create", "service", "clusterip", NAME, "--tcp=80", "-n", NAMESPACE)
    for check in (True, False):
        said = failed(release(cluster.cloud, path, check=check), "foreign_objects")
        assert "Service" in said
        assert "belong to somebody else" in said
        assert "app.kubernetes.io/managed-by" in said
    assert revisions(cluster) == []


def test_connections_that_are_dropped_while_it_is_looked_at(cluster: Cluster, path: str) -> None:
    cluster.cloud.fault("reset", cloud="kubernetes", action="v1 secrets list")
    cluster.cloud.fault("reset", cloud="kubernetes", action="apps/v1 deployments patch (dry run)")
    done = release(cluster.cloud, path, check=True)
    ok(done)  # what changes nothing is asked again
    assert ("create", D) in actions(done)


def test_connections_that_are_dropped_while_helm_writes(cluster: Cluster, path: str) -> None:
    cluster.cloud.fault("reset", cloud="kubernetes", action="apps/v1 deployments *", write=True)
    done = release(cluster.cloud, path, wait=False)
    said = failed(done, "no_answer")
    assert "Revision 1 is failed and its objects are still there; a rerun upgrades it" in said
    cluster.cloud.heal()
    ok(release(cluster.cloud, path))
    assert release(cluster.cloud, path, check=True).result["changes"] == []
    assert revisions(cluster)[-1] == (2, "deployed")


def test_connections_that_are_dropped_for_good_while_helm_writes(cluster: Cluster, path: str) -> None:
    cluster.cloud.fault("reset", cloud="kubernetes", action="apps/v1 deployments *", write=True)
    cluster.cloud.fault("reset", cloud="kubernetes", action="v1 secrets update")
    done = release(cluster.cloud, path, wait=False)
    assert "Revision 1 is pending-install; a rerun recovers it when recover_pending_after has passed" in failed(done, "no_answer")
    cluster.cloud.heal()
    failed(release(cluster.cloud, path), "pending")
    ok(release(cluster.cloud, path, recover_pending_after=0))
    assert revisions(cluster)[-1] == (3, "deployed")


def test_a_release_that_cannot_be_read(installed: Cluster, path: str) -> None:
    patch = {"data": {"release": "bm8gcmVsZWFzZQ=="}}
    installed.kubectl("patch", "secret", f"sh.helm.release.v1.{NAME}.v1", "-n", NAMESPACE, "--type=merge", "-p", json.dumps(patch))
    assert "it does not hold a release of helm" in failed(release(installed.cloud, path, check=True), "bad_release")


def test_definitions_of_a_chart_come_with_it_and_are_made_again(cluster: Cluster, tmp_path: Path) -> None:
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {size: {{ .Values.replicas }}}\n"
    with_kinds = chart(
        tmp_path / "kinds", templates={"thing.yaml": thing, "secret.yaml": SECRET}, **{"crds/things.yaml": json.dumps(THINGS)}
    )
    preview, done, again = (release(cluster.cloud, with_kinds, check=check) for check in (True, False, False))
    ok(done)
    assert found(preview) == found(done)
    assert {("create", "CustomResourceDefinition things.example.com"), ("create", f"Thing {NAMESPACE}/one")} <= {*actions(preview)}
    assert again.result["changes"] == []
    cluster.kubectl("patch", "thing", "one", "-n", NAMESPACE, "--type=merge", "-p", '{"spec": {"size": 7}}')
    assert found(release(cluster.cloud, with_kinds)) == {(f"Thing {NAMESPACE}/one", "/spec/size"): (7, 1)}
    cluster.kubectl("delete", "crd", "things.example.com")
    mended = release(cluster.cloud, with_kinds)
    ok(mended)
    assert [action for action, _ in actions(mended)] == ["create", "create"]
    assert (cluster.there("things"), revisions(cluster)) == (["one"], [(1, "deployed")])


HOOK_JOB = """---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-%(hook)s-%(number)s
  annotations: {helm.sh/hook: %(hook)s}
spec:
  ttlSecondsAfterFinished: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: a, image: "docker.io/library/busybox:1"}]
"""


@pytest.mark.parametrize("hooks", [("pre-install", "post-install"), ("pre-delete", "post-delete")], ids=str)
def test_jobs_of_hooks_that_go_the_moment_they_end(cluster: Cluster, tmp_path: Path, hooks: tuple[str, str]) -> None:
    """As those of ingress-nginx: the watcher of helm 4 takes a Job for failed that is gone before it was seen complete."""
    jobs = "".join(HOOK_JOB % {"hook": hook, "number": number} for hook in hooks for number in range(4))
    with_hooks = chart(tmp_path / "hooks", templates={"jobs.yaml": jobs, "secret.yaml": SECRET})
    ok(release(cluster.cloud, with_hooks))
    ok(release(cluster.cloud, with_hooks, state="absent"))
    assert cluster.there("job") == []


LOOKING = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {account: {{ (lookup "v1" "ServiceAccount" .Release.Namespace "default").metadata | default dict | dig "name" "none" }}}
"""


def test_what_a_chart_looks_up_and_nobody_tells_is_no_difference(cluster: Cluster, tmp_path: Path) -> None:
    path = chart(tmp_path / "looking", templates={"looking.yaml": LOOKING})
    ok(release(cluster.cloud, path))
    assert cluster.get("configmap", NAME)["data"] == {"account": "default"}
    cluster.cloud.fault("reset", cloud="kubernetes", action="v1 serviceaccounts get", count=None)
    failed(release(cluster.cloud, path, check=True), "no_answer")
    cluster.cloud.heal()
    again = release(cluster.cloud, path, check=True)
    assert (again.result["changes"], again.result.get("warnings", [])) == ([], [])


@pytest.mark.parametrize("on", [True, False])
def test_definitions_of_a_packed_dependency_come_where_it_is_switched_on(cluster: Cluster, tmp_path: Path, on: bool) -> None:
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: one}\nspec: {size: 1}\n"
    inner = chart_files("sub", templates={"thing.yaml": thing}, **{"crds/things.yaml": json.dumps(THINGS)})
    needed = {"name": "sub", "version": "1.0.0", "condition": "sub.enabled"}
    files = chart_files("app", values={"sub": {"enabled": False}}, templates={"secret.yaml": SECRET}, about={"dependencies": [needed]})
    archive = tmp_path / "app.tgz"
    archive.write_bytes(packaged({**files, "charts/sub-1.0.0.tgz": packaged(inner, "sub")}, "app"))
    given = {"values": {"sub": {"enabled": on}, "password": ""}, "allow_unknown_values": ["password"]}
    preview, done, again = (release(cluster.cloud, str(archive), check=check, **given) for check in (True, False, True))
    ok(done)
    assert (preview.result["changes"], again.result["changes"]) == (done.result["changes"], [])
    assert (("create", "CustomResourceDefinition things.example.com") in actions(preview)) == on
    assert ("things.example.com" in cluster.there("crd")) == on
