# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Policies made of statements, as Alibaba Cloud's RAM and Tencent Cloud's CAM have them: what they grant. Pure.

Both deny what nothing allows, and an explicit deny wins. Keys are compared without regard to case: RAM writes `Effect`,
CAM `effect`.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .access import GRANTED, MISSING, Verdict, unknown


@dataclass(frozen=True)
class Statement:
    """named: actions by pattern; with `others` it speaks of all but those."""

    allow: bool
    named: tuple[str, ...]
    others: bool
    resources: tuple[str, ...]
    conditional: bool

    @classmethod
    def of(cls, text: t.Mapping[str, t.Any]) -> Statement:
        parts = {str(key).casefold(): value for key, value in text.items()}
        others = "notaction" in parts
        return cls(
            allow=str(parts.get("effect")).casefold() == "allow",
            named=tuple(each.casefold().removeprefix("name/") for each in _listed(parts.get("notaction" if others else "action"))),
            others=others,
            resources=tuple(_listed(parts.get("resource", "*"))),
            conditional=bool(parts.get("condition")),
        )

    def speaks_of(self, action: str) -> bool:
        return self.others != any(fnmatchcase(action.casefold(), pattern) for pattern in self.named)

    def covers(self, resource: str) -> bool:
        """Whether it holds for all that `resource` stands for; a `*` in there is a character like others."""
        return any(fnmatchcase(resource, pattern) for pattern in self.resources)


def statements(documents: t.Iterable[t.Mapping[str, t.Any]]) -> list[Statement]:
    """The statements of some policies. A lone statement may stand where a list is meant."""
    found: list[Statement] = []
    for document in documents:
        inside: t.Any = next((value for key, value in document.items() if key.casefold() == "statement"), [])
        found += [Statement.of(each) for each in (inside if isinstance(inside, list) else [inside])]
    return found


def judge(found: t.Sequence[Statement], action: str, resource: str) -> Verdict:
    """Whether statements grant an action on a resource, given as a pattern.

    A statement under a condition, or for a part of the resource, decides nothing by itself: then nobody can tell.
    """
    about = [each for each in found if each.speaks_of(action)]
    whole = [each for each in about if each.covers(resource) and not each.conditional]
    partly = [each for each in about if each not in whole and _touches(each, resource)]
    if any(not each.allow for each in whole):
        return MISSING
    if any(not each.allow for each in partly):
        return unknown("a policy denies it for some resources, or under a condition")
    if whole:
        return GRANTED
    if partly:
        limits = sorted({pattern for each in partly for pattern in each.resources})
        return unknown("granted under a condition" if partly[0].covers(resource) else f"granted for {', '.join(limits)} only")
    return MISSING


def _touches(statement: Statement, resource: str) -> bool:
    """Whether it may hold for something that `resource` stands for."""
    return statement.covers(resource) or any(fnmatchcase(pattern, resource) for pattern in statement.resources)


def _listed(value: t.Any) -> list[str]:
    return [] if value is None else [str(each) for each in (value if isinstance(value, list) else [value])]
