# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was asked of the local cloud: the witness of every test."""

from __future__ import annotations

import itertools
import time
import typing as t
from dataclasses import asdict, dataclass


@dataclass
class Entry:
    """One call. `time` is seconds since the epoch at arrival, `seconds` how long the answer took.

    `status` is None while the call is under way (or held by a fault) and 0 when the connection was dropped.
    `path` carries no query: pre-signed URLs and tokens travel there. `operation_seconds` is how long goes on what the call began.
    """

    number: int
    time: float
    cloud: str
    method: str
    scheme: str
    host: str
    path: str
    action: str | None
    write: bool
    client: str
    status: int | None = None
    seconds: float | None = None
    fault: str | None = None
    operation_seconds: float = 0.0


class Journal:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._numbers = itertools.count(1)
        self.current: Entry | None = None  # whose operation is being carried out

    def open(self, **facts: t.Any) -> Entry:
        entry = Entry(number=next(self._numbers), time=time.time(), **facts)
        self._entries.append(entry)
        return entry

    def close(self, entry: Entry, status: int) -> None:
        entry.status = status
        entry.seconds = round(time.time() - entry.time, 6)

    def clear(self) -> None:
        self._entries.clear()

    def as_json(self) -> list[dict[str, t.Any]]:
        return [asdict(entry) for entry in self._entries]
