# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running tasks against the local cloud as a user does, and the four steps that every module must pass."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.in_process import run_module
from tests.cloud import ROOT, LocalCloud

COLLECTION = "klinematrix.hybrid_cloud"
BOTH_WAYS = (True, False)  # in process, as an ordinary module
Task = dict[str, t.Any]


@dataclass(frozen=True)
class Done:
    """How one task ended. `calls` is what the local cloud was asked meanwhile; logins are not counted as calls."""

    task: str
    status: str
    result: dict[str, t.Any]
    calls: list[dict[str, t.Any]]
    action: str = ""

    @property
    def writes(self) -> list[str]:
        return [f"{call['method']} {call['action'] or call['path']}" for call in self.calls if call["write"] and not _is_login(call)]

    @property
    def reads(self) -> list[str]:
        return [f"{call['method']} {call['action'] or call['path']}" for call in self.calls if not call["write"] and not _is_login(call)]


@dataclass(frozen=True)
class Ran:
    """A whole run of ansible-playbook."""

    code: int
    output: str
    done: list[Done]


def _is_login(call: dict[str, t.Any]) -> bool:
    return bool(
        call["host"] in ("login.microsoftonline.com", "169.254.169.254")
        or (call["host"].endswith(".vault.azure.net") and call["status"] == 401)
    )


def task(module: str, /, *, check: bool = False, **params: t.Any) -> Task:
    """A task of a module of ours, with differences shown."""
    return {"name": f"{module}", f"{COLLECTION}.{module}": params, "check_mode": check, "diff": True}


def play(
    cloud: LocalCloud,
    tasks: t.Sequence[Task],
    *,
    in_process: bool = True,
    arguments: t.Sequence[str] = (),
    environment: t.Mapping[str, str] | None = None,
    **keywords: t.Any,
) -> Ran:
    """Run tasks in one play on the controller. `keywords` are the play's own (module_defaults, environment, ...)."""
    body = {
        "hosts": "localhost",
        "gather_facts": False,
        "ignore_errors": True,
        "vars": {"hybrid_cloud_in_process": in_process, "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "tasks": list(tasks),
        **keywords,
    }
    with tempfile.TemporaryDirectory() as directory:
        playbook = Path(directory, "playbook.yml")
        playbook.write_text(yaml.safe_dump([body], sort_keys=False))
        return run_playbook(cloud, playbook, ["-i", "localhost,", "-c", "local", *arguments], environment)


def run_playbook(
    cloud: LocalCloud,
    playbook: Path | str,
    arguments: t.Sequence[str] = (),
    environment: t.Mapping[str, str] | None = None,
    timeout: float = 240,
) -> Ran:
    """Run a playbook from the project's root against the local cloud, and note every result."""
    with tempfile.TemporaryDirectory() as directory:
        record = Path(directory, "record.jsonl")
        variables = {
            **os.environ,
            **cloud.environment,
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "callbacks"),
            "ANSIBLE_CALLBACKS_ENABLED": f"{COLLECTION}.estate,record",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "RECORD_FILE": str(record),
            **(environment or {}),
        }
        argv = [str(Path(sys.executable).parent / "ansible-playbook"), str(playbook), *arguments]
        ran = subprocess.run(argv, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=timeout, check=False)
        lines = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    done = [Done(line["task"], line["status"], line["result"], line["calls"], line["action"]) for line in lines]
    return Ran(ran.returncode, ran.stdout + ran.stderr, done)


def paths(done: Done) -> list[str]:
    """Where something differs, in the order in which it was reported."""
    return [field["path"] for change in done.result["changes"] for field in change["fields"]]


def direct(cloud: LocalCloud, module: str, /, *, check: bool = False, **params: t.Any) -> Done:
    """Run a module's code in this very process: the quick way, for everything that is not about Ansible itself.

    The `cloud` fixture has set the environment. `calls` are those made meanwhile.
    """
    found = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}").MODULE
    before = max((entry["number"] for entry in cloud.journal), default=0)
    result = run_module(found, module, params, check_mode=check, diff=True)
    calls = [entry for entry in cloud.journal if entry["number"] > before]
    return Done(module, "failed" if result.get("failed") else "ok", result, calls)


def four_steps(cloud: LocalCloud, module: str, *, in_process: bool, **params: t.Any) -> list[Done]:
    """check → apply → apply → check. The first two show the same diff, only the second writes, the last two change nothing.

    Returns the four results for what else a test wants to know.
    """
    steps = [task(module, check=check, **params) for check in (True, False, False, True)]
    ran = play(cloud, steps, in_process=in_process)
    assert [done.status for done in ran.done] == ["ok"] * 4, ran.output[-4000:]
    preview, applied, again, preview_again = ran.done
    assert preview.result["changed"] is True
    assert preview.writes == []
    assert applied.result["changed"] is True
    assert applied.result["changes"] == preview.result["changes"]
    assert applied.result["diff"] == preview.result["diff"]
    assert applied.writes, "nothing was written"
    for quiet in (again, preview_again):
        assert quiet.result["changed"] is False, quiet.result["changes"]
        assert (quiet.result["changes"], quiet.result["diff"], quiet.writes) == ([], [], [])
    return ran.done
