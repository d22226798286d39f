# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster makes of workloads, seen by clients that know nothing of it: pods that run, and the reasons of those that do not."""

from __future__ import annotations

import base64
import typing as t
from hashlib import sha256
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import NAMESPACE, Cluster, Thing, deployment, namespace

ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
REGISTRY = "financialagent.azurecr.io"


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    found = Cluster(cloud, tmp_path)
    found.apply(namespace())
    return found


def secret(name: str = "mongodb-url", **data: str) -> Thing:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "data": encoded}


def pods(cluster: Cluster, name: str = "backend") -> list[Thing]:
    return cluster.all("Pod", labels=f"app={name}")


def waiting(cluster: Cluster, name: str = "backend") -> str:
    """Why the first container of a Deployment's newest pod waits; "" when it does not."""
    every = sorted(pods(cluster, name), key=lambda each: str(each["metadata"]["creationTimestamp"]))
    states = [each["status"]["containerStatuses"][0]["state"] for each in every if "containerStatuses" in each.get("status", {})]
    return next((each["waiting"]["reason"] for each in states if "waiting" in each), "")


# --- Deployments ---------------------------------------------------------------


def test_a_deployment_becomes_ready_and_rolls_over(cluster: Cluster) -> None:
    cluster.apply(deployment(replicas=3))
    found = cluster.available("backend")
    assert {each["type"]: (each["status"], each["reason"]) for each in found["status"]["conditions"]} == {
        "Available": ("True", "MinimumReplicasAvailable"),
        "Progressing": ("True", "NewReplicaSetAvailable"),
    }
    (first,) = cluster.all("ReplicaSet")
    assert first["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert first["metadata"]["ownerReferences"][0]["name"] == "backend"
    assert {each["spec"]["nodeName"] for each in pods(cluster)} == {
        each["metadata"]["name"] for each in cluster.all("Node") if not each["spec"].get("taints")
    }
    (pod, *_) = pods(cluster)
    assert pod["metadata"]["labels"]["pod-template-hash"] == first["metadata"]["labels"]["pod-template-hash"]
    assert pod["status"]["phase"] == "Running"
    assert pod["status"]["containerStatuses"][0]["ready"] is True

    cluster.apply(deployment(replicas=3, image="nginx:1.30"))
    cluster.available("backend")
    assert {each["spec"]["containers"][0]["image"] for each in pods(cluster)} == {"nginx:1.30"}
    assert sorted(each["spec"]["replicas"] for each in cluster.all("ReplicaSet")) == [0, 3]
    assert cluster.get("Deployment", "backend")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    done = cluster.kubectl("rollout", "undo", "deployment/backend", "-n", NAMESPACE)
    assert done.returncode == 0, done.stderr
    assert "successfully rolled out" in cluster.kubectl("rollout", "status", "deployment/backend", "-n", NAMESPACE).stdout
    assert {each["spec"]["containers"][0]["image"] for each in pods(cluster)} == {"nginx:1.29"}


def test_a_rollout_keeps_what_may_not_be_missing(cluster: Cluster) -> None:
    strategy = {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}
    cluster.apply(deployment(deployment=strategy))
    cluster.available("backend")
    cluster.cloud.fault("slow_operation", cloud="kubernetes", action="Deployments_Rollout", seconds=60)
    cluster.apply(deployment(image="nginx:1.30", deployment=strategy))
    status = cluster.until(lambda: found if (found := cluster.get("Deployment", "backend")["status"]).get("updatedReplicas") else None)
    assert (status["replicas"], status["updatedReplicas"], status["availableReplicas"]) == (3, 1, 2)
    assert cluster.condition("Deployment", "backend", "Progressing")["status"] == "True"


def test_a_rollout_that_takes_too_long(cluster: Cluster) -> None:
    cluster.apply(deployment(image="nginx:does-not-exist", deployment={"progressDeadlineSeconds": 1}))
    found = cluster.until(
        lambda: each if (each := cluster.condition("Deployment", "backend", "Progressing")).get("status") == "False" else None
    )
    assert (found["reason"], "has timed out progressing" in found["message"]) == ("ProgressDeadlineExceeded", True)
    assert cluster.condition("Deployment", "backend", "Available")["reason"] == "MinimumReplicasUnavailable"


def test_pods_survive_a_restart_of_nobody_and_go_with_their_deployment(cluster: Cluster) -> None:
    cluster.apply(deployment())
    cluster.available("backend")
    (one, _) = pods(cluster)
    cluster.delete("Pod", one["metadata"]["name"])
    cluster.available("backend")
    assert one["metadata"]["uid"] not in {each["metadata"]["uid"] for each in pods(cluster)}
    cluster.delete("Deployment", "backend")
    cluster.until(lambda: not pods(cluster) and not cluster.all("ReplicaSet"))


# --- what keeps a pod from running ---------------------------------------------


def test_a_secret_that_is_missing_or_lacks_a_key(cluster: Cluster) -> None:
    reference = {"name": "MONGODB_URL", "valueFrom": {"secretKeyRef": {"name": "mongodb-url", "key": "mongodb-url"}}}
    cluster.apply(deployment(container={"env": [reference]}))
    cluster.until(lambda: waiting(cluster) == "CreateContainerConfigError")
    assert ("Failed", 'Error: secret "mongodb-url" not found') in cluster.events("backend")
    cluster.apply(secret(url="mongodb://first"))
    text = f"Error: couldn't find key mongodb-url in Secret {NAMESPACE}/mongodb-url"
    cluster.until(lambda: ("Failed", text) in cluster.events("backend"))
    cluster.apply(secret(**{"mongodb-url": "mongodb://first"}))
    cluster.available("backend")


def test_a_volume_whose_source_is_missing(cluster: Cluster) -> None:
    volume = {"name": "settings", "configMap": {"name": "settings"}}
    cluster.apply(deployment(volumes=[volume]))
    text = 'MountVolume.SetUp failed for volume "settings" : configmap "settings" not found'
    cluster.until(lambda: ("FailedMount", text) in cluster.events("backend"))
    assert waiting(cluster) == "ContainerCreating"
    cluster.apply({"kind": "ConfigMap", "metadata": {"name": "settings", "namespace": NAMESPACE}, "data": {"a": "b"}})
    cluster.available("backend")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("ghcr.io/nobody/nothing:1.0", "ghcr.io/nobody/nothing:1.0: not found"),
        ("registry.nowhere.example/app:1", "lookup registry.nowhere.example on 168.63.129.16:53: no such host"),
        ("nobody/nothing", "pull access denied, repository does not exist or may require authorization"),
        (f"{REGISTRY}/backend:1.0", f"lookup {REGISTRY} on 168.63.129.16:53: no such host"),
    ],
)
def test_an_image_that_cannot_be_pulled(cluster: Cluster, image: str, said: str) -> None:
    cluster.apply(deployment(image=image, replicas=1))
    cluster.until(lambda: waiting(cluster) == "ImagePullBackOff")
    assert any(reason == "Failed" and said in message for reason, message in cluster.events("backend"))


