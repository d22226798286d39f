# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action takes, and the gateway's check of what was sent.

The gateway knows each action's parameters by name and JSON type. It refuses unknown names (`UnknownParameter`), absent required
ones (`MissingParameter`) and other types (`InvalidParameter`; a number in quotes is a string). Values are the service's own affair.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.http import Refusal

Fields = dict[str, "Field"]
Refuse = t.Callable[..., Refusal]


@dataclass(frozen=True)
class Field:
    kind: t.Literal["string", "integer", "boolean", "array", "object"]
    required: bool = False
    item: Field | None = None  # of an array
    members: Fields | None = None  # of an object

    def fits(self, value: t.Any) -> bool:
        if self.kind == "integer":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0  # all are unsigned
        return isinstance(value, {"string": str, "boolean": bool, "array": list, "object": dict}[self.kind])


def text(required: bool = False) -> Field:
    return Field("string", required)


def number(required: bool = False) -> Field:
    return Field("integer", required)


def flag(required: bool = False) -> Field:
    return Field("boolean", required)


def array(item: Field, required: bool = False) -> Field:
    return Field("array", required, item=item)


def thing(members: Fields, required: bool = False) -> Field:
    return Field("object", required, members=members)


def check(values: dict[str, t.Any], fields: Fields, refuse: Refuse, path: str = "") -> dict[str, t.Any]:
    """The values that were given, null counting as not given. Raises the gateway's refusal for what does not fit."""
    unknown = [name for name in values if name not in fields]
    if unknown:
        raise refuse("UnknownParameter", name=path + unknown[0])
    given = {name: value for name, value in values.items() if value is not None}
    for name, field in fields.items():
        if name in given:
            given[name] = _checked(given[name], field, refuse, path + name)
        elif field.required:
            raise refuse("MissingParameter", name=path + name)
    return given


def _checked(value: t.Any, field: Field, refuse: Refuse, path: str) -> t.Any:
    if not field.fits(value):
        raise refuse("InvalidParameter#type", name=path, kind=field.kind)
    if field.members is not None:
        return check(value, field.members, refuse, f"{path}.")
    if field.item is not None:
        return [_checked(each, field.item, refuse, f"{path}.{index}") for index, each in enumerate(value)]
    return value
