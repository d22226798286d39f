# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action groups, alerts on metrics and dashboards: four steps, drift by path, and what is no difference."""

from __future__ import annotations

import json
import typing as t
from copy import deepcopy

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.monitoring import (
    CLUSTER_ID,
    GROUP,
    IN_GROUP,
    Item,
    body,
    check_each_value,
    declared_values,
    drop,
    findings,
    keep,
    prepare,
)
from tests.steps import four_steps

ACTIONS = f"{IN_GROUP}/Microsoft.Insights/actionGroups/Ops"
HOOK = "https://example.com/hook?code=NotToBeSeen"
OPS: Item = {
    "type": "Microsoft.Insights/actionGroups",
    "name": "Ops",
    "properties": {
        "groupShortName": "FinAgent",
        "enabled": True,
        "emailReceivers": [
            {"name": "ops", "emailAddress": "ops@example.com", "useCommonAlertSchema": True},
            {"name": "lead", "emailAddress": "lead@example.com"},
        ],
        "webhookReceivers": [{"name": "chat", "useCommonAlertSchema": True}],
        "armRoleReceivers": [{"name": "owners", "roleId": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}],
    },
    "secret_properties": {"webhookReceivers": [{"serviceUri": HOOK}]},
}
CPU: Item = {
    "type": "Microsoft.Insights/metricAlerts",
    "name": "Node CPU",
    "properties": {
        "description": "Nodes are busy",
        "severity": 3,
        "enabled": True,
        "scopes": [CLUSTER_ID],
        "evaluationFrequency": "PT05M",
        "windowSize": "PT60M",
        "autoMitigate": True,
        "criteria": {
            "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            "allOf": [
                {
                    "name": "cpu",
                    "criterionType": "staticThresholdCriterion",
                    "metricName": "node_cpu_usage_percentage",
                    "metricNamespace": "Microsoft.ContainerService/managedClusters",
                    "timeAggregation": "average",
                    "operator": "greaterThan",
                    "threshold": 80,
                    "dimensions": [{"name": "node", "operator": "Include", "values": ["a", "b"]}],
                },
                {
                    "name": "memory",
                    "metricName": "node_memory_working_set_percentage",
                    "timeAggregation": "Average",
                    "operator": "GreaterThan",
                    "threshold": 85.5,
                },
            ],
        },
        "actions": [{"actionGroupId": ACTIONS, "webHookProperties": {"team": "platform"}}],
    },
}
MODEL = {
    "timeRange": {
        "value": {"relative": {"duration": 24, "timeUnit": 1}},
        "type": "MsPortalFx.Composition.Configuration.ValueTypes.TimeRange",
    }
}
MARKDOWN = {
    "type": "Extension/HubsExtension/PartType/MarkdownPart",
    "settings": {"content": {"settings": {"content": "# Nodes", "title": "Nodes"}}},
}
CHART = {
    "type": "Extension/HubsExtension/PartType/MonitorChartPart",
    "inputs": [{"name": "options", "isOptional": True}],
    "settings": {"content": {"options": {"chart": {"title": "CPU", "metrics": [{"name": "node_cpu_usage_percentage"}]}}}},
}
BOARD: Item = {
    "type": "Microsoft.Portal/dashboards",
    "name": "overview",
    "tags": {"hidden-title": "Overview"},
    "properties": {
        "lenses": [
            {
                "order": 0,
                "parts": [
                    {"position": {"x": 0, "y": 0, "rowSpan": 2, "colSpan": 3}, "metadata": MARKDOWN},
                    {"position": {"x": 3, "y": 0, "rowSpan": 4, "colSpan": 6}, "metadata": CHART},
                ],
            }
        ],
        "metadata": {"model": MODEL},
    },
}
GRAFANA: Item = {"type": "Microsoft.Dashboard/dashboards", "name": "nodes", "properties": {}}
MODEL_OF_GRAFANA: Item = {
    "type": "Microsoft.Dashboard/dashboards/dashboardDefinitions",
    "name": "default",
    "parent": f"{IN_GROUP}/Microsoft.Dashboard/dashboards/nodes",
    "properties": {"serializedData": '{"title": "Nodes", "panels": []}'},
}
KINDS = {
    "action_group": OPS,
    "metric_alert": CPU,
    "portal_dashboard": BOARD,
    "dashboard": GRAFANA,
    "dashboard_definition": MODEL_OF_GRAFANA,
}
ITEMS = list(KINDS.values())
# Declared, though a new resource has these values anyway.
DEFAULTS = [
    ("action_group", "/properties/enabled"),
    ("metric_alert", "/properties/enabled"),
    ("metric_alert", "/properties/autoMitigate"),
]
# What says which thing it is, or cannot be changed.
IDENTITY = {
    "/location",
    *(f"/properties/{way}/{name}/name" for way, name in (("emailReceivers", "ops"), ("emailReceivers", "lead"))),
    *(f"/properties/{way}/{name}/name" for way, name in (("webhookReceivers", "chat"), ("armRoleReceivers", "owners"))),
    *(f"/properties/criteria/allOf/{name}/name" for name in ("cpu", "memory")),
    "/properties/criteria/allOf/cpu/dimensions/node/name",
    f"/properties/actions/{ACTIONS.replace('/', '~1')}/actionGroupId",
    "/properties/lenses/0/parts/1/metadata/inputs/options/name",
}


@pytest.fixture
def alarmed(cloud: LocalCloud) -> LocalCloud:
    """A cluster, with everything declared in place."""

    def make() -> None:
        prepare(cloud)
        done = keep(cloud, ITEMS)
        assert done.status == "ok", done.result["msg"]

    cloud.once("alerts and a dashboard", make)
    return cloud


def with_properties(item: Item, **properties: t.Any) -> Item:
    return {**item, "properties": {**item["properties"], **properties}}


