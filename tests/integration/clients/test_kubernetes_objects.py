# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Built-in objects: what the server fills in, what it refuses and in which words, and how things go."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import Cluster, Thing

DEFAULT = "api/v1/namespaces/default"
APPS = "apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    return Cluster(cloud, tmp_path)


def deployment(**container: t.Any) -> Thing:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "web", "image": "nginx:1", **container}]}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def create(cluster: Cluster, path: str, thing: Thing, **query: str) -> Thing:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return t.cast(Thing, cluster.ask("POST", f"{path}?{asked}", thing).json())


def config_map(name: str = "settings", **meta: t.Any) -> Thing:
    return {"metadata": {"name": name, **meta}, "data": {"a": "1"}}


# --- what the server makes of an object ------------------------------------------------


def test_an_object_read_back_is_more_than_its_manifest(cluster: Cluster) -> None:
    limits = {"cpu": 0.5, "memory": "1024Mi"}
    found = create(cluster, APPS, deployment(resources={"limits": limits}, ports=[{"containerPort": 80}], env=[{"name": "A", "value": ""}]))
    pod = found["spec"]["template"]["spec"]
    assert pod["containers"] == [
        {
            "name": "web",
            "image": "nginx:1",
            "imagePullPolicy": "IfNotPresent",
            "ports": [{"containerPort": 80, "protocol": "TCP"}],
            "env": [{"name": "A"}],
            "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }
    ]
    assert (pod["restartPolicy"], pod["dnsPolicy"], pod["securityContext"]) == ("Always", "ClusterFirst", {})
    assert found["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    service = create(
        cluster, f"{DEFAULT}/services", {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], "type": "LoadBalancer"}}
    )
    assert service["spec"]["ports"][0]["targetPort"] == 80
    assert 30000 <= service["spec"]["ports"][0]["nodePort"] <= 32767
    assert service["spec"]["clusterIPs"] == [service["spec"]["clusterIP"]]


