# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""In which order objects are made: what others stand on comes first. Pure."""

from __future__ import annotations

import typing as t

from .names import Manifest, Resource

NAMESPACE, DEFINITION = "Namespace", "CustomResourceDefinition"
# helm's order of installation (helm.sh/helm pkg/release/v1/util/kind_sorter.go), with definitions at the front: nothing of their kinds
# can be made before them. Kinds that are not named come after all others.
_ORDER = (
    (NAMESPACE, DEFINITION),
    ("PriorityClass",),
    ("NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget"),
    ("ServiceAccount",),
    ("Secret", "ConfigMap"),
    ("StorageClass", "PersistentVolume"),
    ("PersistentVolumeClaim",),
    ("ClusterRole", "Role"),
    ("ClusterRoleBinding", "RoleBinding"),
    ("Service",),
    ("DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet"),
    ("HorizontalPodAutoscaler", "Job", "CronJob"),
    ("IngressClass",),
    ("Ingress",),
    ("APIService",),
    ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
)
_RANKS = {kind: rank for rank, kinds in enumerate(_ORDER) for kind in kinds}
LAST = len(_ORDER)

# What has no namespace, for kinds that no server could be asked about yet.
_CLUSTER_WIDE = frozenset(
    {
        NAMESPACE,
        DEFINITION,
        "APIService",
        "CSIDriver",
        "FlowSchema",
        "GatewayClass",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
T = t.TypeVar("T")


def rank(kind: str) -> int:
    return _RANKS.get(kind, LAST)


def in_waves(items: t.Iterable[T], kind: t.Callable[[T], str]) -> list[list[T]]:
    """Items of a rank together, ranks one after the other."""
    waves: dict[int, list[T]] = {}
    for item in items:
        waves.setdefault(rank(kind(item)), []).append(item)
    return [waves[number] for number in sorted(waves)]


def probably_namespaced(kind: str) -> bool:
    """Whether a kind that nothing serves yet will have a namespace: by the names that such kinds have."""
    return kind not in _CLUSTER_WIDE and not kind.startswith("Cluster")


def defined_by(manifests: t.Iterable[Manifest]) -> dict[tuple[str, str], Resource]:
    """What declared definitions will serve, by apiVersion and kind."""
    found: dict[tuple[str, str], Resource] = {}
    for manifest in manifests:
        if manifest["kind"] != DEFINITION:
            continue
        spec = manifest.get("spec") or {}
        names = spec.get("names") or {}
        for version in spec.get("versions") or ():
            made = Resource(
                group=str(spec.get("group")),
                version=str(version.get("name")),
                kind=str(names.get("kind")),
                plural=str(names.get("plural")),
                namespaced=spec.get("scope") == "Namespaced",
            )
            if version.get("served"):
                found[made.api_version, made.kind] = made
    return found
