# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible import context
from ansible.plugins.action import ActionBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import run_state
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.verdict import Run, judge


class ActionModule(ActionBase):
    """Judges what the callback has collected; see the documentation of the module of this name."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset({"accept_partial"})

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        facts = task_vars or {}
        run = Run(
            ledger=run_state.LEDGER,
            begun=run_state.SHARED.get(run_state.TASKS, 0),
            lost_hosts=sorted(set(facts.get("ansible_play_hosts_all", ())) - set(facts.get("ansible_play_hosts", ()))),
            partial=list(_partial(facts)),
        )
        verdict = judge(run, accept_partial=bool(self._task.args.get("accept_partial", False)))
        return {**result, **verdict.as_result()}


def _partial(facts: dict[str, t.Any]) -> t.Iterator[str]:
    """Why this run cannot have seen the whole estate, from what was typed."""
    if facts.get("ansible_limit"):
        yield f"--limit {facts['ansible_limit']}"
    if list(facts.get("ansible_run_tags") or ["all"]) != ["all"]:
        yield f"--tags {','.join(facts['ansible_run_tags'])}"
    if facts.get("ansible_skip_tags"):
        yield f"--skip-tags {','.join(facts['ansible_skip_tags'])}"
    if context.CLIARGS.get("start_at_task"):
        yield f"--start-at-task {context.CLIARGS['start_at_task']}"
