# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Counting calls, and refusing writes where nothing may be written."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from .errors import WriteRefused


@dataclass
class Counts:
    reads: int = 0
    writes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class Traffic:
    """One client's calls in one task. Sits at the transport: every call passes `admit` before it is sent.

    read_only: refuse every call that the client does not list as a read (check mode and drift runs).
    """

    def __init__(self, cloud: str, read_only: bool, counts: Counts | None = None) -> None:
        self.cloud = cloud
        self.read_only = read_only
        self._counts = counts or Counts()

    def beside(self, cloud: str) -> Traffic:
        """The traffic of a second client in the same task, under the same rule and counted together."""
        return Traffic(cloud, self.read_only, self._counts)

    def admit(self, call: str, *, write: bool) -> None:
        """Let a call through, or raise WriteRefused. `call` names it for people: `POST /zones/…/dns_records`."""
        if write and self.read_only:
            raise WriteRefused(self.cloud, call)
        with self._counts.lock:
            self._counts.writes += write
            self._counts.reads += not write

    def as_json(self) -> dict[str, int]:
        return {"reads": self._counts.reads, "writes": self._counts.writes}
