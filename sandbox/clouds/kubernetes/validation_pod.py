# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a pod, wherever it is described (k8s.io/kubernetes/pkg/apis/core/validation)."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes import names
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.quantities import number

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_VARIABLE = re.compile(r"[ -<>-~]+")  # any printable character but =
_NOT_SOURCES = ("name",)


def required(path: str, more: str = "") -> Cause:
    return Cause(path, "FieldValueRequired", f"Required value{f': {more}' if more else ''}")


def wrong(path: str, value: t.Any, why: str) -> Cause:
    return Cause(path, "FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {why}")


def unsupported(path: str, value: t.Any, known: t.Iterable[str]) -> Cause:
    listed = ", ".join(f'"{each}"' for each in sorted(known))
    return Cause(path, "FieldValueNotSupported", f"Unsupported value: {json.dumps(value)}: supported values: {listed}")


def duplicate(path: str, value: t.Any) -> Cause:
    return Cause(path, "FieldValueDuplicate", f"Duplicate value: {json.dumps(value)}")


def pod_spec(spec: Json, path: str, *, restart: tuple[str, ...] = ("Always", "OnFailure", "Never")) -> Iterator[Cause]:
    volumes = [each.get("name", "") for each in spec.get("volumes") or ()]
    for index, each in enumerate(spec.get("volumes") or ()):
        yield from _volume(each, f"{path}.volumes[{index}]", volumes[:index])
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    seen: list[str] = []
    for kind in ("initContainers", "containers"):
        for index, each in enumerate(spec.get(kind) or ()):
            yield from _container(each, f"{path}.{kind}[{index}]", volumes, seen)
            seen.append(each.get("name", ""))
    if spec.get("restartPolicy") not in restart:
        yield unsupported(f"{path}.restartPolicy", spec.get("restartPolicy"), restart)
    policies = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
    if spec.get("dnsPolicy") not in policies:
        yield unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy"), policies)
    if spec.get("serviceAccountName"):
        bad = names.subdomain_problem(spec["serviceAccountName"])
        if bad:
            yield wrong(f"{path}.serviceAccountName", spec["serviceAccountName"], bad)
    if int(spec.get("terminationGracePeriodSeconds") or 0) < 0:
        yield wrong(f"{path}.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"], "must be greater than or equal to 0")


def _name(each: Json, path: str, before: list[str]) -> Iterator[Cause]:
    name = each.get("name", "")
    if not name:
        yield required(f"{path}.name")
    elif names.label_problem(name):
        yield wrong(f"{path}.name", name, names.label_problem(name) or "")
    elif name in before:
        yield duplicate(f"{path}.name", name)


def _volume(each: Json, path: str, before: list[str]) -> Iterator[Cause]:
    yield from _name(each, path, before)
    sources = [source for source in each if source not in _NOT_SOURCES]
    if len(sources) > 1:
        yield Cause(f"{path}.{sources[1]}", "FieldValueForbidden", "Forbidden: may not specify more than 1 volume type")


def _container(each: Json, path: str, volumes: list[str], before: list[str]) -> Iterator[Cause]:
    yield from _name(each, path, before)
    image = each.get("image", "")
    if not image:
        yield required(f"{path}.image")
    elif image != image.strip():
        yield wrong(f"{path}.image", image, "must not have leading or trailing whitespace")
    pulls = ("Always", "IfNotPresent", "Never")
    if image and each.get("imagePullPolicy") not in pulls:
        yield unsupported(f"{path}.imagePullPolicy", each.get("imagePullPolicy"), pulls)
    yield from _ports(each, path)
    yield from _environment(each, path)
    for index, mount in enumerate(each.get("volumeMounts") or ()):
        place = f"{path}.volumeMounts[{index}]"
        if not mount.get("name"):
            yield required(f"{place}.name")
        elif mount["name"] not in volumes:
            yield Cause(f"{place}.name", "FieldValueNotFound", f"Not found: {json.dumps(mount['name'])}")
        if not mount.get("mountPath"):
            yield required(f"{place}.mountPath")
        elif any(one.get("mountPath") == mount["mountPath"] for one in each["volumeMounts"][:index]):
            yield wrong(f"{place}.mountPath", mount["mountPath"], "must be unique")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if each.get(probe) is not None:
            yield from _probe(each[probe], f"{path}.{probe}", single=probe != "readinessProbe")
    yield from _resources(each.get("resources") or {}, f"{path}.resources")


