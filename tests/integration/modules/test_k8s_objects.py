# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""k8s_objects against a cluster of the local cloud: what is previewed, written, shown and refused."""

from __future__ import annotations

import copy
import json
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.cloud import LocalCloud
from tests.integration.modules.aks import ID
from tests.integration.modules.k8s import (
    ALL,
    CANARY,
    DEPLOYMENT,
    NAMESPACE,
    OLD_CANARY,
    SERVICE,
    SETTINGS,
    THING,
    THINGS,
    C,
    Cluster,
    D,
    S,
    actions,
    coded,
    found,
    kubeconfig_text,
    many,
    objects,
    objects_task,
    secret,
)
from tests.steps import BOTH_WAYS, direct, four_steps, play


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


# --- the four steps, both ways -------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cluster: Cluster, in_process: bool) -> None:
    declared = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, *ALL, secret(CANARY)]
    steps = four_steps(cluster.cloud, "k8s_objects", in_process=in_process, aks_cluster_id=ID, namespace=NAMESPACE, objects=declared)
    uid = cluster.get("deployment", "backend")["metadata"]["uid"]
    assert steps[1].result["objects"][f"Deployment {NAMESPACE}/backend"] == {
        "api_version": "apps/v1",
        "kind": "Deployment",
        "namespace": NAMESPACE,
        "name": "backend",
        "uid": uid,
    }
    assert steps[0].result["objects"][f"Deployment {NAMESPACE}/backend"]["uid"] == "(known after apply)"
    assert sorted(steps[1].writes[:2]) == ["PATCH v1 configmaps patch", "PATCH v1 secrets patch"]
    assert steps[1].writes[2:] == ["PATCH v1 services patch", "PATCH apps/v1 deployments patch"]
    assert set(cluster.there("secret")) == {"key"}


def test_both_ways_look_the_same(cluster: Cluster) -> None:
    changed = copy.deepcopy(DEPLOYMENT)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/backend:2.0"
    typo = {**SETTINGS, "dat": {}}
    tasks = [
        objects_task([*ALL, secret(OLD_CANARY)]),
        objects_task([changed, secret(CANARY)], check=True),
        objects_task([typo, {"kind": "List", "items": [secret(CANARY)]}], colour="red"),
        objects_task([typo]),
        objects_task([secret(CANARY)], state="absent"),
    ]
    ways = []
    for in_process in BOTH_WAYS:
        cluster.cloud.once("a cluster", lambda: None)
        ways.append(
            play(cluster.cloud, tasks, in_process=in_process, arguments=["-vvvv"], environment={"ANSIBLE_INJECT_INVOCATION": "true"})
        )
    here, there = ways
    assert "EXEC" not in here.output
    assert "EXEC" in there.output
    for one, other in zip(here.done, there.done, strict=True):
        drop = lambda result: {key: value for key, value in result.items() if key not in ("objects", "changes", "diff", "failure")}  # noqa: E731
        assert (one.status, drop(one.result)) == (other.status, drop(other.result))
        assert [each["fields"] for each in one.result.get("changes", [])] == [each["fields"] for each in other.result.get("changes", [])]
        assert sorted(one.writes) == sorted(other.writes)
    assert [done.status for done in here.done] == ["ok", "ok", "failed", "failed", "ok"], here.output[-3000:]
    # Neither the new value nor the old one is anywhere, at any verbosity.
    for ran in ways:
        text = ran.output + str([done.result for done in ran.done])
        for value in (CANARY, OLD_CANARY):
            assert value not in text
            assert coded(value)[:24] not in text
        assert "module_args" in text


def test_a_secret_is_masked_but_its_change_is_seen(cluster: Cluster) -> None:
    objects(cluster.cloud, [secret(OLD_CANARY)])
    cluster.kubectl("annotate", "secret/key", "-n", NAMESPACE, f"kubectl.kubernetes.io/last-applied-configuration={OLD_CANARY}")
    done = objects(cluster.cloud, [secret(CANARY)], check=True)
    assert found(done) == {(f"Secret {NAMESPACE}/key", "/data/token"): ("********", "********")}
    gone = objects(cluster.cloud, [secret(CANARY)], state="absent", check=True)
    refused = objects(cluster.cloud, [{**secret(CANARY), "data": {"broken": CANARY + "!"}}])
    assert refused.status == "failed"
    for each in (done, gone, refused):
        for value in (CANARY, OLD_CANARY, coded(CANARY)[:24], coded(OLD_CANARY)[:24]):
            assert value not in str(each.result)


