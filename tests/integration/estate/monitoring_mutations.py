# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the declared values of what watches the cluster are changed in the local cloud, see `mutations`."""

from __future__ import annotations

import re

from tests.integration.estate.azure_mutations import Finding, Mutate
from tests.integration.modules.monitoring import body, change, drop

# Names alone are not unique here: the type says which of them it is.
TYPES = {
    "log_analytics_workspace": "Microsoft.OperationalInsights/workspaces",
    "monitor_workspace": "Microsoft.Monitor/accounts",
    "data_collection_endpoint": "Microsoft.Insights/dataCollectionEndpoints",
    "data_collection_rule": "Microsoft.Insights/dataCollectionRules",
    "data_collection_rule_association": "Microsoft.Insights/dataCollectionRuleAssociations",
    "action_group": "Microsoft.Insights/actionGroups",
    "prometheus_rule_group": "Microsoft.AlertsManagement/prometheusRuleGroups",
    "portal_dashboard": "Microsoft.Portal/dashboards",
}
# Declared, though a new resource has these values anyway: a first run does not list them.
DEFAULTS = {
    "monitor_workspace": "/properties/publicNetworkAccess",
    "data_collection_endpoint": "/properties/networkAcls/publicNetworkAccess",
    "action_group": "/properties/enabled",
    "prometheus_rule_group": "/properties/enabled",
}


def monitoring_mutations(declared: list[Finding]) -> dict[Finding, Mutate]:
    """Each declared value gets another one; what names an item of a list goes with the whole item."""
    values = [each for each in declared if each[0] in TYPES]
    values += [(kind, name, DEFAULTS[kind]) for kind, name in {each[:2] for each in values} if kind in DEFAULTS]
    values += [
        (kind, name, f"{found[1]}/enabled")
        for kind, name, path in values
        if (found := re.fullmatch(r"(/properties/rules/\d+)/alert", path))
    ]
    return dict(_mutation(*value) for value in values)


def _mutation(kind: str, name: str, path: str) -> tuple[Finding, Mutate]:
    item = {"type": TYPES[kind], "name": name}
    above, _, last = path.rpartition("/")
    if last in ("name", "actionGroupId") and not above.endswith("/sku"):
        return (kind, name, above), lambda state: drop(body(state, item), above)
    return (kind, name, path), lambda state: change(body(state, item), path)
