# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading from a cluster: discovery, lists and their pages, selectors, watches that stream, and trouble on the way."""

from __future__ import annotations

import json
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import Cluster, Thing

CONFIG_MAPS = "api/v1/namespaces/default/configmaps"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    return Cluster(cloud, tmp_path)


def make(cluster: Cluster, *names: str, **labels: str) -> None:
    for name in names:
        assert cluster.ask("POST", CONFIG_MAPS, {"metadata": {"name": name, "labels": labels}}).status_code == 201


def listed(cluster: Cluster, query: str = "", **headers: str) -> Thing:
    return t.cast(Thing, cluster.ask("GET", f"{CONFIG_MAPS}?{query}", **headers).json())


def names(found: Thing) -> list[str]:
    return [each["metadata"]["name"] for each in found["items"] if each["metadata"]["name"] != "kube-root-ca.crt"]


# --- discovery ------------------------------------------------------------------------


def test_discovery_group_by_group_and_all_at_once(cluster: Cluster) -> None:
    assert cluster.ask("GET", "api").json()["versions"] == ["v1"]
    groups = {each["name"]: each["preferredVersion"]["version"] for each in cluster.ask("GET", "apis").json()["groups"]}
    assert groups["apps"] == "v1"
    assert groups["autoscaling"] == "v2"
    resources = {each["name"]: each for each in cluster.ask("GET", "apis/apps/v1").json()["resources"]}
    assert resources["deployments"]["shortNames"] == ["deploy"]
    assert resources["deployments/scale"]["kind"] == "Scale"
    for path, group, plural in (("api", "", "pods"), ("apis", "apps", "deployments")):
        answer = cluster.ask("GET", path, Accept=f"{AGGREGATED},application/json")
        assert answer.headers["Content-Type"] == AGGREGATED
        (found,) = [each for each in answer.json()["items"] if each["metadata"].get("name", "") == group]
        assert plural in [each["resource"] for each in found["versions"][0]["resources"]]


def test_the_version_is_the_one_that_azure_runs(cluster: Cluster) -> None:
    record = cluster.azure.arm("GET", cluster.id, version="2026-08-01").json()
    assert cluster.ask("GET", "version").json()["gitVersion"] == f"v{record['properties']['currentKubernetesVersion']}"
    assert [cluster.ask("GET", path).text for path in ("livez", "readyz", "healthz")] == ["ok"] * 3


def test_what_is_not_served(cluster: Cluster) -> None:
    for path in ("apis/nowhere.example.com/v1", "apis/apps/v1beta1/deployments", "api/v1/namespaces/default/nothings"):
        answer = cluster.ask("GET", path)
        assert (answer.status_code, answer.json()["message"]) == (404, "the server could not find the requested resource")


