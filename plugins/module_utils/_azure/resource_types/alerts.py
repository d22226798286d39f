# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.Insights: alerts on the metrics of the platform, and who hears of alerts.

Properties: learn.microsoft.com/azure/templates/microsoft.insights/actiongroups and …/microsoft.insights/metricalerts.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map
from ..bodies import at
from ..resource_type import WORD, ResourceType, body

ON = Leaf(absent=True)
OFF = Leaf(absent=False)
NUMBER = Leaf(normal=normal.number)
DURATION = Leaf(normal=normal.duration)
ARM_ID = Leaf(normal=normal.arm_id)
# Addresses that are called hold their own key.
ADDRESS = Leaf(secret=True)
SCALARS = Map(other=Leaf())


def _receivers(**more: Leaf) -> Keyed:
    """The receivers of one way; others of that way are taken off."""
    return Keyed("name", Map({"name": Leaf(), "useCommonAlertSchema": OFF, **more}, other=Leaf()))


RECEIVERS = {
    "emailReceivers": _receivers(),
    "smsReceivers": _receivers(),
    "voiceReceivers": _receivers(),
    "azureAppPushReceivers": _receivers(),
    "webhookReceivers": _receivers(serviceUri=ADDRESS, useAadAuth=OFF),
    "itsmReceivers": _receivers(),
    "automationRunbookReceivers": _receivers(automationAccountId=ARM_ID, webhookResourceId=ARM_ID, serviceUri=ADDRESS),
    "logicAppReceivers": _receivers(resourceId=ARM_ID, callbackUrl=ADDRESS),
    "azureFunctionReceivers": _receivers(functionAppResourceId=ARM_ID, httpTriggerUrl=ADDRESS),
    "armRoleReceivers": _receivers(roleId=Leaf(normal=normal.last_segment)),
    "eventHubReceivers": _receivers(),
}


def _group_objections(declared: State) -> t.Iterator[str]:
    short = at(declared, "/properties/groupShortName")
    if short is not None and not 1 <= len(str(short)) <= 12:
        yield f"/properties/groupShortName {short!r} must have 1 to 12 characters"
    names = [each.get("name") for way in RECEIVERS for each in at(declared, f"/properties/{way}") or ()]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        yield f"the name {twice[0]} is that of more than one receiver"


ACTION_GROUP = ResourceType(
    name="Microsoft.Insights/actionGroups",
    kind="action_group",
    version="2023-01-01",
    rule=body(Map({"groupShortName": Leaf(), "enabled": ON, **RECEIVERS})),
    name_pattern=r"[^:@/#{}%&+*<>?]{1,260}",
    name_rule="1 to 260 characters, none of : @ / # { } % & + * < > ?",
    regional=False,
    defaults=lambda arm: {"location": "Global", "properties": {"enabled": True}},
    objections=_group_objections,
)

CRITERION = Map(
    {
        "criterionType": WORD,
        "name": Leaf(),
        "metricName": Leaf(normal=normal.folded),
        "metricNamespace": Leaf(normal=normal.folded),
        "timeAggregation": WORD,
        "operator": WORD,
        "threshold": NUMBER,
        "alertSensitivity": WORD,
        "failingPeriods": Map(other=NUMBER),
        "ignoreDataBefore": Leaf(),
        "skipMetricValidation": OFF,
        "dimensions": Keyed("name", Map({"name": Leaf(), "operator": WORD, "values": Leaf(normal=normal.set_of())})),
    }
)
CRITERIA = Map({"odata.type": Leaf(), "allOf": Keyed("name", CRITERION), "webTestId": ARM_ID, "componentId": ARM_ID}, other=NUMBER)


def _alert_objections(declared: State) -> t.Iterator[str]:
    often, window = (normal.duration(at(declared, f"/properties/{name}")) for name in ("evaluationFrequency", "windowSize"))
    if isinstance(often, timedelta) and isinstance(window, timedelta) and often > window:
        yield "/properties/windowSize must not be shorter than /properties/evaluationFrequency"
    scopes = at(declared, "/properties/scopes") or ()
    if len(scopes) > 1 and not (at(declared, "/properties/targetResourceType") and at(declared, "/properties/targetResourceRegion")):
        yield "with more than one scope it needs /properties/targetResourceType and /properties/targetResourceRegion"


METRIC_ALERT = ResourceType(
    name="Microsoft.Insights/metricAlerts",
    kind="metric_alert",
    version="2018-03-01",
    rule=body(
        Map(
            {
                "description": Leaf(),
                "severity": NUMBER,
                "enabled": ON,
                "scopes": Leaf(normal=normal.set_of(normal.arm_id)),
                "evaluationFrequency": DURATION,
                "windowSize": DURATION,
                "targetResourceType": Leaf(normal=normal.folded),
                "targetResourceRegion": Leaf(normal=normal.location),
                "criteria": CRITERIA,
                "autoMitigate": ON,
                "actions": Keyed("actionGroupId", Map({"actionGroupId": ARM_ID, "webHookProperties": SCALARS}), normal.arm_id),
            }
        )
    ),
    name_pattern=r"[^:@/#{}%&+*<>?]{1,260}",
    name_rule="1 to 260 characters, none of : @ / # { } % & + * < > ?",
    regional=False,
    defaults=lambda arm: {"location": "global", "properties": {"enabled": True}},
    objections=_alert_objections,
)

ROWS = (ACTION_GROUP, METRIC_ALERT)
