# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Where logs and metrics are kept: Log Analytics workspaces and Azure Monitor workspaces.

Properties: learn.microsoft.com/azure/templates/microsoft.operationalinsights/workspaces and …/microsoft.monitor/accounts.
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

ROWS = (LOG_ANALYTICS, MONITOR_WORKSPACE)
