"""Traffic, retries, waiting, and carrying a plan out."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core import apply
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.apply import (
    SIDE_BY_SIDE,
    Step,
    carry_out,
    side_by_side,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import ApplyError, CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.wait import Wait


def test_the_guard_counts_and_refuses() -> None:
    traffic = Traffic("testcloud", read_only=True)
    traffic.admit("GET /boxes", write=False)
    with pytest.raises(WriteRefused, match="POST /boxes") as caught:
        traffic.admit("POST /boxes", write=True)
    assert (traffic.as_json(), caught.value.failure["code"]) == ({"reads": 1, "writes": 0}, "write_refused")


def error(**facts: t.Any) -> CloudError:
    return CloudError("read box a", "no.", cloud="testcloud", **facts)


def test_an_error_says_what_was_tried_and_what_the_cloud_answered() -> None:
    text = str(error(status=403, code="Forbidden", request_id="r-1", hint="Ask for the right"))
    assert text == "read box a: no (HTTP 403, Forbidden, request id r-1). Ask for the right"


def tries(failures: list[CloudError], *, idempotent: bool) -> tuple[int, list[float], str]:
    pauses: list[float] = []
    sent = 0

    def send() -> str:
        nonlocal sent
        sent += 1
        if failures:
            raise failures.pop(0)
        return "done"

    try:
        outcome = Retry(sleep=pauses.append, spread=lambda: 1.0).call(send, idempotent=idempotent)
    except CloudError as caught:
        outcome = str(caught)
    return sent, pauses, outcome


def test_throttled_calls_are_sent_again_after_the_time_the_cloud_asks_for() -> None:
    sent, pauses, outcome = tries([error(status=429, retryable=True, retry_after=7.0)], idempotent=False)
    assert (sent, pauses, outcome) == (2, [7.0], "done")


def test_pauses_grow() -> None:
    assert tries([error(status=503, retryable=True, executed=None)] * 3, idempotent=True) == (4, [0.5, 1.0, 2.0], "done")


@pytest.mark.parametrize("status", [500, 502, None])
def test_a_call_that_may_have_been_carried_out_is_sent_once(status: int | None) -> None:
    assert tries([error(status=status, retryable=True, executed=None)], idempotent=False)[0] == 1


def test_permanent_errors_are_not_tried_again() -> None:
    assert tries([error(status=403)], idempotent=True)[0] == 1


def test_a_cloud_that_asks_for_an_hour_gets_an_error_now() -> None:
    assert tries([error(status=429, retryable=True, retry_after=3600.0)], idempotent=True)[:2] == (1, [])


def test_a_cloud_that_lets_people_wait_is_told_of() -> None:
    told: list[str] = []
    now = iter(range(0, 1000, 60))

    def send() -> str:
        raise error(code="no_answer", retryable=True)

    with pytest.raises(CloudError):
        Retry(attempts=2, sleep=lambda seconds: None, tell=told.append, clock=lambda: next(now)).call(send, idempotent=True)
    assert [text.endswith("(1 of 2 tries have failed): read box a: no (no_answer)") for text in told] == [True]
    with pytest.raises(CloudError):
        Retry(attempts=2, sleep=lambda seconds: None, tell=told.append, clock=lambda: 0.0).call(send, idempotent=True)
    assert len(told) == 1  # what is over at once is not worth a word


def test_tries_are_bounded() -> None:
    assert tries([error(status=503, retryable=True) for _ in range(9)], idempotent=True)[0] == 5


def wait(states: list[str], told: list[str]) -> str:
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    waiting = Wait(timeout=60, pause=10, longest=10, quiet=15, tell=told.append, sleep=sleep, clock=lambda: now)
    return waiting.until("make box a", lambda: states.pop(0), lambda state: state == "ready", str, cloud="testcloud")


def test_waiting_is_not_silent() -> None:
    told: list[str] = []
    assert wait(["new", "new", "baking", "ready"], told) == "ready"
    assert told == ["still waiting to make box a (20 s): baking"]


def test_waiting_ends_with_what_was_seen_last() -> None:
    with pytest.raises(CloudError, match=r"make box a: not finished after 60 s, last seen: new .*rerun picks it up"):
        wait(["new"] * 20, [])


def step(title: str, done: list[str], *, fails: bool = False) -> Step:
    def call() -> dict[str, dict[str, t.Any]]:
        if fails:
            raise error(status=500)
        done.append(title)
        return {title: {"id": f"id of {title}"}}

    return Step(title, call)


def test_waves_run_one_after_the_other_and_return_outputs() -> None:
    done: list[str] = []
    outputs = carry_out([[step("a", done)], [step("b", done), step("c", done)]])
    assert done[0] == "a"
    assert outputs == {name: {"id": f"id of {name}"} for name in "abc"}


def test_a_failure_says_what_was_applied_and_what_not() -> None:
    done: list[str] = []
    with pytest.raises(ApplyError) as caught:
        carry_out([[step("a", done)], [step("b", done, fails=True), step("c", done)], [step("d", done)]])
    assert (caught.value.applied, caught.value.not_applied) == (["a", "c"], ["b", "d"])
    assert caught.value.failure["status"] == 500


def test_when_nobody_answers_the_rest_of_a_wave_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def silent(title: str) -> Step:
        def call() -> None:
            tried.append(title)
            raise error(code="no_answer")

        return Step(title, call)

    done: list[str] = []
    names = [f"{number:03}" for number in range(100)]
    with pytest.raises(ApplyError, match="read box a") as caught:
        carry_out([[step("a", done)], [silent(name) for name in names]])
    # Those that were under way when it was noticed may be as many again.
    assert len(tried) < 2 * SIDE_BY_SIDE
    assert (caught.value.applied, caught.value.not_applied) == (["a"], names)
    # One that is answered in between: somebody is there.
    monkeypatch.setattr(apply, "side_by_side", lambda function, items: [function(item) for item in items])
    with pytest.raises(ApplyError) as caught:
        carry_out([[each for name in names for each in (silent(name), step(name, done))]])
    assert len(caught.value.applied) == len(names)


def test_side_by_side_keeps_the_order() -> None:
    assert side_by_side(str, range(100)) == [str(number) for number in range(100)]


@pytest.mark.parametrize("failing", [0, 20])
def test_when_one_raises_no_further_one_is_begun(failing: int) -> None:
    begun: list[int] = []

    def call(number: int) -> None:
        begun.append(number)
        if number >= failing:
            raise error(code=str(number))

    with pytest.raises(CloudError) as caught:
        side_by_side(call, range(300))
    assert caught.value.failure["code"] == str(failing)
    assert len(begun) <= failing + SIDE_BY_SIDE


def test_one_that_raises_while_the_first_goes_on_stops_the_rest() -> None:
    far = threading.Event()

    def call(number: int) -> None:
        if number == 0:
            far.wait(0.3)
        elif number == 1:
            raise error(code="1")
        elif number == 100:
            far.set()
        else:
            time.sleep(0.01)

    with pytest.raises(CloudError):
        side_by_side(call, range(300))
    assert not far.is_set()


def test_a_defect_half_way_says_so_too() -> None:
    def crash() -> None:
        raise ZeroDivisionError

    done: list[str] = []
    with pytest.raises(ApplyError, match="ZeroDivisionError") as caught:
        carry_out([[step("a", done)], [Step("b", crash)], [step("c", done)]])
    assert (caught.value.applied, caught.value.not_applied) == (["a"], ["b", "c"])
