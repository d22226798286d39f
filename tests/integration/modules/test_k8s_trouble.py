# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""k8s_objects when the API server refuses, drops, delays, or does not know us; and what is left for a rerun."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from functools import partial

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.apply import WAKE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import client as client_module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.errors import refusal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.live import Comparer
from tests.cloud import ROOT, LocalCloud
from tests.integration.modules.aks import ID, aks
from tests.integration.modules.k8s import ALL, DEPLOYMENT, NAMESPACE, SETTINGS, THING, THINGS, Cluster, actions, found, objects
from tests.steps import Done

C = f"ConfigMap {NAMESPACE}/settings"


@pytest.fixture
def cluster(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster, and a client that does not rest between its tries."""
    monkeypatch.setattr(client_module, "Retry", partial(Retry, sleep=lambda seconds: None))
    return Cluster(cloud)


def tried(done: Done) -> list[dict[str, t.Any]]:
    return [call for call in done.calls if call["write"] and call["cloud"] == "kubernetes"]


FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any], int, str]] = [
    ({"kind": "status", "status": 401}, {"status": 401, "retryable": False}, 1, "The login was refused"),
    ({"kind": "status", "status": 403}, {"status": 403, "retryable": False}, 1, "lacks a right"),
    ({"kind": "status", "status": 409}, {"status": 409, "retryable": True}, 5, "Somebody else changes the same object"),
    ({"kind": "status", "status": 429, "retry_after": 0}, {"status": 429, "retryable": True}, 5, ""),
    ({"kind": "status", "status": 503}, {"status": 503, "retryable": True}, 5, ""),
    ({"kind": "reset"}, {"code": "no_answer", "retryable": True}, 5, "no answer from https://"),
    ({"kind": "reset", "when": "after"}, {"code": "no_answer", "retryable": True}, 5, "Check that the cluster runs"),
]


@pytest.mark.parametrize(
    ("fault", "failure", "tries", "words"),
    FAULTS,
    ids=[f"{each['kind']}-{each.get('status', each.get('when', ''))}" for each, *_ in FAULTS],
)
def test_a_write_that_fails_says_so_and_a_rerun_finishes(
    cluster: Cluster, fault: dict[str, t.Any], failure: dict[str, t.Any], tries: int, words: str
) -> None:
    cluster.cloud.fault(**fault, cloud="kubernetes", action="v1 configmaps patch", count=None)
    failed = objects(cluster.cloud, ALL)
    assert failed.status == "failed"
    assert {key: failed.result["failure"][key] for key in failure} == failure
    assert f"apply {C}: " in failed.result["msg"]
    assert words in failed.result["msg"]
    assert len(tried(failed)) == tries
    assert (failed.result["applied"], len(failed.result["not_applied"]), failed.result["changed"]) == ([], 3, False)
    cluster.cloud.heal()
    again = objects(cluster.cloud, ALL)
    assert again.status == "ok", again.result["msg"]
    assert objects(cluster.cloud, ALL).result["changed"] is False


def test_what_was_written_before_a_failure_is_told(cluster: Cluster) -> None:
    cluster.cloud.fault("status", cloud="kubernetes", action="apps/v1 deployments patch", status=403, count=None)
    failed = objects(cluster.cloud, ALL)
    assert failed.result["applied"] == [f"create kubernetes {C}", f"create kubernetes Service {NAMESPACE}/backend"]
    assert failed.result["not_applied"] == [f"create kubernetes Deployment {NAMESPACE}/backend"]
    assert failed.result["changed"] is True
    cluster.cloud.heal()
    assert actions(objects(cluster.cloud, ALL)) == [("create", f"Deployment {NAMESPACE}/backend")]


def test_reads_survive_what_a_later_try_mends(cluster: Cluster) -> None:
    cluster.cloud.fault("reset", cloud="kubernetes", write=False)
    cluster.cloud.fault("status", cloud="kubernetes", status=503, write=False, action="*dry run*")
    cluster.cloud.fault("status", cloud="kubernetes", status=429, retry_after=0, write=False, action="discovery", count=2)
    assert objects(cluster.cloud, ALL).status == "ok"


def test_without_a_right_the_server_says_which(cluster: Cluster) -> None:
    cluster.cloud.fault("status", cloud="kubernetes", status=403, action="*dry run*", count=None)
    done = objects(cluster.cloud, [SETTINGS], check=True)
    assert (done.status, done.writes, done.result["failure"]["status"]) == ("failed", [], 403)
    assert f"try {C}" in done.result["msg"]


def test_where_entra_signs_in_no_plugin_is_needed(cluster: Cluster) -> None:
    assert aks(cluster.cloud, entra={"admin_group_object_ids": ["11111111-1111-1111-1111-111111111111"], "azure_rbac": True}).status == "ok"
    refused = objects(cluster.cloud, [SETTINGS])
    assert (refused.status, refused.result["failure"]["status"]) == ("failed", 403), refused.result
    assert objects(cluster.cloud, [SETTINGS], aks_admin=True).status == "ok"


# --- waits ------------------------------------------------------------------------------

READY = '{"status":{"conditions":[{"type":"Ready","status":"%s","reason":"%s","message":"%s"}]}}'


def say(cluster: Cluster, status: str, reason: str, message: str = "") -> None:
    cluster.kubectl("patch", "thing/one", "--subresource=status", "--type=merge", "-p", READY % (status, reason, message), "-n", NAMESPACE)


def test_conditions_are_waited_for_also_when_nothing_changes(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS])
    wishes = [{"kind": "Thing", "condition": "Ready", "reason": "Fine"}]
    late = objects(cluster.cloud, [THING], wait_for=wishes, wait_timeout=1)
    assert (late.status, late.result["failure"]["code"]) == ("failed", "not_ready")
    assert (
        f"see Thing {NAMESPACE}/one Ready=True (Fine): not within 1 s: Thing {NAMESPACE}/one: it has no condition Ready yet"
        in late.result["msg"]
    )
    assert late.result["applied"] == [f"create kubernetes Thing {NAMESPACE}/one"]
    say(cluster, "False", "Odd", "the vault says no")
    again = objects(cluster.cloud, [THING], wait_for=wishes, wait=True, wait_timeout=1)
    assert "Ready is False: Odd: the vault says no" in again.result["msg"]
    assert (again.result["changed"], again.writes) == (False, [])
    say(cluster, "True", "Fine")
    done = objects(cluster.cloud, [THING], wait_for=wishes, wait=True)
    assert (done.status, done.result["changed"]) == ("ok", False)
    # A preview waits for nothing.
    say(cluster, "False", "Odd")
    assert objects(cluster.cloud, [THING], wait_for=wishes, check=True).status == "ok"


def test_conditions_of_objects_that_others_declare(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS, THING])
    say(cluster, "True", "Fine")
    named = {"kind": "Thing", "name": "one", "condition": "Ready"}
    assert objects(cluster.cloud, [SETTINGS], wait_for=[named]).status == "ok"
    missing = objects(cluster.cloud, [SETTINGS], wait_for=[{**named, "name": "two"}], wait_timeout=1)
    assert f"Thing {NAMESPACE}/two: it is not there" in missing.result["msg"]
    for wish, words in (
        ({"kind": "Thing", "condition": "Ready"}, "no Thing is declared in this task"),
        ({"kind": "Nosuch", "name": "x", "condition": "Ready"}, "the cluster serves no kind Nosuch"),
    ):
        assert words in objects(cluster.cloud, [SETTINGS], wait_for=[wish]).result["msg"]


def test_a_slip_in_what_is_waited_for_is_refused_before_anything_is_written(cluster: Cluster) -> None:
    slip = [{"kind": "ConfigMapp", "condition": "Ready"}]
    for check in (True, False):
        done = objects(cluster.cloud, [SETTINGS], wait_for=slip, check=check)
        assert (done.status, done.writes, "no ConfigMapp is declared" in done.result["msg"]) == ("failed", [], True)
    # A kind that a task before this one brings is not served yet in a preview.
    named = [{"kind": "Later", "name": "x", "condition": "Ready"}]
    assert objects(cluster.cloud, [SETTINGS], wait_for=named, check=True).status == "ok"
    assert objects(cluster.cloud, [SETTINGS], wait_for=named).writes == []


def test_a_webhook_that_is_not_up_yet_is_waited_for_whatever_the_write(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    objects(cluster.cloud, [SETTINGS])
    cluster.kubectl("label", "configmap/settings", "by=hand", "-n", NAMESPACE)
    real, early = client_module.Client.send, json.dumps({"kind": "Status", "message": "failed calling webhook: no endpoints"}).encode()
    met: list[str] = []

    def send(self: client_module.Client, what: str, *arguments: t.Any, **more: t.Any) -> dict[str, t.Any]:
        if what not in met:
            met.append(what)
            raise refusal(what, 500, {}, early)
        return real(self, what, *arguments, **more)

    monkeypatch.setattr(client_module.Client, "send", send)
    assert objects(cluster.cloud, [SETTINGS]).status == "ok"
    assert objects(cluster.cloud, [SETTINGS], state="absent").status == "ok"
    assert met == [f"try {C}", f"try {C} without what was added", f"take over what was added to {C}", f"apply {C}", f"delete {C}"]


def test_what_a_controller_writes_between_look_and_dry_run_is_no_finding(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is it taken back when it writes between the dry run and the write."""
    free = copy.deepcopy(DEPLOYMENT)
    del free["spec"]["replicas"]
    objects(cluster.cloud, [free])

    def scaled(replicas: int) -> None:
        scale = ["patch", "deployment/backend", "--subresource=scale", "--type=merge", "--field-manager=kube-controller-manager"]
        cluster.kubectl(*scale, "-p", json.dumps({"spec": {"replicas": replicas}}), "-n", NAMESPACE)

    lives, put_right = Comparer.lives, Comparer.put_right

    def lives_then_scaled(self: Comparer, *arguments: t.Any) -> t.Any:
        seen = lives(self, *arguments)
        scaled(4)
        return seen

    def scaled_then_put_right(self: Comparer, *arguments: t.Any) -> t.Any:
        scaled(6)
        return put_right(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Comparer, "lives", lives_then_scaled)
        assert objects(cluster.cloud, [free], check=True).result["changes"] == []
    fixed = copy.deepcopy(free)
    fixed["spec"]["replicas"] = 4
    fixed["metadata"]["labels"]["more"] = "1"
    monkeypatch.setattr(Comparer, "put_right", scaled_then_put_right)
    assert list(found(objects(cluster.cloud, [fixed]))) == [(f"Deployment {NAMESPACE}/backend", "/metadata/labels/more")]
    assert cluster.get("deployment", "backend")["spec"]["replicas"] == 6


def test_what_goes_is_waited_for(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS, THING])
    cluster.kubectl("patch", "thing/one", "--type=merge", "-p", '{"metadata":{"finalizers":["example.com/hold"]}}', "-n", NAMESPACE)
    held = objects(cluster.cloud, [THING], state="absent", wait=True, wait_timeout=1)
    assert (held.status, "held by example.com/hold" in held.result["msg"]) == ("failed", True)
    cluster.kubectl("patch", "thing/one", "--type=merge", "-p", '{"metadata":{"finalizers":null}}', "-n", NAMESPACE)
    assert objects(cluster.cloud, [THING], state="absent", wait=True).status == "ok"
    assert cluster.there("things") == []


