# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Insights/actionGroups and metricAlerts: what raises the alarm about metrics, and who hears of it."""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.rules import Body, Field
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

NAME = r"[^:@/#{}%&+*<>?]{1,260}"
# What each way of telling people needs, besides a name (ActionGroupResource of the specification).
WAYS = {
    "emailReceivers": ("emailAddress",),
    "smsReceivers": ("countryCode", "phoneNumber"),
    "webhookReceivers": ("serviceUri",),
    "itsmReceivers": ("workspaceId", "connectionId", "ticketConfiguration", "region"),
    "azureAppPushReceivers": ("emailAddress",),
    "automationRunbookReceivers": ("automationAccountId", "runbookName", "webhookResourceId", "isGlobalRunbook"),
    "voiceReceivers": ("countryCode", "phoneNumber"),
    "logicAppReceivers": ("resourceId", "callbackUrl"),
    "azureFunctionReceivers": ("functionAppResourceId", "functionName", "httpTriggerUrl"),
    "armRoleReceivers": ("roleId",),
    "eventHubReceivers": ("eventHubNameSpace", "eventHubName", "subscriptionId"),
}
WITH_STATUS = ("emailReceivers", "smsReceivers")
WITHOUT_SCHEMA = ("smsReceivers", "voiceReceivers", "itsmReceivers", "azureAppPushReceivers")


class ActionGroups(ResourceType):
    name = "Microsoft.Insights/actionGroups"
    operations = "ActionGroups"
    versions = ("2021-09-01", "2022-06-01", "2023-01-01", "2024-10-01-preview")
    source = "learn.microsoft.com/rest/api/monitor/action-groups"
    fields = (
        Field("properties/groupShortName", required=True, between=(1, 12)),
        Field("properties/enabled", kind=bool, required=True),
        *(Field(f"properties/{way}", kind=list, default=[]) for way in WAYS),
    )
    name_pattern = NAME

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties, names = fresh["properties"], t.cast("list[str]", [])
        for way, needs in WAYS.items():
            for each in properties[way]:
                lacks = [name for name in ("name", *needs) if each.get(name) in (None, "")] if isinstance(each, dict) else ["name"]
                if lacks:
                    raise refuse(400, "ReceiverInvalid", f"'{lacks[0]}' of a receiver in {way} must not be empty.")
                names.append(each["name"])
            # The order of receivers is nobody's promise.
            properties[way] = [self._receiver(way, each) for each in reversed(properties[way])]
        if any("@" not in each["emailAddress"] for each in properties["emailReceivers"]):
            raise refuse(400, "InvalidEmailAddress", "The e-mail address of a receiver is invalid.")
        if len(set(names)) != len(names):
            raise refuse(400, "ReceiverNamesNotUnique", "The names of all receivers of an action group must be unique.")
        return fresh

    def _receiver(self, way: str, sent: Body) -> Body:
        status = {"status": "Enabled"} if way in WITH_STATUS else {}
        schema = {} if way in WITHOUT_SCHEMA else {"useCommonAlertSchema": False}
        return {**schema, **sent, **status}

    def render(self, arm: Arm, record: Record) -> Body:
        answer = super().render(arm, record)
        return answer | {"location": "Global" if answer["location"] == "global" else answer["location"]}

    def written_id(self, record: Record) -> str:
        """This provider writes its own name in small letters (see the examples of its specification)."""
        return t.cast(str, record["id"]).replace("/Microsoft.Insights/", "/microsoft.insights/")


# Lengths in minutes (learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-metric-alert-rule).
FREQUENCIES = {"PT1M": 1, "PT5M": 5, "PT15M": 15, "PT30M": 30, "PT1H": 60}
WINDOWS = {**FREQUENCIES, "PT6H": 360, "PT12H": 720, "P1D": 1440}
SPELLINGS = {"PT60M": "PT1H", "PT360M": "PT6H", "PT720M": "PT12H", "PT24H": "P1D", "PT05M": "PT5M", "PT01M": "PT1M"}
CRITERIA = tuple(
    f"Microsoft.Azure.Monitor.{name}Criteria"
    for name in ("SingleResourceMultipleMetric", "MultipleResourceMultipleMetric", "WebtestLocationAvailability")
)
AGGREGATIONS = ("Average", "Count", "Minimum", "Maximum", "Total")
OPERATORS = {
    "StaticThresholdCriterion": ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"),
    "DynamicThresholdCriterion": ("GreaterThan", "LessThan", "GreaterOrLessThan"),
}


