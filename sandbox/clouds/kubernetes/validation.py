# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an object of a built-in kind, in the server's words (k8s.io/kubernetes/pkg/apis/*/validation)."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Callable, Iterator

from sandbox.clouds.kubernetes import names
from sandbox.clouds.kubernetes import validation_network as network
from sandbox.clouds.kubernetes import validation_workloads as workloads
from sandbox.clouds.kubernetes.causes import label_selector, required, unsupported, wrong
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.validation_pod import pod_spec

FORM = "; desired format: https://host[/path]"
_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def check(resource: Resource, each: Json) -> list[Cause]:
    found = [*names.check(resource, each["metadata"])]
    handler = None if resource.custom else _HANDLERS.get(resource.kind)
    return found + ([*handler(each)] if handler else [])


def _pod(each: Json) -> Iterator[Cause]:
    yield from pod_spec(each.get("spec") or {}, "spec")


def _data(each: Json) -> Iterator[Cause]:
    for field in ("data", "binaryData"):
        for key in each.get(field) or {}:
            if not _KEY.fullmatch(key):
                text = (
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
                    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                )
                yield wrong(f"{field}[{key}]", key, text)
    size = sum(len(value) for field in ("data", "binaryData") for value in (each.get(field) or {}).values())
    if size > 1024 * 1024 * (4 / 3 if each["kind"] == "Secret" else 1):
        yield Cause("data" if each["kind"] == "Secret" else "[]", "FieldValueTooLong", "Too long: may not be more than 1048576 bytes")


def _secret(each: Json) -> Iterator[Cause]:
    yield from _data(each)
    needed = {"kubernetes.io/tls": ("tls.crt", "tls.key"), "kubernetes.io/dockerconfigjson": (".dockerconfigjson",)}
    for key in needed.get(each.get("type", ""), ()):
        if key not in (each.get("data") or {}):
            yield required(f"data[{key}]")
    if each.get("type") == "kubernetes.io/service-account-token" and not (each["metadata"].get("annotations") or {}).get(
        "kubernetes.io/service-account.name"
    ):
        yield required("metadata.annotations[kubernetes.io/service-account.name]")


def _role(each: Json) -> Iterator[Cause]:
    for index, rule in enumerate(each.get("rules") or ()):
        path = f"rules[{index}]"
        if not rule.get("verbs"):
            yield required(f"{path}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            if each["kind"] == "Role":
                yield wrong(f"{path}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs")
            continue
        if not rule.get("apiGroups"):
            yield required(f"{path}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            yield required(f"{path}.resources", "resource rules must supply at least one resource")


def _binding(each: Json) -> Iterator[Cause]:
    reference = each.get("roleRef") or {}
    kinds = ("ClusterRole",) if each["kind"] == "ClusterRoleBinding" else ("ClusterRole", "Role")
    if reference.get("kind") not in kinds:
        yield unsupported("roleRef.kind", reference.get("kind", ""), kinds)
    if not reference.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(each.get("subjects") or ()):
        if not subject.get("name"):
            yield required(f"subjects[{index}].name")
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace") and each["kind"] == "ClusterRoleBinding":
            yield required(f"subjects[{index}].namespace")
        if subject.get("kind") not in ("Group", "ServiceAccount", "User"):
            yield unsupported(f"subjects[{index}].kind", subject.get("kind", ""), ("Group", "ServiceAccount", "User"))


def _definition(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    plural, group = (spec.get("names") or {}).get("plural", ""), spec.get("group", "")
    if each["metadata"].get("name") and each["metadata"]["name"] != f"{plural}.{group}":
        yield wrong("metadata.name", each["metadata"]["name"], 'must be spec.names.plural+"."+spec.group')
    for name in ("group", "scope"):
        if not spec.get(name):
            yield required(f"spec.{name}")
    versions = spec.get("versions") or ()
    if sum(bool(version.get("storage")) for version in versions) != 1:
        yield wrong(
            "spec.versions",
            json.loads(json.dumps([version.get("name") for version in versions])),
            "must have exactly one version marked as storage version",
        )
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            yield required(f"spec.versions[{index}].schema.openAPIV3Schema", "schemas are required")
    stored = (each.get("status") or {}).get("storedVersions") or ()
    known = [version.get("name") for version in versions]
    for index, name in enumerate(stored):
        if name not in known:
            text = (
                f'Invalid value: "{name}": missing from spec.versions; {name} was previously a storage version, and must remain in '
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes {name} from "
                "status.storedVersions"
            )
            yield Cause(f"status.storedVersions[{index}]", "FieldValueInvalid", text)


def _webhooks(each: Json) -> Iterator[Cause]:
    for index, hook in enumerate(each.get("webhooks") or ()):
        path = f"webhooks[{index}]"
        if names.subdomain_problem(hook.get("name", "")) or hook.get("name", "").count(".") < 2:
            yield wrong(f"{path}.name", hook.get("name", ""), "should be a domain with at least three segments separated by dots")
        if not hook.get("sideEffects"):
            yield required(f"{path}.sideEffects", "must specify one of None, NoneOnDryRun")
        elif hook["sideEffects"] not in ("None", "NoneOnDryRun"):
            yield unsupported(f"{path}.sideEffects", hook["sideEffects"], ("None", "NoneOnDryRun"))
        if hook.get("failurePolicy") not in ("Fail", "Ignore"):
            yield unsupported(f"{path}.failurePolicy", hook.get("failurePolicy"), ("Fail", "Ignore"))
        if not 1 <= hook.get("timeoutSeconds", 10) <= 30:
            yield wrong(f"{path}.timeoutSeconds", hook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds")
        yield from label_selector(hook.get("namespaceSelector"), f"{path}.namespaceSelector")
        if not hook.get("admissionReviewVersions"):
            yield required(f"{path}.admissionReviewVersions", "must specify one of v1, v1beta1")
        client = hook.get("clientConfig") or {}
        if (client.get("url") is None) == (client.get("service") is None):
            yield required(f"{path}.clientConfig", "exactly one of url or service is required")
        elif client.get("url") and not client["url"].startswith("https://"):
            scheme = client["url"].partition(":")[0]
            yield wrong(f"{path}.clientConfig.url", scheme, f"'https' is the only allowed URL scheme{FORM}")


def _claim(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
        yield required("spec.resources[storage]")


_HANDLERS: t.Final[dict[str, Callable[[Json], Iterator[Cause]]]] = {
    "ClusterRole": _role,
    "ClusterRoleBinding": _binding,
    "ConfigMap": _data,
    "CronJob": workloads.cron_job,
    "CustomResourceDefinition": _definition,
    "DaemonSet": workloads.workload,
    "Deployment": workloads.deployment,
    "HorizontalPodAutoscaler": workloads.autoscaler,
    "Ingress": network.ingress,
    "Job": workloads.job,
    "MutatingWebhookConfiguration": _webhooks,
    "NetworkPolicy": network.network_policy,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PodDisruptionBudget": workloads.budget,
    "ReplicaSet": workloads.workload,
    "Role": _role,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": network.service,
    "StatefulSet": workloads.stateful_set,
    "ValidatingWebhookConfiguration": _webhooks,
}