def test_a_namespace_that_does_not_go_says_what_is_in_it(cluster: Cluster) -> None:
    inside = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "h", "namespace": "dying", "finalizers": ["example.com/hold"]}}
    dying = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "dying"}}
    assert objects(cluster.cloud, [dying, inside]).status == "ok"
    held = objects(cluster.cloud, [dying], state="absent", wait=True, wait_timeout=1)
    assert "configmaps. has 1 resource instances" in held.result["msg"]
    assert "example.com/hold in 1 resource instances" in held.result["msg"]
    assert "take the finalizer away by hand" in held.result["msg"]
    refused = objects(cluster.cloud, [dying, inside])
    assert (refused.status, refused.result["failure"]["code"], refused.writes) == ("failed", "being_deleted", [])
    cluster.kubectl("patch", "configmap/h", "--type=merge", "-p", '{"metadata":{"finalizers":null}}', "-n", "dying")
    assert objects(cluster.cloud, [dying], state="absent", wait=True).status == "ok"
    assert objects(cluster.cloud, [dying, inside]).status == "ok"


# --- what is named wrong ---------------------------------------------------------------

KINDS = [
    ("apps/v1", "Deploymnt", "The nearest kind is Deployment"),
    ("extensions/v1beta1", "Ingress", "It is served as networking.k8s.io/v1"),
    ("v1", "Nonsense", "kubectl api-resources"),
]