def test_an_image_of_the_estates_registry_needs_the_nodes_identity_to_be_allowed(cluster: Cluster) -> None:
    azure = cluster.azure
    registry = f"{azure.group}/providers/Microsoft.ContainerRegistry/registries/financialAgent"
    body = {"location": "koreacentral", "sku": {"name": "Basic"}}
    assert azure.arm("PUT", registry, body, "2025-11-01").ok
    cluster.apply(deployment(image=f"{REGISTRY}/backend:1.0", replicas=1))
    cluster.until(lambda: any("401 Unauthorized" in message for _, message in cluster.events("backend")))
    kubelet = azure.arm("GET", cluster.id, version="2026-08-01").json()["properties"]["identityProfile"]["kubeletidentity"]["objectId"]
    role = f"{azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/{ACR_PULL}"
    path = f"{registry}/providers/Microsoft.Authorization/roleAssignments/6d0f2b1e-6c5b-4b39-8a3e-0d2c4f5a6b7c"
    given = {"properties": {"roleDefinitionId": role, "principalId": kubelet, "principalType": "ServicePrincipal"}}
    cluster.until(lambda: azure.arm("PUT", path, given).ok)  # the identity has to reach the directory first
    cluster.available("backend")


def test_a_service_account_that_is_missing(cluster: Cluster) -> None:
    cluster.apply(deployment(serviceAccountName="backend"))
    found = cluster.until(lambda: cluster.condition("Deployment", "backend", "ReplicaFailure"))
    assert found["reason"] == "FailedCreate"
    assert f'error looking up service account {NAMESPACE}/backend: serviceaccount "backend" not found' in found["message"]
    cluster.apply({"kind": "ServiceAccount", "metadata": {"name": "backend", "namespace": NAMESPACE}})
    cluster.available("backend")
    assert cluster.condition("Deployment", "backend", "ReplicaFailure") == {}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"nodeSelector": {"app": "nothing"}}, "3 node(s) didn't match Pod's node affinity/selector"),
        ({"container": {"resources": {"requests": {"cpu": "3"}}}}, "2 Insufficient cpu"),
        ({"nodeSelector": {"agentpool": "userpoolv2"}}, "1 node(s) had untolerated taint {memory: only}"),
    ],
)
def test_a_pod_that_fits_no_node(cluster: Cluster, spec: dict[str, t.Any], said: str) -> None:
    cluster.apply(deployment(**spec))
    cluster.until(lambda: any(reason == "FailedScheduling" and said in message for reason, message in cluster.events("backend")))
    (pod, *_) = pods(cluster)
    assert pod["status"]["phase"] == "Pending"
    assert [each["reason"] for each in pod["status"]["conditions"] if each["type"] == "PodScheduled"] == ["Unschedulable"]


