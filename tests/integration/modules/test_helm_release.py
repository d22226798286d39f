# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm_release against a cluster of the local cloud: what is previewed, what helm is asked to do, what is shown."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, Cluster, actions, found
from tests.integration.modules.releases import (
    CANARY,
    NAME,
    PLACE,
    SECRET,
    TEMPLATES,
    WORKLOAD,
    chart,
    declared,
    release,
    revisions,
)
from tests.steps import BOTH_WAYS, four_steps

R, D = f"helm_release {PLACE}", f"Deployment {PLACE}"
CONTAINER = "/spec/template/spec/containers/app"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return chart(tmp_path / "app")


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cluster: Cluster, path: str, in_process: bool) -> None:
    steps = four_steps(cluster.cloud, "helm_release", in_process=in_process, **declared(path, values={"password": CANARY, "replicas": 2}))
    assert actions(steps[0])[0] == ("create", R)
    assert {action for action, _ in actions(steps[0])} == {"create"}
    assert steps[0].result["release"]["revision"] == "(known after apply)"
    assert steps[1].result["release"] == {
        "name": NAME,
        "namespace": NAMESPACE,
        "revision": 1,
        "status": "deployed",
        "chart": "app",
        "version": "1.0.0",
        "app_version": "7",
    }
    assert CANARY not in json.dumps([step.result for step in steps])
    assert revisions(cluster) == [(1, "deployed")]