@pytest.mark.parametrize(("version", "kind", "hint"), KINDS, ids=[kind for _, kind, _ in KINDS])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_kind_that_nothing_will_ever_serve_is_no_preview(cluster: Cluster, version: str, kind: str, hint: str, state: str) -> None:
    done = objects(cluster.cloud, [{"apiVersion": version, "kind": kind, "metadata": {"name": "a"}}], check=True, state=state)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "unknown_kind")
    assert hint in done.result["msg"]


@pytest.mark.parametrize("id", ["FinancialAgent-AKS", ".example.com/x", ID.replace("managedClusters", "managedCluster")])
def test_what_is_no_id_of_a_cluster_is_asked_nobody(cluster: Cluster, id: str) -> None:
    done = objects(cluster.cloud, [SETTINGS], check=True, aks_cluster_id=id)
    assert "is not the id of an AKS cluster" in done.result["msg"]
    assert done.calls == []


def test_a_cluster_that_is_not_there_is_told_in_a_preview(cluster: Cluster) -> None:
    elsewhere = ID.replace("FinancialAgent-AKS", "Nosuch-AKS")
    preview, real = (objects(cluster.cloud, [SETTINGS], check=check, aks_cluster_id=elsewhere) for check in (True, False))
    assert actions(preview) == [("create", C)]
    assert "The cluster is not there" in preview.result["warnings"][0]
    assert "Nosuch-AKS" in preview.result["warnings"][0]
    assert "Check its id or name" in real.result["msg"]
    foreign = f"/subscriptions/00000000-0000-0000-0000-000000000000{ID[ID.index('/resourceGroups') :]}"
    assert objects(cluster.cloud, [SETTINGS], check=True, aks_cluster_id=foreign).result["failure"]["code"] == "SubscriptionNotFound"