def test_four_steps(cloud: LocalCloud) -> None:
    prepare(cloud)
    items = [deepcopy(each) for each in (CPU, BOARD, OPS)]
    preview, applied, _, _ = four_steps(
        cloud, "azure_resources", in_process=True, resources=items, resource_group=GROUP, location="Korea Central"
    )
    assert [(change["action"], change["kind"]) for change in preview.result["changes"]] == [
        ("create", "metric_alert"),
        ("create", "portal_dashboard"),
        ("create", "action_group"),
    ]
    # The alert mentions the action group.
    assert [each for each in applied.writes if "Dashboards" not in each] == [
        "PUT ActionGroups_CreateOrUpdate",
        "PUT MetricAlerts_CreateOrUpdate",
    ]
    assert "NotToBeSeen" not in json.dumps([each.result for each in (preview, applied)])


def test_what_the_services_make_of_it_is_no_difference(alarmed: LocalCloud) -> None:
    """'Global', other orders and cases, PT1H, decimal thresholds, states of receivers, defaults: nothing of that is drift."""
    state = alarmed.ask("GET", "state")
    alert, group, board = (body(state, item)["properties"] for item in (CPU, OPS, BOARD))
    assert (alert["windowSize"], alert["actions"][0]["actionGroupId"]) == ("PT1H", ACTIONS.lower())
    assert [each["threshold"] for each in alert["criteria"]["allOf"]] == [85.5, 80.0]
    assert [each["status"] for each in group["emailReceivers"]] == ["Enabled", "Enabled"]
    assert board["lenses"][0]["parts"][0]["metadata"]["inputs"] == []
    for location in ("Korea Central", "koreacentral"):
        assert keep(alarmed, ITEMS, check=True, location=location).result["changes"] == []
    assert alarmed.writes == []


def test_each_declared_value_is_found_by_its_path_and_put_back(alarmed: LocalCloud) -> None:
    declared = [each for each in declared_values(alarmed, ITEMS) + DEFAULTS if each[1] not in IDENTITY]
    assert len(declared) > 40
    check_each_value(alarmed, KINDS, declared)


def test_a_receiver_that_is_not_declared_goes(alarmed: LocalCloud) -> None:
    done = keep(alarmed, [with_properties(OPS, emailReceivers=OPS["properties"]["emailReceivers"][:1])])
    assert findings(done) == [("action_group", "/properties/emailReceivers/lead")]
    assert [each["name"] for each in body(alarmed.ask("GET", "state"), OPS)["properties"]["emailReceivers"]] == ["ops"]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (OPS, "/properties/emailReceivers/lead"),
        (CPU, "/properties/criteria/allOf/memory"),
        (CPU, f"/properties/actions/{ACTIONS.replace('/', '~1')}"),
        (BOARD, "/properties/lenses/0/parts/1"),
    ],
)
def test_what_is_lost_is_found_by_its_place_and_put_back(alarmed: LocalCloud, item: Item, path: str) -> None:
    with alarmed.state() as state:
        drop(body(state, item), path)
    for check in (True, False):
        assert {found.startswith(path) for _, found in findings(keep(alarmed, [item], check=check))} == {True}
    assert keep(alarmed, ITEMS, check=True).result["changes"] == []


def test_addresses_that_hold_a_key_are_never_shown(alarmed: LocalCloud) -> None:
    with alarmed.state() as state:
        body(state, OPS)["properties"]["webhookReceivers"][0]["serviceUri"] = "https://example.com/other?code=NorThis"
    done = keep(alarmed, [OPS])
    assert findings(done) == [("action_group", "/properties/webhookReceivers/chat/serviceUri")]
    assert not any(secret in json.dumps(done.result) for secret in ("NotToBeSeen", "NorThis"))


def test_an_address_that_would_be_shown_is_refused(alarmed: LocalCloud) -> None:
    shown = {**with_properties(OPS, webhookReceivers=[{"name": "chat", "serviceUri": HOOK}]), "secret_properties": None}
    done = keep(alarmed, [shown], check=True)
    assert "/properties/webhookReceivers/0/serviceUri is a secret" in done.result["msg"]
    assert ("NotToBeSeen" in done.result["msg"], done.calls) == (False, [])


def test_a_part_that_moves_takes_nothing_of_the_one_before_along(alarmed: LocalCloud) -> None:
    first, second = BOARD["properties"]["lenses"][0]["parts"]
    done = keep(alarmed, [with_properties(BOARD, lenses=[{"order": 0, "parts": [second, first]}])])
    assert done.status == "ok", done.result["msg"]
    parts = body(alarmed.ask("GET", "state"), BOARD)["properties"]["lenses"][0]["parts"]
    assert [each["metadata"]["settings"] for each in parts] == [CHART["settings"], MARKDOWN["settings"]]
    assert parts[1]["metadata"]["inputs"] == []


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (with_properties(OPS, groupShortName="FinancialAgent"), "must have 1 to 12 characters"),
        (with_properties(OPS, smsReceivers=[{"name": "ops", "countryCode": "82", "phoneNumber": "1"}]), "more than one receiver"),
        (with_properties(CPU, windowSize="PT1M"), "must not be shorter than"),
        (with_properties(CPU, scopes=[CLUSTER_ID, f"{CLUSTER_ID}-2"]), "with more than one scope it needs"),
        ({**BOARD, "name": "an overview"}, "3 to 64 letters"),
        (with_properties(BOARD, lenses={"0": {"order": 0}}), "must be a list"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before_any_call(alarmed: LocalCloud, item: Item, text: str) -> None:
    done = keep(alarmed, [item], check=True)
    assert done.status == "failed"
    assert text in done.result["msg"]
    assert done.calls == []
