# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role monitoring where nobody has made workspaces before, and where others have: one task for all of it."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.monitoring import CLUSTER_ID, GROUP, LOGS_ID, METRICS_ID, prepare
from tests.steps import COLLECTION, Done, play

# With it the name of the endpoint would be cut after a hyphen, which it must not end with.
LONG = f"{CLUSTER_ID.rpartition('/')[0]}/a-cluster-with-one-long-name"


def watch(cloud: LocalCloud, **variables: t.Any) -> list[Done]:
    """The role three times: a preview, the real run, and one more."""
    usual = {"monitoring_resource_group": GROUP, "monitoring_location": "Korea Central", "monitoring_cluster_id": CLUSTER_ID}
    tasks = [
        {
            "name": f"Watch {number}",
            "ansible.builtin.include_role": {"name": f"{COLLECTION}.monitoring", "apply": {"check_mode": check}},
            "vars": {**usual, **variables},
        }
        for number, check in enumerate((True, False, False))
    ]
    ran = play(cloud, tasks)
    done = [each for each in ran.done if each.action.endswith("azure_resources")]
    assert [each.status for each in done] == ["ok"] * 3, ran.output[-4000:]
    preview, applied, again = done
    assert preview.writes == []
    assert applied.result["changes"] == preview.result["changes"]
    assert (again.result["changes"], again.writes) == ([], [])
    return done


def kinds(done: Done) -> Counter[str]:
    return Counter(change["kind"] for change in done.result["changes"])


@pytest.fixture
def bare(cloud: LocalCloud) -> LocalCloud:
    """A cluster with a long name, and no workspaces."""
    prepare(cloud)
    with cloud.state() as state:
        resources = state["azure"]["arm"]["resources"]
        del resources[LOGS_ID.lower()], resources[METRICS_ID.lower()]
        resources[LONG.lower()] = resources[CLUSTER_ID.lower()] | {"id": LONG, "name": LONG.rpartition("/")[2]}
    return cloud


def test_it_keeps_the_workspaces_that_nobody_has_made(bare: LocalCloud) -> None:
    preview, applied, _ = watch(bare, monitoring_cluster_id=LONG, monitoring_mail_receivers={"ops": "ops@example.com"})
    assert kinds(preview) == {
        "monitor_workspace": 1,
        "log_analytics_workspace": 1,
        "data_collection_endpoint": 1,
        "data_collection_rule": 2,
        "data_collection_rule_association": 2,
        "action_group": 1,
        "prometheus_rule_group": 7,
        "portal_dashboard": 1,
    }
    assert "Microsoft.Insights/dataCollectionEndpoints/MSProm-koreacentral-a-cluster-with-one-long" in applied.result["resources"]
    assert applied.writes.index("PUT AzureMonitorWorkspaces_CreateOrUpdate") < applied.writes.index(
        "PUT DataCollectionRules_CreateOrUpdate"
    )


def test_it_uses_the_workspaces_of_others(cloud: LocalCloud) -> None:
    prepare(cloud)
    given = {"monitoring_workspace_id": METRICS_ID.lower(), "monitoring_container_logs": False, "monitoring_recommended_alerts": False}
    preview, applied, _ = watch(cloud, **given)
    found = kinds(preview)
    assert (found["monitor_workspace"], found["log_analytics_workspace"], found["data_collection_rule"]) == (0, 0, 1)
    groups = {name: each["properties"] for name, each in applied.result["resources"].items() if "prometheusRuleGroups" in name}
    assert Counter(each["enabled"] for each in groups.values()) == {True: 4, False: 3}
    assert {scope for each in groups.values() for scope in each["scopes"]} == {METRICS_ID.lower(), CLUSTER_ID.lower()}
