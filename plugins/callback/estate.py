# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: estate
type: aggregate
short_description: Collects what differs and what changed over all clouds
version_added: 0.1.0
description:
  - Collects the changes that the modules of this collection report, in memory, for the drift gate and for the summary at the end.
  - When a run ends early, by Ctrl-C for example, says what it has changed until then, and which tasks had no time to end.
  - Loads the SDKs that a play needs once, before Ansible starts its workers, and lets the tasks of a run share access tokens in memory.
  - Everything works without it, only slower; the drift gate refuses to call a run clean without it.
author:
  - klinematrix (@klinematrix)
requirements:
  - enable in configuration
"""

import atexit
import os
import time
import typing as t

from ansible.plugins.callback import CallbackBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import interrupts, preload, run_state
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.summary import summary_lines, unfinished_lines

OURS = "klinematrix.hybrid_cloud."
GATE = f"{OURS}drift_gate"


class _Begun(t.NamedTuple):
    task: t.Any
    since: float


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible's plugin base is not typed
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "klinematrix.hybrid_cloud.estate"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._ledger = run_state.open_run()
        self._begun: dict[tuple[str, str], _Begun] = {}
        self._is_told = False
        self._pid = os.getpid()
        interrupts.keep_interrupts()
        atexit.register(self._tell_when_unfinished)  # Ansible tells callbacks nothing of Ctrl-C

    def v2_playbook_on_start(self, playbook: t.Any) -> None:
        self._is_told = False

    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        preload.for_play(play)

    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._begun[host.get_name(), task._uuid] = _Begun(task, time.monotonic())

    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._take(result, "ok")

    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._take(result, "failed")

    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._take(result, "unreachable")

    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._take(result, "skipped")

    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        self._is_told = True
        for line in summary_lines(self._ledger):
            self._display.display(line)

    def _tell_when_unfinished(self) -> None:
        if self._is_told or os.getpid() != self._pid:
            return
        running = [
            f"{where[0]}: {begun.task.get_name().rpartition(' : ')[2]}"
            for where, begun in self._begun.items()
            if str(begun.task.resolved_action or begun.task.action).startswith(OURS)
        ]
        for line in unfinished_lines(self._ledger, running):
            self._display.display(line)

    def _take(self, result: t.Any, status: str) -> None:
        """Note how a task of ours ended, and every failure. A loop comes here once, with its items' results inside."""
        action = result.task.resolved_action or result.task.action
        now = time.monotonic()
        seconds = now - self._begun.pop((result.host.get_name(), result.task._uuid), _Begun(None, now)).since
        failed_elsewhere = status in ("failed", "unreachable") and not result.task.ignore_errors
        if action == GATE:
            self._ledger.verdict = str(result.result.get("msg", "")).partition("\n")[0]
            return
        if not (action.startswith(OURS) or failed_elsewhere):
            return
        if action.startswith(OURS):
            self._ledger.seconds += seconds
        found = result.result
        for each in found.get("results") or [found]:
            each_status = "skipped" if each.get("skipped") else "failed" if each.get("failed") else status
            if each_status == "ok" and action.startswith(OURS) and "changes" not in each and "drift" not in each:
                # Censored by no_log, or begun in the background: nobody can tell what it found.
                each_status = "unseen"
            self._ledger.outcomes.append(
                run_state.Outcome(
                    host=result.host.get_name(),
                    task=result.task.get_name(),
                    action=action.removeprefix(OURS),
                    status=each_status,
                    changes=tuple(each.get("changes") or ()),
                    io=each.get("io") or {},
                    message=str(each.get("msg") or "") if each_status != "ok" else "",
                )
            )
