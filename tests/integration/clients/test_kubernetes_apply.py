# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server-side apply as the document describes it: who owns what, conflicts, what goes when it is applied no more."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import Cluster, Thing

APPLY = {"Content-Type": "application/apply-patch+yaml"}
DEPLOYMENT = "apis/apps/v1/namespaces/default/deployments/web"
CONFIG_MAP = "api/v1/namespaces/default/configmaps/settings"
SERVICE = "api/v1/namespaces/default/services/web"


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    return Cluster(cloud, tmp_path)


def deployment(*containers: Thing, replicas: int | None = 0, **spec: t.Any) -> Thing:
    """Without pods, so that no controller writes to it but for its status."""
    labels = {"app": "web"}
    pod = {"containers": list(containers or [{"name": "web", "image": "nginx:1"}]), **spec}
    body: Thing = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    if replicas is not None:
        body["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body}


def config_map(**data: str) -> Thing:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def apply(cluster: Cluster, path: str, thing: Thing, manager: str = "one", *, force: bool = False, query: str = "") -> requests.Response:
    return cluster.ask("PATCH", f"{path}?fieldManager={manager}{'&force=true' if force else ''}{query}", thing, **APPLY)


def entries(thing: Thing) -> dict[tuple[str, str, str], Thing]:
    """What each manager owns, by its name, how it writes and through which subresource."""
    return {(each["manager"], each["operation"], each.get("subresource", "")): each for each in thing["metadata"]["managedFields"]}


def test_an_apply_creates_and_a_second_one_changes_nothing(cluster: Cluster) -> None:
    made = apply(cluster, CONFIG_MAP, config_map(a="1"))
    assert made.status_code == 201
    (entry,) = made.json()["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"], entry["fieldsV1"]) == ("one", "Apply", {"f:data": {"f:a": {}}})
    with cluster.cloud.state() as state:
        kept = state["kubernetes"]["api"]["clusters"][cluster.id.lower()]["objects"]["configmaps"]["default/settings"]
        kept["metadata"]["managedFields"][0]["time"] = "2020-01-01T00:00:00Z"
    again = apply(cluster, CONFIG_MAP, config_map(a="1"))
    assert (again.status_code, again.json()) == (200, kept)


def test_another_value_is_a_conflict_with_every_cause_and_force_takes_it(cluster: Cluster) -> None:
    apply(cluster, CONFIG_MAP, config_map(a="1", b="1"), "one")
    clash = apply(cluster, CONFIG_MAP, config_map(a="2", b="2"), "two")
    assert (clash.status_code, clash.json()["reason"]) == (409, "Conflict")
    assert clash.json()["message"] == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b'
    assert clash.json()["details"]["causes"][0] == {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "one"',
        "field": ".data.a",
    }
    same = apply(cluster, CONFIG_MAP, config_map(a="1"), "two")  # the same value is shared
    assert {who for who, _, _ in entries(same.json())} == {"one", "two"}
    taken = apply(cluster, CONFIG_MAP, config_map(a="2", b="2"), "two", force=True).json()
    assert [who for who, _, _ in entries(taken)] == ["two"]


def test_what_is_applied_no_more_goes_unless_somebody_else_has_it(cluster: Cluster) -> None:
    apply(cluster, CONFIG_MAP, config_map(a="1", b="1", c="1"), "one")
    apply(cluster, CONFIG_MAP, config_map(b="1"), "two")
    cluster.kubectl("patch", "configmap", "settings", "--type=merge", "-p", '{"data":{"d":"1"}}')
    left = apply(cluster, CONFIG_MAP, config_map(a="1"), "one").json()
    assert left["data"] == {"a": "1", "b": "1", "d": "1"}
    assert entries(left)["kubectl-patch", "Update", ""]["fieldsV1"] == {"f:data": {"f:d": {}}}


