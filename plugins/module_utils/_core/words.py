# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Credentials as they may stand in an HTTP header."""

from __future__ import annotations

import re

from .errors import PlanError

_WORD = re.compile(r"[!-~]*")


def one_word(value: str, what: str, cloud: str) -> str:
    """The value, if it is one line of printable ASCII; else PlanError, without the value.

    HTTP libraries refuse a header with a line break, and quote it, credential and all, in their error.
    """
    if not _WORD.fullmatch(value):
        raise PlanError(
            f"{what} is not one word of printable ASCII",
            code="no_credentials",
            cloud=cloud,
            hint="It was probably pasted or read with a line break, a blank or another character in it",
        )
    return value
