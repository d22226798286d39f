# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules of CronJobs: when they are due, and which the server refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.clouds.kubernetes.schedules import following, parse

NOW = datetime(2026, 11, 25, 17, 30, 20, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("* * * * *", "2026-11-25T17:31"),
        ("*/15 * * * *", "2026-11-25T17:45"),
        ("0 2 * * *", "2026-11-26T02:00"),
        ("30 1,13 * * MON-FRI", "2026-11-26T01:30"),
        ("0 0 1 jan *", "2027-01-01T00:00"),
        ("0 0 1 * 0", "2026-11-29T00:00"),  # a day of the month or one of the week
        ("@weekly", "2026-11-29T00:00"),
        ("@every 1h30m", "2026-11-25T19:00"),
        ("0 0 30 2 *", None),
    ],
)
def test_when_a_schedule_is_due(schedule: str, due: str | None) -> None:
    found = following(schedule, NOW)
    assert (found and datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%dT%H:%M")) == due


def test_a_schedule_keeps_to_its_time_zone() -> None:
    assert following("0 2 * * *", NOW, "Asia/Seoul") == datetime(2026, 11, 26, 17, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("61 * * * *", "end of range (61) above maximum (59): 61"),
        ("0 0 * * 7", "end of range (7) above maximum (6): 7"),  # Sunday is 0 alone
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("30-10 * * * *", "beginning of range (30) beyond end of range (10): 30-10"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("every day", "expected exactly 5 fields, found 2: [every day]"),
        ("0 0 * * MOO", 'failed to parse int from MOO: strconv.Atoi: parsing "MOO": invalid syntax'),
        ("@fortnightly", "unrecognized descriptor: @fortnightly"),
    ],
)
def test_a_schedule_that_is_none(schedule: str, why: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(schedule)
    assert str(refused.value) == why
