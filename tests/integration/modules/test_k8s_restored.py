# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects that a backup has brought back: our note is on them, and every field stands in the name of whoever has restored them."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.k8s import NAMESPACE, Cluster, found, later, objects

CLAIM: dict[str, t.Any] = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
P = f"PersistentVolumeClaim {NAMESPACE}/data"
_OF_THE_SERVER = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation")


@pytest.fixture
def cluster(cloud: LocalCloud) -> Cluster:
    return Cluster(cloud)


def restore(cluster: Cluster, kind: str, name: str, **spec: t.Any) -> None:
    """Delete an object, and make it again from what a backup has of it."""
    backup = cluster.get(kind, name)
    backup.pop("status", None)
    backup["metadata"] = {key: value for key, value in backup["metadata"].items() if key not in _OF_THE_SERVER}
    backup["spec"] |= spec
    cluster.kubectl("delete", kind, name, "-n", NAMESPACE)
    later()
    cluster.kubectl("create", "-f", "-", text=json.dumps(backup))


def test_a_claim_keeps_its_volume_and_its_class(cluster: Cluster) -> None:
    objects(cluster.cloud, [CLAIM])
    restore(cluster, "pvc", "data", volumeName="restored", storageClassName="fast")
    quiet = objects(cluster.cloud, [CLAIM])
    assert (quiet.status, quiet.result.get("changes"), quiet.writes) == ("ok", [], []), quiet.result.get("msg")
    # What cannot go does not hide what can.
    cluster.kubectl("label", "pvc/data", "-n", NAMESPACE, "by=hand")
    preview = objects(cluster.cloud, [CLAIM], check=True)
    done = objects(cluster.cloud, [CLAIM])
    assert found(done) == found(preview) == {(P, "/metadata/labels/by"): ("hand", None)}
    assert cluster.get("pvc", "data")["spec"]["volumeName"] == "restored"
    assert objects(cluster.cloud, [CLAIM]).writes == []


def test_nobody_is_told_to_delete_what_holds_data(cluster: Cluster) -> None:
    objects(cluster.cloud, [CLAIM])
    other = {**CLAIM, "spec": {**CLAIM["spec"], "accessModes": ["ReadWriteMany"]}}
    refused = objects(cluster.cloud, [other], check=True)
    assert (refused.result["failure"]["code"], "delete" in refused.result["msg"]) == ("immutable", False)
