# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading an object as its kind: what has the wrong type is refused, what is not known is dropped, what is empty is not kept.

kubernetes.io/docs/reference/using-api/api-concepts#field-validation. The words are those of Go's JSON decoder.
"""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import dataclass, field

from sandbox.clouds.kubernetes import quantities
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.nodes import Node

# Numbers and truth values that are not kept when they say nothing: no pointers in the vendor's Go types, and left out when they are zero.
_ZERO = frozenset(
    (
        *(
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "stdin",
            "stdinOnce",
            "tty",
            "readOnly",
            "publishNotReadyAddresses",
            "paused",
            "minReadySeconds",
        ),
        *("hostPort", "nodePort", "healthCheckNodePort", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold"),
        *("failureThreshold", "observedGeneration", "unschedulable", "preserveUnknownFields", "updatedReplicas"),
        *("readyReplicas", "availableReplicas", "unavailableReplicas", "currentReplicas", "active", "succeeded", "failed"),
        *("globalDefault", "deprecated", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"),
        *("uniqueItems", "exclusiveMinimum", "exclusiveMaximum", "nullable", "generation"),
    )
)
_EMPTY_TEXT_COUNTS = frozenset({"storageClassName", "ingressClassName", "loadBalancerClass", "default", "type"})
_ALWAYS_THERE = frozenset(
    {"resources", "emptyDir", "securityContext", "podSelector", "namespaceSelector", "selector", "objectSelector", "rules"}
)


class WrongType(ValueError):
    """A value that does not fit. The text is the server's."""


@dataclass
class Decoded:
    value: t.Any
    unknown: list[str] = field(default_factory=list)  # paths of fields that nobody knows, as messages write them


def decode(node: Node, value: Json) -> Decoded:
    """A built-in object as its kind's types hold it. Raises WrongType."""
    found = Decoded(None)
    found.value = _read(node, value, "", "", node.model, found)
    return found


def _read(node: Node, value: t.Any, path: str, dotted: str, owner: str, found: Decoded) -> t.Any:
    """path: with indices, for unknown fields; dotted: without, as Go's decoder tells it."""
    if node.kind == "any" or value is None:
        return value
    if node.kind == "object":
        if not isinstance(value, dict):
            raise _wrong(node, value, dotted, owner)
        return _read_object(node, value, path, dotted, found)
    if node.kind == "array":
        if not isinstance(value, list):
            raise _wrong(node, value, dotted, owner)
        return [_read(node.items, _element(node, each), f"{path}[{index}]", dotted, owner, found) for index, each in enumerate(value)]
    return _read_scalar(node, value, dotted, owner)


def _element(node: Node, each: t.Any) -> t.Any:
    """In Go a null in a list is an empty element."""
    if each is not None:
        return each
    return {"object": {}, "array": [], "string": "", "boolean": False, "integer": 0}.get(node.items.kind)


def _read_object(node: Node, value: Json, path: str, dotted: str, found: Decoded) -> Json:
    kept: Json = {}
    for name, each in value.items():
        below = node.known(name)
        place = f"{path}.{name}" if path else name
        if below is None:
            found.unknown.append(place)
            continue
        read = _read(below, each, place, f"{dotted}.{name}" if dotted else name, node.model, found)
        always = name in node.required and not (read is None and below.is_struct)
        if node.is_struct and not always and _says_nothing(name, below, read):
            continue
        kept[name] = "" if read is None and below.kind == "string" else read
    return kept


def _says_nothing(name: str, node: Node, value: t.Any) -> bool:
    """Whether a field of a structure is left out when the object is written again."""
    if value is None:
        return True
    if value == "" and isinstance(value, str):
        return name not in _EMPTY_TEXT_COUNTS
    if value is False or (value == 0 and not isinstance(value, (bool, str))):
        return name in _ZERO
    if value == [] or (value == {} and node.kind == "object" and not node.is_struct):
        return name not in _ALWAYS_THERE
    return False


def _read_scalar(node: Node, value: t.Any, dotted: str, owner: str) -> t.Any:
    if node.format == "quantity" and isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            return quantities.canonical(str(value))
        except ValueError as error:
            raise WrongType(str(error)) from None
    good = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer()),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "int-or-string": isinstance(value, (int, str)) and not isinstance(value, bool),
    }[node.kind]
    if not good or (node.format == "int32" and not -(2**31) <= value < 2**31):
        raise _wrong(node, value, dotted, owner)
    if node.format == "byte":
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            raise WrongType(f"illegal base64 data at input byte {_bad_byte(value)}") from None
    return int(value) if node.kind == "integer" else value


def _bad_byte(value: str) -> int:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    return next((index for index, letter in enumerate(value) if letter not in letters), max(0, len(value) - len(value) % 4))


def _wrong(node: Node, value: t.Any, dotted: str, owner: str) -> WrongType:
    what = {dict: "object", list: "array", str: "string", bool: "bool"}.get(type(value), "number")
    shown = f"{what} {value}" if what == "number" and node.kind == "integer" else what
    if node.kind == "int-or-string":
        return WrongType("json: cannot unmarshal " + what + " into Go value of type int32")
    return WrongType(f"json: cannot unmarshal {shown} into Go struct field {owner}.{dotted} of type {_go(node, dotted)}")


def _go(node: Node, dotted: str) -> str:
    """The name of a type in Go."""
    if node.kind == "array":
        return f"[]{_go(node.items, dotted)}"
    if node.kind == "object":
        if node.is_struct:
            return f"v1.{node.model}"
        return f"map[string]{_go(node.additional, dotted) if node.additional else 'interface {}'}"
    if node.kind == "integer":
        return "int64" if node.format == "int64" else "int32"
    if node.format == "byte":
        return "[]uint8"
    return {"string": "string", "boolean": "bool", "number": "float64"}.get(node.kind, "string")
