# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Waiting for objects, within a bound; and when it is not enough, what the cluster says about why."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field

from .._core.apply import side_by_side
from .._core.errors import CloudError
from .._core.wait import Wait
from .client import Client
from .errors import CLOUD, WEBHOOK, ApiError
from .names import Manifest, Ref, Resource
from .readiness import Readiness, held_by
from .reasons import reasons, why

T = t.TypeVar("T")
PAUSE, LONGEST = 0.25, 5.0
HOPELESS = "will not be"


@dataclass(frozen=True)
class Goal:
    """What is waited for: an object, and when it is as it shall be. what: the sentence for errors. gone: that it is not there any more."""

    ref: Ref
    resource: Resource
    what: str
    judge: t.Callable[[Manifest], Readiness]
    gone: bool = False

    @property
    def path(self) -> str:
        return self.resource.path(self.ref.namespace, self.ref.name)


@dataclass
class _Seen:
    goal: Goal
    thing: Manifest | None
    found: Readiness


@dataclass(frozen=True)
class Patience:
    """How long a task waits, all in all, and how it says so."""

    client: Client
    seconds: float
    tell: t.Callable[[str], None] = field(default=lambda text: None, repr=False)
    sleep: t.Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: t.Callable[[], float] = field(default=time.monotonic, repr=False)
    # Set when it is made: waits of one task share its time.
    begin: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        return max(0.0, self.seconds - (self.clock() - self.begin))

    def until(self, goals: t.Sequence[Goal]) -> None:
        """Wait for all of them. Raises CloudError `not_ready` that says why those that are not ready are not."""
        pending = list(goals)
        if not pending:
            return

        def look() -> list[_Seen]:
            seen = side_by_side(self._look, pending)
            left = [each for each in seen if not each.found.ready]
            pending[:] = [each.goal for each in left]
            return left

        def done(left: list[_Seen]) -> bool:
            hopeless = [each for each in left if each.found.failed]
            if hopeless:
                raise self._not_ready(hopeless, HOPELESS)
            return not left

        last: list[_Seen] = []

        def remembered() -> list[_Seen]:
            last[:] = look()
            return last

        wait = Wait(self.left, pause=PAUSE, longest=LONGEST, tell=self.tell, sleep=self.sleep, clock=self.clock)
        try:
            wait.until(f"see {_listed(goals)}", remembered, done, _shown, cloud=CLOUD)
        except CloudError as error:
            if error.code != "timeout":
                raise
            raise self._not_ready(last, f"not within {self.seconds:.0f} s") from None

    def through(self, what: str, call: t.Callable[[], T], early: t.Callable[[ApiError], bool] = lambda error: False) -> T:
        """The call, again while what stands in its way is only just being installed: a webhook that does not answer yet.

        early: what else a moment mends.
        """
        pause = PAUSE
        while True:
            try:
                return call()
            except ApiError as error:
                if not (_is_early(error) or early(error)):
                    raise
                if self.left < pause:
                    error.failure["retryable"] = True
                    raise
                self.tell(f"still waiting to {what}: {error.text[:200]}")
            self.sleep(pause)
            pause = min(LONGEST, pause * 1.5)

    # --- below ---------------------------------------------------------------

    def _look(self, goal: Goal) -> _Seen:
        try:
            thing = self.client.find(f"read {goal.ref}", goal.path)
        except CloudError as error:
            # Within its time a wait outlasts an API server that is away, as it is while its cluster is upgraded.
            if not error.failure["retryable"]:
                raise
            return _Seen(goal, None, Readiness(False, f"it could not be looked at: {error}"[:300]))
        if thing is None:
            return _Seen(goal, thing, Readiness(goal.gone, "it is not there"))
        found = goal.judge(thing)
        if goal.gone and not found.ready:
            found = Readiness(False, ", ".join(part for part in (found.text, held_by(thing)) if part))
        return _Seen(goal, thing, found)

    def _not_ready(self, left: t.Sequence[_Seen], how: str) -> CloudError:
        told = side_by_side(lambda each: reasons(self.client, each.goal.ref, each.thing), left[:5])
        lines = [_line(each, more) for each, more in zip(left, told, strict=False)]
        text = "; ".join(lines) + (f"; and {len(left) - 5} more" if len(left) > 5 else "")
        what = f"see {left[0].goal.what}" if len(left) == 1 else f"see {_listed([each.goal for each in left])}"
        last = how == HOPELESS
        hint = why(text, last=last)
        return CloudError(f"{what}: {how}", text[:3000], cloud=CLOUD, code="not_ready", retryable=not last, hint=hint)


def _is_early(error: ApiError) -> bool:
    """What a moment mends: a webhook whose service is not up, a kind that is defined and not served yet."""
    return error.code == WEBHOOK or (error.status == 404 and "could not find the requested resource" in error.text)


def _line(seen: _Seen, more: str) -> str:
    return f"{seen.goal.ref}: {seen.found.text}" + (f" ({more})" if more else "")


def _listed(goals: t.Sequence[Goal]) -> str:
    return ", ".join(each.what for each in goals[:3]) + (f" and {len(goals) - 3} more" if len(goals) > 3 else "")


def _shown(left: list[_Seen]) -> str:
    return "; ".join(_line(each, "") for each in left[:3])
