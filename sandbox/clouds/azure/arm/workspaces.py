# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where logs and metrics are kept: Microsoft.OperationalInsights/workspaces and Microsoft.Monitor/accounts."""

from __future__ import annotations

import typing as t
from uuid import NAMESPACE_URL, uuid4, uuid5

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

LOG_VERSIONS = ("2022-10-01", "2023-09-01", "2025-02-01", "2025-07-01")
LOG_SOURCE = "learn.microsoft.com/rest/api/loganalytics/workspaces"
SWITCH = ("Enabled", "Disabled")
KEPT_DAYS = 14  # a deleted workspace can come back for two weeks


class LogWorkspaces(ResourceType):
    name = "Microsoft.OperationalInsights/workspaces"
    operations = "Workspaces"
    versions = LOG_VERSIONS
    source = LOG_SOURCE
    fields = (
        Field(
            "properties/sku/name",
            one_of=("Free", "Standard", "Premium", "PerNode", "PerGB2018", "Standalone", "CapacityReservation", "LACluster"),
            default="PerGB2018",
        ),
        Field("properties/sku/capacityReservationLevel", kind=int),
        Field("properties/retentionInDays", kind=int, between=(7, 730), default=30),
        Field("properties/workspaceCapping", kind=dict),
        Field("properties/publicNetworkAccessForIngestion", one_of=SWITCH, default="Enabled"),
        Field("properties/publicNetworkAccessForQuery", one_of=SWITCH, default="Enabled"),
        Field("properties/forceCmkForQuery", kind=bool),
        Field("properties/features", kind=dict),
        Field("properties/defaultDataCollectionRuleResourceId"),
        Field("identity", kind=dict),
        Field("properties/customerId", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
    seconds = {"create": 0.4}
    shows_state = True

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        if properties["sku"]["name"] in ("Free", "Standard", "Premium", "PerNode"):
            text = f"Pricing tier {properties['sku']['name']} is not available to this subscription: it is a legacy tier."
            raise refuse(400, "InvalidParameter", text)
        quota = at(properties, "workspaceCapping/dailyQuotaGb")
        if quota is not None and (isinstance(quota, bool) or not isinstance(quota, (int, float)) or (quota != -1 and quota <= 0)):
            raise refuse(400, "InvalidParameter", f"'dailyQuotaGb' property {quota} is invalid. It must be -1 or greater than 0.")
        # No cap is written as -1, and every number as a decimal one.
        properties["workspaceCapping"] = {"dailyQuotaGb": float(-1 if quota is None else quota)}
        usual = {"legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": True}
        properties["features"] = usual | (properties.get("features") or {})
        # The name of the tier comes back in small letters.
        properties["sku"]["name"] = properties["sku"]["name"].lower()
        return fresh

    def created(self, arm: Arm, record: Record) -> None:
        """A name that was deleted less than two weeks ago is the same workspace again."""
        gone = arm.data.setdefault("deleted_workspaces", {}).pop(record["id"].lower(), None)
        back = gone is not None and gone["until"] > now()
        record["customer_id"] = gone["customer_id"] if back else str(uuid4())

    def deleted(self, arm: Arm, record: Record) -> None:
        kept = {"customer_id": record["customer_id"], "until": now() + KEPT_DAYS * 86400}
        arm.data.setdefault("deleted_workspaces", {})[record["id"].lower()] = kept

    def extra(self, arm: Arm, record: Record) -> Body:
        return {
            "customerId": record["customer_id"],
            "createdDate": timestamp(record["created"]),
            "modifiedDate": timestamp(record["changed"]),
        }


class MonitorWorkspaces(ResourceType):
    name = "Microsoft.Monitor/accounts"
    operations = "AzureMonitorWorkspaces"
    versions = ("2023-04-03", "2025-05-03-preview", "2025-10-03")
    source = "learn.microsoft.com/rest/api/monitor/azure-monitor-workspaces"
    verified = "spec"
    fields = (
        Field("properties/publicNetworkAccess", one_of=SWITCH, default="Enabled"),
        Field("properties/metrics/enableAccessUsingResourcePermissions", kind=bool, default=False),
        Field("properties/accountId", read_only=True),
        Field("properties/defaultIngestionSettings", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{2,42}[A-Za-z0-9]"
    seconds = {"delete": 0.2}
    shows_state = True
    shows_system_data = True

    def extra(self, arm: Arm, record: Record) -> Body:
        """With it come an endpoint and a rule of its own, in a group that the service manages."""
        location, name = record["body"]["location"], record["name"]
        group = f"{record['id'].partition('/resourceGroups/')[0]}/resourceGroups/MA_{name}_{location}_managed/providers/Microsoft.Insights"
        identifier = uuid5(NAMESPACE_URL, record["id"].lower())
        return {
            "accountId": str(identifier),
            "metrics": {
                **record["body"]["properties"]["metrics"],
                "prometheusQueryEndpoint": f"https://{name.lower()}-{identifier.hex[:4]}.{location}.prometheus.monitor.azure.com",
                "internalId": f"mac_{identifier}",
            },
            "defaultIngestionSettings": {
                "dataCollectionRuleResourceId": f"{group}/dataCollectionRules/{name}",
                "dataCollectionEndpointResourceId": f"{group}/dataCollectionEndpoints/{name}",
            },
            "privateEndpointConnections": [],
        }

    def written_id(self, record: Record) -> str:
        """This provider writes `resourcegroups` and its own name in small letters (see the examples of its specification)."""
        return t.cast(str, record["id"]).replace("/resourceGroups/", "/resourcegroups/").replace("Microsoft.Monitor", "microsoft.monitor")


engine.register(LogWorkspaces())
engine.register(MonitorWorkspaces())


# The keys are read with a POST: nothing changes.
@operation(
    "POST",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}/sharedKeys",
    "SharedKeys_GetSharedKeys",
    versions=LOG_VERSIONS,
    verified="spec",
    source="learn.microsoft.com/rest/api/loganalytics/shared-keys",
    kind="workspaces",
    write=False,
)
def shared_keys(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    kind = engine.TYPES[LogWorkspaces.name.lower()]
    target = engine.target_of(kind, arm, request, subscription, group, [name])
    arm.authorize(request, f"{LogWorkspaces.name}/sharedKeys/action", target.id)
    record = engine.existing(kind, arm, target)
    keys = {f"{each}SharedKey": f"{uuid5(NAMESPACE_URL, record['customer_id'] + each)}==" for each in ("primary", "secondary")}
    return Reply.of_json(keys)
