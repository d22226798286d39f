# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: role assignments of the state, inherited from every scope above.

learn.microsoft.com/azure/role-based-access-control/overview: an action is allowed when some assignment's role lists it in its
actions and that same role does not list it in its notActions; scopes and actions have no case.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm.roles import Role

Assignment = dict[str, t.Any]


def at_or_below(scope: str, above: str) -> bool:
    """Whether `scope` is `above` or lies under it."""
    low, high = scope.lower().rstrip("/"), above.lower().rstrip("/")
    return low == high or low.startswith(high + "/")


def in_force(assignments: Iterable[Assignment], object_id: str, scope: str) -> list[Assignment]:
    """The principal's assignments that reach this scope and have taken effect: a new one needs its time."""
    moment = now()
    return [
        each for each in assignments if each["principal"] == object_id and each["effective"] <= moment and at_or_below(scope, each["scope"])
    ]


def allows(
    assignments: Iterable[Assignment], roles: Mapping[str, Role], object_id: str, action: str, scope: str, *, data: bool = False
) -> bool:
    for each in in_force(assignments, object_id, scope):
        role = roles[each["role"]]
        granted = role.data_actions if data else role.actions
        taken = () if data else role.not_actions
        if _lists(granted, action) and not _lists(taken, action):
            return True
    return False


def _lists(patterns: Iterable[str], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
