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
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.selectors import object_fits
from sandbox.clouds.kubernetes.validation_pod import duplicate, pod_spec, required, unsupported, wrong

_KEY = re.compile(r"[-._a-zA-Z0-9]+")


def check(resource: Resource, each: Json) -> list[Cause]:
    found = [*names.check(resource, each["metadata"])]
    handler = None if resource.custom else _HANDLERS.get(resource.kind)
    return found + ([*handler(each)] if handler else [])


def _template(spec: Json, restart: tuple[str, ...], path: str = "spec.template") -> Iterator[Cause]:
    template = spec.get("template") or {}
    yield from names.labels((template.get("metadata") or {}).get("labels"), f"{path}.metadata.labels")
    yield from pod_spec(template.get("spec") or {}, f"{path}.spec", restart=restart)


def _workload(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    selector = spec.get("selector")
    if not selector:
        yield required("spec.selector")
    elif not (selector.get("matchLabels") or selector.get("matchExpressions")):
        yield wrong("spec.selector", {}, f"empty selector is invalid for {each['kind'].lower()}")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if selector and not object_fits(selector, labels):
        yield wrong("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    if int(spec.get("replicas") or 0) < 0:
        yield wrong("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    yield from _template(spec, ("Always",))


def _deployment(each: Json) -> Iterator[Cause]:
    yield from _workload(each)
    strategy = (each.get("spec") or {}).get("strategy") or {}
    if strategy.get("type") not in ("Recreate", "RollingUpdate"):
        yield unsupported("spec.strategy.type", strategy.get("type"), ("Recreate", "RollingUpdate"))
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        text = "Forbidden: may not be specified when strategy `type` is 'Recreate'"
        yield Cause("spec.strategy.rollingUpdate", "FieldValueForbidden", text)
    rolling = strategy.get("rollingUpdate") or {}
    if _nothing(rolling.get("maxSurge", 1)) and _nothing(rolling.get("maxUnavailable", 1)):
        yield wrong("spec.strategy.rollingUpdate.maxUnavailable", rolling.get("maxUnavailable"), "may not be 0 when `maxSurge` is 0")


def _nothing(value: t.Any) -> bool:
    return value in (0, "0", "0%")


def _job(each: Json) -> Iterator[Cause]:
    yield from _template(each.get("spec") or {}, ("OnFailure", "Never"))


def _cron_job(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if not spec.get("schedule"):
        yield required("spec.schedule")
    elif len(str(spec["schedule"]).split()) != 5 and not str(spec["schedule"]).startswith("@"):
        fields = len(str(spec["schedule"]).split())
        yield wrong("spec.schedule", spec["schedule"], f"expected exactly 5 fields, found {fields}: [{spec['schedule']}]")
    policies = ("Allow", "Forbid", "Replace")
    if spec.get("concurrencyPolicy") not in policies:
        yield unsupported("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    yield from _template((spec.get("jobTemplate") or {}).get("spec") or {}, ("OnFailure", "Never"), "spec.jobTemplate.spec.template")


def _pod(each: Json) -> Iterator[Cause]:
    yield from pod_spec(each.get("spec") or {}, "spec")


def _service(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    kinds = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
    if spec.get("type") not in kinds:
        yield unsupported("spec.type", spec.get("type"), kinds)
    ports = spec.get("ports") or ()
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        yield required("spec.ports")
    if spec.get("type") == "ExternalName" and not spec.get("externalName"):
        yield required("spec.externalName")
    if spec.get("clusterIP") == "None" and spec.get("type") in ("LoadBalancer", "NodePort"):
        yield wrong("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {spec['type']} services")
    seen: list[tuple[t.Any, t.Any]] = []
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        if not port.get("name") and len(ports) > 1:
            yield required(f"{path}.name")
        if port.get("name") and names.label_problem(port["name"]):
            yield wrong(f"{path}.name", port["name"], names.label_problem(port["name"]) or "")
        if not 1 <= (port.get("port") or 0) <= 65535:
            yield wrong(f"{path}.port", port.get("port") or 0, "must be between 1 and 65535, inclusive")
        if (port.get("port"), port.get("protocol")) in seen:
            yield duplicate(path, {"port": port.get("port"), "protocol": port.get("protocol")})
        seen.append((port.get("port"), port.get("protocol")))


def _ingress(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield wrong("spec", {}, "either `defaultBackend` or `rules` must be specified")
    for number, rule in enumerate(spec.get("rules") or ()):
        host = rule.get("host", "")
        if host and names.subdomain_problem(host.removeprefix("*.")):
            yield wrong(f"spec.rules[{number}].host", host, names.subdomain_problem(host.removeprefix("*.")) or "")
        for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            place = f"spec.rules[{number}].http.paths[{index}]"
            kind = path.get("pathType")
            if not kind:
                yield required(f"{place}.pathType", "pathType must be specified")
            elif kind not in ("Exact", "ImplementationSpecific", "Prefix"):
                yield unsupported(f"{place}.pathType", kind, ("Exact", "ImplementationSpecific", "Prefix"))
            elif kind != "ImplementationSpecific" and not str(path.get("path", "")).startswith("/"):
                yield wrong(f"{place}.path", path.get("path", ""), "must be an absolute path")
            yield from _backend(path.get("backend") or {}, f"{place}.backend")


def _backend(backend: Json, path: str) -> Iterator[Cause]:
    service = backend.get("service")
    if service is None and backend.get("resource") is None:
        yield required(path, "either `service` or `resource` must be specified")
    if service is not None:
        if not service.get("name"):
            yield required(f"{path}.service.name")
        port = service.get("port") or {}
        if not port.get("name") and not port.get("number"):
            yield required(f"{path}.service", "port name or number is required")
        if port.get("name") and port.get("number"):
            yield wrong(f"{path}.service.port", "", "cannot set both port name & port number")


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
        yield Cause("data" if each["kind"] == "Secret" else "", "FieldValueTooLong", "Too long: may not be more than 1048576 bytes")


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


def _autoscaler(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if (spec.get("maxReplicas") or 0) < 1:
        yield wrong("spec.maxReplicas", spec.get("maxReplicas") or 0, "must be greater than 0")
    if (spec.get("maxReplicas") or 0) < (spec.get("minReplicas") or 0):
        yield wrong("spec.maxReplicas", spec.get("maxReplicas"), "must be greater than or equal to `minReplicas`")
    for name in ("kind", "name"):
        if not (spec.get("scaleTargetRef") or {}).get(name):
            yield required(f"spec.scaleTargetRef.{name}")


def _budget(each: Json) -> Iterator[Cause]:
    spec = each.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = {name: spec[name] for name in ("minAvailable", "maxUnavailable")}
        yield wrong("spec", shown, "minAvailable and maxUnavailable cannot be both set")


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
        if not hook.get("admissionReviewVersions"):
            yield required(f"{path}.admissionReviewVersions", "must specify one of v1, v1beta1")
        client = hook.get("clientConfig") or {}
        if (client.get("url") is None) == (client.get("service") is None):
            yield required(f"{path}.clientConfig", "exactly one of url or service is required")


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
    "CronJob": _cron_job,
    "CustomResourceDefinition": _definition,
    "DaemonSet": _workload,
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Ingress": _ingress,
    "Job": _job,
    "MutatingWebhookConfiguration": _webhooks,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "PodDisruptionBudget": _budget,
    "ReplicaSet": _workload,
    "Role": _role,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StatefulSet": _workload,
    "ValidatingWebhookConfiguration": _webhooks,
}
