# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Waiting for what takes its time, within a bound and not in silence."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .errors import CloudError

T = t.TypeVar("T")


@dataclass(frozen=True)
class Wait:
    """Polls until something is so.

    timeout: seconds in all. pause: seconds before the second look; pauses grow by `growth` each time, up to `longest`. With 1.1 a
        wait lasts at most a tenth longer than what it waits for.
    tell: shows progress to the user, at most every `quiet` seconds.
    """

    timeout: float
    pause: float = 0.5
    longest: float = 10.0
    growth: float = 1.5
    quiet: float = 15.0
    tell: t.Callable[[str], None] = field(default=lambda text: None, repr=False)
    sleep: t.Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: t.Callable[[], float] = field(default=time.monotonic, repr=False)

    def until(self, what: str, look: t.Callable[[], T], done: t.Callable[[T], bool], shown: t.Callable[[T], str], *, cloud: str) -> T:
        """Look until `done`; returns what was seen last. Raises CloudError `timeout` with what was seen last.

        what: the sentence for progress and errors (`verify the domain mail.example.com`). shown: a state in few words.
        """
        begin = told = self.clock()
        pause = self.pause
        while True:
            seen = look()
            if done(seen):
                return seen
            now = self.clock()
            if now - begin + pause > self.timeout:
                raise CloudError(
                    what,
                    f"not finished after {now - begin:.0f} s, last seen: {shown(seen)}",
                    cloud=cloud,
                    code="timeout",
                    retryable=True,
                    hint="It may still be under way: a rerun picks it up; a longer timeout waits longer",
                )
            if now - told >= self.quiet:
                told = now
                self.tell(f"still waiting to {what} ({now - begin:.0f} s): {shown(seen)}")
            self.sleep(pause)
            pause = min(self.longest, pause * self.growth)
