# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CAM policy documents: what they grant.

Source: CAM's "Syntax logic" and "Evaluation logic": denied unless allowed, an explicit deny wins.
Actions read `ses:SendEmail`, `name/ses:SendEmail` or with `*`; resources are `*` or six-segment names. For an operation whose
rights do not depend on a resource, a statement that names resources grants nothing ("CAM-enabled API: SES", product/598/70009).
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from fnmatch import fnmatchcase


def allows(documents: Iterable[dict[str, t.Any]], action: str, resource: str) -> bool:
    effects = {
        str(statement.get("effect")).lower()
        for document in documents
        for statement in as_list(document.get("statement"))
        if _names(statement.get("action"), action.lower()) and _covers(statement.get("resource"), resource)
    }
    return effects == {"allow"}


def as_list(value: t.Any) -> list[t.Any]:
    """A lone string or statement may stand where a list is meant."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _names(patterns: t.Any, action: str) -> bool:
    return any(fnmatchcase(action, str(each).lower().removeprefix("name/")) for each in as_list(patterns))


def _covers(patterns: t.Any, resource: str) -> bool:
    return any(each == "*" or (resource != "*" and fnmatchcase(resource, str(each))) for each in as_list(patterns))