def test_a_secret_keeps_text_as_data(cluster: Cluster) -> None:
    found = create(cluster, f"{DEFAULT}/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}})
    assert (found["data"], found["type"], "stringData" in found) == ({"a": "Yg=="}, "Opaque", False)


def test_the_generation_moves_with_what_is_wanted_and_the_version_with_every_change(cluster: Cluster) -> None:
    made = create(cluster, APPS, deployment())["metadata"]
    labelled = cluster.ask("PATCH", f"{APPS}/web", {"metadata": {"labels": {"a": "b"}}}, **{"Content-Type": "application/merge-patch+json"})
    assert labelled.json()["metadata"]["generation"] == made["generation"] == 1
    assert int(labelled.json()["metadata"]["resourceVersion"]) > int(made["resourceVersion"])
    changed = cluster.ask("PATCH", f"{APPS}/web", {"spec": {"paused": True}}, **{"Content-Type": "application/merge-patch+json"}).json()
    assert changed["metadata"]["generation"] == 2
    same = cluster.ask("PATCH", f"{APPS}/web", {"spec": {"paused": True}}, **{"Content-Type": "application/merge-patch+json"}).json()
    assert same["metadata"]["resourceVersion"] == cluster.ask("GET", f"{APPS}/web").json()["metadata"]["resourceVersion"]


def test_a_generated_name(cluster: Cluster) -> None:
    found = create(cluster, f"{DEFAULT}/configmaps", {"metadata": {"generateName": "job-"}})
    assert len(found["metadata"]["name"]) == len("job-") + 5


@pytest.mark.parametrize(
    "arguments",
    [
        ("deployment", "made", "--image=nginx:1", "--replicas=2", "--port=80"),
        ("job", "made", "--image=busybox", "--", "echo"),
        ("cronjob", "made", "--image=busybox", "--schedule=*/5 * * * *"),
        ("ingress", "made", "--rule=a.example.com/x*=web:80,tls=cert", "--class=nginx"),
        ("poddisruptionbudget", "made", "--selector=app=web", "--min-available=50%"),
        ("clusterrolebinding", "made", "--clusterrole=view", "--group=team", "--serviceaccount=default:default"),
        ("configmap", "made", "--from-literal=a=b"),
        ("quota", "made", "--hard=cpu=1000m,pods=2"),
        ("priorityclass", "made", "--value=-5"),
    ],
)
def test_what_kubectl_creates_in_protobuf_is_what_it_would_send_as_json(cluster: Cluster, arguments: tuple[str, ...]) -> None:
    shown = cluster.kubectl("create", *arguments[:2], "--dry-run=client", "-o", "json", *arguments[2:]).stdout
    as_json = cluster.kubectl(
        "create", "-f", "-", "--dry-run=server", "-o", "jsonpath={.spec}{.data}{.roleRef}{.subjects}{.value}", stdin=shown
    )
    as_protobuf = cluster.kubectl("create", *arguments)
    assert as_protobuf.returncode == 0, as_protobuf.stderr
    kept = cluster.kubectl("get", arguments[0], "made", "-o", "jsonpath={.spec}{.data}{.roleRef}{.subjects}{.value}")
    assert _without_uids(kept.stdout) == _without_uids(as_json.stdout)


def _without_uids(text: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "uid", text)


def test_a_node_port_of_ones_own(cluster: Cluster) -> None:
    def exposed(name: str, number: int) -> Thing:
        spec = {"type": "NodePort", "ports": [{"port": 80, "nodePort": number}]}
        return create(cluster, f"{DEFAULT}/services", {"metadata": {"name": name}, "spec": spec})

    assert exposed("first", 30080)["spec"]["ports"][0]["nodePort"] == 30080
    told = 'Service "second" is invalid: spec.ports[0].nodePort: Invalid value:'
    assert exposed("second", 30080)["message"] == f"{told} 30080: provided port is already allocated"
    outside = "provided port is not in the valid range. The range of valid ports is 30000-32767"
    assert exposed("second", 8080)["message"] == f"{told} 8080: {outside}"


# --- what it refuses --------------------------------------------------------------------


def test_unknown_fields_as_the_client_wishes(cluster: Cluster) -> None:
    body = deployment(foo=1)
    body["spec"]["bar"] = 2
    strict = create(cluster, APPS, body, fieldValidation="Strict")
    told = 'unknown field "spec.template.spec.containers[0].foo", unknown field "spec.bar"'
    assert (strict["code"], strict["reason"]) == (400, "BadRequest")
    assert strict["message"] == f'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: {told}'
    warned = cluster.ask("POST", f"{APPS}?fieldValidation=Warn&dryRun=All", body)
    assert warned.status_code == 201
    assert warned.headers["Warning"].startswith('299 - "unknown field \\"spec.template')
    silent = cluster.ask("POST", f"{APPS}?fieldValidation=Ignore", body)
    assert (silent.status_code, "Warning" in silent.headers, "bar" in silent.json()["spec"]) == (201, False, False)


def test_kubectl_explains_what_the_vendor_says(cluster: Cluster) -> None:
    def explain(what: str) -> str:
        return " ".join(cluster.kubectl("explain", what).stdout.split())

    told = explain("deployment.spec.strategy.type")
    assert "FIELD: type <string>" in told
    assert 'Can be "Recreate" or "RollingUpdate"' in told
    assert "enum" not in explain("deployment")
    schema = explain("crd.spec.versions.schema.openAPIV3Schema")
    assert ("$ref <string>" in schema, "enum <[]" in schema) == (True, True)


def test_a_field_of_a_newer_version_is_not_known(cluster: Cluster) -> None:
    """`schedulingGroup` came with 1.36; the cluster is of 1.35."""
    body = deployment()
    body["spec"]["template"]["spec"]["schedulingGroup"] = {"podGroupName": "a"}
    strict = create(cluster, APPS, body, fieldValidation="Strict")
    assert strict["message"].endswith('strict decoding error: unknown field "spec.template.spec.schedulingGroup"')


@pytest.mark.parametrize(
    ("path", "thing", "message"),
    [
        (
            APPS,
            {**deployment(), "spec": {**deployment()["spec"], "minReadySeconds": 3000000000}},
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number 3000000000 into Go struct field '
            "DeploymentSpec.spec.minReadySeconds of type int32",
        ),
        (
            APPS,
            {**deployment(), "spec": {**deployment()["spec"], "replicas": "3"}},
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field '
            "DeploymentSpec.spec.replicas of type int32",
        ),
        (
            APPS,
            deployment(env=[{"name": "A", "value": 5}]),
            'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal number into Go struct field '
            "EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            APPS,
            {**deployment(), "spec": {**deployment()["spec"], "selector": {"matchLabels": {"app": "other"}}}},
            'Deployment.apps "web" is invalid: spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match '
            "template `labels`",
        ),
        (
            APPS,
            deployment(volumeMounts=[{"name": "x", "mountPath": "/x"}]),
            'Deployment.apps "web" is invalid: spec.template.spec.containers[0].volumeMounts[0].name: Not found: "x"',
        ),
        (
            f"{DEFAULT}/services",
            {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 0}]}},
            'Service "web" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        ),
        (
            f"{DEFAULT}/secrets",
            {"metadata": {"name": "s"}, "data": {"a": "not base64!"}},
            'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3',
        ),
        (
            f"{DEFAULT}/configmaps",
            {"metadata": {}},
            'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
        ),
        ("api/v1/namespaces/nowhere/configmaps", config_map(), 'namespaces "nowhere" not found'),
    ],
)
def test_what_is_wrong_is_told_in_the_servers_words(cluster: Cluster, path: str, thing: Thing, message: str) -> None:
    assert create(cluster, path, thing)["message"] == message


