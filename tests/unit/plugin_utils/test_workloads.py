# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where manifests set an environment variable."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.workloads import environment

MAP = {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"BYPASS": "true", "KEY": "on"}}
BY_KEY = {"name": "BYPASS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "KEY"}}}


def workload(kind: str = "Deployment", **container: t.Any) -> dict[str, t.Any]:
    pod = {"spec": {"containers": [{"name": "c", **container}]}}
    inside = {"CronJob": {"jobTemplate": {"spec": {"template": pod}}}, "Pod": pod["spec"]}.get(kind, {"template": pod})
    return {"kind": kind, "metadata": {"name": "w"}, "spec": inside}


@pytest.mark.parametrize(
    ("container", "value"),
    [
        ({"env": [{"name": "BYPASS", "value": "true"}]}, ["true"]),
        ({"env": [{"name": "BYPASS"}]}, [""]),
        ({"env": [{"name": "OTHER", "value": "true"}]}, []),
        ({"env": [BY_KEY]}, ["on"]),
        ({"env": [{"name": "BYPASS", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}, [None]),
        ({"env": [{"name": "BYPASS", "valueFrom": {"configMapKeyRef": {"name": "elsewhere", "key": "k"}}}]}, [None]),
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, ["true"]),
        ({"envFrom": [{"configMapRef": {"name": "settings"}}], "env": [{"name": "BYPASS", "value": "false"}]}, ["true", "false"]),
        ({"envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "BY"}]}, []),
        ({"envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "X_"}]}, []),
        ({"envFrom": [{"secretRef": {"name": "s"}}]}, []),
        ({}, []),
    ],
)
def test_wherever_it_comes_from(container: dict[str, t.Any], value: list[str | None]) -> None:
    assert [each["value"] for each in environment([workload(**container), MAP], "BYPASS")] == value


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"])
def test_in_every_kind_of_workload(kind: str) -> None:
    found = environment([workload(kind, env=[{"name": "BYPASS", "value": "true"}])], "BYPASS")
    assert found == [{"where": f"{kind} w, container c", "value": "true"}]


def test_what_is_no_workload_is_passed_over() -> None:
    assert environment([{"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": []}}], "BYPASS") == []
