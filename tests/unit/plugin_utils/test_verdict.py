# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judgement on a run: clean only when everything was seen and found as declared."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.run_state import Ledger, Outcome, SharedMapping
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.verdict import Run, Verdict, judge

CHANGE = {
    "cloud": "testcloud",
    "kind": "box",
    "name": "a",
    "id": None,
    "action": "update",
    "fields": [{"path": "/size", "before": 1, "after": 2}],
}


def outcome(status: str = "ok", changes: tuple[dict[str, t.Any], ...] = (), writes: int = 0, message: str = "") -> Outcome:
    return Outcome("host", "Keep the box", "box", status, changes, {"reads": 1, "writes": writes}, message)


def verdict(*outcomes: Outcome, begun: int | None = None, accept_partial: bool = False, **facts: t.Any) -> Verdict:
    return judge(Run(Ledger(list(outcomes)), begun=len(outcomes) if begun is None else begun, **facts), accept_partial=accept_partial)


def test_clean() -> None:
    found = verdict(outcome(), outcome())
    assert (found.status, found.checked, found.io) == ("clean", 2, {"reads": 2, "writes": 0})
    assert found.as_result()["failed"] is False


def test_drift_is_named_by_path() -> None:
    found = verdict(outcome(), outcome(changes=(CHANGE,)))
    assert found.as_result()["failed"] is True
    assert found.message.splitlines() == [
        "drift: 1 findings, 0 unknown, 2 tasks checked, 2 reads, 0 writes",
        "  update  testcloud box a/size: 1 -> 2",
    ]


def test_long_values_are_shown_where_they_differ() -> None:
    before, after = ([{"host": "klinematrix.com", "paths": ["/api", "/health", "/metrics", last]}] for last in ("/old", "/new"))
    change = {**CHANGE, "fields": [{"path": "/rules", "before": before, "after": after}]}
    shown = verdict(outcome(changes=(change,))).message.splitlines()[-1]
    assert shown == """  update  testcloud box a/rules: … "/metrics", "/old"]}] -> … "/metrics", "/new"]}]"""
    changed = {**CHANGE, "fields": [{"path": "/text", "before": "a" * 80, "after": "b" * 80}]}
    shown = verdict(outcome(changes=(changed,))).message.splitlines()[-1]
    assert shown == f"""  update  testcloud box a/text: "{"a" * 58}… -> "{"b" * 58}…"""


def test_a_thing_that_two_tasks_look_after_is_one_finding() -> None:
    other = {**CHANGE, "fields": [*CHANGE["fields"], {"path": "/colour", "before": "red", "after": "blue"}]}
    (found,) = verdict(outcome(changes=(CHANGE,)), outcome(changes=(other,))).findings
    assert [field["path"] for field in found["fields"]] == ["/size", "/colour"]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (judge(Run(None)), "callback klinematrix.hybrid_cloud.estate is not loaded"),
        (verdict(), "no task of this collection ran"),
        (verdict(outcome(), begun=3), "2 tasks began and never reported"),
        (verdict(outcome("failed", message="no answer")), "host: Keep the box: failed: no answer"),
        (verdict(outcome(), outcome("skipped"), begun=1), "host: Keep the box: skipped"),
        (verdict(outcome(), lost_hosts=["azure-main"]), "azure-main: it failed"),
        (verdict(outcome(), partial=["--limit azure"]), "whatever --limit azure left out"),
        (verdict(outcome(writes=1)), "1 writes were made"),
    ],
)
def test_a_blind_run_is_never_clean(found: Verdict, words: str) -> None:
    assert found.status == "blind"
    assert found.as_result()["failed"] is True
    assert words in found.message


def test_a_run_that_was_limited_on_purpose_may_be_accepted() -> None:
    assert verdict(outcome(), partial=["--limit azure"], accept_partial=True).status == "clean"


def test_findings_outweigh_blindness_but_both_are_told() -> None:
    found = verdict(outcome(changes=(CHANGE,)), outcome("failed"))
    assert found.status == "drift"
    assert len(found.unknown) == 1


def test_shared_memory_is_a_mapping_that_forgets_rather_than_fails() -> None:
    shared = SharedMapping()
    shared["token"] = {"value": "x"}
    shared.add("tasks", 2)
    shared.add("tasks", 1)
    assert dict(shared) == {"token": {"value": "x"}, "tasks": 3}
    del shared["token"]
    assert list(shared) == ["tasks"]
    shared["large"] = "x" * (1 << 21)
    assert dict(shared) == {}
