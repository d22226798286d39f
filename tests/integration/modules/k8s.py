# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster for tests, real kubectl against it, and objects to declare."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.aks.access import access_to
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.arm import Arm
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import ServerAccess, kubeconfig_of
from tests.cloud import LocalCloud
from tests.integration.modules.aks import ID, hurry, prepare, seed
from tests.steps import Done, Task, direct, task

NAMESPACE = "klinematrix-test"
CLUSTER = {"aks_cluster_id": ID}
D, S, C = f"Deployment {NAMESPACE}/backend", f"Service {NAMESPACE}/backend", f"ConfigMap {NAMESPACE}/settings"
CANARY = "canary-" + "q7" * 16
OLD_CANARY = "canary-" + "z3" * 16


def kubeconfig_text(cluster_id: str) -> str:
    """A kubeconfig for a cluster of the local cloud, to which this process is pointed."""
    found = access_to(Arm(Credential(identity_of({}), {}), Traffic("azure", read_only=True)), cluster_id)
    access = ServerAccess(found.server, "x", authority=found.authority, token=found.token, certificate=found.certificate, key=found.key)
    return yaml.safe_dump(kubeconfig_of(access))


def run_kubectl(config: Path, *arguments: str, text: str | None = None, check: bool = True) -> str:
    """Run the real kubectl; what it prints."""
    argv = ["kubectl", "--kubeconfig", str(config), *arguments]
    ran = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert not check or ran.returncode == 0, f"{arguments}: {ran.stderr}"
    return ran.stdout


class Cluster:
    """An AKS cluster of the local cloud, and what a person does to it by kubectl."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self._config: str | None = None
        cloud.once("a cluster", self._make)

    def _make(self) -> None:
        prepare(self.cloud)
        hurry(self.cloud)
        seed(self.cloud)
        self.cloud.heal()
        self.kubectl("create", "namespace", NAMESPACE)

    def kubectl(self, *arguments: str, text: str | None = None, check: bool = True) -> str:
        """kubectl at this cluster."""
        config = Path(tempfile.gettempdir()) / f"kubeconfig-{os.getpid()}"
        if self._config is None:
            self._config = kubeconfig_text(ID)
        config.write_text(self._config)
        try:
            return run_kubectl(config, *arguments, text=text, check=check)
        finally:
            config.unlink()

    def get(self, kind: str, name: str, namespace: str = NAMESPACE) -> dict[str, t.Any]:
        return t.cast(
            "dict[str, t.Any]", json.loads(self.kubectl("get", kind, name, "-n", namespace, "-o", "json", "--show-managed-fields"))
        )

    def there(self, kind: str, *names: str, namespace: str = NAMESPACE) -> list[str]:
        found = self.kubectl("get", kind, *names, "-n", namespace, "-o", "name", "--ignore-not-found")
        return [line.partition("/")[2] for line in found.splitlines()]


def objects(cloud: LocalCloud, declared: t.Sequence[dict[str, t.Any]] | None, *, check: bool = False, **more: t.Any) -> Done:
    given = {} if declared is None else {"objects": list(declared)}
    return direct(cloud, "k8s_objects", check=check, **{"namespace": NAMESPACE, **CLUSTER, **given, **more})


def objects_task(declared: t.Sequence[dict[str, t.Any]], *, check: bool = False, **more: t.Any) -> Task:
    return task("k8s_objects", check=check, **{"namespace": NAMESPACE, **CLUSTER, "objects": list(declared), **more})


def found(done: Done) -> dict[tuple[str, str], tuple[t.Any, t.Any]]:
    """What is not as declared: (object, path): (before, after)."""
    return {
        (f"{change['kind']} {change['name']}", each["path"]): (each["before"], each["after"])
        for change in done.result["changes"]
        for each in change["fields"]
    }


def actions(done: Done) -> list[tuple[str, str]]:
    return [(change["action"], f"{change['kind']} {change['name']}") for change in done.result["changes"]]


def later() -> None:
    """Entries of managers have times of whole seconds: what comes after this is newer than what came before."""
    now = time.time()
    while int(time.time()) == int(now):
        time.sleep(0.02)


DEPLOYMENT: dict[str, t.Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "backend", "labels": {"app": "backend"}, "annotations": {"note": "declared"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "backend"}},
        "template": {
            "metadata": {"labels": {"app": "backend"}},
            "spec": {
                "containers": [
                    {
                        "name": "backend",
                        "image": "registry.example/backend:1.0",
                        "env": [
                            {"name": "EMAIL_BYPASS_MODE", "value": "true"},
                            {"name": "LOG_FORMAT", "value": "json"},
                            {"name": "TOKEN", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                        ],
                        "ports": [{"name": "http", "containerPort": 8080}, {"name": "http-metrics", "containerPort": 9090}],
                        "resources": {"requests": {"cpu": "100m"}},
                    }
                ],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        },
    },
}
SERVICE: dict[str, t.Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "backend"},
    "spec": {"selector": {"app": "backend"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
}
SETTINGS: dict[str, t.Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "1", "B": "2"}}
ALL = [DEPLOYMENT, SERVICE, SETTINGS]
# A kind of somebody's own, and an object of it.
THINGS: dict[str, t.Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"size": {"type": "integer"}}},
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}
THING: dict[str, t.Any] = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": {"size": 1}}


def secret(value: str, name: str = "key", **more: t.Any) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"token": value}, **more}


def many(count: int) -> list[dict[str, t.Any]]:
    """Objects of several kinds, for measuring: how many are kept as declared in a second."""
    made: list[dict[str, t.Any]] = []
    for number in range(count):
        name = f"item-{number:04}"
        kind = number % 4
        if kind == 0:
            made.append({**DEPLOYMENT, "metadata": {"name": name}})
        elif kind == 1:
            made.append({**SERVICE, "metadata": {"name": name}})
        elif kind == 2:
            made.append({**SETTINGS, "metadata": {"name": name}})
        else:
            made.append(secret(f"value-{number}", name))
    return made


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
