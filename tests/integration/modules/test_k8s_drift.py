# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""k8s_objects against a cluster of the local cloud: what hands do to what runs is drift, what controllers do is not."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
import yaml

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import (
    ALL,
    CANARY,
    DEPLOYMENT,
    NAMESPACE,
    OLD_CANARY,
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
    later,
    objects,
    secret,
)


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


# --- drift: what hands do, by real kubectl ---------------------------------------------

CONTAINER = "/spec/template/spec/containers/backend"
NAMES = ["TOKEN", "LOG_FORMAT", "EMAIL_BYPASS_MODE"]
ORDER = {"name": "backend", "$setElementOrder/env": [{"name": name} for name in NAMES]}
REORDERED = json.dumps({"spec": {"template": {"spec": {"containers": [ORDER]}}}})
HANDS: dict[str, tuple[list[list[str]], dict[tuple[str, str], tuple[t.Any, t.Any]]]] = {
    "replicas": ([["scale", "deployment/backend", "--replicas=5"]], {(D, "/spec/replicas"): (5, 2)}),
    "image": (
        [["set", "image", "deployment/backend", "backend=evil.example/x:1"]],
        {(D, f"{CONTAINER}/image"): ("evil.example/x:1", "registry.example/backend:1.0")},
    ),
    "env changed": (
        [["set", "env", "deployment/backend", "EMAIL_BYPASS_MODE=false"]],
        {(D, f"{CONTAINER}/env/EMAIL_BYPASS_MODE/value"): ("false", "true")},
    ),
    "env added": (
        [["set", "env", "deployment/backend", "DEBUG=1"]],
        {(D, f"{CONTAINER}/env/DEBUG"): ({"name": "DEBUG", "value": "1"}, None)},
    ),
    "reference replaced": (  # which leaves both, and that no server takes
        [["set", "env", "deployment/backend", "TOKEN=mine"]],
        {
            (D, f"{CONTAINER}/env/TOKEN/value"): ("********", None),
            (D, f"{CONTAINER}/env/TOKEN/valueFrom/fieldRef/apiVersion"): (None, "v1"),
            (D, f"{CONTAINER}/env/TOKEN/valueFrom/fieldRef/fieldPath"): (None, "metadata.name"),
        },
    ),
    "env removed": (
        [["set", "env", "deployment/backend", "LOG_FORMAT-"]],
        {
            (D, f"{CONTAINER}/env/LOG_FORMAT/name"): (None, "LOG_FORMAT"),
            (D, f"{CONTAINER}/env/LOG_FORMAT/value"): (None, "json"),
        },
    ),
    "label added": ([["label", "deployment/backend", "team=x"]], {(D, "/metadata/labels/team"): ("x", None)}),
    "label changed": ([["label", "--overwrite", "deployment/backend", "app=x"]], {(D, "/metadata/labels/app"): ("x", "backend")}),
    "label removed": ([["label", "deployment/backend", "app-"]], {(D, "/metadata/labels/app"): (None, "backend")}),
    "annotation added": (
        [["annotate", "service/backend", "example.com/a=b"]],
        {(S, "/metadata/annotations/example.com~1a"): ("b", None)},
    ),
    "annotation changed": (
        [["annotate", "--overwrite", "deployment/backend", "note=other"]],
        {(D, "/metadata/annotations/note"): ("other", "declared")},
    ),
    "limit added": (
        [["set", "resources", "deployment/backend", "--limits=memory=64Mi"]],
        {(D, f"{CONTAINER}/resources/limits/memory"): ("64Mi", None)},
    ),
    "default changed": (
        [["patch", "deployment/backend", "--type=merge", "-p", '{"spec":{"progressDeadlineSeconds":7}}']],
        {(D, "/spec/progressDeadlineSeconds"): (7, 600)},
    ),
    "container added": (
        [
            [
                "patch",
                "deployment/backend",
                "-p",
                '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}',
            ]
        ],
        {(D, "/spec/template/spec/containers/side"): (t.cast("t.Any", ...), None)},
    ),
    "port changed": (
        [["patch", "service/backend", "-p", '{"spec":{"ports":[{"port":80,"targetPort":1}]}}']],
        {(S, "/spec/ports/80-TCP/targetPort"): (1, 8080)},
    ),
    "data": (
        [["patch", "configmap/settings", "--type=merge", "-p", '{"data":{"A":"x","C":"3","B":null}}']],
        {(C, "/data/A"): ("x", "1"), (C, "/data/B"): (None, "2"), (C, "/data/C"): ("3", None)},
    ),
    "port changed by json": (  # to another one of the same name: no server takes both
        [["patch", "service/backend", "--type=json", "-p", '[{"op":"replace","path":"/spec/ports/0/port","value":81}]']],
        {
            (S, "/spec/ports/80-TCP/name"): (None, "http"),
            (S, "/spec/ports/80-TCP/port"): (None, 80),
            (S, "/spec/ports/80-TCP/protocol"): (None, "TCP"),
            (S, "/spec/ports/80-TCP/targetPort"): (None, 8080),
            (S, "/spec/ports/81-TCP"): ({"name": "http", "port": 81, "protocol": "TCP", "targetPort": 8080}, None),
        },
    ),
    "list replaced": (  # what is there cannot all go, and without a name it cannot stay beside ours
        [["patch", "service/backend", "--type=merge", "-p", '{"spec":{"ports":[{"port":81}]}}']],
        {
            (S, "/spec/ports/80-TCP/name"): (None, "http"),
            (S, "/spec/ports/80-TCP/port"): (None, 80),
            (S, "/spec/ports/80-TCP/protocol"): (None, "TCP"),
            (S, "/spec/ports/80-TCP/targetPort"): (None, 8080),
            (S, "/spec/ports/81-TCP"): ({"port": 81, "protocol": "TCP", "targetPort": 81}, None),
        },
    ),
    "variables in another order": (
        [["patch", "deployment/backend", "-p", REORDERED]],
        {(D, f"{CONTAINER}/env"): (["TOKEN", "LOG_FORMAT", "EMAIL_BYPASS_MODE"], ["EMAIL_BYPASS_MODE", "LOG_FORMAT", "TOKEN"])},
    ),
    "volume of another sort": (
        [
            [
                "patch",
                "deployment/backend",
                "-p",
                '{"spec":{"template":{"spec":{"volumes":[{"name":"tmp","emptyDir":null,"hostPath":{"path":"/"}}]}}}}',
            ]
        ],
        {
            (D, "/spec/template/spec/volumes/tmp/emptyDir"): (None, {}),
            (D, "/spec/template/spec/volumes/tmp/hostPath/path"): ("/", None),
            (D, "/spec/template/spec/volumes/tmp/hostPath/type"): ("", None),
        },
    ),
    "applied": (
        [["apply", "--server-side", "--force-conflicts", "-f", "-"]],
        {(C, "/data/A"): ("9", "1"), (C, "/data/Z"): ("z", None)},
    ),
    "applied as somebody": (
        [["apply", "--server-side", "--force-conflicts", "--field-manager=somebody", "-f", "-"]],
        {(C, "/data/A"): ("9", "1"), (C, "/data/Z"): ("z", None)},
    ),
    "patched as somebody": (
        [
            [
                "patch",
                "deployment/backend",
                "--field-manager=somebody",
                "-p",
                '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"fast"}}}}}',
            ]
        ],
        {(D, "/spec/template/spec/nodeSelector/disk"): ("fast", None)},
    ),
}
APPLIED = yaml.safe_dump({**SETTINGS, "metadata": {"name": "settings", "namespace": NAMESPACE}, "data": {"A": "9", "B": "2", "Z": "z"}})