# --- lists ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("watch=1&timeoutSeconds=1s", 400, 'strconv.ParseInt: parsing "1s": invalid syntax'),
        (
            "resourceVersion=abc",
            400,
            'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
        ),
        (
            "watch=1&resourceVersion=abc",
            422,
            'configmaps "" is invalid: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
        ),
    ],
)
def test_numbers_that_are_none(cluster: Cluster, query: str, status: int, message: str) -> None:
    answer = cluster.ask("GET", f"api/v1/namespaces/default/configmaps?{query}")
    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_a_version_that_is_yet_to_come(cluster: Cluster) -> None:
    for watching in ("", "&watch=1"):
        answer = cluster.ask("GET", f"api/v1/namespaces/default/configmaps?resourceVersion=99999999{watching}")
        assert (answer.status_code, answer.json()["reason"]) == (504, "Timeout")
        assert answer.json()["message"].startswith("Timeout: Too large resource version: 99999999, current: ")
        assert answer.json()["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"


def test_pages(cluster: Cluster) -> None:
    make(cluster, *(f"c{number}" for number in range(5)))
    first = listed(cluster, "limit=2")
    assert (names(first), first["metadata"]["remainingItemCount"]) == (["c0", "c1"], 4)
    second = listed(cluster, f"limit=2&continue={first['metadata']['continue']}")
    assert (names(second), second["metadata"]["resourceVersion"]) == (["c2", "c3"], first["metadata"]["resourceVersion"])
    with cluster.cloud.state() as state:  # what is put in place of the present one has no history
        kept = state["kubernetes"]["api"]["clusters"][cluster.id.lower()]
        kept["version"] += 10
    late = cluster.ask("GET", f"{CONFIG_MAPS}?limit=2&continue={first['metadata']['continue']}")
    assert (late.status_code, late.json()["reason"]) == (410, "Expired")


def test_selectors(cluster: Cluster) -> None:
    make(cluster, "a", app="web", tier="front")
    make(cluster, "b", app="web")
    make(cluster, "c", app="db")
    for selector, wanted in {
        "app=web": ["a", "b"],
        "app!=web": ["c"],
        "app in (web,db),tier": ["a"],
        "app notin (web)": ["c"],
        "!tier": ["b", "c"],
    }.items():
        assert names(listed(cluster, f"labelSelector={requests.utils.quote(selector)}")) == wanted, selector
    assert names(listed(cluster, "fieldSelector=metadata.name%3Db")) == ["b"]
    unknown = cluster.ask("GET", f"{CONFIG_MAPS}?fieldSelector=data.a%3Db")
    assert (unknown.status_code, unknown.json()["message"]) == (400, "field label not supported: data.a")


def test_tables_and_metadata_alone(cluster: Cluster) -> None:
    make(cluster, "a")
    table = listed(cluster, "fieldSelector=metadata.name%3Da", Accept="application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    assert (table["kind"], [each["name"] for each in table["columnDefinitions"]]) == ("Table", ["Name", "Data", "Age"])
    assert table["rows"][0]["cells"][:2] == ["a", 0]
    form = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    only = listed(cluster, "fieldSelector=metadata.name%3Da", Accept=form)["items"][0]
    assert (only["kind"], "data" in only) == ("PartialObjectMetadata", False)


# --- watches ---------------------------------------------------------------------------


def events(cluster: Cluster, query: str) -> Iterator[Thing]:
    with cluster.session.get(f"{cluster.server}/{CONFIG_MAPS}?watch=1&{query}", stream=True, timeout=10) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            yield json.loads(line)


def told(event: Thing) -> tuple[str, str]:
    return event["type"], event["object"]["metadata"]["name"]


def test_a_watch_tells_what_happens_while_it_happens(cluster: Cluster) -> None:
    start = listed(cluster)["metadata"]["resourceVersion"]
    watching = events(cluster, f"resourceVersion={start}&labelSelector=app%3Dweb&timeoutSeconds=8")
    first = threading.Thread(target=make, args=(cluster, "a"), kwargs={"app": "web"})
    first.start()
    assert told(next(watching)) == ("ADDED", "a")
    first.join()
    patch = {"Content-Type": "application/merge-patch+json"}
    cluster.ask("PATCH", f"{CONFIG_MAPS}/a", {"data": {"x": "y"}}, **patch)
    assert told(next(watching)) == ("MODIFIED", "a")
    cluster.ask("PATCH", f"{CONFIG_MAPS}/a", {"metadata": {"labels": {"app": "db"}}}, **patch)
    assert told(next(watching)) == ("DELETED", "a")  # it fits the selector no more
    make(cluster, "b", app="web")
    cluster.ask("DELETE", f"{CONFIG_MAPS}/b")
    assert [told(next(watching)), told(next(watching))] == [("ADDED", "b"), ("DELETED", "b")]
    assert cluster.cloud.journal[-1]["status"] == 200
    watching.close()


def test_a_watch_ends_in_time_and_its_call_with_it(cluster: Cluster) -> None:
    cluster.cloud.forget()
    make(cluster, "a")
    found = list(events(cluster, "timeoutSeconds=1&allowWatchBookmarks=true"))
    assert [each["type"] for each in found][-2:] == ["ADDED", "BOOKMARK"]
    (call,) = [each for each in cluster.cloud.journal if each["action"] == "v1 configmaps watch"]
    assert (call["write"], call["status"]) == (False, 200)
    assert call["seconds"] >= 1


def test_the_call_of_a_watcher_who_leaves_ends_too(cluster: Cluster) -> None:
    cluster.cloud.forget()
    watching = events(cluster, "timeoutSeconds=60")
    next(watching)
    watching.close()
    cluster.session.close()
    cluster.until(lambda: cluster.cloud.journal[0]["seconds"] is not None)


def test_a_version_that_is_too_old(cluster: Cluster) -> None:
    make(cluster, "a")
    with cluster.cloud.state() as state:
        state["kubernetes"]["api"]["clusters"][cluster.id.lower()]["version"] += 10
    (only,) = events(cluster, "resourceVersion=1")
    assert (only["type"], only["object"]["code"], only["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_the_vendors_dynamic_client(cluster: Cluster) -> None:
    script = f"""
from kubernetes import config, dynamic, client
config.load_kube_config({str(cluster.config)!r})
configuration = client.Configuration.get_default_copy()
configuration.proxy = {cluster.cloud.address!r}
found = dynamic.DynamicClient(client.ApiClient(configuration))
maps = found.resources.get(api_version="v1", kind="ConfigMap")
body = {{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "a"}}, "data": {{"a": "1"}}}}
maps.create(body=body, namespace="default")
maps.server_side_apply(body={{**body, "data": {{"b": "1"}}}}, namespace="default", name="a", field_manager="me")
print(sorted(maps.get(name="a", namespace="default").data.to_dict()))
seen = [each["type"] for each in maps.watch(namespace="default", name="a", timeout=1)]
maps.delete(name="a", namespace="default")
print(seen)
try:
    maps.get(name="a", namespace="default")
except dynamic.exceptions.NotFoundError as error:
    print(error.status, error.summary().splitlines()[0][:20])
"""
    lines = cluster.cloud.python(script, TMPDIR=str(cluster.config.parent)).splitlines()
    assert lines[:2] == ["['a', 'b']", "['ADDED']"]
    assert lines[2].startswith("404")


# --- trouble ---------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "reason"), [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")])
def test_faults_in_the_servers_own_words(cluster: Cluster, status: int, reason: str) -> None:
    cluster.cloud.fault("status", cloud="kubernetes", status=status)
    answer = cluster.ask("GET", CONFIG_MAPS)
    assert (answer.status_code, answer.json()["kind"], answer.json()["reason"]) == (status, "Status", reason)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))
    cluster.cloud.fault("expired_token", cloud="kubernetes")
    assert cluster.ask("GET", CONFIG_MAPS).json()["reason"] == "Unauthorized"


def test_a_lost_answer_has_done_its_work(cluster: Cluster) -> None:
    cluster.cloud.fault("reset", cloud="kubernetes", action="v1 configmaps create", when="after")
    with pytest.raises(requests.exceptions.ConnectionError):
        cluster.ask("POST", CONFIG_MAPS, {"metadata": {"name": "a"}})
    assert names(listed(cluster)) == ["a"]


def test_a_cluster_survives_a_restart(cluster: Cluster) -> None:
    """What is kept is JSON: put back as it was written, it goes on where it stopped."""
    make(cluster, "a")
    with cluster.cloud.state() as state:
        state["kubernetes"] = json.loads(json.dumps(state["kubernetes"]))
    assert names(listed(cluster)) == ["a"]
    make(cluster, "b")
    assert names(listed(cluster)) == ["a", "b"]