# --- what is not there yet ------------------------------------------------------------------

NEW = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "new"}}


def test_definitions_and_namespaces_come_first(cluster: Cluster) -> None:
    declared = [
        {**THING, "metadata": {"name": "one", "namespace": "new"}},
        {**SETTINGS, "metadata": {"name": "s", "namespace": "new"}},
        THINGS,
        NEW,
    ]
    preview = objects(cluster.cloud, declared, check=True)
    assert [action for action, _ in actions(preview)] == ["create"] * 4
    done = objects(cluster.cloud, declared)
    assert (done.status, done.result["changes"]) == ("ok", preview.result["changes"]), done.result.get("msg")
    assert sorted(done.writes[:2]) == ["PATCH apiextensions.k8s.io/v1 customresourcedefinitions patch", "PATCH v1 namespaces patch"]
    assert done.writes[2:] == ["PATCH v1 configmaps patch", "PATCH example.com/v1 things patch"]
    assert objects(cluster.cloud, declared).result["changed"] is False
    gone = objects(cluster.cloud, declared, state="absent")
    assert gone.writes[:2] == ["DELETE example.com/v1 things delete", "DELETE v1 configmaps delete"]
    assert objects(cluster.cloud, declared, state="absent").result["changed"] is False


@pytest.mark.parametrize(
    ("declared", "needs"),
    [([THING], f"Thing {NAMESPACE}/one needs the kind Thing of example.com/v1"), ([SETTINGS], "needs the namespace nosuch")],
    ids=["kind", "namespace"],
)
def test_what_it_needs_is_missing(cluster: Cluster, declared: list[dict[str, t.Any]], needs: str) -> None:
    space = NAMESPACE if declared[0] is THING else "nosuch"
    preview = objects(cluster.cloud, [*declared, DEPLOYMENT], check=True, namespace=space)
    assert (preview.status, {action for action, _ in actions(preview)}) == ("ok", {"create"})
    real = objects(cluster.cloud, [*declared, DEPLOYMENT], namespace=space)
    assert (real.status, real.writes, real.result["failure"]["code"]) == ("failed", [], "missing")
    assert needs in real.result["msg"]
    assert "nothing was changed" in real.result["msg"]


def test_a_version_that_is_not_served_is_refused_in_previews_too(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS])
    for check in (True, False):
        done = objects(cluster.cloud, [{**THING, "apiVersion": "example.com/v1beta1"}], check=check)
        assert (done.status, done.writes) == ("failed", [])
        assert "Thing one: example.com/v1beta1 is not served. The cluster serves v1" in done.result["msg"]


def test_what_is_known_after_apply(cluster: Cluster) -> None:
    unknown = {**SETTINGS, "data": {"A": "1", "B": "https://(known after apply)/x"}}
    created = objects(cluster.cloud, [unknown], check=True)
    assert found(created)[C, "/data/B"] == (None, "https://(known after apply)/x")
    objects(cluster.cloud, [SETTINGS])
    assert found(objects(cluster.cloud, [unknown], check=True)) == {(C, "/data/B"): ("2", "https://(known after apply)/x")}
    nowhere = objects(cluster.cloud, ALL, check=True, aks_cluster_id="(known after apply)")
    assert ({action for action, _ in actions(nowhere)}, nowhere.calls) == ({"create"}, [])
    real = objects(cluster.cloud, [unknown])
    assert (real.status, real.calls) == ("failed", [])