@pytest.mark.parametrize("name", HANDS)
def test_what_hands_do_is_found_by_path_and_put_right(cluster: Cluster, name: str) -> None:
    cluster.cloud.once("applied", lambda: (objects(cluster.cloud, ALL), None)[1])
    commands, expected = HANDS[name]
    for command in commands:
        cluster.kubectl(*command, "-n", NAMESPACE, text=APPLIED if "-f" in command else None)
    preview = objects(cluster.cloud, ALL, check=True)
    seen = {
        key: (... if isinstance(before, dict) and "image" in before else before, after) for key, (before, after) in found(preview).items()
    }
    assert (preview.status, seen) == ("ok", expected)
    applied = objects(cluster.cloud, ALL)
    assert applied.result["changes"] == preview.result["changes"], applied.result.get("msg")
    again = objects(cluster.cloud, ALL)
    assert (again.result["changes"], again.writes) == ([], [])


def test_a_list_that_was_replaced_is_put_right_in_one_rollout(cluster: Cluster) -> None:
    """The last container cannot go before ours is there again; nor do the pods of both have to run in between."""
    objects(cluster.cloud, ALL)
    other = '{"spec":{"template":{"spec":{"containers":[{"name":"other","image":"other:1"}],"volumes":null}}}}'
    cluster.kubectl("patch", "deployment/backend", "--type=merge", "-p", other, "-n", NAMESPACE)
    before = cluster.get("deployment", "backend")["metadata"]["generation"]
    preview, done, again = (objects(cluster.cloud, ALL, check=check) for check in (True, False, True))
    assert found(preview)[D, "/spec/template/spec/containers/other"][1] is None
    assert found(preview)[D, f"{CONTAINER}/image"] == (None, "registry.example/backend:1.0")
    assert (done.result["changes"], again.result["changes"]) == (preview.result["changes"], [])
    live = cluster.get("deployment", "backend")
    assert live["spec"]["template"]["spec"]["containers"][0]["env"] == DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]["env"]
    assert live["metadata"]["generation"] == before + 1


