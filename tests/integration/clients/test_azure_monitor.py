# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Monitor, driven by management SDKs that the collection does not use."""

from __future__ import annotations

import datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.monitor import MonitorManagementClient
from azure.mgmt.portal import Portal
from azure.mgmt.prometheusrulegroups import PrometheusRuleGroupsMgmtClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.integration.modules.monitoring import CLUSTER_ID, GROUP, IN_GROUP, METRICS_ID, keep, prepare

ENDPOINT = f"{IN_GROUP}/Microsoft.Insights/dataCollectionEndpoints/metrics"
RULE = f"{IN_GROUP}/Microsoft.Insights/dataCollectionRules/metrics"
COLLECTION = {
    "location": "Korea Central",
    "kind": "Linux",
    "properties": {
        "dataCollectionEndpointId": ENDPOINT,
        "dataSources": {"prometheusForwarder": [{"name": "Prometheus", "streams": ["Microsoft-PrometheusMetrics"]}]},
        "destinations": {"monitoringAccounts": [{"name": "Metrics", "accountResourceId": METRICS_ID}]},
        "dataFlows": [{"streams": ["Microsoft-PrometheusMetrics"], "destinations": ["Metrics"]}],
    },
}
RULES = {
    "location": "koreacentral",
    "properties": {
        "scopes": [METRICS_ID],
        "interval": "PT1M",
        "rules": [{"alert": "Down", "expression": "up == 0", "for": "PT05M", "annotations": {"description": "It is down"}}],
    },
}


ACTIONS = f"{IN_GROUP}/microsoft.insights/actionGroups/Ops"
OPS = {
    "location": "Global",
    "properties": {"groupShortName": "Ops", "enabled": True, "emailReceivers": [{"name": "ops", "emailAddress": "ops@example.com"}]},
}
CRITERION = {
    "name": "cpu",
    "criterionType": "StaticThresholdCriterion",
    "metricName": "node_cpu_usage_percentage",
    "timeAggregation": "Average",
    "operator": "GreaterThan",
    "threshold": 80,
}
ALERT = {
    "location": "global",
    "properties": {
        "severity": 3,
        "enabled": True,
        "scopes": [CLUSTER_ID],
        "evaluationFrequency": "PT1M",
        "windowSize": "PT5M",
        "criteria": {"odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria", "allOf": [CRITERION]},
        "actions": [{"actionGroupId": ACTIONS}],
    },
}
PART = {
    "position": {"x": 0, "y": 0, "rowSpan": 2, "colSpan": 3},
    "metadata": {
        "type": "Extension/HubsExtension/PartType/MarkdownPart",
        "settings": {"content": {"settings": {"content": "# Nodes"}}},
    },
}
BOARD = {"location": "Korea Central", "properties": {"lenses": [{"order": 0, "parts": [PART]}]}}


def signed_in(cloud: LocalCloud) -> tuple[ClientSecretCredential, str]:
    azure = AzureRaw(cloud)
    prepare(cloud)
    return ClientSecretCredential(azure.tenant, azure.client_id, azure.secret), azure.subscription.rpartition("/")[2]


def collect(client: MonitorManagementClient) -> None:
    client.data_collection_endpoints.create(GROUP, "metrics", {"location": "koreacentral", "properties": {}})
    client.data_collection_rules.create(GROUP, "metrics", COLLECTION)
    client.data_collection_rule_associations.create(CLUSTER_ID, "metrics", {"properties": {"dataCollectionRuleId": RULE}})


def test_the_life_of_a_collection(cloud: LocalCloud) -> None:
    client = MonitorManagementClient(*signed_in(cloud))
    with pytest.raises(ResourceNotFoundError):
        client.data_collection_rules.get(GROUP, "metrics")
    with pytest.raises(HttpResponseError, match="does not name a data collection endpoint"):
        client.data_collection_rules.create(GROUP, "metrics", COLLECTION)
    collect(client)
    endpoint = client.data_collection_endpoints.get(GROUP, "metrics")
    assert (endpoint.network_acls.public_network_access, endpoint.provisioning_state) == ("Enabled", "Succeeded")
    assert endpoint.logs_ingestion.endpoint.startswith("https://metrics-")
    rule = client.data_collection_rules.get(GROUP, "metrics")
    assert (rule.location, rule.data_flows[0].destinations) == ("koreacentral", ["Metrics"])
    assert rule.destinations.monitoring_accounts[0].account_id
    assert [each.name for each in client.data_collection_rule_associations.list_by_resource(CLUSTER_ID)] == ["metrics"]
    assert [each.id for each in client.data_collection_rule_associations.list_by_rule(GROUP, "metrics")] == [
        f"{CLUSTER_ID}/providers/Microsoft.Insights/dataCollectionRuleAssociations/metrics"
    ]
    assert [each.name for each in client.data_collection_rules.list_by_subscription()] == ["metrics"]
    client.data_collection_rule_associations.delete(CLUSTER_ID, "metrics")
    with pytest.raises(ResourceNotFoundError):
        client.data_collection_rule_associations.get(CLUSTER_ID, "metrics")


