# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The lines at the end of a run: what differed or changed, by path, over all clouds."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.run_state import Ledger

SHOWN_FIELDS = 8
SHOWN_WIDTH = 60
SHOWN_BEFORE = 15


def summary_lines(ledger: Ledger) -> list[str]:
    """Empty when no task of this collection ran."""
    if ledger.verdict:
        return [f"ESTATE: {ledger.verdict}"]  # the gate has listed what it found
    return _lines(ledger, "ESTATE:") if ledger.outcomes else []


def unfinished_lines(ledger: Ledger, running: t.Iterable[str]) -> list[str]:
    """For a run that did not get to its end. running: its tasks of this collection that had no time to end, as `host: task`.

    Empty when no task of this collection had begun.
    """
    unfinished = [f"  stopped {each}: what it has done and not told, the next run finds and finishes" for each in running]
    return _lines(ledger, "ESTATE: ended early:") + unfinished if ledger.outcomes or unfinished else []


def _lines(ledger: Ledger, begin: str) -> list[str]:
    changes = ledger.changes
    reads = sum(outcome.io.get("reads", 0) for outcome in ledger.outcomes)
    writes = sum(outcome.io.get("writes", 0) for outcome in ledger.outcomes)
    unknown = [outcome for outcome in ledger.outcomes if outcome.status != "ok"]
    tasks = f"{len(ledger.outcomes)} tasks ({ledger.seconds:.1f} s)"
    head = f"{begin} {len(changes)} changes, {len(unknown)} unknown, {tasks}, {reads} reads, {writes} writes"
    return [head, *finding_lines(changes), *(f"  unknown {each.as_text()}" for each in unknown)]


def finding_lines(changes: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """A line for each thing that is created or deleted, and for each value that differs."""
    lines = []
    for change in changes:
        thing = f"{change['cloud']} {change['kind']} {change['name']}"
        fields = change["fields"] if change["action"] == "update" else []
        lines += [f"  {change['action']:<7} {thing}"] if not fields else []
        lines += [
            f"  update  {thing}{field['path']}: {' -> '.join(_shown(field['before'], field['after']))}" for field in fields[:SHOWN_FIELDS]
        ]
        if len(fields) > SHOWN_FIELDS:
            lines.append(f"          and {len(fields) - SHOWN_FIELDS} more values of {thing}")
    return lines


def _shown(*values: t.Any) -> list[str]:
    """The values as JSON, each on not too much room. Of long ones that begin alike what is shown begins shortly before they differ."""
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    alike = next((place for place, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), min(map(len, texts)))
    begin = alike - SHOWN_BEFORE
    if begin > 1 and max(map(len, texts)) > SHOWN_WIDTH:
        texts = ["…" + text[begin:] for text in texts]
    return [text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…" for text in texts]
