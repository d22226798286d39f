# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the API writes them: RFC 3339 in whole seconds, or with microseconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def stamp(seconds: float | None = None) -> str:
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def stamp_micro(seconds: float | None = None) -> str:
    moment = datetime.fromtimestamp(time.time() if seconds is None else seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}Z"


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a written time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def age(created: str | None) -> str:
    """How long ago a moment was, as kubectl shows it."""
    if not created:
        return "<unknown>"
    return span(time.time() - seconds_of(created))


def span(length: float) -> str:
    """A number of seconds, as kubectl shows it."""
    seconds = int(length)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
