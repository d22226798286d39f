# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.AlertsManagement/prometheusRuleGroups: rules of managed Prometheus."""

from __future__ import annotations

import re
import typing as t
from datetime import timedelta

from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.rules import Body, Field
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

DURATION = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")
# (least, most) of the interval: "between 1 and 15 minutes".
INTERVAL = (timedelta(minutes=1), timedelta(minutes=15))
OF_ALERTS = ("severity", "for", "annotations", "actions", "resolveConfiguration")
KNOWN = ("record", "alert", "expression", "enabled", "labels", *OF_ALERTS)


def _length(value: t.Any) -> timedelta:
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise refuse(400, "BadRequest", f"'{value}' is not a duration of ISO 8601.")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _written(value: t.Any) -> str:
    """A duration as .NET writes it: PT60M is PT1H, PT05M is PT5M."""
    minutes, seconds = divmod(int(_length(value).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number]
    return "PT" + ("".join(parts) or "0S")


class RuleGroups(ResourceType):
    name = "Microsoft.AlertsManagement/prometheusRuleGroups"
    operations = "PrometheusRuleGroups"
    versions = ("2021-07-22-preview", "2023-03-01")
    source = "learn.microsoft.com/rest/api/alertsmanagement/prometheus-rule-groups"
    fields = (
        Field("properties/description"),
        Field("properties/enabled", kind=bool, default=True),
        Field("properties/clusterName"),
        Field("properties/scopes", kind=list, required=True),
        Field("properties/interval", default="PT1M"),
        Field("properties/rules", kind=list, required=True),
    )
    name_pattern = r"[^:@/#{}%&+*<>?]{1,260}"
    shows_system_data = True

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        scopes = [str(each).lower() for each in properties["scopes"]]
        workspaces = [each for each in scopes if "/microsoft.monitor/accounts/" in each]
        if len(workspaces) != 1 or workspaces[0] not in arm.data["resources"]:
            raise refuse(400, "BadRequest", "The scopes of a rule group must name one Azure Monitor workspace that exists.")
        if len(scopes) > 2:
            raise refuse(400, "BadRequest", "Besides the workspace, the scopes of a rule group may name one cluster.")
        if not INTERVAL[0] <= _length(properties["interval"]) <= INTERVAL[1]:
            raise refuse(400, "BadRequest", "The interval of a rule group must be between 1 and 15 minutes.")
        properties["interval"] = _written(properties["interval"])
        properties["rules"] = [_rule(each) for each in properties["rules"]]
        # Ids come back in small letters, and in another order.
        properties["scopes"] = list(reversed(scopes))
        return fresh


def _rule(sent: t.Any) -> Body:
    if not isinstance(sent, dict) or not isinstance(sent.get("expression"), str) or bool(sent.get("record")) == bool(sent.get("alert")):
        raise refuse(400, "BadRequest", "A rule needs an expression, and either record or alert.")
    rule = {name: value for name, value in sent.items() if name in KNOWN and value is not None}
    if rule.get("record"):
        alien = [name for name in OF_ALERTS if name in rule]
        if alien:
            raise refuse(400, "BadRequest", f"The recording rule '{rule['record']}' must not have {alien[0]}.")
        return {"enabled": True, **rule}
    severity = rule.setdefault("severity", 3)
    if isinstance(severity, bool) or not isinstance(severity, int) or not 0 <= severity <= 4:
        raise refuse(400, "BadRequest", "The severity of an alert must be between 0 and 4.")
    if "for" in rule:
        rule["for"] = _written(rule["for"])
    resolve = rule.get("resolveConfiguration")
    if resolve and resolve.get("timeToResolve") is not None:
        rule["resolveConfiguration"] = {**resolve, "timeToResolve": _written(resolve["timeToResolve"])}
    rule["actions"] = [_action(each) for each in reversed(rule.get("actions") or [])]
    return {"enabled": True, **rule}


def _action(sent: t.Any) -> Body:
    group = sent.get("actionGroupId") if isinstance(sent, dict) else None
    if "/actiongroups/" not in str(group).lower():
        raise refuse(400, "BadRequest", "An action needs the id of an action group.")
    return {**sent, "actionGroupId": str(group).lower()}


engine.register(RuleGroups())