def _ports(each: Json, path: str) -> Iterator[Cause]:
    known: list[str] = []
    for index, port in enumerate(each.get("ports") or ()):
        place = f"{path}.ports[{index}]"
        value = port.get("containerPort")
        if value is None:
            yield required(f"{place}.containerPort")
        elif not 1 <= value <= 65535:
            yield wrong(f"{place}.containerPort", value, "must be between 1 and 65535, inclusive")
        if port.get("protocol") not in ("SCTP", "TCP", "UDP"):
            yield unsupported(f"{place}.protocol", port.get("protocol"), ("SCTP", "TCP", "UDP"))
        name = port.get("name")
        if name and len(name) > 15:
            yield wrong(f"{place}.name", name, "must be no more than 15 characters")
        if name and name in known:
            yield duplicate(f"{place}.name", name)
        known.append(name or "")


def _environment(each: Json, path: str) -> Iterator[Cause]:
    for index, variable in enumerate(each.get("env") or ()):
        place = f"{path}.env[{index}]"
        name = variable.get("name", "")
        if not name:
            yield required(f"{place}.name")
        elif not _VARIABLE.fullmatch(name):
            text = "a valid environment variable name must consist only of printable ASCII characters other than '='"
            yield wrong(f"{place}.name", name, text)
        source = variable.get("valueFrom")
        if source is not None and variable.get("value"):
            yield wrong(f"{place}.valueFrom", "", "may not be specified when `value` is not empty")
        if source is not None and len(source) != 1:
            text = (
                "may not have more than one field specified at a time"
                if source
                else "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
            )
            yield wrong(f"{place}.valueFrom", "", text)
        for kind in ("secretKeyRef", "configMapKeyRef"):
            reference = (source or {}).get(kind)
            if reference is not None and not reference.get("key"):
                yield required(f"{place}.valueFrom.{kind}.key")


def _probe(probe: Json, path: str, *, single: bool) -> Iterator[Cause]:
    handlers = [name for name in _HANDLERS if probe.get(name) is not None]
    if not handlers:
        yield required(path, "must specify a handler type")
    for name in handlers[1:]:
        yield Cause(f"{path}.{name}", "FieldValueForbidden", "Forbidden: may not specify more than 1 handler type")
    if probe.get("httpGet") is not None and probe["httpGet"].get("port") in (None, "", 0):
        yield (
            required(f"{path}.httpGet.port")
            if probe["httpGet"].get("port") is None
            else wrong(f"{path}.httpGet.port", probe["httpGet"]["port"], "must be between 1 and 65535, inclusive")
        )
    if single and probe.get("successThreshold", 1) != 1:
        yield wrong(f"{path}.successThreshold", probe["successThreshold"], "must be 1")
    for name in ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"):
        if int(probe.get(name) or 0) < 0:
            yield wrong(f"{path}.{name}", probe[name], "must be greater than or equal to 0")


def _resources(resources: Json, path: str) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, amount in (resources.get(kind) or {}).items():
            if number(str(amount)) < 0:
                yield wrong(
                    f"{path}.{kind}[{name}]" if "/" in name else f"{path}.{kind}.{name}", amount, "must be greater than or equal to 0"
                )
            if "/" not in name and name not in ("cpu", "memory", "ephemeral-storage") and not name.startswith("hugepages-"):
                yield wrong(f"{path}.{kind}[{name}]", name, "must be a standard resource for containers")
    for name, amount in (resources.get("requests") or {}).items():
        if name in limits and number(str(amount)) > number(str(limits[name])):
            yield wrong(f"{path}.requests", amount, f"must be less than or equal to {name} limit of {limits[name]}")