def test_what_programs_have_added_stays(cluster: Cluster) -> None:
    objects(cluster.cloud, ALL)
    note = ["patch", "deployment/backend", "--type=merge", "-p", '{"spec":{"template":{"metadata":{"annotations":{"seen":"1"}}}}}']
    cluster.kubectl(*note, "--field-manager=prometheus-operator", "-n", NAMESPACE)
    quiet = objects(cluster.cloud, ALL)
    assert (quiet.result["changes"], quiet.writes) == ([], [])
    # What we change beside it does not take it away.
    objects(cluster.cloud, [{**DEPLOYMENT, "metadata": {**DEPLOYMENT["metadata"], "annotations": {"note": "new"}}}])
    assert cluster.get("deployment", "backend")["spec"]["template"]["metadata"]["annotations"] == {"seen": "1"}


def test_custom_resources_drift_too(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS, THING])
    cluster.kubectl(
        "patch", "thing/one", "--type=merge", "-p", '{"spec":{"size":9,"colour":"red"},"metadata":{"labels":{"a":"b"}}}', "-n", NAMESPACE
    )
    done = objects(cluster.cloud, [THINGS, THING])
    one = f"Thing {NAMESPACE}/one"
    # The server drops what the definition does not know.
    assert found(done) == {(one, "/spec/size"): (9, 1), (one, "/metadata/labels/a"): ("b", None)}
    assert objects(cluster.cloud, [THINGS, THING]).result["changed"] is False


def test_a_deleted_object_is_made_again(cluster: Cluster) -> None:
    objects(cluster.cloud, ALL)
    cluster.kubectl("delete", "service/backend", "configmap/settings", "-n", NAMESPACE)
    assert actions(objects(cluster.cloud, ALL, check=True)) == [("create", S), ("create", C)]
    objects(cluster.cloud, ALL)
    assert (cluster.there("service", "backend"), cluster.there("configmap", "settings")) == (["backend"], ["settings"])


