# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a kind keeps how many of it are wanted, and the Scale object that shows it."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.resources import Resource


def paths_of(resource: Resource) -> tuple[list[str], list[str], str]:
    """Where the wanted and the present number are, and the selector ("" if none)."""
    if not resource.custom:
        return ["spec", "replicas"], ["status", "replicas"], "spec.selector"
    known = ((resource.definition or {}).get("subresources") or {})["scale"]
    wanted, present = (known[name].lstrip(".").split(".") for name in ("specReplicasPath", "statusReplicasPath"))
    return wanted, present, known.get("labelSelectorPath", "")


def scale_of(resource: Resource, live: Json) -> Json:
    wanted, present, selector = paths_of(resource)
    meta = {
        name: live["metadata"][name]
        for name in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        if name in live["metadata"]
    }
    number = _at(live, wanted)
    status: Json = {"replicas": _at(live, present) or 0}
    text = _selector(resource, live, selector)
    spec = {} if number in (None, 0) else {"replicas": number}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": spec,
        "status": status | ({"selector": text} if text else {}),
    }


def replicas_of(resource: Resource, each: Json) -> int:
    """How many are wanted."""
    return int(_at(each, paths_of(resource)[0]) or 0)


def set_replicas(resource: Resource, each: Json, replicas: int) -> None:
    wanted, _, _ = paths_of(resource)
    place = each
    for step in wanted[:-1]:
        place = place.setdefault(step, {})
    place[wanted[-1]] = replicas


def _selector(resource: Resource, live: Json, path: str) -> str:
    found = _at(live, path.lstrip(".").split(".")) if path else None
    if isinstance(found, str):
        return found
    if not isinstance(found, dict):
        return ""
    return ",".join(f"{name}={value}" for name, value in sorted((found.get("matchLabels") or {}).items()))


def _at(each: t.Any, path: list[str]) -> t.Any:
    for step in path:
        each = each.get(step) if isinstance(each, dict) else None
    return each
