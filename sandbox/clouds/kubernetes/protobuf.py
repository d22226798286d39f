# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bodies in Kubernetes' own protobuf form, which typed Go clients send (`kubectl create`, helm's release Secret).

kubernetes.io/docs/reference/using-api/api-concepts#protobuf-encoding: four bytes `k8s\\0`, then runtime.Unknown around the object. Field
numbers are those of generated.proto in k8s.io/api and k8s.io/apimachinery.
"""

from __future__ import annotations

import base64
import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request

MAGIC = b"k8s\0"
TEXTS: t.Final = "map"  # map<string, string>
BYTES: t.Final = "map of bytes"
# A message is {field number: (name, type)}; a type is str, int, bool, TEXTS, BYTES, another message, or [type] when it is repeated.
Message = dict[int, tuple[str, t.Any]]

_OWNER: Message = {
    1: ("kind", str),
    3: ("name", str),
    4: ("uid", str),
    5: ("apiVersion", str),
    6: ("controller", bool),
    7: ("blockOwnerDeletion", bool),
}
_META: Message = {
    1: ("name", str),
    2: ("generateName", str),
    3: ("namespace", str),
    5: ("uid", str),
    6: ("resourceVersion", str),
    11: ("labels", TEXTS),
    12: ("annotations", TEXTS),
    13: ("ownerReferences", [_OWNER]),
    14: ("finalizers", [str]),
}
_ACCESS: Message = {
    1: ("namespace", str),
    2: ("verb", str),
    3: ("group", str),
    4: ("version", str),
    5: ("resource", str),
    6: ("subresource", str),
    7: ("name", str),
}
KINDS: dict[str, Message] = {
    "Secret": {1: ("metadata", _META), 2: ("data", BYTES), 3: ("type", str), 4: ("stringData", TEXTS), 5: ("immutable", bool)},
    "ConfigMap": {1: ("metadata", _META), 2: ("data", TEXTS), 3: ("binaryData", BYTES), 4: ("immutable", bool)},
    "Namespace": {1: ("metadata", _META)},
    "ServiceAccount": {1: ("metadata", _META)},
    "DeleteOptions": {
        1: ("gracePeriodSeconds", int),
        2: ("preconditions", {1: ("uid", str), 2: ("resourceVersion", str)}),
        3: ("orphanDependents", bool),
        4: ("propagationPolicy", str),
        5: ("dryRun", [str]),
    },
    "SelfSubjectAccessReview": {
        1: ("metadata", _META),
        2: ("spec", {1: ("resourceAttributes", _ACCESS), 2: ("nonResourceAttributes", {1: ("path", str), 2: ("verb", str)})}),
    },
    "SelfSubjectRulesReview": {1: ("metadata", _META), 2: ("spec", {1: ("namespace", str)})},
    "TokenRequest": {
        1: ("metadata", _META),
        2: (
            "spec",
            {
                1: ("audiences", [str]),
                3: ("boundObjectRef", {1: ("kind", str), 2: ("apiVersion", str), 3: ("name", str)}),
                4: ("expirationSeconds", int),
            },
        ),
    },
}


def decode(raw: bytes) -> Json:
    """The object inside a body."""
    if not raw.startswith(MAGIC):
        raise bad_request("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    unknown = dict(_fields(raw[4:]))
    about = _message(unknown.get(1, b""), {1: ("apiVersion", str), 2: ("kind", str)})
    known = KINDS.get(about.get("kind", ""))
    if known is None:
        text = f"sandbox: a protobuf body of kind {about.get('kind')} is not emulated - accepted media types include: application/json"
        raise ApiError(415, "UnsupportedMediaType", text)
    return {**about, **_message(unknown.get(2, b""), known)}


def _message(raw: t.Any, known: Message) -> Json:
    found: Json = {}
    for number, value in _fields(raw):
        name, kind = known.get(number, ("", None))
        if kind is None:
            continue
        if kind in (TEXTS, BYTES):
            pair = dict(_fields(value))
            content = pair.get(2, b"")
            text = content.decode() if kind == TEXTS else base64.b64encode(content).decode()
            found.setdefault(name, {})[pair.get(1, b"").decode()] = text
        elif isinstance(kind, list):
            found.setdefault(name, []).append(_one(value, kind[0]))
        else:
            one = _one(value, kind)
            if one != "":  # what has no value in Go is sent as an empty text
                found[name] = one
    return found


def _one(value: t.Any, kind: t.Any) -> t.Any:
    if isinstance(kind, dict):
        return _message(value, kind)
    return value.decode() if kind is str else kind(value)


def _fields(raw: bytes) -> Iterator[tuple[int, t.Any]]:
    """Numbers and values of a message on the wire."""
    place = 0
    while place < len(raw):
        tag, place = _varint(raw, place)
        kind = tag & 7
        if kind == 0:
            value, place = _varint(raw, place)
            yield tag >> 3, value
        elif kind == 2:
            length, place = _varint(raw, place)
            yield tag >> 3, raw[place : place + length]
            place += length
        else:
            place += 8 if kind == 1 else 4


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
