# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles of what runs in a cluster, against any cluster: make test-cluster CONTEXT=kind-kind

They install cert-manager, External Secrets, Traefik and a backend there, and stay. So it is a cluster for tests, and has to be named.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = "tests/cluster/site.yml"
# What is run, and how many tasks may say that they change something: None for any number.
STEPS: tuple[tuple[str, tuple[str, ...], int | None], ...] = (
    ("What would happen", ("--check",), None),
    ("Make it so", (), None),
    ("Again", (), 0),
    ("What would happen now", ("--check",), 0),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("context", help="context of the kubeconfig; there is no default, so that nothing is hit by mistake")
    parser.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG", "~/.kube/config"))
    chosen = parser.parse_args()
    place = ("-e", f"cluster_kubeconfig={chosen.kubeconfig}", "-e", f"cluster_context={chosen.context}")
    passed = 0
    for title, arguments, most in STEPS:
        code, changed = _play(*arguments, *place)
        good = code == 0 and (most is None or changed <= most)
        passed += good
        print(f"{'passed' if good else 'FAILED'}  {title}: {changed} changed, exit code {code}", flush=True)
        if not good:
            break
    print(f"{passed} passed, {int(passed < len(STEPS))} failed")
    return int(passed < len(STEPS))


def _play(*arguments: str) -> tuple[int, int]:
    """Exit code, and how many tasks say that they changed something."""
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    command = [program, PLAYBOOK, "-i", "localhost,", "-c", "local", *arguments]
    output = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            output += line
    return child.returncode, sum(int(number) for number in re.findall(r"\bchanged=(\d+)", output))


if __name__ == "__main__":
    sys.exit(main())