def test_a_toleration_opens_the_node_for_memory(cluster: Cluster) -> None:
    toleration = {"key": "memory", "operator": "Equal", "value": "only", "effect": "NoSchedule"}
    cluster.apply(deployment(nodeSelector={"agentpool": "userpoolv2"}, tolerations=[toleration]))
    cluster.available("backend")


def test_pod_security_refuses_what_a_namespace_does_not_allow(cluster: Cluster) -> None:
    cluster.apply(namespace(**{"pod-security.kubernetes.io/enforce": "restricted"}))
    cluster.apply(deployment())
    found = cluster.until(lambda: cluster.condition("Deployment", "backend", "ReplicaFailure"))
    assert found["message"].partition("forbidden: ")[2] == (
        'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "backend" must set '
        'securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "backend" must set '
        'securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "backend" must set '
        'securityContext.runAsNonRoot=true), seccompProfile (pod or container "backend" must set '
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
    )
    refused = cluster.kubectl("run", "shell", "--image=busybox:1.37", "-n", NAMESPACE)
    assert 'pods "shell" is forbidden: violates PodSecurity "restricted:latest"' in refused.stderr
    tight = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    whole = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    cluster.apply(deployment(container={"securityContext": tight}, securityContext=whole))
    cluster.available("backend")


def test_pod_security_warns_before_it_refuses(cluster: Cluster) -> None:
    level = "pod-security.kubernetes.io"
    wrong = cluster.kubectl("label", "namespace", NAMESPACE, f"{level}/enforce=strict", f"{level}/warn-version=1.35")
    assert f'metadata.labels[{level}/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted' in wrong.stderr
    assert f'metadata.labels[{level}/warn-version]: Invalid value: "1.35": must be "latest" or "v1.x"' in wrong.stderr
    cluster.apply(deployment(replicas=2))
    cluster.available("backend")
    labelled = cluster.kubectl("label", "namespace", NAMESPACE, f"{level}/enforce=restricted")
    first, second = labelled.stderr.splitlines()
    assert first == f'Warning: existing pods in namespace "{NAMESPACE}" violate the new PodSecurity enforce level "restricted:latest"'
    reasons = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    assert second.startswith("Warning: backend-")
    assert second.endswith(f" (and 1 other pod): {reasons}")
    # A Deployment is let in, its pods are not: the writer is told.
    path = cluster.path("Deployment", "backend")
    applied = cluster.ask("PATCH", f"{path}?fieldManager=a&force=true", deployment(), **{"Content-Type": "application/apply-patch+yaml"})
    assert applied.status_code == 200
    assert 'would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation != false' in applied.headers["Warning"]


def test_a_program_that_ends_is_started_again_and_again(cluster: Cluster) -> None:
    cluster.apply(deployment(container={"command": ["sh", "-c", "exit 3"]}, replicas=1))
    cluster.until(lambda: waiting(cluster) == "CrashLoopBackOff")
    (pod,) = pods(cluster)
    assert pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 3
    assert cluster.condition("Deployment", "backend", "Available")["status"] == "False"


# --- secrets that reach a pod ----------------------------------------------------