def test_the_life_of_a_rule_group(cloud: LocalCloud) -> None:
    client = PrometheusRuleGroupsMgmtClient(*signed_in(cloud)).prometheus_rule_groups
    made = client.create_or_update(GROUP, "Nodes - FinancialAgent", RULES)
    (rule,) = made.properties.rules
    assert (rule.severity, rule.enabled, rule.for_property) == (3, True, datetime.timedelta(minutes=5))
    recording = {"record": "a", "expression": "1", "severity": 3}
    with pytest.raises(HttpResponseError, match="must not have severity"):
        client.create_or_update(GROUP, "other", {**RULES, "properties": {**RULES["properties"], "rules": [recording]}})
    with pytest.raises(HttpResponseError, match="between 1 and 15 minutes"):
        client.create_or_update(GROUP, "other", {**RULES, "properties": {**RULES["properties"], "interval": "PT30S"}})
    with pytest.raises(HttpResponseError) as caught:
        client.create_or_update(GROUP, "Nodes - FinancialAgent", {**RULES, "location": "japaneast"})
    assert caught.value.error is not None
    assert (caught.value.status_code, caught.value.error.code) == (409, "InvalidResourceLocation")
    assert client.update(GROUP, "Nodes - FinancialAgent", {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert [each.name for each in client.list_by_resource_group(GROUP)] == ["Nodes - FinancialAgent"]
    client.delete(GROUP, "Nodes - FinancialAgent")
    assert list(client.list_by_subscription()) == []


def test_the_life_of_an_alert(cloud: LocalCloud) -> None:
    client = MonitorManagementClient(*signed_in(cloud))
    with pytest.raises(HttpResponseError, match=r"action group .* was not found"):
        client.metric_alerts.create_or_update(GROUP, "Node CPU", ALERT)
    made = client.action_groups.create_or_update(GROUP, "Ops", OPS)
    assert (made.location, made.id, made.email_receivers[0].status) == ("Global", ACTIONS, "Enabled")
    alert = client.metric_alerts.create_or_update(GROUP, "Node CPU", ALERT)
    assert (alert.window_size, alert.auto_mitigate, alert.criteria.all_of[0].threshold) == (datetime.timedelta(minutes=5), True, 80.0)
    with pytest.raises(HttpResponseError, match="must be 'global'"):
        client.metric_alerts.create_or_update(GROUP, "other", {**ALERT, "location": "koreacentral"})
    with pytest.raises(HttpResponseError, match="windowSize must be one of"):
        client.metric_alerts.create_or_update(GROUP, "other", {**ALERT, "properties": {**ALERT["properties"], "windowSize": "PT7M"}})
    with pytest.raises(HttpResponseError, match="groupShortName"):
        client.action_groups.create_or_update(GROUP, "other", {**OPS, "properties": {"groupShortName": "FinancialAgent", "enabled": True}})
    assert client.action_groups.update(GROUP, "Ops", {"properties": {"enabled": False}}).enabled is False
    assert [each.name for each in client.metric_alerts.list_by_resource_group(GROUP)] == ["Node CPU"]
    assert [each.name for each in client.action_groups.list_by_subscription_id()] == ["Ops"]
    client.metric_alerts.delete(GROUP, "Node CPU")
    client.action_groups.delete(GROUP, "Ops")
    with pytest.raises(ResourceNotFoundError):
        client.action_groups.get(GROUP, "Ops")


def test_the_life_of_a_dashboard(cloud: LocalCloud) -> None:
    client = Portal(*signed_in(cloud)).dashboards
    made = client.create_or_update(GROUP, "overview", BOARD)
    (part,) = made.properties.lenses[0].parts
    assert (made.location, part.position.col_span, part.metadata.inputs) == ("koreacentral", 3, [])
    assert part.metadata.settings.content.settings.content == "# Nodes"
    lost = {**PART, "position": {"x": 0, "y": 0}}
    with pytest.raises(HttpResponseError, match="position of a part needs"):
        client.create_or_update(GROUP, "overview", {**BOARD, "properties": {"lenses": [{"order": 0, "parts": [lost]}]}})
    assert client.update(GROUP, "overview", {"tags": {"hidden-title": "Overview"}}).tags == {"hidden-title": "Overview"}
    assert [each.name for each in client.list_by_resource_group(GROUP)] == ["overview"]
    client.delete(GROUP, "overview")
    assert list(client.list_by_subscription()) == []


def test_what_they_build_is_adopted_without_a_change(cloud: LocalCloud) -> None:
    login = signed_in(cloud)
    monitor = MonitorManagementClient(*login)
    collect(monitor)
    monitor.action_groups.create_or_update(GROUP, "Ops", OPS)
    monitor.metric_alerts.create_or_update(GROUP, "Node CPU", ALERT)
    Portal(*login).dashboards.create_or_update(GROUP, "overview", BOARD)
    PrometheusRuleGroupsMgmtClient(*login).prometheus_rule_groups.create_or_update(GROUP, "Nodes", RULES)
    done = keep(
        cloud,
        [
            {"type": "Microsoft.Insights/dataCollectionEndpoints", "name": "metrics"},
            {"type": "Microsoft.Insights/dataCollectionRules", "name": "metrics", **{k: COLLECTION[k] for k in ("kind", "properties")}},
            {
                "type": "Microsoft.Insights/dataCollectionRuleAssociations",
                "name": "metrics",
                "scope": CLUSTER_ID.lower(),
                "properties": {"dataCollectionRuleId": RULE},
            },
            {"type": "Microsoft.AlertsManagement/prometheusRuleGroups", "name": "Nodes", "properties": RULES["properties"]},
            {"type": "Microsoft.Insights/actionGroups", "name": "Ops", **OPS},
            {"type": "Microsoft.Insights/metricAlerts", "name": "Node CPU", **ALERT},
            {"type": "Microsoft.Portal/dashboards", "name": "overview", **BOARD},
        ],
        tags={},
    )
    assert (done.result["changes"], done.writes) == ([], [])
