# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Where logs and metrics are kept: Log Analytics workspaces, Azure Monitor workspaces, and the dashboards over them.

Properties: learn.microsoft.com/azure/templates/microsoft.operationalinsights/workspaces, …/microsoft.monitor/accounts and
…/microsoft.dashboard/dashboards.
"""

from __future__ import annotations

from ..._core import normal
from ..._core.rules import Leaf, Map
from ..resource_type import WORD, ResourceType, body

ENABLED = Leaf(normal=normal.folded, absent="Enabled")
NUMBER = Leaf(normal=normal.number)

LOG_ANALYTICS = ResourceType(
    name="Microsoft.OperationalInsights/workspaces",
    kind="log_analytics_workspace",
    version="2025-07-01",
    rule=body(
        Map(
            {
                "sku": Map({"name": WORD, "capacityReservationLevel": NUMBER}),
                "retentionInDays": NUMBER,
                # No cap is -1.
                "workspaceCapping": Map({"dailyQuotaGb": Leaf(normal=normal.number, absent=-1)}),
                "publicNetworkAccessForIngestion": ENABLED,
                "publicNetworkAccessForQuery": ENABLED,
                "forceCmkForQuery": Leaf(absent=False),
                "defaultDataCollectionRuleResourceId": Leaf(normal=normal.arm_id),
                "features": Map(
                    {
                        "disableLocalAuth": Leaf(absent=False),
                        "enableDataExport": Leaf(absent=False),
                        "enableLogAccessUsingOnlyResourcePermissions": Leaf(),
                        "immediatePurgeDataOn30Days": Leaf(absent=False),
                        "clusterResourceId": Leaf(normal=normal.arm_id),
                    }
                ),
            }
        ),
        identity=Map({"type": WORD}, other=Leaf(create_only=True)),
    ),
    outputs=("/properties/customerId",),
    name_pattern=r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    name_rule="4 to 63 letters, digits and '-', a letter or digit first and last",
    patch=True,
)

MONITOR_WORKSPACE = ResourceType(
    name="Microsoft.Monitor/accounts",
    kind="monitor_workspace",
    version="2025-10-03",
    rule=body(Map({"publicNetworkAccess": ENABLED, "metrics": Map({"enableAccessUsingResourcePermissions": Leaf(absent=False)})})),
    outputs=("/properties/metrics/prometheusQueryEndpoint", "/properties/defaultIngestionSettings"),
    name_pattern=r"[A-Za-z0-9][A-Za-z0-9-]{2,42}[A-Za-z0-9]",
    name_rule="4 to 44 letters, digits and '-', a letter or digit first and last",
)

# "Dashboards with Grafana": no instance of Grafana is needed. The tag GrafanaDashboardTags puts one into the portal's gallery.
DASHBOARD = ResourceType(
    name="Microsoft.Dashboard/dashboards",
    kind="dashboard",
    version="2025-08-01",
    rule=body(),
    name_pattern=r"[A-Za-z0-9][\w-]{0,62}",
    name_rule="1 to 63 letters, digits, '-' and '_', a letter or digit first",
)

# What a dashboard shows is a child of it, which exists in a preview version only. Its one name is `default`.
DASHBOARD_DEFINITION = ResourceType(
    name="Microsoft.Dashboard/dashboards/dashboardDefinitions",
    kind="dashboard_definition",
    version="2025-09-01-preview",
    rule=body(Map({"serializedData": Leaf(normal=normal.json_document)}), tracked=False),
)

ROWS = (LOG_ANALYTICS, MONITOR_WORKSPACE, DASHBOARD, DASHBOARD_DEFINITION)
