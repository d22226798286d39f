# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Defaults of pods, wherever a pod is described (k8s.io/kubernetes/pkg/apis/core/v1/defaults.go)."""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json

_SOURCES_WITH_MODE = ("configMap", "secret", "downwardAPI", "projected")


def pod_spec(spec: Json) -> None:
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        name = spec.get("serviceAccountName") or spec.get("serviceAccount")
        spec["serviceAccountName"] = spec["serviceAccount"] = name
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for each in spec.get(kind) or ():
            container(each)
            if spec.get("hostNetwork"):
                for port in each.get("ports") or ():
                    port.setdefault("hostPort", port.get("containerPort"))
    for each in spec.get("volumes") or ():
        volume(each)


def container(each: Json) -> None:
    each.setdefault("resources", {})
    each.setdefault("terminationMessagePath", "/dev/termination-log")
    each.setdefault("terminationMessagePolicy", "File")
    if each.get("image"):
        each.setdefault("imagePullPolicy", "Always" if _latest(each["image"]) else "IfNotPresent")
    for port in each.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for variable in each.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")
        amount = (variable.get("valueFrom") or {}).get("resourceFieldRef")
        if amount is not None:
            amount.setdefault("divisor", "0")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if each.get(name) is not None:
            probe(each[name])
    for hook in (each.get("lifecycle") or {}).values():
        if isinstance(hook, dict):
            _http(hook)


def _latest(image: str) -> bool:
    """Without a tag or a digest it is the latest one."""
    name = image.rpartition("/")[2]
    return "@" not in image and (":" not in name or name.endswith(":latest"))


def probe(each: Json) -> None:
    each.setdefault("timeoutSeconds", 1)
    each.setdefault("periodSeconds", 10)
    each.setdefault("successThreshold", 1)
    each.setdefault("failureThreshold", 3)
    _http(each)
    if each.get("grpc") is not None:
        each["grpc"].setdefault("service", "")


def _http(each: Json) -> None:
    get = each.get("httpGet")
    if get is not None:
        get.setdefault("path", "/")
        get.setdefault("scheme", "HTTP")


def volume(each: Json) -> None:
    if set(each) <= {"name"}:
        each["emptyDir"] = {}
    for source in _SOURCES_WITH_MODE:
        if each.get(source) is not None:
            each[source].setdefault("defaultMode", 420)
    for one in (each.get("projected") or {}).get("sources") or ():
        if one.get("serviceAccountToken") is not None:
            one["serviceAccountToken"].setdefault("expirationSeconds", 3600)
        _fields(one.get("downwardAPI"))
    _fields(each.get("downwardAPI"))
    if each.get("hostPath") is not None:
        each["hostPath"].setdefault("type", "")
    template = (each.get("ephemeral") or {}).get("volumeClaimTemplate")
    if template is not None:
        template.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def _fields(source: t.Any) -> None:
    for item in (source or {}).get("items") or ():
        if item.get("fieldRef") is not None:
            item["fieldRef"].setdefault("apiVersion", "v1")


def pod(each: Json) -> None:
    """What a pod gets besides what a template gets, with what admission adds to it."""
    spec = each.setdefault("spec", {})
    spec.setdefault("enableServiceLinks", True)
    for kind in ("initContainers", "containers"):
        for one in spec.get(kind) or ():
            resources = one.get("resources") or {}
            if resources.get("limits"):
                resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
    name = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", name)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    tolerations = spec.setdefault("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if not any(one.get("key") in (key, None) and one.get("effect") in ("NoExecute", None) for one in tolerations):
            tolerations.append({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300})