@pytest.mark.parametrize(
    ("path", "made", "patch", "message"),
    [
        (APPS, deployment(), {"spec": {"selector": {"matchLabels": {"x": "y"}}}}, "field is immutable"),
        (
            f"{DEFAULT}/services",
            {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}},
            {"spec": {"clusterIP": "10.0.0.99"}},
            'spec.clusterIPs[0]: Invalid value: ["10.0.0.99"]: may not change once set',
        ),
        (
            f"{DEFAULT}/configmaps",
            {**config_map("web"), "immutable": True},
            {"data": {"a": "2"}},
            "data: Forbidden: field is immutable when `immutable` is set",
        ),
        (
            f"{DEFAULT}/services",
            {"metadata": {"name": "web"}, "spec": {"ports": [{"name": "a", "port": 80}]}},
            {"spec": {"ports": [{"name": "a", "port": 80}, {"name": "a", "port": 81}]}},
            'spec.ports[1].name: Duplicate value: "a"',
        ),
        (f"{DEFAULT}/secrets", {"metadata": {"name": "web"}}, {"type": "other"}, 'type: Invalid value: "other": field is immutable'),
        (
            "apis/batch/v1/namespaces/default/jobs",
            {
                "metadata": {"name": "web"},
                "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}},
            },
            {"spec": {"template": {"spec": {"restartPolicy": "OnFailure"}}}},
            "field is immutable",
        ),
        (
            "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
            {"metadata": {"name": "web"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}},
            {"roleRef": {"name": "edit"}},
            "cannot change roleRef",
        ),
    ],
)
def test_what_an_object_cannot_become(cluster: Cluster, path: str, made: Thing, patch: Thing, message: str) -> None:
    assert "code" not in create(cluster, path, made)
    answer = cluster.ask("PATCH", f"{path}/web", patch, **{"Content-Type": "application/merge-patch+json"})
    assert answer.status_code == 422
    assert message in answer.json()["message"]


