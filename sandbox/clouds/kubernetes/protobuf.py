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
from sandbox.clouds.kubernetes.messages import AMOUNT, AMOUNTS, BYTES, INT_OR_TEXT, KINDS, TEXTS, Message

MAGIC = b"k8s\0"


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
        if not name:
            found |= _message(value, kind)
            continue
        if kind in (TEXTS, BYTES, AMOUNTS):
            pair = dict(_fields(value))
            found.setdefault(name, {})[pair.get(1, b"").decode()] = _value_of(pair.get(2, b""), kind)
        elif isinstance(kind, list):
            found.setdefault(name, []).append(_one(value, kind[0]))
        else:
            one = _one(value, kind)
            if one != "":  # what has no value in Go is sent as an empty text
                found[name] = one
    return found


def _value_of(content: bytes, kind: str) -> str:
    """The value in a map."""
    if kind == BYTES:
        return base64.b64encode(content).decode()
    return content.decode() if kind == TEXTS else str(_one(content, AMOUNT))


def _one(value: t.Any, kind: t.Any) -> t.Any:
    if kind == AMOUNT:
        return dict(_fields(value)).get(1, b"0").decode()
    if kind == INT_OR_TEXT:
        parts = dict(_fields(value))
        return parts.get(3, b"").decode() if parts.get(1) else parts.get(2, 0)
    if isinstance(kind, dict):
        return _message(value, kind)
    if kind is int and value >= 1 << 63:
        return value - (1 << 64)
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
