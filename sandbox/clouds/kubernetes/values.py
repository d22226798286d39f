# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom resources against their schema: what is unknown is pruned, what is missing gets its default, what is wrong is refused.

kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions#validation. Of the rules in CEL only some are
evaluated, see rules.py.
"""

from __future__ import annotations

import copy
import json
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping

from sandbox.clouds.kubernetes import rules
from sandbox.clouds.kubernetes.errors import Cause, Json
from sandbox.clouds.kubernetes.nodes import Node

Schema = Mapping[str, t.Any]
_ROOT = ("apiVersion", "kind", "metadata")


def prune(node: Node, value: t.Any, unknown: list[str], path: str = "") -> t.Any:
    """The value without the fields that its schema does not know; their paths are added to `unknown`."""
    if isinstance(value, dict) and node.kind in ("object", "any"):
        kept = {}
        for name, each in value.items():
            place = f"{path}.{name}" if path else name
            below = node.properties.get(name) or node.additional
            if below is not None:
                kept[name] = each if node.resource and name == "metadata" and not path else prune(below, each, unknown, place)
            elif node.preserve:
                kept[name] = each
            else:
                unknown.append(place)
        return kept
    if isinstance(value, list) and node.kind == "array":
        return [prune(node.items, each, unknown, f"{path}[{index}]") for index, each in enumerate(value)]
    return value


def default(node: Node, value: t.Any) -> t.Any:
    """The value with the schema's defaults where nothing is; a null where none may be counts as nothing."""
    if isinstance(value, dict):
        filled = {name: each for name, each in value.items() if each is not None or _may_be_null(node, name)}
        for name, below in node.properties.items():
            if name not in filled and "default" in (below.schema or {}):
                filled[name] = copy.deepcopy((below.schema or {})["default"])
        for name, each in filled.items():
            child = node.properties.get(name) or node.additional
            if child is not None and not (node.resource and name == "metadata"):
                filled[name] = default(child, each)
        return filled
    if isinstance(value, list) and node.kind == "array":
        return [default(node.items, each) for each in value]
    return value


def _may_be_null(node: Node, name: str) -> bool:
    child = node.properties.get(name) or node.additional
    return child is None or child.schema is None or bool(child.schema.get("nullable"))


# --- values -------------------------------------------------------------------------------


def check(schema: Schema, value: Json) -> list[Cause]:
    """Everything that is wrong with a whole object."""
    return [*_check({**schema, "type": "object"}, {name: each for name, each in value.items() if name != "metadata"}, "")]


def _check(schema: Schema, value: t.Any, path: str) -> Iterator[Cause]:
    if value is None and schema.get("nullable"):
        return
    wrong = _wrong_type(schema, value, path)
    if wrong:
        yield wrong
        return
    causes = [*_check_value(schema, value, path)]
    # The server asks for its rules only where the value is right otherwise.
    yield from causes or rules.check(schema, value, path)


