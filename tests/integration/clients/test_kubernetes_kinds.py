# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""StatefulSets, DaemonSets, Jobs, autoscalers, nodes and endpoints, seen by clients that know nothing of the local cloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import NAMESPACE, Cluster, Thing, deployment, namespace


@pytest.fixture
def cluster(cloud: LocalCloud, tmp_path: Path) -> Cluster:
    found = Cluster(cloud, tmp_path)
    found.apply(namespace())
    return found


def pods(cluster: Cluster, name: str) -> list[Thing]:
    return cluster.all("Pod", labels=f"app={name}")


def test_a_stateful_set_makes_its_pods_in_order_and_keeps_their_claims(cluster: Cluster) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    template = deployment("db")["spec"]["template"]
    spec = {"serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "template": template}
    metadata = {"name": "db", "namespace": NAMESPACE}
    stateful = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec | {"volumeClaimTemplates": [claim]}}
    cluster.apply(stateful)
    cluster.until(lambda: cluster.get("StatefulSet", "db")["status"].get("readyReplicas") == 2)
    assert [each["metadata"]["name"] for each in pods(cluster, "db")] == ["db-0", "db-1"]
    assert [each["status"]["phase"] for each in cluster.all("PersistentVolumeClaim")] == ["Bound", "Bound"]
    stateful["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.30"
    cluster.apply(stateful)
    cluster.until(lambda: {each["spec"]["containers"][0]["image"] for each in pods(cluster, "db")} == {"nginx:1.30"})
    cluster.until(lambda: cluster.get("StatefulSet", "db")["status"].get("updatedReplicas") == 2)


def test_a_daemon_set_runs_on_each_node_that_takes_it(cluster: Cluster) -> None:
    template = deployment("agent")["spec"]["template"]
    spec = {"selector": {"matchLabels": {"app": "agent"}}, "template": template}
    cluster.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": NAMESPACE}, "spec": spec})
    cluster.until(lambda: cluster.get("DaemonSet", "agent")["status"].get("numberAvailable") == 2)
    template["spec"]["tolerations"] = [{"operator": "Exists"}]
    cluster.apply({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": NAMESPACE}, "spec": spec})
    cluster.until(lambda: cluster.get("DaemonSet", "agent")["status"].get("updatedNumberScheduled") == 3)
    assert cluster.get("DaemonSet", "agent")["status"]["desiredNumberScheduled"] == 3


def test_jobs_end(cluster: Cluster) -> None:
    def job(name: str, *command: str) -> Thing:
        container = {"name": "main", "image": "busybox:1.37", "command": list(command)}
        spec = {"backoffLimit": 1, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}

    cluster.apply(job("good", "sh", "-c", "exit 0"), job("bad", "sh", "-c", "exit 1"))
    cluster.until(lambda: cluster.condition("Job", "good", "Complete").get("status") == "True")
    cluster.until(lambda: cluster.condition("Job", "bad", "Failed").get("reason") == "BackoffLimitExceeded")
    assert cluster.get("Job", "good")["status"]["succeeded"] == 1
    assert cluster.get("Job", "bad")["status"]["failed"] == 2


def test_a_cron_job_makes_a_job_when_its_time_has_come(cluster: Cluster) -> None:
    container = {"name": "main", "image": "busybox:1.37", "command": ["true"]}
    job = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}}
    metadata = {"name": "nightly", "namespace": NAMESPACE}
    spec = {"schedule": "* * * * *", "jobTemplate": job}
    cluster.apply({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec})
    assert cluster.all("Job") == []
    with cluster.cloud.state() as state:
        kept = state["kubernetes"]["api"]["clusters"][cluster.id.lower()]["objects"]["cronjobs.batch"][f"{NAMESPACE}/nightly"]
        kept["metadata"]["creationTimestamp"] = "2026-11-25T17:30:00Z"
    (made,) = cluster.until(lambda: cluster.all("Job"))
    assert made["metadata"]["ownerReferences"][0]["name"] == "nightly"
    cluster.until(lambda: "lastSuccessfulTime" in cluster.get("CronJob", "nightly")["status"])


def test_an_autoscaler_writes_replicas_through_the_scale_subresource(cluster: Cluster) -> None:
    cluster.apply(deployment(replicas=1, container={"resources": {"requests": {"cpu": "100m"}}}))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "backend"}
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
    spec = {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 5, "metrics": [metric]}
    metadata = {"name": "backend", "namespace": NAMESPACE}
    cluster.apply({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec})
    budget = {"selector": {"matchLabels": {"app": "backend"}}, "minAvailable": 2}
    cluster.apply({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget})
    cluster.until(lambda: cluster.get("Deployment", "backend")["spec"]["replicas"] == 3)
    found = cluster.available("backend")
    owners = [
        (each["manager"], each.get("subresource"))
        for each in found["metadata"]["managedFields"]
        if "f:replicas" in each["fieldsV1"].get("f:spec", {})
    ]
    assert owners == [("kube-controller-manager", "scale")]
    assert cluster.condition("HorizontalPodAutoscaler", "backend", "ScalingActive")["reason"] == "ValidMetricFound"
    cluster.until(lambda: cluster.get("PodDisruptionBudget", "backend")["status"].get("disruptionsAllowed") == 1)


