# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of JSONPath that columns and selectable fields of custom resources use: fields, indices, filters by equality, `[*]`."""

from __future__ import annotations

import re
import typing as t

_STEP = re.compile(
    r"""\.?(?:
      \[\?\(@\.(?P<field>[\w.-]+)\s*==\s*(?P<quote>["'])(?P<equal>.*?)(?P=quote)\)\]
    | \[(?P<index>-?\d+|\*)\]
    | \[(?P<q2>["'])(?P<quoted>.*?)(?P=q2)\]
    | (?P<name>(?:[^.\[\\]|\\.)+)
    )""",
    re.VERBOSE,
)


def find(path: str, value: t.Any) -> list[t.Any]:
    """Every value that the path leads to; none when it leads nowhere."""
    found, place = [value], 0
    text = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    while place < len(text):
        step = _STEP.match(text, place)
        if step is None:
            return []
        place = step.end()
        found = [each for one in found for each in _follow(step, one)]
    return [each for each in found if each is not None]


def _follow(step: re.Match[str], value: t.Any) -> list[t.Any]:
    name = step["quoted"] if step["quoted"] is not None else step["name"]
    if name is not None:
        name = name.replace("\\.", ".")
        return [value[name]] if isinstance(value, dict) and name in value else []
    if not isinstance(value, list):
        return list(value.values()) if isinstance(value, dict) and step["index"] == "*" else []
    if step["field"] is not None:
        return [each for each in value if step["equal"] in [str(one) for one in find(f".{step['field']}", each)]]
    if step["index"] == "*":
        return list(value)
    index = int(step["index"])
    return [value[index]] if -len(value) <= index < len(value) else []
