# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast an unchanged estate is looked at: in process, and as ordinary modules.

And how a first converge waits for what takes long at Azure: for the longest chain of operations, not for all of them one after the other.

Times are of this machine; the calls are exact. `ms a task` is what a task of the collection takes from its start to its result, Ansible's
own work on it and the calls included; `wall` is the whole run, with Ansible's own tasks.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

from tools.bench_objects import report as objects
from tools.estate import Estate, Run, estate

ROUNDS = 3
# What has to wait for what in inventories/test: nothing of a cluster before its workspace, nothing that watches it before the cluster.
CHAINS = (
    ("OperationalInsights", "ContainerService", "Insights"),
    ("OperationalInsights", "ContainerService", "ManagedIdentity"),
    ("DocumentDB",),
    ("KeyVault", "Authorization"),
    ("ContainerRegistry",),
    ("Network",),
)
# Seconds that operations take: patterns of names, the last one that fits counts.
SLOW = {"*": 1.0, "DatabaseAccounts_*": 5.0, "ManagedClusters_*": 6.0}


def main() -> int:
    with estate() as cloud:
        first = cloud.play("site.yml")
        if first.code:
            print(first.output)
            return 1
        here = best(cloud)
        there = best(cloud, "-e", "hybrid_cloud_in_process=false")
        if objects(cloud):
            return 1
    print(f"\nfirst converge: {first.tasks} tasks, {first.reads} reads, {first.writes} writes, {first.seconds:.1f} s")
    print(f"\nunchanged run (best of {ROUNDS})")
    print(f"{'':<14}{'tasks':>7}{'reads':>7}{'writes':>8}{'wall s':>9}{'ms a task':>11}")
    for name, run in (("in process", here), ("as modules", there)):
        print(f"{name:<14}{run.tasks:>7}{run.reads:>7}{run.writes:>8}{run.seconds:>9.2f}{per_task(run):>11.0f}")
    print(f"\nin process is {per_task(there) / max(per_task(here), 1):.1f} times faster per task")
    with estate() as cloud:
        return side_by_side(cloud)


def side_by_side(cloud: Estate) -> int:
    """The first converge of Azure, with operations that take long."""
    for action, seconds in SLOW.items():
        fault = {"kind": "slow_operation", "cloud": "azure", "action": action, "seconds": seconds, "count": None}
        cloud.ask("POST", "faults", fault)
    run = cloud.play("site.yml", "--limit", "azure", "--skip-tags", "preflight,verify")
    if run.code:
        print(run.output)
        return 1
    found = by_provider(run)
    cluster, account, rest = SLOW["ManagedClusters_*"], SLOW["DatabaseAccounts_*"], SLOW["*"]
    print(f"\nfirst converge of Azure: {run.seconds:.1f} s")
    print(f"a cluster takes {cluster:.0f} s, a database account {account:.0f} s, everything else {rest:.0f} s")
    for chain in CHAINS:
        print(f"{length(chain, found):>7.1f} s  {', then '.join(chain)}")
    longest = max(length(chain, found) for chain in CHAINS)
    print(f"{run.seconds / longest:.1f} times the longest chain; one after the other all operations would take {found.total():.0f} s")
    return 0


def by_provider(run: Run) -> Counter[str]:
    """Seconds of long operations by resource provider, as the local cloud has noted them."""
    found: Counter[str] = Counter()
    for call in run.journal:
        providers = re.findall(r"/providers/([^/]+)", call["path"])
        if call["write"] and providers:
            found[providers[-1].removeprefix("Microsoft.")] += call["operation_seconds"]
    return found


def length(chain: tuple[str, ...], seconds: Counter[str]) -> float:
    return sum(seconds[provider] for provider in chain)


def best(cloud: Estate, *arguments: str) -> Run:
    """The quickest of a few runs: the others were disturbed."""
    return min((cloud.play("site.yml", *arguments) for _ in range(ROUNDS)), key=lambda run: run.seconds)


def per_task(run: Run) -> float:
    """Milliseconds from the start of a task to its result."""
    return 1000 * run.task_seconds / max(run.tasks, 1)


if __name__ == "__main__":
    sys.exit(main())
