# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Importing SDKs in the parent, before Ansible forks: a worker then has them for nothing."""

from __future__ import annotations

import contextlib
import gc
import importlib
import re
import typing as t
from pathlib import Path

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._sdk import OF_CLOUD, import_quietly

COLLECTION = "klinematrix.hybrid_cloud"
ROLES = Path(__file__).resolve().parent.parent.parent / "roles"
_MODULE = re.compile(rf"^\s*-?\s*{re.escape(COLLECTION)}\.(\w+):", re.MULTILINE)


def for_play(play: t.Any) -> None:
    """Import the modules of ours that a play will run, and the SDKs of their clouds. What is missing is reported by the task."""
    for name in sorted(_modules(play)):
        with contextlib.suppress(ImportError, AttributeError):
            module = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{name}")
            for sdk in OF_CLOUD.get(module.MODULE.cloud, ()):
                import_quietly(sdk)
    # What is there now stays. A collector that walks over it in every worker would copy each page that it touches.
    gc.freeze()


def _modules(play: t.Any) -> set[str]:
    """Names of our modules in a play: its own tasks, those of its roles, and those of roles that it will include."""
    blocks = [*(block for role in play.get_roles() for block in role.get_task_blocks()), *play.tasks]
    found = set()
    for task in (task for block in blocks for task in _tasks(block)):
        action = task.resolved_action or task.action
        if action.startswith(f"{COLLECTION}."):
            found.add(action.rpartition(".")[2])
        elif action.rpartition(".")[2] == "include_role":
            found |= _of_role(str(task.args.get("name", "")))
    return found


def _of_role(name: str) -> set[str]:
    """A role that is included is read only when its turn comes, in a worker's time; its text tells now."""
    folder = ROLES / name.removeprefix(f"{COLLECTION}.") / "tasks"
    return {module for file in folder.glob("*.yml") for module in _MODULE.findall(file.read_text())}


def _tasks(block: t.Any) -> t.Iterator[t.Any]:
    for each in [*block.block, *block.rescue, *block.always] if hasattr(block, "block") else [block]:
        if hasattr(each, "block"):
            yield from _tasks(each)
        else:
            yield each
