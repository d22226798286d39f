# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cloud import ROOT

# Forks, and is interrupted in the middle of it, twice.
SCRIPT = """
import os, sys, time
from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.interrupts import keep_interrupts

if sys.argv[1] == "kept":
    keep_interrupts()
left = [2]

def interrupted():
    if left[0]:
        left[0] -= 1
        raise KeyboardInterrupt

os.register_at_fork(after_in_parent=interrupted)
try:
    for _ in range(4):
        if not os.fork():
            os._exit(0)
    time.sleep(1)
    print("it went on")
except KeyboardInterrupt:
    print("it stopped")
"""


@pytest.mark.parametrize(("how", "ending", "noise"), [("lost", "it went on\n", True), ("kept", "it stopped\n", False)])
def test_an_interrupt_in_the_middle_of_a_fork(how: str, ending: str, noise: bool) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".collections")}
    ran = subprocess.run([sys.executable, "-c", SCRIPT, how], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (ran.stdout, "Traceback" in ran.stderr) == (ending, noise), ran.stderr