def test_who_writes_from_an_old_reading_is_told_so(cluster: Cluster) -> None:
    old = create(cluster, f"{DEFAULT}/configmaps", config_map())
    assert cluster.ask("PUT", f"{DEFAULT}/configmaps/settings", {**old, "data": {"a": "2"}}).ok
    stale = cluster.ask("PUT", f"{DEFAULT}/configmaps/settings", {**old, "data": {"a": "3"}})
    assert (stale.status_code, stale.json()["reason"]) == (409, "Conflict")
    assert stale.json()["message"].startswith('Operation cannot be fulfilled on configmaps "settings": the object has been modified;')
    assert create(cluster, f"{DEFAULT}/configmaps", config_map())["reason"] == "AlreadyExists"


# --- patches ---------------------------------------------------------------------------------


def test_every_kind_of_patch(cluster: Cluster) -> None:
    create(cluster, APPS, deployment(env=[{"name": "A", "value": "1"}]))
    more = '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"B","value":"2"}]},{"name":"side","image":"s"}]}}}}'
    assert cluster.kubectl("patch", "deployment", "web", "-p", more).returncode == 0
    spec = cluster.ask("GET", f"{APPS}/web").json()["spec"]["template"]["spec"]
    assert [each["name"] for each in spec["containers"]] == ["web", "side"]
    assert [each["name"] for each in spec["containers"][0]["env"]] == ["B", "A"]
    gone = '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'
    assert cluster.kubectl("patch", "deployment", "web", "-p", gone).returncode == 0
    steps = [{"op": "test", "path": "/spec/replicas", "value": 0}, {"op": "remove", "path": "/spec/nope"}]
    failed = cluster.kubectl("patch", "deployment", "web", "--type=json", "-p", json.dumps(steps))
    assert "the server rejected our request due to an error in our request" in failed.stderr
    merged = '{"spec":{"template":{"spec":{"containers":[{"name":"only","image":"x"}]}}}}'
    assert cluster.kubectl("patch", "deployment", "web", "--type=merge", "-p", merged).returncode == 0
    assert len(cluster.ask("GET", f"{APPS}/web").json()["spec"]["template"]["spec"]["containers"]) == 1
    unknown = cluster.kubectl("patch", "deployment", "web", "-p", '{"spec":{"foo":1}}')
    assert 'unknown field "spec.foo"' in unknown.stderr


# --- going -------------------------------------------------------------------------------------


def test_finalizers_keep_a_thing_until_they_are_gone(cluster: Cluster) -> None:
    create(cluster, f"{DEFAULT}/configmaps", config_map(finalizers=["example.com/wait"]))
    waiting = cluster.ask("DELETE", f"{DEFAULT}/configmaps/settings").json()
    assert waiting["metadata"]["deletionTimestamp"]
    assert cluster.ask("GET", f"{DEFAULT}/configmaps/settings").ok
    assert cluster.kubectl("patch", "configmap", "settings", "--type=merge", "-p", '{"metadata":{"finalizers":null}}').returncode == 0
    assert cluster.ask("GET", f"{DEFAULT}/configmaps/settings").status_code == 404


def test_what_a_thing_owns_goes_with_it_unless_it_is_orphaned(cluster: Cluster) -> None:
    def make() -> None:
        owner = create(cluster, f"{DEFAULT}/configmaps", config_map("owner"))["metadata"]
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
        create(cluster, f"{DEFAULT}/configmaps", config_map("owned", ownerReferences=[reference]))

    make()
    assert cluster.ask("DELETE", f"{DEFAULT}/configmaps/owner", {"propagationPolicy": "Orphan"}).ok
    assert "ownerReferences" not in cluster.ask("GET", f"{DEFAULT}/configmaps/owned").json()["metadata"]
    cluster.ask("DELETE", f"{DEFAULT}/configmaps/owned")
    make()
    assert cluster.ask("DELETE", f"{DEFAULT}/configmaps/owner").ok
    assert cluster.ask("GET", f"{DEFAULT}/configmaps/owned").status_code == 404


