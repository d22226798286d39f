# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules of CronJobs as the server reads them; its words are those of github.com/robfig/cron/v3 (parser.go)."""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMED: t.Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# Lowest and highest value, and the names of values. Sunday is 0 and never 7.
_FIELDS: t.Final[tuple[tuple[int, int, dict[str, int]], ...]] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_PERIOD = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def parse(schedule: str) -> list[set[int]] | float:
    """Minutes, hours, days, months and weekdays at which it is due, or the seconds of `@every`. Raises ValueError."""
    if schedule.startswith("@every "):
        return _period(schedule)
    if schedule.startswith("@") and schedule not in _NAMED:
        raise ValueError(f"unrecognized descriptor: {schedule}")
    parts = _NAMED.get(schedule, schedule).split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]")
    return [set().union(*(_values(each, *bounds) for each in part.split(","))) for part, bounds in zip(parts, _FIELDS, strict=True)]


def _period(schedule: str) -> float:
    text = schedule.removeprefix("@every ")
    if not text or _PERIOD.sub("", text):
        raise ValueError(f'failed to parse duration {schedule}: time: invalid duration "{text}"')
    return max(1.0, sum(float(number) * _UNITS[unit] for number, unit in _PERIOD.findall(text)))


def _values(text: str, low: int, high: int, names: dict[str, int]) -> range:
    span, slash, step = text.partition("/")
    first, hyphen, last = span.partition("-")
    if "/" in step or "-" in last:
        raise ValueError(f"too many {'slashes' if '/' in step else 'hyphens'}: {text}")
    if first in ("*", "?"):
        start, end = low, high
    else:
        start = _number(first, names)
        end = _number(last, names) if hyphen else high if slash else start
    every = _number(step, {}) if slash else 1
    if start < low:
        raise ValueError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise ValueError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if every == 0:
        raise ValueError(f"step of range should be a positive number: {text}")
    return range(start, end + 1, every)


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not text.isdecimal():
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def following(schedule: str, since: float, zone: str = "UTC") -> float | None:
    """The first minute after a moment at which a schedule is due; None when it is not due within a year."""
    wanted = parse(schedule)
    if isinstance(wanted, float):
        return since + wanted
    minutes, hours, days, months, weekdays = wanted
    parts = _NAMED.get(schedule, schedule).split()
    both = not parts[2].startswith(("*", "?")) and not parts[4].startswith(("*", "?"))  # then either of them is enough
    day = datetime.fromtimestamp(since, ZoneInfo(zone)).replace(second=0, microsecond=0) + timedelta(minutes=1)
    for _ in range(366):
        right = (day.day in days, (day.isoweekday() % 7) in weekdays)
        if day.month in months and (any(right) if both else all(right)):
            for minute in range(day.hour * 60 + day.minute, 24 * 60):
                if minute // 60 in hours and minute % 60 in minutes:
                    return day.replace(hour=minute // 60, minute=minute % 60).timestamp()
        day = (day + timedelta(days=1)).replace(hour=0, minute=0)
    return None