def test_an_edited_secret_is_found_masked(cluster: Cluster) -> None:
    objects(cluster.cloud, [secret(CANARY)])
    cluster.kubectl(
        "patch", "secret/key", "-n", NAMESPACE, "-p", f'{{"data":{{"token":"{coded(OLD_CANARY)}","more":"{coded(OLD_CANARY)}"}}}}'
    )
    done = objects(cluster.cloud, [secret(CANARY)])
    assert found(done) == {
        (f"Secret {NAMESPACE}/key", "/data/token"): ("********", "********"),
        (f"Secret {NAMESPACE}/key", "/data/more"): ("********", None),
    }
    assert cluster.get("secret", "key")["data"] == {"token": coded(CANARY)}


# --- what is no drift -------------------------------------------------------------------


def test_what_controllers_do_is_no_finding(cluster: Cluster) -> None:
    webhook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "checks"},
        "webhooks": [
            {
                "name": "checks.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Ignore",
                "clientConfig": {"service": {"name": "nosuch", "namespace": NAMESPACE, "path": "/"}},
                "rules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["things"], "operations": ["CREATE"]}],
            }
        ],
    }
    declared = [*ALL, webhook]
    assert objects(cluster.cloud, declared).status == "ok"
    scaled = ["patch", "deployment/backend", "--subresource=scale", "--type=merge", "-p", '{"spec":{"replicas":7}}']
    cluster.kubectl(*scaled, "--field-manager=kube-controller-manager", "-n", NAMESPACE)
    bundle = '[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"' + coded("CA") + '"}]'
    cluster.kubectl("patch", "validatingwebhookconfiguration/checks", "--type=json", "-p", bundle, "--field-manager=cainjector")
    status = '{"status":{"replicas":7}}'
    cluster.kubectl("patch", "deployment/backend", "--subresource=status", "--type=merge", "-p", status, "-n", NAMESPACE)
    cluster.kubectl("rollout", "restart", "deployment/backend", "-n", NAMESPACE)
    cluster.kubectl("annotate", "deployment/backend", "kubectl.kubernetes.io/last-applied-configuration={}", "-n", NAMESPACE)
    quiet = objects(cluster.cloud, declared)
    assert (found(quiet), quiet.writes) == ({}, [])
    # And what else is declared is still written, without taking anything from them.
    changed = copy.deepcopy(declared)
    changed[0]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/backend:2.0"
    changed[-1]["webhooks"][0]["failurePolicy"] = "Fail"
    done = objects(cluster.cloud, changed)
    assert {path for _, path in found(done)} == {f"{CONTAINER}/image", "/webhooks/checks.example.com/failurePolicy"}
    live = cluster.get("deployment", "backend")
    assert (live["spec"]["replicas"], "restartedAt" in str(live["spec"]["template"]["metadata"])) == (7, True)
    assert cluster.get("validatingwebhookconfiguration", "checks")["webhooks"][0]["clientConfig"]["caBundle"] == coded("CA")


def test_what_was_there_before_we_came_stays(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "settings", "--from-literal=THEIRS=1", "--from-literal=A=0", "-n", NAMESPACE)
    done = objects(cluster.cloud, [SETTINGS])
    assert found(done) == {(C, "/data/A"): ("0", "1"), (C, "/data/B"): (None, "2")}
    assert objects(cluster.cloud, [SETTINGS]).result["changed"] is False
    assert cluster.get("configmap", "settings")["data"] == {"THEIRS": "1", "A": "1", "B": "2"}
    # What they add from now on does not stay.
    later()
    cluster.kubectl("patch", "configmap/settings", "--type=merge", "-p", '{"data":{"MORE":"1"}}', "-n", NAMESPACE)
    assert found(objects(cluster.cloud, [SETTINGS])) == {(C, "/data/MORE"): ("1", None)}