def _check_value(schema: Schema, value: t.Any, path: str) -> Iterator[Cause]:
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(_shown(each if isinstance(each, str) else _shown(each)) for each in schema["enum"])  # numbers too in quotes
        yield Cause(path, "FieldValueNotSupported", f"Unsupported value: {_shown(value)}: supported values: {known}")
    if isinstance(value, dict):
        yield from _check_object(schema, value, path)
    elif isinstance(value, list):
        yield from _check_list(schema, value, path)
    elif isinstance(value, str):
        yield from _check_text(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _check_number(schema, value, path)
    yield from _check_combined(schema, value, path)


def _wrong_type(schema: Schema, value: t.Any, path: str) -> Cause | None:
    if schema.get("x-kubernetes-int-or-string"):
        good, wanted = isinstance(value, (int, str)) and not isinstance(value, bool), "integer,string"
    else:
        wanted = schema.get("type", "")
        tests: dict[str, Callable[[t.Any], bool]] = {
            "object": lambda each: isinstance(each, dict),
            "array": lambda each: isinstance(each, list),
            "string": lambda each: isinstance(each, str),
            "boolean": lambda each: isinstance(each, bool),
            "integer": lambda each: isinstance(each, int) and not isinstance(each, bool),
            "number": lambda each: isinstance(each, (int, float)) and not isinstance(each, bool),
        }
        good = wanted not in tests or tests[wanted](value)
    if good:
        return None
    names: dict[type, str] = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    have = names.get(type(value), "null")
    return Cause(path, "FieldValueTypeInvalid", f'Invalid value: "{have}": {path} in body must be of type {wanted}: "{have}"')


def _check_object(schema: Schema, value: Json, path: str) -> Iterator[Cause]:
    known: Mapping[str, t.Any] = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    for name in schema.get("required") or ():
        if name not in value:
            yield Cause(_join(path, name), "FieldValueRequired", "Required value")
    for name, each in value.items():
        if not path and name in _ROOT:
            continue
        below = known.get(name, more if isinstance(more, dict) else None)
        if below is not None:
            yield from _check(below, each, _join(path, name) if name in known else f"{path}.{name}")
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if most is not None and len(value) > most:
        yield Cause(path, "FieldValueTooMany", f"Too many: {len(value)}: must have at most {most} items")
    if least is not None and len(value) < least:
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {len(value)}: {path} in body should have at least {least} properties")


def _check_list(schema: Schema, value: list[t.Any], path: str) -> Iterator[Cause]:
    for index, each in enumerate(value):
        yield from _check(schema.get("items") or {}, each, f"{path}[{index}]")
    least, most = schema.get("minItems"), schema.get("maxItems")
    if most is not None and len(value) > most:
        yield Cause(path, "FieldValueTooMany", f"Too many: {len(value)}: must have at most {most} items")
    if least is not None and len(value) < least:
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {len(value)}: {path} in body should have at least {least} items")
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    seen: list[t.Any] = []
    for index, each in enumerate(value):
        if schema.get("x-kubernetes-list-type") == "map" and isinstance(each, dict):
            found: t.Any = {name: each.get(name) for name in keys}
        elif schema.get("x-kubernetes-list-type") == "set" or schema.get("uniqueItems"):
            found = each
        else:
            break
        if found in seen:
            yield Cause(f"{path}[{index}]", "FieldValueDuplicate", f"Duplicate value: {json.dumps(found, separators=(',', ':'))}")
        seen.append(found)


def _check_text(schema: Schema, value: str, path: str) -> Iterator[Cause]:
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if most is not None and len(value) > most:
        yield Cause(path, "FieldValueTooLong", f"Too long: may not be more than {most} bytes")
    if least is not None and len(value) < least:
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {path} in body should be at least {least} chars long")
    if pattern and not _matches(pattern, value):
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {path} in body should match '{pattern}'")
    form = schema.get("format")
    if form in _FORMATS and not _FORMATS[form].fullmatch(value):
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {path} in body must be of type {form}: {_shown(value)}")


def _matches(pattern: str, text: str) -> bool:
    """As Go matches (github.com/google/re2/wiki/Syntax), whose `$` is the very end. What Python does not know of its syntax, holds."""
    written = re.sub(r"(?<!\\)((?:\\\\)*)(?:\\z|\$$)", r"\1\\Z", pattern)
    try:
        return re.search(written, text, re.ASCII) is not None
    except re.error:
        return True


_FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"),
    "duration": re.compile(r"[+-]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+|0"),
    "ipv4": re.compile(r"(\d{1,3}\.){3}\d{1,3}"),
    "ipv6": re.compile(r"[0-9a-fA-F.:]*:[0-9a-fA-F.:]*"),
    "byte": re.compile(r"[A-Za-z0-9+/]*={0,2}"),
}


def _check_number(schema: Schema, value: float, path: str) -> Iterator[Cause]:
    least, most, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if most is not None and (value > most or (schema.get("exclusiveMaximum") and value == most)):
        word = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {value}: {path} in body should be {word} {most}")
    if least is not None and (value < least or (schema.get("exclusiveMinimum") and value == least)):
        word = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {value}: {path} in body should be {word} {least}")
    if step and value % step:
        yield Cause(path, "FieldValueInvalid", f"Invalid value: {value}: {path} in body should be a multiple of {step}")


def _check_combined(schema: Schema, value: t.Any, path: str) -> Iterator[Cause]:
    # The server tells these at no place, and names the place in the text.
    def fits(each: Schema) -> bool:
        return next(_check(each, value, path), None) is None

    for each in schema.get("allOf") or ():
        yield from _check(each, value, path)
    if schema.get("anyOf") and not any(fits(each) for each in schema["anyOf"]):
        yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": "{path}" must validate at least one schema (anyOf)')
    if schema.get("oneOf"):
        number = sum(fits(each) for each in schema["oneOf"])
        if number != 1:
            found = "Found none valid" if number == 0 else f"Found {number} valid alternatives"
            yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": "{path}" must validate one and only one schema (oneOf). {found}')
    if schema.get("not") is not None and fits(schema["not"]):
        yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": "{path}" must not validate the schema (not)')


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(value: t.Any) -> str:
    return json.dumps(value)
