# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label and field selectors (kubernetes.io/docs/concepts/overview/working-with-objects/labels)."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.kubernetes.errors import Json, bad_request

_SET = re.compile(r"([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)")
_EQUAL = re.compile(r"([\w./-]+)\s*(==?|!=)\s*([\w.-]*)")
_EXISTS = re.compile(r"(!?)\s*([\w./-]+)")
_FIELD = re.compile(r"([^=!]+?)\s*(==?|!=)\s*(.*)")

# What the server can select by, besides metadata.name and metadata.namespace (kubernetes.io/docs/concepts/overview/working-with-objects/
# field-selectors). CustomResourceDefinitions may name more in selectableFields.
FIELDS: t.Final[dict[str, tuple[str, ...]]] = {
    "pods": (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    ),
    "events": (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion"),
        *("involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
    ),
    "secrets": ("type",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicasets.apps": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
}


def split(selector: str) -> list[str]:
    """The requirements of a label selector: commas inside parentheses do not part them."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", selector) if part.strip()]


def labels_fit(selector: str | None, labels: t.Mapping[str, str] | None) -> bool:
    """Whether labels fulfil a selector in its written form; refuses one that cannot be parsed."""
    have = labels or {}
    return all(_fits(part, have) for part in split(selector or ""))


def _fits(part: str, labels: t.Mapping[str, str]) -> bool:
    if found := _SET.fullmatch(part):
        inside = labels.get(found[1]) in [each.strip() for each in found[3].split(",")]
        return inside if found[2] == "in" else not inside
    if found := _EQUAL.fullmatch(part):
        return (labels.get(found[1]) == found[3]) == (found[2] != "!=")
    if found := _EXISTS.fullmatch(part):
        return (found[2] in labels) != bool(found[1])
    raise bad_request(f"unable to parse requirement: found '{part}', expected: in, notin, =, ==, !=, gt, lt")


def object_fits(selector: Json | None, labels: t.Mapping[str, str] | None) -> bool:
    """The same for a LabelSelector inside an object (matchLabels, matchExpressions). An empty one selects everything, none nothing."""
    if selector is None:
        return False
    have = labels or {}
    if any(have.get(name) != value for name, value in (selector.get("matchLabels") or {}).items()):
        return False
    for each in selector.get("matchExpressions") or ():
        name, operator, values = each["key"], each["operator"], each.get("values") or ()
        good = {
            "In": have.get(name) in values,
            "NotIn": have.get(name) not in values,
            "Exists": name in have,
            "DoesNotExist": name not in have,
        }.get(operator, False)
        if not good:
            return False
    return True


def fields_fit(selector: str | None, each: Json, allowed: t.Collection[str]) -> bool:
    """Whether an object fulfils a field selector; refuses a field that the server does not index."""
    for part in (selector or "").split(","):
        if not part.strip():
            continue
        found = _FIELD.fullmatch(part.strip())
        if not found:
            raise bad_request(f"invalid selector: '{selector}'; can't understand '{part}'")
        if found[1] not in allowed:
            raise bad_request(f"field label not supported: {found[1]}")
        if (str(_value(each, found[1])) == found[3]) != (found[2] != "!="):
            return False
    return True


def _value(each: Json, path: str) -> t.Any:
    value: t.Any = each
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value
