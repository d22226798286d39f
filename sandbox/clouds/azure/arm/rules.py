# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the fields of a resource body: what must be there, what it may be, what is filled in, what may never change."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass

Body = dict[str, t.Any]
WORDS: dict[type, str] = {str: "a string", int: "an integer", bool: "a boolean", list: "an array", dict: "an object", float: "a number"}


@dataclass(frozen=True)
class Field:
    """One field, by its path from the top of the body (`properties/sku/name`). What no field names is dropped, as most providers do.

    required: refused when missing. default: filled in when missing.
    one_of: the allowed words; case is forgiven, and what is kept has the service's own case.
    between: inclusive bounds of a number, or of a string's length.
    read_only: what a client sends is ignored. write_only: acted on, but neither kept nor returned.
    immutable: may be set once; when missing in a later write it stays, when different the write is refused.
    """

    path: str
    kind: type = str
    required: bool = False
    default: t.Any = None
    one_of: tuple[str, ...] = ()
    between: tuple[int, int] | None = None
    pattern: str = ""
    read_only: bool = False
    write_only: bool = False
    immutable: bool = False

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


Complain = Callable[[Field, str], Exception]


def accept(fields: Iterable[Field], sent: Body, kept: Body | None, complain: Complain) -> Body:
    """The body to keep for what was sent, or the exception that `complain` makes of the first broken rule.

    A PUT replaces: what was kept before matters only for immutable fields. `null` means "not given".
    """
    fresh: Body = {}
    for field in fields:
        if field.read_only:
            continue
        value = at(sent, field.path)
        before = at(kept, field.path) if kept else None
        if value is None and field.immutable and before is not None:
            value = before
        if value is None:
            if field.required:
                raise complain(field, f"The property '{field.path.replace('/', '.')}' is required but was not given.")
            value = field.default
        else:
            value = _checked(field, value, complain)
            if field.immutable and before is not None and value != before:
                raise complain(field, f"The property '{field.path.replace('/', '.')}' cannot be changed once it has been set.")
        if value is not None and not field.write_only:
            put(fresh, field.path, deepcopy(value))
    return fresh


def _checked(field: Field, value: t.Any, complain: Complain) -> t.Any:
    right = isinstance(value, field.kind) and (field.kind is bool or not isinstance(value, bool))
    if not right:
        raise complain(field, f"The value of '{field.name}' must be {WORDS[field.kind]}.")
    if field.one_of:
        known = {word.lower(): word for word in field.one_of}
        if value.lower() not in known:
            raise complain(field, f"The value '{value}' of '{field.name}' is invalid. Allowed values: {', '.join(field.one_of)}.")
        value = known[value.lower()]
    if field.between and not field.between[0] <= (len(value) if isinstance(value, str) else value) <= field.between[1]:
        raise complain(field, f"The value of '{field.name}' must be between {field.between[0]} and {field.between[1]}.")
    if field.pattern and not re.fullmatch(field.pattern, value):
        raise complain(field, f"The value '{value}' of '{field.name}' is invalid.")
    return value


def at(body: Body | None, path: str) -> t.Any:
    """What stands at a path, or None. ARM forgives the case of property names."""
    value: t.Any = body
    for part in path.split("/"):
        if not isinstance(value, dict):
            return None
        value = next((item for name, item in value.items() if name.lower() == part.lower()), None)
    return value


def put(body: Body, path: str, value: t.Any) -> None:
    *parents, last = path.split("/")
    for part in parents:
        body = body.setdefault(part, {})
    body[last] = value


def merge(kept: Body, patch: Body) -> Body:
    """A PATCH laid over what is kept: objects merge, everything else (tags and lists too) is replaced."""
    result = deepcopy(kept)
    for name, value in patch.items():
        known = next((each for each in result if each.lower() == name.lower()), name)
        if isinstance(value, dict) and isinstance(result.get(known), dict) and known != "tags":
            result[known] = merge(result[known], value)
        elif value is not None:
            result[known] = deepcopy(value)
    return result
