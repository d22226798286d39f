# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What collects the metrics of a cluster, and the rules over them: four steps, drift by path, and what is no difference."""

from __future__ import annotations

import typing as t
from copy import deepcopy

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.monitoring import (
    CLUSTER,
    CLUSTER_ID,
    GROUP,
    IN_GROUP,
    LOGS_ID,
    METRICS_ID,
    PROMETHEUS,
    Item,
    body,
    check_each_value,
    declared_values,
    findings,
    keep,
    prepare,
)
from tests.steps import four_steps

ACTIONS = f"{IN_GROUP}/Microsoft.Insights/actionGroups/Ops"
ENDPOINT: Item = {
    "type": "Microsoft.Insights/dataCollectionEndpoints",
    "name": PROMETHEUS,
    "kind": "Linux",
    "properties": {"description": "Metrics", "networkAcls": {"publicNetworkAccess": "Enabled"}},
}
RULE: Item = {
    "type": "Microsoft.Insights/dataCollectionRules",
    "name": PROMETHEUS,
    "kind": "Linux",
    "properties": {
        "description": "Metrics and logs",
        "dataCollectionEndpointId": f"{IN_GROUP}/{ENDPOINT['type']}/{PROMETHEUS}",
        "dataSources": {
            "prometheusForwarder": [
                {"name": "PrometheusDataSource", "streams": ["Microsoft-PrometheusMetrics"], "labelIncludeFilter": {"app": "web"}}
            ],
            "extensions": [
                {
                    "name": "ContainerInsightsExtension",
                    "extensionName": "ContainerInsights",
                    "streams": ["Microsoft-ContainerLogV2", "Microsoft-KubeEvents"],
                    "extensionSettings": {"dataCollectionSettings": {"interval": "1m", "namespaces": ["kube-system"]}},
                }
            ],
        },
        "destinations": {
            "monitoringAccounts": [{"name": "MonitoringAccount1", "accountResourceId": METRICS_ID}],
            "logAnalytics": [{"name": "ciworkspace", "workspaceResourceId": LOGS_ID}],
        },
        "dataFlows": [
            {"streams": ["Microsoft-PrometheusMetrics"], "destinations": ["MonitoringAccount1"]},
            {"streams": ["Microsoft-ContainerLogV2", "Microsoft-KubeEvents"], "destinations": ["ciworkspace"]},
        ],
    },
}
ASSOCIATION: Item = {
    "type": "Microsoft.Insights/dataCollectionRuleAssociations",
    "name": PROMETHEUS,
    "scope": CLUSTER_ID,
    "properties": {"dataCollectionRuleId": f"{IN_GROUP}/{RULE['type']}/{PROMETHEUS}", "description": "Metrics"},
}
RULES: Item = {
    "type": "Microsoft.AlertsManagement/prometheusRuleGroups",
    "name": f"KubernetesAlert - {CLUSTER}",
    "properties": {
        "description": "Nodes",
        "enabled": True,
        "clusterName": CLUSTER,
        "scopes": [METRICS_ID, CLUSTER_ID],
        "interval": "PT01M",
        "rules": [
            {"record": "instance:node_num_cpu:sum", "expression": "count(node_cpu_seconds_total)", "labels": {"team": "platform"}},
            {
                "alert": "KubePersistentVolumeErrors",
                "expression": 'kube_persistentvolume_status_phase{phase=~"Failed|Pending"} > 0',
                "enabled": True,
                "severity": 4,
                "for": "PT05M",
                "labels": {"severity": "warning"},
                "annotations": {"description": "A volume has failed"},
                "resolveConfiguration": {"autoResolved": True, "timeToResolve": "PT60M"},
                "actions": [{"actionGroupId": ACTIONS, "actionProperties": {"subject": "A volume"}}],
            },
        ],
    },
}
KINDS = {
    "data_collection_endpoint": ENDPOINT,
    "data_collection_rule": RULE,
    "data_collection_rule_association": ASSOCIATION,
    "prometheus_rule_group": RULES,
}
ITEMS = list(KINDS.values())
# Declared, though a new resource has these values anyway.
DEFAULTS = [
    ("data_collection_endpoint", "/properties/networkAcls/publicNetworkAccess"),
    ("prometheus_rule_group", "/properties/enabled"),
    ("prometheus_rule_group", "/properties/rules/1/enabled"),
]
# What says which thing it is, or cannot be changed.
IDENTITY = {
    "/location",
    "/properties/dataSources/prometheusForwarder/PrometheusDataSource/name",
    "/properties/dataSources/extensions/ContainerInsightsExtension/name",
    "/properties/destinations/monitoringAccounts/MonitoringAccount1/name",
    "/properties/destinations/logAnalytics/ciworkspace/name",
    f"/properties/rules/1/actions/{ACTIONS.replace('/', '~1')}/actionGroupId",
}


@pytest.fixture
def watched(cloud: LocalCloud) -> LocalCloud:
    """A cluster, with everything declared in place."""

    def make() -> None:
        prepare(cloud)
        done = keep(cloud, ITEMS)
        assert done.status == "ok", done.result["msg"]

    cloud.once("a watched cluster", make)
    return cloud


def with_properties(item: Item, **properties: t.Any) -> Item:
    return {**item, "properties": {**item["properties"], **properties}}


