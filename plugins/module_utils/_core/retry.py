# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The one retry policy: what is tried again, how often, and how long it waits. SDKs' own retries are switched off."""

from __future__ import annotations

import random
import time
import typing as t
from dataclasses import dataclass, field

from .errors import CloudError

T = t.TypeVar("T")
QUIET = 10.0  # seconds without a sign


@dataclass(frozen=True)
class Retry:
    """Retries of calls that a later try can mend.

    A call that the cloud may have carried out (dropped connection, 5xx) is sent again only when it is idempotent; one that
    the cloud refused because of load (429) was not carried out, so it is always sent again.

    attempts: tries in all. base, cap: seconds of the first pause and of the longest; Retry-After wins, up to `patience`:
    a cloud that asks to wait longer than that gets an error now instead of a silent hour. tell: is told what goes wrong where that
    takes longer than a person waits without a sign.
    """

    attempts: int = 5
    base: float = 0.5
    cap: float = 20.0
    patience: float = 60.0
    sleep: t.Callable[[float], None] = field(default=time.sleep, repr=False)
    spread: t.Callable[[], float] = field(default=random.random, repr=False)
    tell: t.Callable[[str], None] = field(default=lambda text: None, repr=False)
    clock: t.Callable[[], float] = field(default=time.monotonic, repr=False)

    def call(self, send: t.Callable[[], T], *, idempotent: bool) -> T:
        """`send()`, again while that can help. Raises the last CloudError."""
        begin = self.clock()
        for attempt in range(1, self.attempts + 1):
            try:
                return send()
            except CloudError as error:
                pause = self.pause(attempt, error)
                may_repeat = idempotent or error.executed is False
                if attempt == self.attempts or not error.failure["retryable"] or not may_repeat or pause > self.patience:
                    raise
                if self.clock() - begin + pause > QUIET:
                    self.tell(f"trying again in {pause:.0f} s ({attempt} of {self.attempts} tries have failed): {error}")
                self.sleep(pause)
        raise AssertionError("attempts is at least 1")

    def pause(self, attempt: int, error: CloudError) -> float:
        """Seconds before the next try: what the cloud asked for, else exponential with full jitter."""
        if error.retry_after is not None:
            return error.retry_after
        longest: float = min(self.cap, self.base * 2 ** (attempt - 1))
        return longest * (0.5 + self.spread() / 2)
