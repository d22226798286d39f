# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task in process looks to its user as the ordinary module does."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import COLLECTION, Done, Ran, play

SECRET = "canary-" + "c" * 40
MODULE = f"{COLLECTION}.cloudflare_record"
A = {"zone": "klinematrix.com", "name": "a", "type": "A", "content": "192.0.2.1"}
TASKS: list[dict[str, t.Any]] = [
    {"name": "unknown option", MODULE: {**A, "colour": "red"}},
    {"name": "missing option", MODULE: {"zone": "klinematrix.com", "type": "A"}},
    {"name": "bad choice", MODULE: {**A, "type": "B"}},
    {"name": "bad type", MODULE: {**A, "ttl": "soon"}},
    {"name": "required if", f"{COLLECTION}.cloudflare_records": {"zone": "klinematrix.com", "records": [], "purge": "owned"}},
    {
        "name": "bad suboption",
        f"{COLLECTION}.cloudflare_records": {"zone": "klinematrix.com", "records": [{"name": "a", "type": "A", "x": 1}]},
    },
    {"name": "secret option", MODULE: {**A, "api_token": "{{ lookup('env', 'CANARY') }}"}},
    {"name": "secret in an error", MODULE: {**A, "api_token": "{{ lookup('env', 'CANARY') }}", "content": "{{ lookup('env', 'CANARY') }}"}},
    {
        "name": "defaults of a group",
        MODULE: {"name": "a", "type": "A", "content": "192.0.2.1"},
        "module_defaults": {f"group/{COLLECTION}.cloudflare": {"zone": "nosuch.example"}},
    },
    {"name": "environment", MODULE: A, "environment": {"CLOUDFLARE_API_TOKEN": "from-the-task-" + "e" * 30}},
    {"name": "environment is gone", MODULE: A, "check_mode": True},
    {"name": "preview", MODULE: A, "check_mode": True, "diff": True},
    {"name": "no diff", MODULE: A, "check_mode": True, "diff": False},
    {
        "name": "templated",
        MODULE: {**A, "content": "{{ address }}", "comment": "{{ [1, 2] | join('-') }}"},
        "vars": {"address": "192.0.2.3"},
        "check_mode": True,
        "diff": True,
    },
    {"name": "loop", MODULE: {**A, "name": "{{ item }}"}, "loop": ["x", "y"], "check_mode": True, "diff": True},
    {"name": "apply", MODULE: A, "diff": True},
    {"name": "unchanged", MODULE: A, "diff": True},
    {"name": "delegated", MODULE: A, "delegate_to": "127.0.0.1", "connection": "local"},
    {"name": "no_log task", MODULE: A, "no_log": True},
    {"name": "remove", MODULE: {**A, "state": "absent"}, "diff": True},
]


def run(cloud: LocalCloud, *, in_process: bool, **keywords: t.Any) -> Ran:
    cloud.reset()
    return play(cloud, TASKS, in_process=in_process, arguments=["-vvvv"], environment={"CANARY": SECRET}, **keywords)


@pytest.fixture(scope="module")
def both(_session_cloud: LocalCloud) -> tuple[Ran, Ran]:
    return run(_session_cloud, in_process=True), run(_session_cloud, in_process=False)


def essence(done: Done) -> t.Any:
    """What a user can see of a result, without what differs by nature: ids, request ids, times."""
    drop = ("id", "request_id")

    def walk(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items() if key not in drop}
        if isinstance(value, list):
            return [walk(each) for each in value]
        return re.sub(r"request id [\w-]+", "request id", value) if isinstance(value, str) else value

    return done.task, done.status, walk(done.result)


@pytest.mark.parametrize("number", range(len(TASKS)), ids=[task["name"] for task in TASKS])
def test_the_same_result(both: tuple[Ran, Ran], number: int) -> None:
    here, there = (ran.done[number] for ran in both)
    assert essence(here) == essence(there)
    assert here.writes == there.writes


def test_it_really_ran_both_ways(both: tuple[Ran, Ran]) -> None:
    here, there = both
    assert "EXEC" not in here.output  # -vvvv shows each process that Ansible starts for a module
    assert "EXEC" in there.output


def test_what_each_task_was_for(both: tuple[Ran, Ran]) -> None:
    found = {done.task: done for done in both[0].done}
    assert "Unsupported parameters" in found["unknown option"].result["msg"]
    assert "missing required arguments: name" in found["missing option"].result["msg"]
    assert found["environment"].result["failure"]["status"] == 403
    assert found["environment is gone"].status == "ok"
    assert "nosuch.example" in found["defaults of a group"].result["msg"]
    assert "diff" not in found["no diff"].result
    assert "diff" in found["preview"].result
    assert [found[name].status for name in ("apply", "unchanged", "delegated", "remove")] == ["ok"] * 4
    assert [found[name].result["changed"] for name in ("apply", "unchanged", "delegated", "remove")] == [True, False, False, True]


@pytest.mark.parametrize("way", [0, 1], ids=["in process", "as a module"])
def test_secrets_are_masked_at_the_highest_verbosity(both: tuple[Ran, Ran], way: int) -> None:
    assert SECRET not in both[way].output
    assert SECRET not in str([done.result for done in both[way].done])
    assert "from-the-task-" + "e" * 30 not in str([done.result for done in both[way].done])


def test_asynchronous_tasks_run_as_modules(cloud: LocalCloud) -> None:
    tasks = [{"name": "background", MODULE: A, "async": 60, "poll": 1}]
    ran = play(cloud, tasks, in_process=True, arguments=["-vvvv"])
    assert [done.status for done in ran.done] == ["ok"], ran.output[-3000:]
    assert ran.done[0].result["changed"] is True
    assert "EXEC" in ran.output


@pytest.mark.parametrize(
    "variables",
    [{"ansible_become": True, "ansible_become_method": "ansible.builtin.sudo"}, {"ansible_connection": "ansible.builtin.ssh"}],
    ids=["become", "ssh"],
)
def test_what_cannot_run_here_is_not_run_here(cloud: LocalCloud, variables: dict[str, t.Any]) -> None:
    ran = play(
        cloud,
        [
            {
                "name": "elsewhere",
                MODULE: A,
                "vars": {**variables, "ansible_ssh_common_args": "-o BatchMode=yes -o ConnectTimeout=1", "ansible_port": 1},
            }
        ],
    )
    # Neither is possible on a test machine; what matters is that our code did not run in this process instead.
    assert ran.done[0].result.get("changes") is None or "EXEC" in ran.output or ran.done[0].status == "ok"


def test_strategy_free(cloud: LocalCloud) -> None:
    ran = play(cloud, [{"name": "freely", MODULE: A, "diff": True}], strategy="ansible.builtin.free")
    assert [(done.status, done.result["changed"]) for done in ran.done] == [("ok", True)], ran.output[-3000:]


def test_without_the_callback_everything_works(cloud: LocalCloud) -> None:
    ran = play(cloud, [{"name": "alone", MODULE: A}], environment={"ANSIBLE_CALLBACKS_ENABLED": "record"})
    assert [(done.status, done.result["changed"]) for done in ran.done] == [("ok", True)], ran.output[-3000:]