def test_what_kubectl_applied_before_is_declared_anew(cluster: Cluster) -> None:
    """Else what it had declared would stay for ever: nobody declares it any more, and no manager that lives owns it."""
    text = json.dumps({**SETTINGS, "data": {"A": "1", "STALE": "1"}})
    cluster.kubectl("apply", "-f", "-", "-n", NAMESPACE, text=text)
    preview = objects(cluster.cloud, [SETTINGS], check=True)
    assert found(preview) == {(C, "/data/B"): (None, "2"), (C, "/data/STALE"): ("1", None)}
    assert objects(cluster.cloud, [SETTINGS]).result["changes"] == preview.result["changes"]
    assert objects(cluster.cloud, [SETTINGS]).result["changed"] is False
    assert cluster.get("configmap", "settings")["data"] == {"A": "1", "B": "2"}


def test_what_is_not_declared_any_more_goes(cluster: Cluster) -> None:
    objects(cluster.cloud, [SETTINGS, DEPLOYMENT])
    less = copy.deepcopy(DEPLOYMENT)
    del less["spec"]["template"]["spec"]["containers"][0]["env"][1], less["metadata"]["annotations"]
    done = objects(cluster.cloud, [{**SETTINGS, "data": {"A": "1"}}, less])
    assert found(done) == {
        (C, "/data/B"): ("2", None),
        (D, "/metadata/annotations/note"): ("declared", None),
        (D, f"{CONTAINER}/env/LOG_FORMAT"): ({"name": "LOG_FORMAT", "value": "json"}, None),
    }
    assert cluster.get("configmap", "settings")["data"] == {"A": "1"}


def test_ignored_fields_are_left_alone(cluster: Cluster) -> None:
    objects(cluster.cloud, ALL)
    cluster.kubectl("scale", "deployment/backend", "--replicas=5", "-n", NAMESPACE)
    cluster.kubectl("set", "image", "deployment/backend", "backend=b:2", "-n", NAMESPACE)
    cluster.kubectl("label", "deployment/backend", "team=x", "-n", NAMESPACE)
    paths = ["/spec/replicas", "/spec/template/spec/containers/*/image", "/metadata/labels/team"]
    ignore = [{"kind": "Deployment", "paths": paths}]
    quiet = objects(cluster.cloud, ALL, ignore=ignore)
    assert (found(quiet), quiet.writes) == ({}, [])
    changed = copy.deepcopy(DEPLOYMENT)
    changed["metadata"]["annotations"]["note"] = "new"
    assert set(found(objects(cluster.cloud, [changed], ignore=ignore))) == {(D, "/metadata/annotations/note")}
    live = cluster.get("deployment", "backend")
    assert (live["spec"]["replicas"], live["spec"]["template"]["spec"]["containers"][0]["image"]) == (5, "b:2")
    assert live["metadata"]["labels"]["team"] == "x"


STATEFUL: dict[str, t.Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "backend"},
    "spec": {"serviceName": "backend", "selector": DEPLOYMENT["spec"]["selector"], "template": DEPLOYMENT["spec"]["template"]},
}
WAYS = {
    "recreate": (DEPLOYMENT, "strategy", {}, "Recreate", {"maxUnavailable", "maxSurge"}),
    "recreate after a declared one": (
        DEPLOYMENT,
        "strategy",
        {"strategy": {"rollingUpdate": {"maxSurge": 1}}},
        "Recreate",
        {"maxUnavailable", "maxSurge"},
    ),
    "on delete": (STATEFUL, "updateStrategy", {}, "OnDelete", {"partition"}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_default_that_does_not_go_with_what_is_declared_goes(cluster: Cluster, way: str) -> None:
    manifest, field, before, kind, defaults = WAYS[way]
    objects(cluster.cloud, [{**manifest, "spec": {**manifest["spec"], **before}}])
    declared = [{**manifest, "spec": {**manifest["spec"], field: {"type": kind}}}]
    preview = objects(cluster.cloud, declared, check=True)
    done = objects(cluster.cloud, declared)
    assert (done.status, done.result.get("changes")) == ("ok", preview.result.get("changes")), (preview.result, done.result)
    assert {path.rpartition("/")[2] for _, path in found(done)} == {"type", *defaults}
    assert cluster.get(manifest["kind"], "backend")["spec"][field] == {"type": kind}
    assert objects(cluster.cloud, declared).writes == []
