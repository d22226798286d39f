# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields that never change once they are set, and what the server says to whoever tries."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable, Iterator

from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.resources import Resource

IMMUTABLE = "field is immutable"


def check(resource: Resource, before: Json, after: Json) -> list[Cause]:
    handler = None if resource.custom else _HANDLERS.get(resource.kind)
    return [*handler(before, after)] if handler else []


def _changed(path: str, before: Json, after: Json, why: str = IMMUTABLE) -> Iterator[Cause]:
    left, right = _at(before, path), _at(after, path)
    if left != right:
        shown = json.dumps(right, separators=(",", ":"))
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {shown}: {why}")


def _at(each: t.Any, path: str) -> t.Any:
    for step in path.split("."):
        each = each.get(step) if isinstance(each, dict) else None
    return each


def _selector(before: Json, after: Json) -> Iterator[Cause]:
    yield from _changed("spec.selector", before, after)


def _stateful_set(before: Json, after: Json) -> Iterator[Cause]:
    free = (
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "revisionHistoryLimit",
    )
    left, right = ({name: value for name, value in each["spec"].items() if name not in free} for each in (before, after))
    if left != right:
        text = (
            "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
            "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        )
        yield Cause("spec", "FieldValueForbidden", text)


def _job(before: Json, after: Json) -> Iterator[Cause]:
    for path in ("spec.completions", "spec.selector", "spec.completionMode"):
        yield from _changed(path, before, after)
    if not before["spec"].get("suspend"):
        yield from _changed("spec.template", before, after)


def _service(before: Json, after: Json) -> Iterator[Cause]:
    kinds = ("ClusterIP", "NodePort", "LoadBalancer")
    left, right = before["spec"], after["spec"]
    if left.get("type") not in kinds or right.get("type") not in kinds:
        return
    if left.get("clusterIP") and left["clusterIP"] != right.get("clusterIP"):
        shown = json.dumps(right.get("clusterIPs") or [right.get("clusterIP")], separators=(",", ":"))
        yield Cause("spec.clusterIPs[0]", "FieldValueInvalid", f"Invalid value: {shown}: may not change once set")


def _config_map(before: Json, after: Json) -> Iterator[Cause]:
    if not before.get("immutable"):
        return
    if not after.get("immutable"):
        yield Cause("immutable", "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set")
    for name in ("data", "binaryData"):
        if (before.get(name) or {}) != (after.get(name) or {}):
            yield Cause(name, "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set")


def _secret(before: Json, after: Json) -> Iterator[Cause]:
    yield from _changed("type", before, after)
    yield from _config_map(before, after)


def _binding(before: Json, after: Json) -> Iterator[Cause]:
    yield from _changed("roleRef", before, after, "cannot change roleRef")


def _claim(before: Json, after: Json) -> Iterator[Cause]:
    # A claim that is not bound yet gets its volume, and a class where it has named none.
    free = ["volumeAttributesClassName", "volumeName", *([] if before["spec"].get("storageClassName") else ["storageClassName"])]

    def fixed(each: Json) -> Json:
        spec = {name: value for name, value in each["spec"].items() if name not in free}
        return {**spec, "resources": {**(spec.get("resources") or {}), "requests": None}}

    if fixed(before) != fixed(after):
        text = "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        yield Cause("spec", "FieldValueForbidden", text)


def _pod(before: Json, after: Json) -> Iterator[Cause]:
    def fixed(each: Json) -> Json:
        free = (
            "activeDeadlineSeconds",
            "tolerations",
            "terminationGracePeriodSeconds",
            "nodeName",
            "schedulingGates",
            "ephemeralContainers",
        )
        spec = {name: value for name, value in each["spec"].items() if name not in free}
        for kind in ("containers", "initContainers"):
            spec[kind] = [{**one, "image": None} for one in spec.get(kind) or ()]
        return spec

    if fixed(before) != fixed(after):
        text = (
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
            "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
            "(allow it to be set to 1 if it was previously negative)"
        )
        yield Cause("spec", "FieldValueForbidden", text)


def _storage_class(before: Json, after: Json) -> Iterator[Cause]:
    for name in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        if before.get(name) != after.get(name):
            yield Cause(name, "FieldValueForbidden", f"Forbidden: updates to {name} are forbidden.")


def _definition(before: Json, after: Json) -> Iterator[Cause]:
    for path in ("spec.group", "spec.scope", "spec.names.plural", "spec.names.kind"):
        yield from _changed(path, before, after)


def _priority_class(before: Json, after: Json) -> Iterator[Cause]:
    if before.get("value") != after.get("value"):
        yield Cause("value", "FieldValueForbidden", "Forbidden: may not be changed in an update.")


def _ingress_class(before: Json, after: Json) -> Iterator[Cause]:
    yield from _changed("spec.controller", before, after)


_HANDLERS: t.Final[dict[str, Callable[[Json, Json], Iterator[Cause]]]] = {
    "ClusterRoleBinding": _binding,
    "ConfigMap": _config_map,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _selector,
    "Deployment": _selector,
    "IngressClass": _ingress_class,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PriorityClass": _priority_class,
    "ReplicaSet": _selector,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _stateful_set,
    "StorageClass": _storage_class,
}
