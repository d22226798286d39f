# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""k8s_objects_info against a cluster of the local cloud: it looks, waits where it is told to, and never writes."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.aks import ID
from tests.integration.modules.k8s import CLUSTER, DEPLOYMENT, NAMESPACE, SETTINGS, Cluster, objects, objects_task, secret
from tests.steps import COLLECTION, Done, direct, play, task

CANARY = "canary-" + "k5" * 16


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    found = Cluster(cloud)
    done = objects(cloud, [DEPLOYMENT, SETTINGS, secret(CANARY)])
    assert done.status == "ok", done.result
    return found


def look(cluster: Cluster, *queries: dict[str, t.Any], check: bool = False, **more: t.Any) -> Done:
    return direct(cluster.cloud, "k8s_objects_info", check=check, **{**CLUSTER, "objects": list(queries), **more})


def names(done: Done) -> list[str]:
    return [f"{each['kind']} {each['metadata']['name']}" for each in done.result["objects"]]


def test_by_name_by_label_and_what_is_not_there(cluster: Cluster) -> None:
    done = look(
        cluster,
        {"kind": "ConfigMap", "name": "settings", "namespace": NAMESPACE},
        {"api_version": "apps/v1", "kind": "Deployment", "label_selector": "app=backend"},
        {"kind": "ConfigMap", "name": "none", "namespace": NAMESPACE},
        {"api_version": "nobody.example/v1", "kind": "Unheard", "name": "of"},
    )
    assert names(done) == ["ConfigMap settings", "Deployment backend"], done.result
    assert done.result["objects"][0]["data"] == SETTINGS["data"]
    assert "managedFields" not in json.dumps(done.result)
    assert (done.result["changed"], done.writes) == (False, [])


def test_without_a_namespace_a_name_is_looked_for_in_all_of_them(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "settings", "-n", "default")
    done = look(cluster, {"kind": "ConfigMap", "name": "settings"}, {"kind": "Namespace", "name": NAMESPACE})
    assert [(each["metadata"].get("namespace"), each["kind"]) for each in done.result["objects"]] == [
        ("default", "ConfigMap"),
        (NAMESPACE, "ConfigMap"),
        (None, "Namespace"),
    ]


def test_many_of_one_query_do_not_make_up_for_none_of_another(cluster: Cluster) -> None:
    queries = [{"kind": "ConfigMap", "namespace": NAMESPACE}, {"kind": "Service", "name": "traefik", "namespace": NAMESPACE}]
    done = look(cluster, *queries, until=["/metadata/name"], wait_timeout=0)
    assert (done.status, "Service traefik is not there" in done.result["msg"]) == ("failed", True), done.result


def test_what_a_secret_holds_is_not_shown(cluster: Cluster) -> None:
    done = look(cluster, {"kind": "Secret", "namespace": NAMESPACE})
    assert "Secret key" in names(done)
    assert CANARY not in json.dumps(done.result)
    assert json.loads(cluster.kubectl("get", "secret", "key", "-n", NAMESPACE, "-o", "json"))["data"]["token"] not in json.dumps(
        done.result
    )


def test_it_waits_for_what_is_asked_for_and_says_what_is_missing(cluster: Cluster) -> None:
    query = {"kind": "ConfigMap", "name": "settings", "namespace": NAMESPACE}
    assert look(cluster, query, until=["/data/A"]).status == "ok"
    done = look(cluster, query, until=["/data/NEVER"], wait_timeout=0)
    assert done.status == "failed"
    assert "ConfigMap settings has no /data/NEVER" in done.result["msg"]
    assert done.result["failure"]["code"] == "timeout"


def test_a_preview_does_not_wait(cluster: Cluster) -> None:
    query = {"kind": "ConfigMap", "name": "settings", "namespace": NAMESPACE}
    assert names(look(cluster, query, check=True, until=["/data/NEVER"], wait_timeout=600)) == ["ConfigMap settings"]


def test_a_cluster_that_is_not_there_yet_holds_nothing_in_a_preview(cloud: LocalCloud) -> None:
    query = {"kind": "Service", "name": "traefik", "namespace": "traefik"}
    for cluster_id in ("(known after apply)", ID):
        done = direct(cloud, "k8s_objects_info", check=True, aks_cluster_id=cluster_id, objects=[query], until=["/status"])
        assert (done.status, done.result.get("objects")) == ("ok", []), done.result


@pytest.mark.parametrize("in_process", [True, False], ids=["in process", "as a module"])
def test_the_cluster_can_be_said_once_for_all_tasks(cluster: Cluster, in_process: bool) -> None:
    """Roles for clusters rely on this: the play names the cluster, by defaults of the action group."""
    defaults = {f"group/{COLLECTION}.kubernetes": {"aks_cluster_id": "{{ cluster }}"}}
    tasks = [objects_task([SETTINGS]), task("k8s_objects_info", objects=[{"kind": "ConfigMap", "namespace": NAMESPACE}])]
    for each in tasks:
        each[next(key for key in each if key.startswith(COLLECTION))].pop("aks_cluster_id", None)
        each |= {"module_defaults": defaults, "vars": {"cluster": ID}}
    ran = play(cluster.cloud, tasks, in_process=in_process)
    assert [done.status for done in ran.done] == ["ok", "ok"], ran.output[-3000:]
    assert [done.result["changed"] for done in ran.done] == [False, False]
    assert "ConfigMap settings" in names(ran.done[1])