def test_lists_are_merged_by_their_keys(cluster: Cluster) -> None:
    port = {"containerPort": 80}
    apply(cluster, DEPLOYMENT, deployment({"name": "web", "image": "nginx:1", "ports": [port], "env": [{"name": "A", "value": "1"}]}))
    other = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    sidecar = {"containers": [{"name": "side", "image": "side:1"}]}
    found = apply(cluster, DEPLOYMENT, {**other, "spec": {"template": {"spec": sidecar}}}, "two").json()
    assert sorted(each["name"] for each in found["spec"]["template"]["spec"]["containers"]) == ["side", "web"]
    owned = entries(found)["one", "Apply", ""]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert owned["f:ports"] == {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}
    assert owned["f:env"] == {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}}
    gone = apply(cluster, DEPLOYMENT, {**other, "spec": {"template": {"spec": {"containers": []}}}}, "two").json()
    assert [each["name"] for each in gone["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_a_list_that_is_one_whole_has_one_owner(cluster: Cluster) -> None:
    apply(cluster, DEPLOYMENT, deployment({"name": "web", "image": "nginx:1", "args": ["a", "b"]}))
    body = deployment({"name": "web", "image": "nginx:1", "args": ["a"]})
    assert ".args" in apply(cluster, DEPLOYMENT, body, "two").json()["details"]["causes"][0]["field"]


def test_defaults_belong_to_nobody_who_applies_and_to_whoever_creates(cluster: Cluster) -> None:
    found = apply(cluster, DEPLOYMENT, deployment()).json()
    assert found["spec"]["strategy"]["type"] == "RollingUpdate"
    assert "f:strategy" not in entries(found)["one", "Apply", ""]["fieldsV1"]["f:spec"]
    assert cluster.kubectl("create", "deployment", "made", "--image=nginx").returncode == 0
    made = cluster.ask("GET", "apis/apps/v1/namespaces/default/deployments/made").json()
    assert "f:strategy" in entries(made)["kubectl-create", "Update", ""]["fieldsV1"]["f:spec"]


def test_a_default_comes_back_when_its_value_is_applied_no_more(cluster: Cluster) -> None:
    apply(cluster, DEPLOYMENT, deployment(replicas=0, terminationGracePeriodSeconds=5))
    found = apply(cluster, DEPLOYMENT, deployment(replicas=0)).json()
    assert found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_scale_and_status_are_entries_of_their_own(cluster: Cluster) -> None:
    apply(cluster, DEPLOYMENT, deployment(replicas=None))
    assert cluster.kubectl("scale", "deployment", "web", "--replicas=0").returncode == 0
    found = cluster.ask("GET", DEPLOYMENT).json()
    assert entries(found)["kubectl", "Update", "scale"]["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert ("kube-controller-manager", "Update", "status") in entries(found)
    clash = apply(cluster, DEPLOYMENT, deployment(replicas=2))
    assert clash.json()["message"].endswith('conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas')


BOOKS = {"Content-Type": "application/json-patch+json"}


def written(cluster: Cluster, books: t.Any, path: str = CONFIG_MAP) -> requests.Response:
    return cluster.ask(
        "PATCH", f"{path}?fieldManager=clerk", [{"op": "replace", "path": "/metadata/managedFields", "value": books}], **BOOKS
    )


def test_what_is_written_into_an_applier_s_books_goes_with_its_next_apply(cluster: Cluster) -> None:
    """As client-go's csaupgrade does it, to take over what was updated."""
    apply(cluster, CONFIG_MAP, config_map(a="1"))
    merge = {"Content-Type": "application/merge-patch+json"}
    live = cluster.ask("PATCH", f"{CONFIG_MAP}?fieldManager=hand", {"data": {"b": "2", "c": "3"}}, **merge).json()
    mine, theirs = live["metadata"]["managedFields"]
    mine["fieldsV1"]["f:data"]["f:b"] = theirs["fieldsV1"]["f:data"].pop("f:b")
    changed = written(cluster, [mine, theirs]).json()
    assert changed["data"] == {"a": "1", "b": "2", "c": "3"}
    assert [each["fieldsV1"] for each in changed["metadata"]["managedFields"]] == [
        {"f:data": {"f:a": {}, "f:b": {}}},
        {"f:data": {"f:c": {}}},
    ]
    assert apply(cluster, CONFIG_MAP, config_map(a="1")).json()["data"] == {"a": "1", "c": "3"}


def test_books_that_cannot_be_read_or_come_by_another_way_do_not_count(cluster: Cluster) -> None:
    kept = apply(cluster, CONFIG_MAP, config_map(a="1")).json()["metadata"]["managedFields"]
    strange = [{**kept[0], "fieldsType": "FieldsV2", "fieldsV1": {}}]
    assert written(cluster, strange).json()["metadata"]["managedFields"] == kept
    apply(cluster, DEPLOYMENT, deployment())
    live = cluster.ask("GET", DEPLOYMENT).json()
    own = entries(live)["one", "Apply", ""]
    there = written(cluster, [{**own, "manager": "other"}], f"{DEPLOYMENT}/status").json()
    assert entries(there)["one", "Apply", ""] == own
    for nothing in ([], [{}]):
        apply(cluster, CONFIG_MAP, config_map(a="1"))
        assert written(cluster, nothing).json()["metadata"].get("managedFields", []) == []


def test_a_dry_run_answers_as_the_write_would_and_keeps_nothing(cluster: Cluster) -> None:
    before = apply(cluster, CONFIG_MAP, config_map(a="1")).json()
    cluster.cloud.forget()
    tried = apply(cluster, CONFIG_MAP, config_map(a="2"), query="&dryRun=All").json()
    assert tried["data"] == {"a": "2"}
    assert tried["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert cluster.ask("GET", CONFIG_MAP).json() == before
    assert [(call["action"], call["write"]) for call in cluster.cloud.journal] == [
        ("v1 configmaps patch (dry run)", False),
        ("v1 configmaps get", False),
    ]


def test_what_an_apply_must_not_be(cluster: Cluster) -> None:
    made = apply(cluster, CONFIG_MAP, config_map(a="1")).json()
    assert apply(cluster, CONFIG_MAP, made).json()["message"] == "metadata.managedFields must be nil"
    unnamed = cluster.ask("PATCH", CONFIG_MAP, config_map(a="1"), **APPLY)
    assert (unnamed.status_code, unnamed.json()["details"]["causes"][0]["field"]) == (422, "fieldManager")
    unknown = apply(cluster, DEPLOYMENT, deployment(foo=1, dnsPolicy=5))
    assert (unknown.status_code, unknown.json()["message"]) == (
        500,
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): errors:\n"
        "  .spec.template.spec.foo: field not declared in schema\n"
        "  .spec.template.spec.dnsPolicy: expected string, got &value.valueUnstructured{Value:5}\n",
    )
    nameless = apply(cluster, DEPLOYMENT, deployment({"image": "nginx"}))
    assert 'associative list with keys has an element that omits key field "name"' in nameless.json()["message"]


def test_kubectl_apply_from_client_to_server(cluster: Cluster, tmp_path: Path) -> None:
    manifest = tmp_path / "settings.yaml"
    manifest.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: '1'}\n")
    assert "created" in cluster.kubectl("apply", "-f", str(manifest)).stdout
    assert "unchanged" in cluster.kubectl("apply", "-f", str(manifest)).stdout
    assert cluster.kubectl("diff", "-f", str(manifest)).returncode == 0
    manifest.write_text(manifest.read_text().replace("'1'", "'2'"))
    assert cluster.kubectl("diff", "-f", str(manifest)).returncode == 1
    assert "conflict" in cluster.kubectl("apply", "--server-side", "--field-manager=me", "-f", str(manifest)).stderr
    done = cluster.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=me", "-f", str(manifest))
    assert "serverside-applied" in done.stdout


def test_a_label_that_a_hand_has_added_stays_and_says_whose_it_is(cluster: Cluster) -> None:
    apply(cluster, DEPLOYMENT, deployment())
    assert cluster.kubectl("label", "deployment", "web", "by=hand").returncode == 0
    assert cluster.kubectl("set", "env", "deployment/web", "A=1").returncode == 0
    found = apply(cluster, DEPLOYMENT, deployment()).json()
    assert found["metadata"]["labels"] == {"by": "hand"}
    assert entries(found)["kubectl-label", "Update", ""]["fieldsV1"] == {"f:metadata": {"f:labels": {".": {}, "f:by": {}}}}
    env = entries(found)["kubectl-set", "Update", ""]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"web"}']
    assert env == {"f:env": {".": {}, 'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}}}


def test_what_is_posted_has_an_owner_too_where_the_structure_is_one_whole(cluster: Cluster) -> None:
    path = "apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web"}}

    def selecting(app: str) -> Thing:
        return policy | {"spec": {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": ["Ingress"]}}

    cluster.ask("POST", f"{path}?fieldManager=by-hand", selecting("web"))
    refused = apply(cluster, f"{path}/web", selecting("other"))
    told = 'Apply failed with 1 conflict: conflict with "by-hand" using networking.k8s.io/v1: .spec.podSelector'
    assert (refused.status_code, refused.json()["message"]) == (409, told)


def test_who_names_a_uid_means_that_object_and_no_other(cluster: Cluster) -> None:
    def named(uid: str) -> Thing:
        return config_map() | {"metadata": {"name": "settings", "uid": uid}}

    absent = apply(cluster, CONFIG_MAP, named("other"))
    why = "uid mismatch: the provided object specified uid other, and no existing object was found"
    assert absent.json()["message"] == f'Operation cannot be fulfilled on configmaps "settings": {why}'
    uid = apply(cluster, CONFIG_MAP, config_map()).json()["metadata"]["uid"]
    assert apply(cluster, CONFIG_MAP, named(uid)).status_code == 200
    refused = apply(cluster, CONFIG_MAP, named("other"))
    assert (refused.status_code, refused.json()["message"].partition(": ")[2]) == (
        409,
        f"Precondition failed: UID in precondition: other, UID in object meta: {uid}",
    )
    gone = cluster.ask("DELETE", CONFIG_MAP, {"preconditions": {"uid": "other"}})
    why = f"the UID in the precondition (other) does not match the UID in record ({uid})"
    told = f"{why}. The object might have been deleted and then recreated"
    assert gone.json()["message"] == f'Operation cannot be fulfilled on ConfigMap "settings": {told}'
    assert cluster.ask("GET", CONFIG_MAP).ok


def test_a_patch_gives_no_other_name(cluster: Cluster) -> None:
    apply(cluster, CONFIG_MAP, config_map())
    patch = {"metadata": {"name": "other"}}
    renamed = cluster.ask("PATCH", CONFIG_MAP, patch, **{"Content-Type": "application/merge-patch+json"})
    assert renamed.status_code == 400
    assert renamed.json()["message"] == "the name of the object (other) does not match the name on the URL (settings)"