def test_a_budget_keeps_a_pod_and_says_why(cluster: Cluster) -> None:
    cluster.apply(deployment(replicas=2))
    cluster.available("backend")
    budget = {"selector": {"matchLabels": {"app": "backend"}}, "minAvailable": "100%"}
    metadata = {"name": "backend", "namespace": NAMESPACE}
    cluster.apply({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": budget})
    cluster.until(lambda: cluster.get("PodDisruptionBudget", "backend")["status"].get("currentHealthy") == 2)
    name = pods(cluster, "backend")[0]["metadata"]["name"]
    refused = cluster.ask("POST", f"{cluster.path('Pod', name)}/eviction", {"metadata": {"name": name}})
    assert (refused.status_code, refused.json()["reason"]) == (429, "TooManyRequests")
    told = "The disruption budget backend needs 2 healthy pods and has 2 currently"
    assert refused.json()["details"]["causes"] == [{"reason": "DisruptionBudget", "message": told}]
    assert name in [each["metadata"]["name"] for each in pods(cluster, "backend")]


def test_nodes_follow_the_pools(cluster: Cluster) -> None:
    assert len(cluster.all("Node")) == 3
    (memory,) = [each for each in cluster.all("Node") if each["spec"].get("taints")]
    assert memory["metadata"]["labels"]["node.kubernetes.io/instance-type"] == "Standard_E2_v3"
    assert memory["spec"]["taints"] == [{"key": "memory", "value": "only", "effect": "NoSchedule"}]
    pool = {"properties": {"mode": "User", "vmSize": "Standard_D2ls_v5", "count": 2}}
    path = f"{cluster.id}/agentPools/extra"
    assert cluster.azure.arm("PUT", path, pool, "2026-08-01").ok
    cluster.until(lambda: len(cluster.all("Node")) == 5)
    cluster.until(lambda: cluster.azure.arm("DELETE", path, version="2026-08-01").ok)
    cluster.until(lambda: len(cluster.all("Node")) == 3)


def test_endpoints_list_who_is_ready(cluster: Cluster) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": "web"}]
    service = {"selector": {"app": "backend"}, "ports": ports}
    cluster.apply({"kind": "Service", "metadata": {"name": "backend", "namespace": NAMESPACE}, "spec": service})
    cluster.apply(deployment(container={"ports": [{"name": "web", "containerPort": 8080}]}))
    cluster.available("backend")
    (subset,) = cluster.ask("GET", f"api/v1/namespaces/{NAMESPACE}/endpoints/backend").json()["subsets"]
    assert len(subset["addresses"]) == 2
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    (found,) = cluster.ask("GET", f"apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices").json()["items"]
    assert [each["conditions"]["ready"] for each in found["endpoints"]] == [True, True]
