# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What manifests of workloads say about their containers. Pure."""

from __future__ import annotations

import typing as t

Manifest = t.Mapping[str, t.Any]
# Where a kind has the specification of its pods
_PODS = {
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "Pod": ("spec",),
}


class Setting(t.TypedDict):
    """where: `Deployment backend, container backend`. value: None where it comes from a place that the manifests do not show."""

    where: str
    value: str | None


def environment(manifests: t.Sequence[Manifest], variable: str) -> list[Setting]:
    """Where a variable is set for containers, and to what; ConfigMaps that are among the manifests are looked into."""
    maps = {each["metadata"]["name"]: each.get("data") or {} for each in manifests if each.get("kind") == "ConfigMap"}
    found: list[Setting] = []
    for manifest in manifests:
        kind = str(manifest.get("kind"))
        for container in _containers(manifest, _PODS.get(kind)):
            where = f"{kind} {manifest['metadata']['name']}, container {container.get('name')}"
            found += [{"where": where, "value": value} for value in _values(container, variable, maps)]
    return found


def _containers(manifest: Manifest, steps: t.Sequence[str] | None) -> list[Manifest]:
    if steps is None:
        return []
    pod: t.Any = manifest
    for step in steps:
        pod = (pod or {}).get(step)
    return [each for name in ("initContainers", "containers") for each in (pod or {}).get(name) or ()]


def _values(container: Manifest, variable: str, maps: t.Mapping[str, Manifest]) -> t.Iterator[str | None]:
    """What is in `env` wins over what comes by `envFrom`; each that sets it is told."""
    for each in container.get("envFrom") or ():
        data = maps.get((each.get("configMapRef") or {}).get("name") or "", {})
        prefix = each.get("prefix") or ""
        if variable.startswith(prefix) and variable.removeprefix(prefix) in data:
            yield str(data[variable.removeprefix(prefix)])
    for each in container.get("env") or ():
        if each.get("name") != variable:
            continue
        source = (each.get("valueFrom") or {}).get("configMapKeyRef") or {}
        if each.get("valueFrom"):
            value = maps.get(source.get("name") or "", {}).get(source.get("key") or "")
            yield None if value is None else str(value)
        else:
            yield str(each.get("value") or "")