def test_what_is_known_after_apply_is_all_that_a_preview_does_not_know(cluster: Cluster) -> None:
    """Spellings, defaults, what hands have added and lists: as in the run that follows, when the values are known."""

    def declared(cpu: str, settings: str, value: str) -> dict[str, t.Any]:
        container = {
            "name": "backend",
            "image": "example.com/backend:1",
            "envFrom": [{"configMapRef": {"name": settings}}],
            "env": [{"name": "HOST", "value": value}],
            "resources": {"limits": {"cpu": cpu}},
        }
        metadata = {"labels": {"app": "backend"}, "annotations": {"version": value}}
        spec = {"selector": {"matchLabels": {"app": "backend"}}, "template": {"metadata": metadata, "spec": {"containers": [container]}}}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "backend", "namespace": NAMESPACE}, "spec": spec}

    objects(cluster.cloud, [declared("1", "one", "a")])
    cluster.kubectl("label", "deployment", "backend", "-n", NAMESPACE, "by=hand")
    preview = found(objects(cluster.cloud, [declared("1000m", "two", "(known after apply)")], check=True))
    real = found(objects(cluster.cloud, [declared("1000m", "two", "b")]))
    container = "/spec/template/spec/containers/backend"
    assert {path: values for (_, path), values in preview.items()} == {
        "/metadata/labels/by": ("hand", None),
        "/spec/template/metadata/annotations/version": ("a", "(known after apply)"),
        f"{container}/env/HOST/value": ("a", "(known after apply)"),
        f"{container}/envFrom/0/configMapRef/name": ("one", "two"),
    }
    assert {*preview} == {*real}


def test_a_cluster_that_is_not_there_yet(cluster: Cluster) -> None:
    other = ID.replace("FinancialAgent-AKS", "other")
    preview = objects(cluster.cloud, ALL, check=True, aks_cluster_id=other)
    assert {action for action, _ in actions(preview)} == {"create"}
    real = objects(cluster.cloud, ALL, aks_cluster_id=other)
    assert (real.status, real.result["failure"]["status"]) == ("failed", 404)
    assert "get user credentials of other" in real.result["msg"]


# --- what is refused before anything is written ------------------------------------------------


def test_immutable_fields(cluster: Cluster) -> None:
    objects(cluster.cloud, ALL)
    other = copy.deepcopy(DEPLOYMENT)
    other["spec"]["selector"]["matchLabels"] = other["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    for check in (True, False):
        done = objects(cluster.cloud, [other, {**SETTINGS, "data": {"A": "x"}}], check=check)
        assert (done.status, done.writes, done.result["failure"]["code"]) == ("failed", [], "immutable")
        assert f"{D}: cannot be changed in place: /spec/selector" in done.result["msg"]
        assert "never replaced silently" in done.result["msg"]


BAD: list[tuple[list[dict[str, t.Any]], str]] = [
    ([{**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], "replica": 3}}], "replica"),
    ([{**SERVICE, "spec": {"ports": [{"port": 99999}]}}], "/spec/ports/0/port"),
    ([{**SETTINGS, "data": {"A": 1}}], "data"),
    ([{**SETTINGS, "metadata": {"name": "Not_A_Name"}}], "Not_A_Name"),
    ([SETTINGS, SETTINGS], f"{C} is declared twice"),
    ([{**SETTINGS, "metadata": {"labels": {}}}], "objects[0] (ConfigMap): metadata.name is missing"),
    ([{"apiVersion": "v1", "metadata": {"name": "x"}}], "objects[0] (no kind): kind is missing"),
    ([{**SETTINGS, "metadata": {"name": "x", "labels": {"a": 1}}}], "a of labels is 1, not text. Quote it"),
    ([{**SETTINGS, "metadata": {"name": "x", "labels": ["a"]}}], "ConfigMap x: labels is list, not a mapping"),
    ([secret(t.cast("str", True))], "Secret key: token of stringData is bool, not text. Quote it"),
    ([{**NEW, "metadata": {"name": "x", "namespace": "y"}}], "Namespace x: this kind has no namespace"),
]


