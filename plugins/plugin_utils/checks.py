# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A check: something that shall be so, and whether it is."""

from __future__ import annotations

import typing as t

Thing = t.Mapping[str, t.Any]
Things = t.Sequence[Thing]


class Check(t.TypedDict):
    """what: a sentence that is true if `ok`. found: what is there instead. fix: the way out."""

    what: str
    ok: bool
    found: str
    fix: str


def check(what: str, ok: bool, found: str, fix: str) -> Check:
    """A check; what was found and what to do is told only if it failed."""
    return {"what": what, "ok": ok, "found": "" if ok else found, "fix": "" if ok else fix}
