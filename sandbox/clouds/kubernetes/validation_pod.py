# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a pod, wherever it is described (k8s.io/kubernetes/pkg/apis/core/validation)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sandbox.clouds.kubernetes import causes, names
from sandbox.clouds.kubernetes.causes import duplicate, forbidden, not_negative, required, unsupported, wrong
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.quantities import number

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_VARIABLE = re.compile(r"[ -<>-~]+")  # any printable character but =
_NOT_SOURCES = ("name",)
_NEEDED = {"configMap": "name", "hostPath": "path", "persistentVolumeClaim": "claimName", "secret": "secretName"}
_FIELDS = re.compile(
    r"metadata\.(name|namespace|uid|labels|annotations)|metadata\.(labels|annotations)\['[^']+'\]"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?)"
)


def pod_spec(spec: Json, path: str) -> Iterator[Cause]:
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
    restart = ("Always", "Never", "OnFailure")
    if spec.get("restartPolicy") not in restart:
        yield unsupported(f"{path}.restartPolicy", spec.get("restartPolicy"), restart)
    policies = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
    if spec.get("dnsPolicy") not in policies:
        yield unsupported(f"{path}.dnsPolicy", spec.get("dnsPolicy"), policies)
    if spec.get("serviceAccountName"):
        bad = names.subdomain_problem(spec["serviceAccountName"])
        if bad:
            yield wrong(f"{path}.serviceAccountName", spec["serviceAccountName"], bad)
    yield from not_negative(spec, path, "terminationGracePeriodSeconds")
    yield from names.labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    yield from causes.user_or_group(spec.get("securityContext") or {}, f"{path}.securityContext", "runAsUser", "runAsGroup", "fsGroup")
    if spec.get("hostNetwork"):
        yield from _ports_of_the_node(spec, path)
    for index, each in enumerate(spec.get("tolerations") or ()):
        yield from _toleration(each, f"{path}.tolerations[{index}]")
    for index, each in enumerate(spec.get("topologySpreadConstraints") or ()):
        yield from _spread(each, f"{path}.topologySpreadConstraints[{index}]")


def _ports_of_the_node(spec: Json, path: str) -> Iterator[Cause]:
    for index, each in enumerate(spec.get("containers") or ()):
        for place, port in enumerate(each.get("ports") or ()):
            if port.get("hostPort") != port.get("containerPort"):
                where = f"{path}.containers[{index}].ports[{place}].containerPort"
                yield wrong(where, port.get("containerPort"), "must match `hostPort` when `hostNetwork` is true")


def _toleration(each: Json, path: str) -> Iterator[Cause]:
    operator, effects = each.get("operator") or "Equal", ("NoExecute", "NoSchedule", "PreferNoSchedule")
    bad = names.key_problem(each["key"]) if each.get("key") else None
    if bad:
        yield wrong(f"{path}.key", each["key"], bad)
    if not each.get("key") and operator != "Exists":
        yield wrong(
            f"{path}.operator", operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        )
    if each.get("tolerationSeconds") is not None and each.get("effect") != "NoExecute":
        yield wrong(f"{path}.effect", each.get("effect", ""), "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator not in ("Equal", "Exists"):
        yield unsupported(f"{path}.operator", operator, ("Equal", "Exists"))
    if operator == "Exists" and each.get("value"):
        yield wrong(f"{path}.operator", each, "value must be empty when `operator` is 'Exists'")
    if each.get("effect") and each["effect"] not in effects:
        yield unsupported(f"{path}.effect", each["effect"], effects)


def _spread(each: Json, path: str) -> Iterator[Cause]:
    if (each.get("maxSkew") or 0) < 1:
        yield wrong(f"{path}.maxSkew", each.get("maxSkew") or 0, "must be greater than zero")
    if not each.get("topologyKey"):
        yield required(f"{path}.topologyKey", "can not be empty")
    ways = ("DoNotSchedule", "ScheduleAnyway")
    if each.get("whenUnsatisfiable") not in ways:
        yield unsupported(f"{path}.whenUnsatisfiable", each.get("whenUnsatisfiable", ""), ways)


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
        yield forbidden(f"{path}.{sources[1]}", "may not specify more than 1 volume type")
    for kind, field in _NEEDED.items():
        if each.get(kind) is not None and not each[kind].get(field):
            yield required(f"{path}.{kind}.{field}")
    for kind in ("configMap", "secret"):
        for index, item in enumerate((each.get(kind) or {}).get("items") or ()):
            yield from _item(item, f"{path}.{kind}.items[{index}]")


def _item(item: Json, path: str) -> Iterator[Cause]:
    for name in ("key", "path"):
        if not item.get(name):
            yield required(f"{path}.{name}")
    yield from _inside(item.get("path") or "", f"{path}.path")


def _inside(text: str, path: str) -> Iterator[Cause]:
    """A path that stays below the place where it begins."""
    if text.startswith("/"):
        yield wrong(path, text, "must be a relative path")
    if ".." in text.split("/"):
        yield wrong(path, text, "must not contain '..'")


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
        yield from _inside(mount.get("subPath") or "", f"{place}.subPath")
    yield from _environment_of(each, path)
    yield from _hooks(each.get("lifecycle") or {}, f"{path}.lifecycle")
    context = each.get("securityContext") or {}
    yield from causes.user_or_group(context, f"{path}.securityContext", "runAsUser", "runAsGroup")
    if context.get("privileged") and context.get("allowPrivilegeEscalation") is False:
        text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
        yield wrong(f"{path}.securityContext", context, text)
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if each.get(probe) is not None:
            yield from _probe(each[probe], f"{path}.{probe}", single=probe != "readinessProbe")
    yield from _resources(each.get("resources") or {}, f"{path}.resources")


def _environment_of(each: Json, path: str) -> Iterator[Cause]:
    for index, source in enumerate(each.get("envFrom") or ()):
        place = f"{path}.envFrom[{index}]"
        given = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
        if not given:
            yield wrong(place, "", "must specify one of: `configMapRef` or `secretRef`")
        if len(given) > 1:
            yield wrong(place, "", "may not have more than one field specified at a time")
        for kind in given:
            if not source[kind].get("name"):
                yield required(f"{place}.{kind}.name")


def _hooks(lifecycle: Json, path: str) -> Iterator[Cause]:
    for name in ("postStart", "preStop"):
        if lifecycle.get(name) is not None and not lifecycle[name]:
            yield required(f"{path}.{name}", "must specify a handler type")


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
        field = ((source or {}).get("fieldRef") or {}).get("fieldPath")
        if field and not _FIELDS.fullmatch(field):
            text = f"error converting fieldPath: field label not supported: {field}"
            yield wrong(f"{place}.valueFrom.fieldRef.fieldPath", field, text)
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
    for name in ("httpGet", "tcpSocket"):
        if probe.get(name) is not None:
            yield from causes.port(probe[name].get("port"), f"{path}.{name}.port")
    if single and probe.get("successThreshold", 1) != 1:
        yield wrong(f"{path}.successThreshold", probe["successThreshold"], "must be 1")
    yield from not_negative(probe, path, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold")


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