def test_a_rotated_secret_reaches_the_pod_with_a_rollout_and_not_before(cluster: Cluster) -> None:
    reference = {"name": "MONGODB_URL", "valueFrom": {"secretKeyRef": {"name": "mongodb-url", "key": "mongodb-url"}}}
    container = {"env": [reference, {"name": "EMAIL_BYPASS_MODE", "value": "true"}]}

    def held() -> set[str]:
        state = cluster.cloud.ask("GET", "state")["kubernetes"]["api"]["clusters"][cluster.id.lower()]
        assert "mongodb://" not in str(state["memory"])
        known = state["memory"]["pods"]
        return {known[each["metadata"]["uid"]]["environment"]["backend"]["MONGODB_URL"] for each in pods(cluster)}

    cluster.apply(secret(**{"mongodb-url": "mongodb://first"}), deployment(container=container))
    cluster.available("backend")
    assert held() == {sha256(b"mongodb://first").hexdigest()}
    cluster.apply(secret(**{"mongodb-url": "mongodb://second"}))
    cluster.available("backend")
    assert held() == {sha256(b"mongodb://first").hexdigest()}
    assert cluster.kubectl("rollout", "restart", "deployment/backend", "-n", NAMESPACE).returncode == 0
    cluster.available("backend")
    assert held() == {sha256(b"mongodb://second").hexdigest()}


def test_a_paused_deployment_follows_its_size_and_not_its_template(cluster: Cluster) -> None:
    cluster.apply(deployment())
    cluster.available("backend")
    cluster.apply(deployment(image="nginx:1.30", replicas=3, deployment={"paused": True}))
    cluster.until(lambda: cluster.get("Deployment", "backend")["status"].get("readyReplicas") == 3)
    assert {each["spec"]["containers"][0]["image"] for each in pods(cluster)} == {"nginx:1.29"}
    assert cluster.condition("Deployment", "backend", "Progressing")["reason"] == "DeploymentPaused"


def test_recreate_first_stops_everything(cluster: Cluster) -> None:
    recreate = {"strategy": {"type": "Recreate"}}
    cluster.apply(deployment(deployment=recreate))
    cluster.available("backend")
    cluster.cloud.fault("slow_operation", cloud="kubernetes", action="Pods_Start", seconds=60)
    cluster.apply(deployment(image="nginx:1.30", deployment=recreate))
    cluster.until(lambda: {each["spec"]["containers"][0]["image"] for each in pods(cluster)} == {"nginx:1.30"})
    assert cluster.condition("Deployment", "backend", "Available")["status"] == "False"


def test_a_namespace_goes_with_all_that_runs_in_it(cluster: Cluster) -> None:
    cluster.apply(deployment())
    cluster.available("backend")
    cluster.delete("Namespace", NAMESPACE)
    cluster.until(lambda: cluster.ask("GET", f"api/v1/namespaces/{NAMESPACE}").status_code == 404)
    cluster.apply(namespace())
    assert (pods(cluster), cluster.all("ReplicaSet")) == ([], [])


def test_what_needs_a_program_is_refused_by_name(cluster: Cluster) -> None:
    cluster.apply(deployment())
    cluster.available("backend")
    for arguments in (("exec", "deploy/backend", "--", "ls"), ("attach", "deploy/backend"), ("port-forward", "deploy/backend", ":80")):
        done = cluster.kubectl("--namespace", NAMESPACE, *arguments)
        assert done.returncode == 1
        assert f"pods/{arguments[0].replace('-', '')} is not emulated: what runs in the local cloud's clusters are stand-ins" in done.stderr


def test_what_kubectl_shows_of_what_runs(cluster: Cluster) -> None:
    cluster.apply(deployment(replicas=1))
    cluster.available("backend")

    def shown(*arguments: str) -> list[str]:
        lines = cluster.kubectl("get", *arguments, "-n", NAMESPACE, "-o", "wide").stdout.splitlines()
        assert len(lines) == 2, lines
        return lines

    heading, row = shown("deployment")
    assert heading.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert row.split()[5:] == ["backend", "nginx:1.29", "app=backend"]
    _, row = shown("pod")
    (pod,) = pods(cluster)
    assert [pod["status"]["podIP"], pod["spec"]["nodeName"]] == row.split()[5:7]
    assert cluster.kubectl("cordon", pod["spec"]["nodeName"]).returncode == 0
    assert shown("node", pod["spec"]["nodeName"])[1].split()[1:3] == ["Ready,SchedulingDisabled", "<none>"]
    assert cluster.kubectl("run", "once", "--image=busybox", "--restart=Never", "-n", NAMESPACE, "--", "true").returncode == 0
    cluster.until(lambda: cluster.get("Pod", "once")["status"]["phase"] == "Succeeded")
    assert shown("pod", "once")[1].split()[2] == "Completed"
    assert cluster.kubectl("autoscale", "deployment", "backend", "--max=3", "--cpu=70%", "-n", NAMESPACE).returncode == 0
    assert "Deployment/backend" in shown("hpa")[1]
    assert "cpu: <unknown>/70%" in shown("hpa")[1]  # the pod asks for no cpu, of which a share could be told