STATES: list[tuple[dict[str, t.Any], str]] = [
    ({"stopped": True}, "AKS cluster FinancialAgent-AKS is stopped: start it (az aks start)"),
    (
        {"ranges": ["203.0.113.0/24"]},
        "Check that the cluster runs, the network and its authorized IP ranges, the proxy (HTTPS_PROXY) and the "
        "certificate authority; it answers to 203.0.113.0/24 only",
    ),
    ({"ranges": []}, "Check that the cluster runs, the network"),
]


@pytest.mark.parametrize(("facts", "words"), STATES, ids=["stopped", "ranges", "nothing known"])
def test_a_cluster_that_does_not_answer_is_looked_up_in_azure(cluster: Cluster, facts: dict[str, t.Any], words: str) -> None:
    with cluster.cloud.state() as state:
        record = state["azure"]["arm"]["resources"][ID.lower()]
        record["stopped"] = facts.get("stopped", False)
        if "ranges" in facts:
            record["body"]["properties"]["apiServerAccessProfile"] = {"authorizedIPRanges": facts["ranges"]}
    cluster.cloud.fault("reset", cloud="kubernetes", count=None)
    for check in (True, False):
        done = objects(cluster.cloud, [SETTINGS], check=check)
        assert words in done.result["msg"]
        assert (words in done.result["failure"]["hint"], done.writes) == (True, [])
    cluster.cloud.heal()


def test_the_first_error_names_the_cluster(cluster: Cluster) -> None:
    cluster.cloud.fault("status", cloud="kubernetes", status=503, count=None)
    done = objects(cluster.cloud, [SETTINGS])
    assert "read what AKS cluster FinancialAgent-AKS serves" in done.result["msg"]
    assert "trouble of its own" in done.result["msg"]


def test_what_is_being_deleted_is_not_written_to(cluster: Cluster) -> None:
    """It would be reported as unchanged, and gone a moment later."""
    held = {**SETTINGS, "metadata": {"name": "settings", "finalizers": ["example.com/hold"]}}
    objects(cluster.cloud, [held])
    cluster.kubectl("delete", "configmap", "settings", "--wait=false", "-n", NAMESPACE)
    preview = objects(cluster.cloud, [held], check=True)
    assert actions(preview) == [("create", f"ConfigMap {NAMESPACE}/settings")]
    refused = objects(cluster.cloud, [held])
    assert (refused.status, refused.result["failure"]["code"], refused.writes) == ("failed", "being_deleted", [])
    assert "held by example.com/hold" in refused.result["msg"]
    cluster.kubectl("patch", "configmap/settings", "--type=merge", "-p", '{"metadata":{"finalizers":null}}', "-n", NAMESPACE)
    assert objects(cluster.cloud, [held]).result["changes"] == preview.result["changes"]


