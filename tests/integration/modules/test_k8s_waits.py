# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for workloads of a cluster whose controllers work, and what is said when they do not get there."""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import DEPLOYMENT, NAMESPACE, SERVICE, Cluster, found, objects, secret
from tests.steps import Done

D = f"Deployment {NAMESPACE}/backend"
# An image that anybody may pull.
IMAGE = "mcr.microsoft.com/azuredocs/aks-helloworld:v1"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


def deployment(image: str = IMAGE, **container: t.Any) -> dict[str, t.Any]:
    made = copy.deepcopy(DEPLOYMENT)
    made["spec"]["template"]["spec"]["containers"][0] |= {"image": image, **container}
    return made


def wait(cluster: Cluster, *declared: dict[str, t.Any], seconds: int = 20, **more: t.Any) -> Done:
    return objects(cluster.cloud, declared, wait=True, wait_timeout=seconds, **more)


def test_a_rollout_is_waited_for(cluster: Cluster) -> None:
    done = wait(cluster, deployment(), SERVICE)
    assert done.status == "ok", done.result["msg"]
    assert cluster.get("deployment", "backend")["status"]["availableReplicas"] == 2
    again = wait(cluster, deployment(), SERVICE)
    assert (again.status, again.result["changes"], again.writes) == ("ok", [], [])
    # What was looked at to compare it is not looked at once more.
    assert sum(call.endswith(" get") for call in again.reads) == 2
    rolled = wait(cluster, deployment(env=[{"name": "NEW", "value": "1"}]))
    assert rolled.status == "ok", rolled.result["msg"]
    assert cluster.get("deployment", "backend")["status"]["updatedReplicas"] == 2


def test_a_rollout_that_does_not_get_there_tells_why_and_a_rerun_picks_it_up(cluster: Cluster) -> None:
    source = {"envFrom": [{"secretRef": {"name": "mongodb-url"}}]}
    late = wait(cluster, deployment(**source), seconds=2)
    assert (late.status, late.result["failure"]["code"], late.result["changed"]) == ("failed", "not_ready", True)
    for words in (f"{D}: 0 of 2 updated replicas are available", "CreateContainerConfigError", 'secret "mongodb-url" not found'):
        assert words in late.result["msg"]
    assert late.result["applied"] == [f"create kubernetes {D}"]
    objects(cluster.cloud, [secret("mongodb://x", "mongodb-url")])
    done = wait(cluster, deployment(**source))
    assert (done.status, done.result["changed"]) == ("ok", False), done.result.get("msg")


def test_an_image_that_is_not_there(cluster: Cluster) -> None:
    late = wait(cluster, deployment("nosuch.example.com/image:1"), seconds=2)
    assert late.status == "failed"
    assert "Pull" in late.result["msg"]
    assert "Check the image's name and tag" in late.result["msg"]


def test_a_load_balancer_gets_its_address(cluster: Cluster) -> None:
    service = copy.deepcopy(SERVICE)
    service["spec"]["type"] = "LoadBalancer"
    done = wait(cluster, service)
    assert done.status == "ok", done.result["msg"]
    assert cluster.get("service", "backend")["status"]["loadBalancer"]["ingress"]
    assert wait(cluster, service).result["changes"] == []


@pytest.mark.parametrize(("command", "ready"), [("exit 0", True), ("exit 3", False)])
def test_jobs_complete_or_fail(cluster: Cluster, command: str, ready: bool) -> None:
    container = {"name": "job", "image": IMAGE, "command": ["sh", "-c", command]}
    spec = {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "job"}, "spec": spec}
    done = wait(cluster, job)
    assert (done.status == "ok") is ready, done.result
    if not ready:
        assert f"will not be: Job {NAMESPACE}/job: Failed is True: BackoffLimitExceeded" in done.result["msg"]
    assert wait(cluster, job).result.get("changes", []) == []


def test_an_autoscaler_keeps_its_replicas(cluster: Cluster) -> None:
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "backend"},
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "backend"}, "minReplicas": 3, "maxReplicas": 5},
    }
    assert wait(cluster, deployment(), scaler).status == "ok"
    assert wait(cluster, deployment(), scaler).status == "ok"
    assert cluster.get("deployment", "backend")["spec"]["replicas"] == 3
    quiet = wait(cluster, deployment(), scaler)
    assert (found(quiet), quiet.writes) == ({}, [])
    changed = wait(cluster, deployment(env=[{"name": "NEW", "value": "1"}]), scaler)
    assert not [path for _, path in found(changed) if path == "/spec/replicas"]
    assert cluster.get("deployment", "backend")["spec"]["replicas"] == 3
