# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes long at Azure goes side by side: each part is a host of its own."""

from __future__ import annotations

import itertools

from tests.cloud import LocalCloud
from tests.steps import run_playbook

SLOW = {"ManagedClusters_CreateOrUpdate": 6.0, "DatabaseAccounts_CreateOrUpdate": 5.0, "Registries_CreateOrUpdate": 4.0}


def test_the_slow_parts_of_azure_overlap(cloud: LocalCloud) -> None:
    for action, seconds in SLOW.items():
        cloud.fault("slow_operation", action=action, seconds=seconds, count=None)
    site = ["-i", "inventories/test", "--limit", "azure", "--skip-tags", "preflight,verify"]
    ran = run_playbook(cloud, "site.yml", site)
    assert ran.code == 0, ran.output[-4000:]
    begun = {call["action"]: (call["time"], call["time"] + call["operation_seconds"]) for call in cloud.journal if call["action"] in SLOW}
    assert begun.keys() == SLOW.keys()
    for (first, (begin, end)), (second, (other_begin, other_end)) in itertools.combinations(begun.items(), 2):
        assert begin < other_end, (first, second)
        assert other_begin < end, (first, second)
