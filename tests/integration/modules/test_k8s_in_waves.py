# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server refuses until something else of the same task is written: it is tried in its turn."""

from __future__ import annotations

import copy
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, THING, THINGS, Cluster, actions, found, objects

T = f"Thing {NAMESPACE}/one"
ENFORCE = "pod-security.kubernetes.io/enforce"


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


def pod(**spec: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {**spec, "containers": [{"name": "c", "image": "x:1"}]}}


def space(level: str) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {ENFORCE: level}}}


def kept(cluster: Cluster, *declared: dict[str, t.Any]) -> dict[tuple[str, str], tuple[t.Any, t.Any]]:
    """Preview, do, and see that nothing is left to do; what was found."""
    preview = objects(cluster.cloud, declared, check=True)
    done = objects(cluster.cloud, declared)
    assert (done.status, done.result.get("changes")) == ("ok", preview.result.get("changes")), (preview.result, done.result)
    assert objects(cluster.cloud, declared).result["changes"] == []
    return found(done)


def test_a_definition_gains_a_field_and_a_version(cluster: Cluster) -> None:
    objects(cluster.cloud, [THINGS, THING])
    things, thing = copy.deepcopy(THINGS), copy.deepcopy(THING)
    [version] = things["spec"]["versions"]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["color"] = {"type": "string"}
    thing["spec"]["color"] = "red"
    assert kept(cluster, things, thing)[T, "/spec/color"] == (None, "red")
    things["spec"]["versions"].append({**copy.deepcopy(version), "name": "v2", "storage": False})
    newer = {**thing, "apiVersion": "example.com/v2", "spec": {"size": 3, "color": "red"}}
    changed = {path: values for (ref, path), values in kept(cluster, things, newer).items() if ref == T}
    assert changed == {"/apiVersion": ("example.com/v1", "example.com/v2"), "/spec/size": (1, 3)}


def test_a_pod_and_its_account(cluster: Cluster) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
    kept(cluster, pod(serviceAccountName="runner"), account)
    # Without it, it is refused before anything is written.
    alone = objects(cluster.cloud, [{**pod(serviceAccountName="nobody"), "metadata": {"name": "q"}}, account])
    assert (alone.status, alone.writes, alone.result["failure"]["code"]) == ("failed", [], "missing_service_account")


def test_a_namespace_lets_in_what_it_has_kept_out(cluster: Cluster) -> None:
    objects(cluster.cloud, [space("restricted")])
    assert objects(cluster.cloud, [pod()]).writes == []
    kept(cluster, space("privileged"), pod())


def test_what_is_still_refused_is_told_as_not_applied(cluster: Cluster) -> None:
    objects(cluster.cloud, [space("restricted")])
    declared = [space("baseline"), pod(hostNetwork=True)]
    preview = objects(cluster.cloud, declared, check=True)
    assert actions(preview)[1] == ("create", f"Pod {NAMESPACE}/p")
    assert f"Pod {NAMESPACE}/p cannot be tried before Namespace {NAMESPACE} is as declared" in str(preview.result["warnings"])
    done = objects(cluster.cloud, declared)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "pod_security")
    assert done.result["applied"] == [f"update kubernetes Namespace {NAMESPACE}"]
    assert done.result["not_applied"] == [f"create kubernetes Pod {NAMESPACE}/p"]