def test_what_comes_between_look_and_write_is_not_overwritten(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hands have added is taken from the object that was looked at, not from one that changed since."""
    objects(cluster.cloud, [SETTINGS])
    cluster.kubectl("patch", "configmap/settings", "--type=merge", "-p", '{"data":{"X":"1"}}', "-n", NAMESPACE)
    real = Comparer.claim
    changes = ['{"metadata":{"labels":{"moved":"along"}}}', '{"data":{"X":"2"}}']

    def meanwhile(self: Comparer, found: t.Any) -> None:
        cluster.kubectl(
            "patch", "configmap/settings", "--type=merge", "-p", changes.pop(), "--field-manager=some-operator", "-n", NAMESPACE
        )
        real(self, found)

    monkeypatch.setattr(Comparer, "claim", meanwhile)
    failed = objects(cluster.cloud, [SETTINGS])
    assert (
        "somebody has changed it since it was looked at (HTTP 409, Conflict). Nothing of it was changed: run again" in failed.result["msg"]
    )
    assert (failed.status, cluster.get("configmap", "settings")["data"]) == ("failed", {"A": "1", "B": "2", "X": "2"})
    # It is somebody else's now. What only moves along does no harm.
    cluster.kubectl("patch", "configmap/settings", "--type=merge", "-p", '{"data":{"Y":"1"}}', "-n", NAMESPACE)
    assert objects(cluster.cloud, [SETTINGS]).status == "ok"
    live = cluster.get("configmap", "settings")
    assert (live["data"], live["metadata"]["labels"]) == ({"A": "1", "B": "2", "X": "2"}, {"moved": "along"})


def test_a_wait_ends_at_once_when_it_is_interrupted(cluster: Cluster) -> None:
    cluster.cloud.fault("hold", cloud="kubernetes", action="*dry run*", count=None)
    script = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in what was begun in the background
        "from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.in_process import run_module\n"
        "from ansible_collections.klinematrix.hybrid_cloud.plugins.modules.k8s_objects import MODULE\n"
        f"params = {{'aks_cluster_id': {ID!r}, 'namespace': {NAMESPACE!r}, 'objects': {copy.deepcopy(ALL)!r}}}\n"
        "print('begun', flush=True)\n"
        "run_module(MODULE, 'k8s_objects', params, check_mode=True, diff=False)\n"
    )
    environment = {**os.environ, **cluster.cloud.environment, "PYTHONPATH": str(ROOT / ".collections")}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + 20
        while not any("dry run" in (call["action"] or "") for call in cluster.cloud.journal):
            assert time.monotonic() < until, process.stderr
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        time.sleep(2 * WAKE)  # within that time a wait looks up; the calls themselves go on until they are let go
        cluster.cloud.heal()
        assert process.wait(timeout=20) != 0
        assert b"KeyboardInterrupt" in (process.stderr.read() if process.stderr else b"")
    finally:
        process.kill()


def test_a_kind_that_is_defined_and_not_served_yet_is_waited_for(cluster: Cluster) -> None:
    cluster.cloud.fault("slow_operation", action="Establish CustomResourceDefinition", seconds=1, count=None)
    cluster.kubectl("create", "-f", "-", text=json.dumps(THINGS))
    assert actions(objects(cluster.cloud, [THING], check=True)) == [("create", f"Thing {NAMESPACE}/one")]
    done = objects(cluster.cloud, [THING])
    assert (done.status, done.writes) == ("ok", ["PATCH example.com/v1 things patch"]), done.result.get("msg")


def test_a_definition_that_is_never_served_is_named(cluster: Cluster) -> None:
    cluster.cloud.fault("slow_operation", action="Establish CustomResourceDefinition", seconds=60, count=None)
    done = objects(cluster.cloud, [THINGS, THING], wait_timeout=1)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "not_ready")
    assert "CustomResourceDefinition things.example.com" in done.result["msg"]
    assert done.result["not_applied"] == ["see the definitions established", f"create kubernetes Thing {NAMESPACE}/one"]
    late = objects(cluster.cloud, [THING], wait_timeout=1)
    assert "Thing of example.com/v1 is defined and not served" in late.result["msg"]
