# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many objects of a cluster one task keeps as declared in a second."""

from __future__ import annotations

import json
import tempfile
import typing as t
from pathlib import Path

from tools.estate import Estate, Run

COUNT = 200
NAMESPACE = "bench"
CLUSTER = (
    "/subscriptions/{AZURE_SUBSCRIPTION_ID}/resourceGroups/FinancialAgent"
    "/providers/Microsoft.ContainerService/managedClusters/FinancialAgent-AKS"
)


def objects() -> list[dict[str, t.Any]]:
    """Settings, services, secrets and deployments, a quarter each, and their namespace."""
    made: list[dict[str, t.Any]] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]
    for number in range(COUNT // 4):
        metadata, labels = {"name": f"item-{number:03}", "namespace": NAMESPACE}, {"app": f"item-{number:03}"}
        container = {"name": "main", "image": "registry.k8s.io/pause:3.10", "ports": [{"containerPort": 8080}]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        deployment = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
        made += [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"number": str(number)}},
            {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"number": str(number)}},
            {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": labels, "ports": [{"port": 80}]}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment},
        ]
    return made


def measure(cloud: Estate) -> t.Iterator[tuple[str, int, Run]]:
    """Each step by its name, with the number of objects and the run. The estate's cluster must be there."""
    declared = objects()
    task = {"klinematrix.hybrid_cloud.k8s_objects": {"aks_cluster_id": CLUSTER.format(**cloud.environment), "objects": declared}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task]}
    with tempfile.TemporaryDirectory() as directory:
        playbook = Path(directory, "objects.yml")
        playbook.write_text(json.dumps([play]))
        for name, arguments in (("preview", ["--check"]), ("create", []), ("unchanged", []), ("preview again", ["--check"])):
            yield name, len(declared), cloud.play(str(playbook), *arguments)


def report(cloud: Estate) -> int:
    print(f"\n{COUNT + 1} objects of a cluster in one task")
    print(f"{'':<14}{'reads':>7}{'writes':>8}{'task s':>9}{'objects a second':>18}")
    for name, count, run in measure(cloud):
        if run.code:
            print(run.output)
            return 1
        print(f"{name:<14}{run.reads:>7}{run.writes:>8}{run.task_seconds:>9.2f}{count / max(run.task_seconds, 0.001):>18.0f}")
    return 0
