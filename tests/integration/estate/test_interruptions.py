# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Killed or interrupted in the middle: a rerun picks up where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cloud import ROOT, LocalCloud
from tests.steps import run_playbook

# What only reads takes time and cannot be interrupted half-way.
SITE = ["site.yml", "-i", "inventories/test", "--skip-tags", "preflight,verify"]
KILLS = 9
PATIENCE = 90.0  # seconds until a run has made its next write or has ended


def begin(cloud: LocalCloud) -> subprocess.Popen[str]:
    """A converge in a process group of its own, as a terminal would have it."""
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), *SITE]
    environment = {**os.environ, **cloud.environment}
    return subprocess.Popen(
        argv, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )


def until_held(cloud: LocalCloud, run: subprocess.Popen[str]) -> bool:
    """Whether the run has made a write whose answer is held back; False when it ended without."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(entry["fault"] == "hold" for entry in cloud.journal):
            return True
        if run.poll() is not None:
            return False
        time.sleep(0.02)
    raise AssertionError("the run neither wrote nor ended")


def end(run: subprocess.Popen[str], how: signal.Signals) -> str:
    os.killpg(run.pid, how)
    output, _ = run.communicate(timeout=60)
    return output


def test_killed_again_and_again(cloud: LocalCloud) -> None:
    """Each run is killed when a write was carried out and before it hears of it; the next must get further.

    In turn that is the first, second or third write: a key that was made is useless until its value is in the vault, so a run that is
    always killed between the two can only make another one.
    """
    killed = 0
    while killed < KILLS:
        cloud.heal()
        cloud.forget()
        cloud.fault("hold", write=True, when="after", skip=killed % 3, count=None)
        run = begin(cloud)
        if not until_held(cloud, run):
            output, _ = run.communicate()
            assert run.returncode == 0, output[-4000:]
            break
        end(run, signal.SIGKILL)
        killed += 1
    assert killed > 1
    cloud.heal()
    rest = run_playbook(cloud, SITE[0], SITE[1:])
    assert rest.code == 0, rest.output[-4000:]
    cloud.forget()
    seen = run_playbook(cloud, "playbooks/drift.yml", ["-i", "inventories/test"])
    assert seen.code == 0, seen.output[-4000:]
    assert cloud.writes == []


def test_interrupted_from_the_keyboard(cloud: LocalCloud) -> None:
    cloud.fault("hold", write=True, when="after", count=None)
    run = begin(cloud)
    assert until_held(cloud, run)
    output = end(run, signal.SIGINT)
    assert run.returncode != 0
    assert "Traceback" not in output
    told = output[output.index("ESTATE: ended early: ") :].splitlines()
    assert "what it has done and not told, the next run finds and finishes" in told[-1]
    cloud.heal()
    again = run_playbook(cloud, SITE[0], SITE[1:])
    assert again.code == 0, again.output[-4000:]
