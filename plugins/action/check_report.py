# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import run_state


class ActionModule(ActionBase):
    """Says which checks failed; see the documentation of the module of this name."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset({"checks"})

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        run_state.count_task()
        checks = list(self._task.args.get("checks") or ())
        failed = [each for each in checks if not each["ok"]]
        lines = [f"  failed: {each['what']}. Found: {each['found']}. {each['fix']}" for each in failed]
        head = f"{len(failed)} of {len(checks)} checks failed" if failed else f"{len(checks)} checks passed"
        return {
            **result,
            "changed": False,
            "changes": [],
            "failed": bool(failed),
            "msg": "\n".join([head, *lines]),
            "failed_checks": failed,
        }
