# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Rule groups of managed Prometheus: what is recorded from metrics, and what raises the alarm.

Properties: learn.microsoft.com/azure/templates/microsoft.alertsmanagement/prometheusrulegroups.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Listed, Map
from ..bodies import at
from ..resource_type import ResourceType, body

ON = Leaf(absent=True)
DURATION = Leaf(normal=normal.duration)
SCALARS = Map(other=Leaf())

RULE = Map(
    {
        "record": Leaf(),
        "alert": Leaf(),
        "expression": Leaf(),
        "enabled": ON,
        "labels": SCALARS,
        "severity": Leaf(normal=normal.number),
        "for": DURATION,
        "annotations": SCALARS,
        "resolveConfiguration": Map({"autoResolved": Leaf(), "timeToResolve": DURATION}),
        "actions": Keyed("actionGroupId", Map({"actionGroupId": Leaf(normal=normal.arm_id), "actionProperties": SCALARS}), normal.arm_id),
    }
)
ONLY_ALERTS = ("severity", "for", "annotations", "actions", "resolveConfiguration")


def _named(rule: t.Any) -> t.Any:
    """What a rule is called. Names may occur twice in a group, so they do not tell rules apart, but they tell whether it is another one."""
    return rule.get("record"), rule.get("alert")


def _objections(declared: State) -> t.Iterator[str]:
    for number, rule in enumerate(at(declared, "/properties/rules") or ()):
        path = f"/properties/rules/{number}"
        if bool(rule.get("record")) == bool(rule.get("alert")):
            yield f"{path} must have either record or alert"
        if not rule.get("expression"):
            yield f"{path} has no expression"
        alien = [name for name in ONLY_ALERTS if rule.get("record") and rule.get(name) is not None]
        if alien:
            yield f"{path} is a recording rule, which has no {', '.join(alien)}"


RULE_GROUP = ResourceType(
    name="Microsoft.AlertsManagement/prometheusRuleGroups",
    kind="prometheus_rule_group",
    version="2023-03-01",
    rule=body(
        Map(
            {
                "description": Leaf(),
                "enabled": ON,
                "clusterName": Leaf(),
                "scopes": Leaf(normal=normal.set_of(normal.arm_id)),
                "interval": DURATION,
                # Rules run one after the other, so their order carries meaning.
                "rules": Listed(RULE, identity=_named),
            }
        )
    ),
    name_pattern=r"[^:@/#{}%&+*<>?]{1,260}",
    name_rule="1 to 260 characters, none of : @ / # { } % & + * < > ?",
    objections=_objections,
)

ROWS = (RULE_GROUP,)
