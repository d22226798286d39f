# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading JSON as the Go programs do: paths of tidwall/gjson, and the words of encoding/json for what is no JSON.

Sources: github.com/tidwall/gjson SYNTAX.md (keys, indexes, `#`, escaped dots); encoding/json's SyntaxError and UnmarshalTypeError.
"""

from __future__ import annotations

import json
import re
import typing as t

MISSING: t.Final = object()
_KINDS = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}


class NotJson(Exception):
    """The text is no JSON object; the message is encoding/json's."""


def find(text: str, path: str) -> t.Any:
    """The value at a path, or MISSING (also when the text is no JSON)."""
    try:
        value = json.loads(text)
    except ValueError:
        return MISSING
    for step in [part.replace("\\.", ".") for part in re.split(r"(?<!\\)\.", path)]:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step == "#":
            value = len(value)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def shown(value: t.Any) -> str:
    """A value as text: strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def object_of(text: str) -> dict[str, t.Any]:
    """The JSON object in a text; raises NotJson."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJson(_complaint(text, error)) from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotJson(f"json: cannot unmarshal {_KINDS[type(value)]} into Go value of type map[string]json.RawMessage")
    return value


def _complaint(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos :].lstrip()
    if not rest or error.msg.startswith("Unterminated"):
        return "unexpected end of JSON input"
    if error.msg == "Expecting value":
        for word in ("true", "false", "null"):
            if rest[0] == word[0]:
                at = next((place for place, letter in enumerate(word) if rest[place : place + 1] != letter), 0)
                wrong = rest[at : at + 1]
                return (
                    f"invalid character '{wrong}' in literal {word} (expecting '{word[at]}')" if wrong else "unexpected end of JSON input"
                )
    where = {
        "Expecting value": "looking for beginning of value",
        "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
        "Illegal trailing comma before end of object": "looking for beginning of object key string",
        "Expecting ':' delimiter": "after object key",
        "Expecting ',' delimiter": "after object key:value pair",
        "Extra data": "after top-level value",
    }.get(error.msg, "in string literal")
    return f"invalid character '{rest[0]}' {where}"