def test_four_steps(cloud: LocalCloud) -> None:
    prepare(cloud)
    # In any order: what is mentioned is written first.
    items = [deepcopy(each) for each in (ASSOCIATION, RULE, RULES, ENDPOINT)]
    preview, applied, _, _ = four_steps(
        cloud, "azure_resources", in_process=True, resources=items, resource_group=GROUP, location="Korea Central"
    )
    assert [(change["action"], change["kind"]) for change in preview.result["changes"]] == [
        ("create", "data_collection_rule_association"),
        ("create", "data_collection_rule"),
        ("create", "prometheus_rule_group"),
        ("create", "data_collection_endpoint"),
    ]
    written = [each.rpartition(" ")[2].partition("_")[0] for each in applied.writes if "PrometheusRuleGroups" not in each]
    assert written == ["DataCollectionEndpoints", "DataCollectionRules", "DataCollectionRuleAssociations"]
    made = applied.result["resources"][f"{ASSOCIATION['type']}/{PROMETHEUS}"]
    assert made["id"] == f"{CLUSTER_ID}/providers/{ASSOCIATION['type']}/{PROMETHEUS}"


def test_what_the_services_make_of_it_is_no_difference(watched: LocalCloud) -> None:
    """PT05M and PT60M, ids in small letters, other orders, defaults, ids that are filled in: nothing of that is drift."""
    kept = body(watched.ask("GET", "state"), RULES)["properties"]
    assert (kept["interval"], kept["rules"][1]["for"], kept["rules"][1]["resolveConfiguration"]["timeToResolve"]) == (
        "PT1M",
        "PT5M",
        "PT1H",
    )
    assert kept["scopes"] == [CLUSTER_ID.lower(), METRICS_ID.lower()]
    for location in ("Korea Central", "koreacentral"):
        assert keep(watched, ITEMS, check=True, location=location).result["changes"] == []
    assert watched.writes == []


def test_each_declared_value_is_found_by_its_path_and_put_back(watched: LocalCloud) -> None:
    declared = [each for each in declared_values(watched, ITEMS) + DEFAULTS if each[1] not in IDENTITY]
    declared.remove(("data_collection_rule", "/kind"))
    assert len(declared) > 35
    check_each_value(watched, KINDS, declared)


def test_the_kind_of_a_rule_is_set_once(watched: LocalCloud) -> None:
    for check in (True, False):
        done = keep(watched, [{**RULE, "kind": "Windows"}], check=check)
        assert (done.result["failure"]["code"], done.status) == ("immutable", "failed")
    assert keep(watched, [{**ENDPOINT, "kind": "Windows"}]).status == "ok"  # that of an endpoint is not


def test_another_region_is_refused_in_a_preview_too(watched: LocalCloud) -> None:
    for item in (ENDPOINT, RULE, RULES):
        done = keep(watched, [item], check=True, location="Japan East")
        assert (done.result["failure"]["code"], done.status) == ("immutable", "failed")


def test_a_rule_that_moves_takes_nothing_of_the_one_before_along(watched: LocalCloud) -> None:
    """The alert comes first now: the recording rule after it must not have a severity, nor the alert the team's label."""
    first, second = RULES["properties"]["rules"]
    done = keep(watched, [with_properties(RULES, rules=[second, first])])
    assert done.status == "ok", done.result["msg"]
    alert, record = body(watched.ask("GET", "state"), RULES)["properties"]["rules"]
    assert record == {"enabled": True, **first}
    assert alert["labels"] == second["labels"]


def test_a_rule_that_is_not_declared_goes(watched: LocalCloud) -> None:
    done = keep(watched, [with_properties(RULES, rules=RULES["properties"]["rules"][:1])])
    assert findings(done) == [("prometheus_rule_group", "/properties/rules/1")]
    assert len(body(watched.ask("GET", "state"), RULES)["properties"]["rules"]) == 1


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (with_properties(RULES, rules=[{"record": "a", "expression": "1", "severity": 3}]), "is a recording rule, which has no severity"),
        (with_properties(RULES, rules=[{"expression": "1"}]), "must have either record or alert"),
        (with_properties(RULE, dataFlows=[{"streams": ["a"], "destinations": ["nowhere"]}]), "which is none of the destinations"),
        ({**ASSOCIATION, "properties": {"description": "x"}}, "needs either /properties/dataCollectionRuleId or"),
        ({**ENDPOINT, "name": "x" * 45}, "3 to 44 letters"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before_any_call(watched: LocalCloud, item: Item, text: str) -> None:
    done = keep(watched, [item], check=True)
    assert done.status == "failed"
    assert text in done.result["msg"]
    assert done.calls == []


def test_what_is_collected_can_be_taken_away_in_one_task(watched: LocalCloud) -> None:
    done = keep(watched, [{key: each for key, each in item.items() if key != "properties"} | {"state": "absent"} for item in ITEMS])
    assert done.status == "ok", done.result["msg"]
    deleted = [each.rpartition(" ")[2].partition("_")[0] for each in done.writes if "PrometheusRuleGroups" not in each]
    assert deleted == ["DataCollectionRuleAssociations", "DataCollectionRules", "DataCollectionEndpoints"]
