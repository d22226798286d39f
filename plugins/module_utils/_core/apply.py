# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Carrying a plan out: steps in waves, side by side within a wave, nothing lost when one fails."""

from __future__ import annotations

import typing as t
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock

from .errors import ApplyError, HybridCloudError
from .plan import State

T = t.TypeVar("T")
R = t.TypeVar("R")

SIDE_BY_SIDE = 8  # threads for one task's calls; clouds throttle beyond a handful
WAKE = 0.5  # seconds after which a wait looks up: only the main thread runs signal handlers, and a signal may go to another one


@dataclass(frozen=True)
class Step:
    """One write and what follows from it. `call` returns outputs by the thing's name (ids, versions), or None."""

    title: str
    call: t.Callable[[], t.Mapping[str, State] | None]


Waves = t.Iterable[t.Sequence[Step]]


def carry_out(waves: Waves) -> dict[str, State]:
    """Run the waves one after the other; returns the outputs of all steps, by name.

    When a step fails, the rest of its wave is finished, later waves are not begun, and ApplyError says what was applied. The rest of a wave
    is not tried either once nobody answers any more: each call would wait out its retries, for nothing.
    """
    pending = [list(wave) for wave in waves]
    outputs: dict[str, State] = {}
    applied: list[str] = []
    for number, wave in enumerate(pending):
        results = side_by_side(_Attempts(), wave)
        for step, (found, error) in zip(wave, results, strict=True):
            if error is None:
                applied.append(step.title)
                for name, state in (found or {}).items():
                    outputs[name] = {**outputs.get(name, {}), **state}
        errors = [result[1] for result in results if result[1] is not None]
        if errors:
            failed = [step.title for step, result in zip(wave, results, strict=True) if result[1] is not None]
            raise ApplyError(errors[0], applied, failed + [step.title for later in pending[number + 1 :] for step in later]) from errors[0]
    return outputs


class _Attempts:
    """The tries of a wave's steps, until as many in a row as go side by side got no answer."""

    def __init__(self) -> None:
        self._unanswered = 0
        self._lock = Lock()

    def __call__(self, step: Step) -> tuple[t.Mapping[str, State] | None, HybridCloudError | None]:
        if self._unanswered >= SIDE_BY_SIDE:
            return None, HybridCloudError(f"{step.title}: not tried, because nobody answers", code="no_answer")
        found, error = _attempt(step)
        with self._lock:
            self._unanswered = self._unanswered + 1 if error is not None and error.failure["code"] == "no_answer" else 0
        return found, error


def _attempt(step: Step) -> tuple[t.Mapping[str, State] | None, HybridCloudError | None]:
    try:
        return step.call(), None
    except HybridCloudError as error:
        return None, error
    except Exception as error:
        return None, HybridCloudError(f"{step.title}: unexpected {type(error).__name__}: {error}", code="defect", hint="Please report this")


def side_by_side(function: t.Callable[[T], R], items: t.Sequence[T]) -> list[R]:
    """`function` of each item, in threads where there is more than one; results in the order of the items.

    When one raises, those that are under way are finished and no further one is begun; the first in order that raised is raised.
    """
    if len(items) < 2:
        return [function(item) for item in items]
    raised: list[int] = []

    def attempt(number: int) -> R:
        if any(earlier < number for earlier in raised):
            raise CancelledError  # never seen: the earlier one's error is
        try:
            return function(items[number])
        except BaseException:
            raised.append(number)
            raise

    with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(items))) as pool:
        futures = [pool.submit(attempt, number) for number in range(len(items))]
        try:
            return [_awaited(future) for future in futures]
        finally:
            raised.append(-1)


def _awaited(future: Future[R]) -> R:
    """Its result. Ctrl-C gets through: a wait without an end would hear of it only when a call answers."""
    while wait([future], WAKE).not_done:
        pass
    return future.result()
