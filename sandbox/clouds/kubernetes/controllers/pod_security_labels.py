# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pod Security as writers meet it besides refused pods: wrong labels of namespaces are refused, of what follows they are warned.

Source: k8s.io/pod-security-admission (admission/admission.go, api/helpers.go).
"""

from __future__ import annotations

import re
import time
import typing as t

from sandbox.clouds.kubernetes.causes import wrong
from sandbox.clouds.kubernetes.controllers import pod_security
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import NAMESPACES, PODS, Thing, labels_of, leaving, name_of, namespace_of
from sandbox.clouds.kubernetes.errors import Cause, invalid

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster
    from sandbox.clouds.kubernetes.registry import Attempt

LEVELS = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"latest|v1\.(0|[1-9]\d*)")
_TEMPLATES = {
    **dict.fromkeys(("deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch"), ("spec", "template")),
    "cronjobs.batch": ("spec", "jobTemplate", "spec", "template"),
    "pods": (),
}


def review(cluster: Cluster, attempt: Attempt) -> None:
    """Asked before each write. Refuses (422) labels that mean nothing."""
    after, kind = attempt.after, attempt.resource.qualified
    if after is None or attempt.subresource:
        return
    if kind == "namespaces":
        _check_labels(after)
        if attempt.before is not None:
            attempt.warnings.extend(_warnings_of_pods(Desk(cluster, time.time()), attempt.before, after))
    elif kind in _TEMPLATES and not (kind == "pods" and attempt.before is not None):
        pod: Thing = after
        for step in _TEMPLATES[kind]:
            pod = pod.get(step) or {}
        if (pod.get("spec") or {}).get("containers"):
            home = cluster.get(*NAMESPACES, None, namespace_of(after))
            level, version = _warned_of(labels_of(home) if home else {})
            violations = pod_security.violations(pod, level)
            if violations:
                attempt.warnings.append(f'would violate PodSecurity "{level}:{version}": {", ".join(violations)}')


def _check_labels(namespace: Thing) -> None:
    causes: list[Cause] = []
    for mode in ("enforce", "audit", "warn"):
        for name, good, why in (
            (mode, "|".join(LEVELS), f"must be one of {', '.join(LEVELS)}"),
            (f"{mode}-version", _VERSION.pattern, 'must be "latest" or "v1.x"'),
        ):
            label = f"{pod_security.LABEL}/{name}"
            value = labels_of(namespace).get(label)
            if value is not None and not re.fullmatch(good, value):
                causes.append(wrong(f"metadata.labels[{label}]", value, why))
    if causes:
        raise invalid("", "Namespace", name_of(namespace), causes)


def _warned_of(labels: dict[str, str]) -> tuple[str, str]:
    """Level and version: what is enforced, where nothing is said of warnings."""
    level, version = labels.get(f"{pod_security.LABEL}/warn"), labels.get(f"{pod_security.LABEL}/warn-version")
    enforced = pod_security.enforced(labels)
    return (level, version or "latest") if level else (enforced[0], version or enforced[1])


def _warnings_of_pods(desk: Desk, before: Thing, after: Thing) -> list[str]:
    """Pods that are there already and would not be let in any more."""
    (was, _), (level, version) = (pod_security.enforced(labels_of(each)) for each in (before, after))
    if LEVELS.index(level) <= LEVELS.index(was):
        return []
    found: dict[str, list[str]] = {}
    for pod in desk.all(PODS, name_of(after)):
        violations = pod_security.violations(pod, level)
        if violations and not leaving(pod):
            found.setdefault(", ".join(each.partition(" (")[0] for each in violations), []).append(name_of(pod))
    if not found:
        return []
    told = sorted(f"{names[0]}{_and_others(len(names) - 1)}: {why}" for why, names in found.items())
    return [f'existing pods in namespace "{name_of(after)}" violate the new PodSecurity enforce level "{level}:{version}"', *told]


def _and_others(count: int) -> str:
    return f" (and {count} other pod{'s' if count > 1 else ''})" if count else ""
