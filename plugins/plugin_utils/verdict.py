# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Whether an estate is as declared: a judgement on what was seen, and on whether enough was seen. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.run_state import Ledger
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.summary import finding_lines

CALLBACK = "klinematrix.hybrid_cloud.estate"


@dataclass(frozen=True)
class Run:
    """What is known of a run.

    ledger: what the callback collected, None if it is not loaded. begun: tasks of ours that began in some worker.
    lost_hosts: hosts that failed before the end. partial: why the run did not cover everything, in words.
    """

    ledger: Ledger | None
    begun: int = 0
    lost_hosts: t.Sequence[str] = ()
    partial: t.Sequence[str] = ()


@dataclass(frozen=True)
class Verdict:
    """status: clean, drift, or blind (something was not seen, so nobody can say clean)."""

    status: str
    findings: list[dict[str, t.Any]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    checked: int = 0
    io: dict[str, int] = field(default_factory=dict)

    def as_result(self) -> dict[str, t.Any]:
        facts = {"status": self.status, "findings": self.findings, "unknown": self.unknown, "checked": self.checked, "io": self.io}
        return {"changed": False, "failed": self.status != "clean", "msg": self.message, "drift": facts}

    @property
    def message(self) -> str:
        head = f"{self.status}: {len(self.findings)} findings, {len(self.unknown)} unknown, {self.checked} tasks checked"
        head += f", {self.io.get('reads', 0)} reads, {self.io.get('writes', 0)} writes"
        return "\n".join([head, *finding_lines(self.findings), *(f"  unknown {each}" for each in self.unknown)])


def judge(run: Run, *, accept_partial: bool = False) -> Verdict:
    """Drift and blindness both fail; only what was seen whole and found as declared is clean.

    accept_partial: a run that was limited on purpose counts as whole.
    """
    if run.ledger is None:
        return Verdict("blind", unknown=[f"everything: the callback {CALLBACK} is not loaded; add it to callbacks_enabled"])
    outcomes = run.ledger.outcomes
    findings = run.ledger.changes
    io = {kind: sum(outcome.io.get(kind, 0) for outcome in outcomes) for kind in ("reads", "writes")}
    unknown = [each.as_text() for each in outcomes if each.status != "ok"]
    unknown += [f"{host}: it failed, nothing after that was looked at" for host in run.lost_hosts]
    seen = sum(1 for outcome in outcomes if outcome.status != "skipped")
    if run.begun > seen:
        unknown.append(f"{run.begun - seen} tasks began and never reported")
    if not outcomes:
        unknown.append("everything: no task of this collection ran")
    if io["writes"]:
        unknown.append(f"{io['writes']} writes were made: this was no read-only run")
    if not accept_partial:
        unknown += [f"whatever {reason} left out" for reason in run.partial]
    status = "drift" if findings else "blind" if unknown else "clean"
    return Verdict(status, findings, unknown, checked=seen, io=io)
