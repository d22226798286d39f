# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast an unchanged estate is looked at: in process, and as ordinary modules.

Times are of this machine; the calls are exact. `ms a task` is what a task of the collection takes from its start to its result, Ansible's
own work on it and the calls included; `wall` is the whole run, with Ansible's own tasks.
"""

from __future__ import annotations

import sys

from tools.estate import Estate, Run, estate

ROUNDS = 3


def main() -> int:
    with estate() as cloud:
        first = cloud.play("site.yml")
        if first.code:
            print(first.output)
            return 1
        here = best(cloud)
        there = best(cloud, "-e", "hybrid_cloud_in_process=false")
    print(f"first converge: {first.tasks} tasks, {first.reads} reads, {first.writes} writes, {first.seconds:.1f} s")
    print(f"\nunchanged run (best of {ROUNDS})")
    print(f"{'':<14}{'tasks':>7}{'reads':>7}{'writes':>8}{'wall s':>9}{'ms a task':>11}")
    for name, run in (("in process", here), ("as modules", there)):
        print(f"{name:<14}{run.tasks:>7}{run.reads:>7}{run.writes:>8}{run.seconds:>9.2f}{per_task(run):>11.0f}")
    print(f"\nin process is {per_task(there) / max(per_task(here), 1):.1f} times faster per task")
    return 0


def best(cloud: Estate, *arguments: str) -> Run:
    """The quickest of a few runs: the others were disturbed."""
    return min((cloud.play("site.yml", *arguments) for _ in range(ROUNDS)), key=lambda run: run.seconds)


def per_task(run: Run) -> float:
    """Milliseconds from the start of a task to its result."""
    return 1000 * run.task_seconds / max(run.tasks, 1)


if __name__ == "__main__":
    sys.exit(main())