def test_a_namespace_goes_with_all_that_is_in_it(cluster: Cluster) -> None:
    assert cluster.kubectl("create", "namespace", "old").returncode == 0
    create(cluster, "api/v1/namespaces/old/configmaps", config_map(finalizers=["example.com/wait"]))
    assert cluster.ask("DELETE", "api/v1/namespaces/old").json()["status"]["phase"] == "Terminating"
    refused = create(cluster, "api/v1/namespaces/old/configmaps", config_map("late"))
    assert refused["code"] == 403
    assert refused["message"].endswith("unable to create new content in namespace old because it is being terminated")
    assert refused["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    patch = {"metadata": {"finalizers": None}}
    cluster.ask("PATCH", "api/v1/namespaces/old/configmaps/settings", patch, **{"Content-Type": "application/merge-patch+json"})
    cluster.until(lambda: cluster.ask("GET", "api/v1/namespaces/old").status_code == 404)
    assert cluster.ask("DELETE", "api/v1/namespaces/default").status_code == 403


def test_a_deletion_that_is_only_tried(cluster: Cluster) -> None:
    create(cluster, f"{DEFAULT}/configmaps", config_map())
    cluster.cloud.forget()
    assert cluster.kubectl("delete", "configmap", "settings", "--dry-run=server").returncode == 0
    assert cluster.ask("GET", f"{DEFAULT}/configmaps/settings").ok
    assert cluster.cloud.writes == []


def test_nobody_replaces_a_budget_without_having_read_it(cluster: Cluster) -> None:
    path = "apis/policy/v1/namespaces/default/poddisruptionbudgets"
    budget = {"metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": {}}}
    create(cluster, path, budget)
    refused = cluster.ask("PUT", f"{path}/web", budget).json()
    why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    assert (refused["code"], refused["message"]) == (422, f'poddisruptionbudgets.policy "web" is invalid: {why}')
    assert cluster.ask("PUT", f"{path}/web", cluster.ask("GET", f"{path}/web").json()).ok
    assert cluster.ask("POST", f"{DEFAULT}/configmaps", config_map()).ok
    assert cluster.ask("PUT", f"{DEFAULT}/configmaps/settings", config_map()).ok


def test_a_webhook_outside_the_cluster_is_out_of_reach(cluster: Cluster) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    hook = {"name": "check.example.com", "clientConfig": {"url": "https://check.example.com/v1"}, "rules": [rule]}
    body = {"metadata": {"name": "check"}, "webhooks": [{**hook, "sideEffects": "None", "admissionReviewVersions": ["v1"]}]}
    assert create(cluster, "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", body)["kind"]
    told = 'failed to call webhook: Post "https://check.example.com/v1?timeout=10s": dial tcp: lookup check.example.com: no such host'
    refused = create(cluster, f"{DEFAULT}/configmaps", config_map())
    assert refused["message"] == f'Internal error occurred: failed calling webhook "check.example.com": {told}'


def test_a_namespace_that_does_not_go_says_what_keeps_it(cluster: Cluster) -> None:
    cluster.ask("POST", "api/v1/namespaces", {"metadata": {"name": "shop"}})
    cluster.ask("POST", "api/v1/namespaces/shop/configmaps", config_map(finalizers=["example.com/held"]))
    cluster.ask("DELETE", "api/v1/namespaces/shop")

    def told() -> dict[str, str]:
        status = cluster.ask("GET", "api/v1/namespaces/shop").json()["status"]
        return {each["type"]: each["message"] for each in status.get("conditions") or () if each["status"] == "True"}

    assert cluster.until(told) == {
        "NamespaceContentRemaining": "Some resources are remaining: configmaps. has 1 resource instances",
        "NamespaceFinalizersRemaining": "Some content in the namespace has finalizers remaining: example.com/held in 1 resource instances",
    }
    release = {"metadata": {"finalizers": None}}
    cluster.ask("PATCH", "api/v1/namespaces/shop/configmaps/settings", release, **{"Content-Type": "application/merge-patch+json"})
    cluster.until(lambda: cluster.ask("GET", "api/v1/namespaces/shop").status_code == 404)
