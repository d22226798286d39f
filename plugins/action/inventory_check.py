# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import functools
import os
import typing as t

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import run_state
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.inventory_check import Host, check, compare


class ActionModule(ActionBase):
    """Checks variables where they are known, on the controller; see the documentation of the module of this name."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset({"other_inventories", "provided"})

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        run_state.count_task()
        facts = task_vars or {}
        paths = [os.path.normpath(str(path)) for path in self._task.args.get("other_inventories") or ()]
        here = self._hosts(facts["hostvars"], facts["groups"])
        found, own = check(list(here), self._task.args.get("provided") or ())
        between = compare(own, {os.path.basename(path): self._owned_by(path) for path in paths})
        problems, warnings = [*found.problems, *between.problems], [*found.warnings, *between.warnings]
        message = f"The inventory has {len(problems)} problems; nothing was called:\n" + "\n".join(f"  {each}" for each in problems)
        return {
            **result,
            "changed": False,
            "changes": [],
            "failed": bool(problems),
            "msg": message if problems else "The inventory is in order",
            "problems": problems,
            "advice": warnings,
            **({"warnings": warnings} if warnings else {}),
        }

    def _hosts(self, hostvars: t.Any, groups: t.Mapping[str, t.Sequence[str]]) -> t.Iterator[Host]:
        for name in sorted(hostvars):
            raw = hostvars.raw_get(name)
            mine = [group for group, members in groups.items() if name in members]
            # As a task of that host would see them; hostvars[name] knows no other hosts.
            templar = self._templar.copy_with_new_env(available_variables={**raw, "hostvars": hostvars, "groups": groups})
            yield Host(str(name), mine, raw, functools.partial(_evaluated, templar, raw), _origin)

    def _owned_by(self, path: str) -> set[tuple[str, str]]:
        """What another inventory calls its own; what is wrong in there is its own business, and one that is not there owns nothing."""
        if not os.path.exists(path):
            return set()
        loader = DataLoader()
        inventory = InventoryManager(loader=loader, sources=[path])
        hostvars = HostVars(inventory, VariableManager(loader=loader, inventory=inventory), loader)
        return check(list(self._hosts(hostvars, inventory.get_groups_dict())))[1]


def _evaluated(templar: t.Any, raw: t.Mapping[str, t.Any], name: str) -> t.Any:
    return templar.template(raw[name])


def _origin(value: t.Any) -> str:
    """File and line where a value was written, as far as Ansible has noted it."""
    try:
        from ansible._internal._datatag._tags import Origin
    except ImportError:
        return ""
    tag = Origin.get_tag(value)
    if tag is None or not tag.path:
        return ""
    return os.path.relpath(tag.path) + (f":{tag.line_num}" if tag.line_num else "")