@pytest.mark.parametrize(("declared", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_objects(cluster: Cluster, declared: list[dict[str, t.Any]], words: str) -> None:
    for check in (True, False):
        done = objects(
            cluster.cloud,
            [SERVICE if declared[0]["kind"] != "Service" else SETTINGS, *declared] if "[0]" not in words else declared,
            check=check,
        )
        assert (done.status, done.writes) == ("failed", [])
        assert words in done.result["msg"]


def test_files_and_overlays(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    base = {"resources": ["all.yml"]}
    (tmp_path / "base" / "kustomization.yaml").write_text(yaml.safe_dump(base))
    (tmp_path / "base" / "all.yml").write_text(yaml.safe_dump_all(ALL))
    overlay = {"resources": ["../base"], "namespace": NAMESPACE, "images": [{"name": "registry.example/backend", "newTag": "3.0"}]}
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    more = tmp_path / "more.yml"
    more.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": [{**SETTINGS, "metadata": {"name": "listed"}}]}) + "---\n")
    preview, done = (
        objects(cluster.cloud, None, kustomize=str(tmp_path / "test"), files=[str(more)], check=check) for check in (True, False)
    )
    assert preview.result["changes"] == done.result["changes"]
    assert [what for _, what in actions(done)] == [f"ConfigMap {NAMESPACE}/listed", C, S, D], done.result.get("msg")
    assert cluster.get("deployment", "backend")["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/backend:3.0"
    broken = objects(cluster.cloud, None, kustomize=str(tmp_path / "nosuch"))
    assert "nosuch" in broken.result["msg"]
    more.write_text(yaml.safe_dump({**SETTINGS, "data": {"A": "(known after apply)"}}))
    assert objects(cluster.cloud, None, files=[str(more)], check=True).status == "ok"
    unknown = objects(cluster.cloud, None, files=[str(more)])
    assert (unknown.status, unknown.result["failure"]["code"], unknown.writes) == ("failed", "unknown_value", [])
    more.write_text("a: [")
    msg = objects(cluster.cloud, None, files=[str(more)]).result["msg"]
    assert (str(more) in msg, "in line" in msg) == (True, True), msg
    assert "cannot be read: No such file" in objects(cluster.cloud, None, files=[str(tmp_path / "gone.yml")]).result["msg"]


def test_a_kubeconfig_leads_there_too(cluster: Cluster, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(kubeconfig_text(ID))
    done = direct(cluster.cloud, "k8s_objects", kubeconfig=str(config), namespace=NAMESPACE, objects=[SETTINGS])
    assert (done.status, actions(done)) == ("ok", [("create", C)])
    lost = direct(cluster.cloud, "k8s_objects", kubeconfig=str(config), context="other", objects=[SETTINGS])
    assert "there is no context other. It has cluster" in lost.result["msg"]
    nothing = direct(cluster.cloud, "k8s_objects", objects=[SETTINGS])
    assert "one of the following is required: aks_cluster_id, kubeconfig, in_cluster" in nothing.result["msg"]
    idle = direct(cluster.cloud, "k8s_objects", in_cluster=True, objects=[SETTINGS], context="other")
    assert "missing parameter(s) required by 'context': kubeconfig" in idle.result["msg"]
    idle = direct(cluster.cloud, "k8s_objects", in_cluster=True, objects=[SETTINGS], aks_admin=True)
    assert "aks_admin is True but all of the following are missing: aks_cluster_id" in idle.result["msg"]


# --- sets -------------------------------------------------------------------------------------------


def test_pruning_takes_only_what_belongs_to_the_set(cluster: Cluster) -> None:
    objects(cluster.cloud, [SETTINGS])
    theirs = {**SETTINGS, "metadata": {"name": "theirs"}}
    objects(cluster.cloud, [theirs], set="them")
    mine = [{**SETTINGS, "metadata": {"name": name}} for name in "abcde"]
    assert objects(cluster.cloud, [*mine, SERVICE, DEPLOYMENT], set="us", prune=True).status == "ok"
    preview = objects(cluster.cloud, [*mine[1:], DEPLOYMENT], set="us", prune=True, check=True)
    assert sorted(actions(preview)) == [("delete", f"ConfigMap {NAMESPACE}/a"), ("delete", S)]
    done = objects(cluster.cloud, [*mine[1:], DEPLOYMENT], set="us", prune=True)
    assert done.result["changes"] == preview.result["changes"]
    assert set(cluster.there("configmap")) - {"kube-root-ca.crt"} == {"settings", "theirs", "b", "c", "d", "e"}
    refused = objects(cluster.cloud, [DEPLOYMENT], set="us", prune=True)
    assert (refused.status, refused.writes, refused.result["failure"]["code"]) == ("failed", [], "mass_deletion")
    assert "allow_mass_delete: true" in refused.result["msg"]
    assert objects(cluster.cloud, [DEPLOYMENT], set="us", prune=True, allow_mass_delete=True).status == "ok"
    assert set(cluster.there("configmap")) - {"kube-root-ca.crt"} == {"settings", "theirs"}


def test_a_set_of_the_same_name_in_another_namespace_is_left_alone(cluster: Cluster) -> None:
    """Two environments in one cluster: each is kept by the same role, with the same name of its set."""
    role: dict[str, t.Any] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "staging"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    }
    staging = [NEW, role, *({**each, "metadata": {**each["metadata"], "namespace": "new"}} for each in (SETTINGS, SERVICE))]
    assert objects(cluster.cloud, staging, set="us", prune=True).status == "ok"
    for check in (True, False):
        test = objects(cluster.cloud, [SETTINGS], set="us", prune=True, check=check)
        assert actions(test) == [("create", C)], test.result
    everywhere = {"prune": True, "prune_everywhere": True, "allow_mass_delete": True}
    gone = objects(cluster.cloud, [SETTINGS], set="us", check=True, **everywhere)
    assert {action for action, _ in actions(gone)} == {"delete"}
    assert {name for _, name in actions(gone)} == {"ClusterRole staging", "ConfigMap new/settings", "Service new/backend"}


def test_what_has_a_copy_of_the_label_is_not_pruned(cluster: Cluster) -> None:
    """As the Endpoints of a Service have one, and what an operator leaves without an owner."""
    objects(cluster.cloud, [SETTINGS, SERVICE], set="us")
    copied = {**SETTINGS, "metadata": {"name": "copied", "namespace": NAMESPACE, "labels": {"hybrid-cloud.klinematrix.com/set": "us"}}}
    cluster.kubectl("apply", "--server-side", "--field-manager=some-operator", "-f", "-", text=json.dumps(copied))
    cluster.kubectl("label", "configmap/settings", "-n", NAMESPACE, "other=1")
    done = objects(cluster.cloud, [SERVICE], set="us", prune=True, prune_kinds=["ConfigMap", "Endpoints"])
    assert actions(done) == [("delete", C)], done.result
    assert "copied" in cluster.there("configmap")


def test_a_set_of_which_nothing_is_declared_any_more(cluster: Cluster) -> None:
    objects(cluster.cloud, [SETTINGS, SERVICE], set="us")
    done = objects(cluster.cloud, [], set="us", prune=True, allow_mass_delete=True)
    assert sorted(actions(done)) == [("delete", C), ("delete", S)], done.result
    assert "prune does not go with state: absent" in objects(cluster.cloud, [], set="us", prune=True, state="absent").result["msg"]


def test_a_path_to_ignore_that_is_none(cluster: Cluster) -> None:
    objects(cluster.cloud, [SETTINGS])
    done = objects(cluster.cloud, [SETTINGS], ignore=[{"kind": "ConfigMap", "paths": ["data.A"]}])
    assert "ignore: 'data.A' is no path. It begins with a slash" in done.result["msg"]


def test_what_holds_other_things_is_never_pruned(cluster: Cluster) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"storageClassName": "default", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    objects(cluster.cloud, [NEW, THINGS, claim, SETTINGS], set="us")
    kept = objects(cluster.cloud, [SETTINGS], set="us", prune=True)
    assert (kept.status, kept.writes) == ("ok", []), kept.result
    refused = objects(cluster.cloud, [SETTINGS], set="us", prune=True, prune_kinds=["Namespace"])
    assert "Namespace are never pruned" in refused.result["msg"]
    misspelt = objects(cluster.cloud, [SETTINGS], set="us", prune=True, prune_kinds=["Configmap"])
    assert "The nearest are ConfigMap" in misspelt.result["msg"]
    strange = objects(cluster.cloud, [SETTINGS], set="us", prune=True, prune_kinds=["Nosuch"])
    assert "serves no Nosuch" in strange.result["msg"]
    assert "prune needs set" in objects(cluster.cloud, [SETTINGS], prune=True).result["msg"]


def test_custom_resources_are_pruned_where_they_are_named(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS])
    objects(cluster.cloud, [THING, {**SETTINGS}], set="us")
    assert objects(cluster.cloud, [SETTINGS], set="us", prune=True).result["changes"] == []
    done = objects(cluster.cloud, [SETTINGS], set="us", prune=True, prune_kinds=["Thing", "ConfigMap"])
    assert actions(done) == [("delete", f"Thing {NAMESPACE}/one")]


def test_many_objects_take_few_calls(cluster: Cluster) -> None:
    first = objects(cluster.cloud, many(40))
    assert first.status == "ok", first.result["msg"]
    assert len(first.writes) == 40
    again = objects(cluster.cloud, many(40))
    # Credentials, what is served, one list each of three kinds, the Secrets one by one, and a dry run for each.
    assert (again.result["changes"], len(again.reads)) == ([], 1 + 2 + 3 + 10 + 40)