class MetricAlerts(ResourceType):
    name = "Microsoft.Insights/metricAlerts"
    operations = "MetricAlerts"
    versions = ("2018-03-01", "2024-03-01-preview")
    source = "learn.microsoft.com/rest/api/monitor/metric-alerts"
    fields = (
        Field("properties/description"),
        Field("properties/severity", kind=int, required=True, between=(0, 4)),
        Field("properties/enabled", kind=bool, required=True),
        Field("properties/scopes", kind=list, required=True),
        Field("properties/evaluationFrequency", required=True),
        Field("properties/windowSize", required=True),
        Field("properties/targetResourceType", default=""),
        Field("properties/targetResourceRegion", default=""),
        Field("properties/criteria", kind=dict, required=True),
        Field("properties/autoMitigate", kind=bool, default=True),
        Field("properties/actions", kind=list, default=[]),
    )
    name_pattern = NAME
    created_status = 200

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        if sent.get("location", "global") != "global":
            raise refuse(400, "BadRequest", "The location of a metric alert must be 'global'.")
        often = self._length(properties, "evaluationFrequency", FREQUENCIES)
        if often > self._length(properties, "windowSize", WINDOWS):
            raise refuse(400, "BadRequest", "The window size must not be shorter than the evaluation frequency.")
        several = len(properties["scopes"]) > 1
        if not properties["scopes"] or (several and not (properties["targetResourceType"] and properties["targetResourceRegion"])):
            raise refuse(400, "BadRequest", "Scopes are missing, or the type and region of their resources.")
        for each in () if several else properties["scopes"]:
            if each.lower() not in arm.data["resources"]:
                raise refuse(404, "ResourceNotFound", f"The scope '{each}' was not found.")
        self._criteria(properties["criteria"])
        for action in properties["actions"]:
            if str(action.get("actionGroupId")).lower() not in arm.data["resources"]:
                raise refuse(400, "BadRequest", f"The action group '{action.get('actionGroupId')}' was not found.")
            action["actionGroupId"] = action["actionGroupId"].lower()
            action.setdefault("webHookProperties", {})
        return fresh

    def _length(self, properties: Body, name: str, known: dict[str, int]) -> int:
        properties[name] = SPELLINGS.get(properties[name], properties[name])
        if properties[name] not in known:
            raise refuse(400, "BadRequest", f"The value '{properties[name]}' of {name} must be one of {', '.join(known)}.")
        return known[properties[name]]

    def _criteria(self, criteria: Body) -> None:
        kinds = {each.lower(): each for each in CRITERIA}
        kind = kinds.get(str(criteria.get("odata.type")).lower())
        if kind is None:
            raise refuse(400, "BadRequest", f"odata.type of the criteria must be one of {', '.join(CRITERIA)}.")
        if kind == CRITERIA[2]:
            return
        items = criteria.get("allOf")
        if not isinstance(items, list) or not items or len({each.get("name") for each in items}) != len(items):
            raise refuse(400, "BadRequest", "The criteria need at least one criterion, and each of them a name of its own.")
        criteria["allOf"] = [_criterion(each) for each in reversed(items)]


def _criterion(sent: Body) -> Body:
    kinds = {each.lower(): each for each in OPERATORS}
    kind = kinds.get(str(sent.get("criterionType", "StaticThresholdCriterion")).lower())
    if kind is None or not sent.get("metricName") or not sent.get("name"):
        raise refuse(400, "BadRequest", "A criterion needs a name, the name of a metric, and a type that exists.")
    words = {}
    for name, known in (("timeAggregation", AGGREGATIONS), ("operator", OPERATORS[kind])):
        words[name] = next((each for each in known if each.lower() == str(sent.get(name)).lower()), "")
        if not words[name]:
            raise refuse(400, "BadRequest", f"{name} of a criterion must be one of {', '.join(known)}.")
    numbers: Body = {}
    if kind == "StaticThresholdCriterion":
        if isinstance(sent.get("threshold"), bool) or not isinstance(sent.get("threshold"), (int, float)):
            raise refuse(400, "BadRequest", "The threshold of a criterion must be a number.")
        numbers = {"threshold": float(sent["threshold"])}  # every number comes back as a decimal one
    elif not sent.get("alertSensitivity") or not isinstance(sent.get("failingPeriods"), dict):
        raise refuse(400, "BadRequest", "A dynamic criterion needs alertSensitivity and failingPeriods.")
    else:
        numbers = {"failingPeriods": {name: float(value) for name, value in sent["failingPeriods"].items()}}
    usual = {"dimensions": [], "skipMetricValidation": False, "monitorTemplateType": 8}
    return {**usual, **sent, **words, **numbers, "criterionType": kind}


engine.register(ActionGroups())
engine.register(MetricAlerts())
