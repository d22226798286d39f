# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, labels and annotations: what every object must keep to (kubernetes.io/docs/concepts/overview/working-with-objects/names)."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.resources import Resource

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
ANNOTATIONS_LIMIT = 262144  # bytes of all annotations together
_AS_LABELS = frozenset({"Namespace"})
_AS_1035 = frozenset({"Service"})
_AS_PATHS = frozenset({"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"})


def label_problem(text: str) -> str | None:
    if len(text) > 63:
        return "must be no more than 63 bytes"
    if re.fullmatch(LABEL, text):
        return None
    return (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
        f"character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
    )


def subdomain_problem(text: str) -> str | None:
    if len(text) > 253:
        return "must be no more than 253 bytes"
    if re.fullmatch(SUBDOMAIN, text):
        return None
    return (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        f"alphanumeric character (e.g. 'example.com', regex used for validation is '{SUBDOMAIN}')"
    )


def label_1035_problem(text: str) -> str | None:
    if len(text) > 63:
        return "must be no more than 63 bytes"
    if re.fullmatch(LABEL_1035, text):
        return None
    return (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        f"alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '{LABEL_1035}')"
    )


def name_problem(kind: str, name: str) -> str | None:
    if kind in _AS_PATHS:
        bad = next((f"may not contain '{each}'" for each in "/%" if each in name), None)
        return bad or (f"may not be '{name}'" if name in (".", "..") else None)
    if kind in _AS_LABELS:
        return label_problem(name)
    return label_1035_problem(name) if kind in _AS_1035 else subdomain_problem(name)


def key_problem(key: str) -> str | None:
    """Of a label's or an annotation's key: `name` or `prefix/name`."""
    prefix, found, name = key.rpartition("/")
    if found and (not prefix or subdomain_problem(prefix)):
        return f"prefix part {subdomain_problem(prefix) if prefix else 'must be non-empty'}"
    if not name:
        return "name part must be non-empty"
    if len(name) > 63:
        return "name part must be no more than 63 bytes"
    if re.fullmatch(NAME_PART, name):
        return None
    return (
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
        f"'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NAME_PART}')"
    )


def value_problem(value: str) -> str | None:
    if len(value) > 63:
        return "must be no more than 63 bytes"
    if re.fullmatch(VALUE, value):
        return None
    return (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        f"alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '{VALUE}')"
    )


def labels(found: t.Mapping[str, str] | None, path: str) -> Iterator[Cause]:
    for key, value in (found or {}).items():
        wrong = key_problem(key)
        if wrong:
            yield Cause(path, "FieldValueInvalid", f"Invalid value: {json.dumps(key)}: {wrong}")
        wrong = value_problem(str(value))
        if wrong:
            yield Cause(path, "FieldValueInvalid", f"Invalid value: {json.dumps(value)}: {wrong}")


def check(resource: Resource, meta: Json) -> Iterator[Cause]:
    name = meta.get("name")
    if not name:
        yield Cause("metadata.name", "FieldValueRequired", "Required value: name or generateName is required")
    else:
        wrong = name_problem(resource.kind, name)
        if wrong:
            yield Cause("metadata.name", "FieldValueInvalid", f"Invalid value: {json.dumps(name)}: {wrong}")
    yield from labels(meta.get("labels"), "metadata.labels")
    annotations = meta.get("annotations") or {}
    for key in annotations:
        wrong = key_problem(key.lower())
        if wrong:
            yield Cause("metadata.annotations", "FieldValueInvalid", f"Invalid value: {json.dumps(key)}: {wrong}")
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > ANNOTATIONS_LIMIT:
        yield Cause("metadata.annotations", "FieldValueTooLong", f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes")
    for index, each in enumerate(meta.get("finalizers") or ()):
        if "/" not in each and each not in ("orphan", "foregroundDeletion", "kubernetes"):
            text = f'Invalid value: "{each}": name is neither a standard finalizer name nor is it fully qualified'
            yield Cause(f"metadata.finalizers[{index}]", "FieldValueInvalid", text)
    for index, each in enumerate(meta.get("ownerReferences") or ()):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not each.get(field):
                text = f'Invalid value: "": {field.replace("apiVersion", "version")} must not be empty'
                yield Cause(f"metadata.ownerReferences[{index}].{field}", "FieldValueInvalid", text)
