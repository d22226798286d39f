# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container gets when it starts: its environment and its volumes, or why it cannot have them.

Source: kubernetes/kubernetes pkg/kubelet (kubelet_pods.go makeEnvironmentVariables, volume/secret, volume/configmap).
"""

from __future__ import annotations

import base64
import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import (
    CLAIMS,
    CONFIG_MAPS,
    SECRETS,
    Kind,
    Thing,
    annotations_of,
    labels_of,
    name_of,
    namespace_of,
)

Values = dict[str, str]


class Missing(Exception):
    """Something that a container needs is not there; the text is the kubelet's."""


def environment(desk: Desk, pod: Thing, container: Thing) -> Values:
    """The variables by name. Raises Missing."""
    found: Values = {}
    for source in container.get("envFrom") or ():
        prefix = source.get("prefix", "")
        for kind, reference in (("configMap", source.get("configMapRef")), ("secret", source.get("secretRef"))):
            if reference:
                held = _held(desk, kind, namespace_of(pod), reference)
                found |= {prefix + name: value for name, value in (held or {}).items()}
    for each in container.get("env") or ():
        value = each.get("value", "") if "valueFrom" not in each else _from(desk, pod, each["valueFrom"])
        if value is not None:
            found[each["name"]] = value
    return found


def _from(desk: Desk, pod: Thing, source: Thing) -> str | None:
    for kind, field in (("configMap", "configMapKeyRef"), ("secret", "secretKeyRef")):
        if field in source:
            return _key(desk, kind, namespace_of(pod), source[field])
    path = (source.get("fieldRef") or {}).get("fieldPath", "")
    facts: Values = {
        "metadata.name": name_of(pod),
        "metadata.namespace": namespace_of(pod),
        "metadata.uid": pod["metadata"]["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.podIP": (pod.get("status") or {}).get("podIP", ""),
        "status.hostIP": (pod.get("status") or {}).get("hostIP", ""),
    }
    for start, values in (("metadata.labels['", labels_of(pod)), ("metadata.annotations['", annotations_of(pod))):
        if path.startswith(start):
            return values.get(path.removeprefix(start).removesuffix("']"), "")
    return facts.get(path, "")


def _key(desk: Desk, kind: str, namespace: str, reference: Thing) -> str | None:
    held = _held(desk, kind, namespace, reference)
    if held is None:
        return None
    key = str(reference["key"])
    if key in held:
        return held[key]
    if reference.get("optional"):
        return None
    word = {"secret": "Secret", "configMap": "ConfigMap"}[kind]
    raise Missing(f"couldn't find key {key} in {word} {namespace}/{reference['name']}")


def _held(desk: Desk, kind: str, namespace: str, reference: Thing) -> Values | None:
    """The values of a Secret or ConfigMap; None when it is not there and may be missing."""
    found = desk.get(_kind(kind), namespace, reference.get("name", ""))
    if found is None:
        if reference.get("optional"):
            return None
        raise Missing(f'{kind.lower()} "{reference.get("name", "")}" not found')
    if kind == "configMap":
        return t.cast(Values, found.get("data") or {})
    return {name: base64.b64decode(value).decode("utf-8", "replace") for name, value in (found.get("data") or {}).items()}


def _kind(kind: str) -> Kind:
    return SECRETS if kind == "secret" else CONFIG_MAPS


# --- volumes ----------------------------------------------------------------


def unmountable(desk: Desk, pod: Thing) -> str | None:
    """Why a volume cannot be set up, or None."""
    for volume in pod["spec"].get("volumes") or ():
        for kind, name, reference in _sources(volume):
            problem = _missing(desk, namespace_of(pod), kind, name, reference)
            if problem:
                return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {problem}'
    return None


def _sources(volume: Thing) -> Iterator[tuple[str, str, Thing]]:
    every = [volume, *((volume.get("projected") or {}).get("sources") or ())]
    for each in every:
        if "secret" in each:
            yield "secret", each["secret"].get("secretName") or each["secret"].get("name", ""), each["secret"]
        if "configMap" in each:
            yield "configMap", each["configMap"].get("name", ""), each["configMap"]


def _missing(desk: Desk, namespace: str, kind: str, name: str, reference: Thing) -> str | None:
    if reference.get("optional"):
        return None
    found = desk.get(_kind(kind), namespace, name)
    if found is None:
        return f'{kind.lower()} "{name}" not found'
    keys = {**(found.get("data") or {}), **(found.get("binaryData") or {})}
    absent = [each["key"] for each in reference.get("items") or () if each["key"] not in keys]
    return f"references non-existent {'secret' if kind == 'secret' else 'config'} key: {absent[0]}" if absent else None


def missing_claim(desk: Desk, pod: Thing) -> str | None:
    """A claim that the pod needs and that is not there: the scheduler waits for it."""
    for volume in pod["spec"].get("volumes") or ():
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = desk.get(CLAIMS, namespace_of(pod), name) if name else None
        if name and claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        if claim and (claim.get("status") or {}).get("phase") != "Bound":
            return "pod has unbound immediate PersistentVolumeClaims"
    return None
