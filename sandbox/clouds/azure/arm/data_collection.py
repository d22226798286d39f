# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Insights: data collection endpoints, rules, and their associations with any resource."""

from __future__ import annotations

import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, page, refuse
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

VERSIONS = ("2021-09-01-preview", "2022-06-01", "2023-03-11", "2024-03-11")
SOURCE = "learn.microsoft.com/rest/api/monitor"


def _identifier(prefix: str, record: Record) -> str:
    return f"{prefix}-{uuid5(NAMESPACE_URL, record['id'].lower()).hex}"


class Collection(ResourceType):
    """What the three have in common."""

    versions = VERSIONS
    invalid = "InvalidPayload"
    created_status = 200
    shows_state = True
    shows_system_data = True

    def render(self, arm: Arm, record: Record) -> Body:
        tag = uuid5(NAMESPACE_URL, f"{record['id']}{record['changed']}")
        return super().render(arm, record) | {"etag": f'"{tag}"'}

    def lost(self, arm: Arm, identifier: t.Any, kind: str) -> bool:
        found = arm.data["resources"].get(str(identifier).lower())
        return found is None or found["type"] != kind


class Endpoints(Collection):
    name = "Microsoft.Insights/dataCollectionEndpoints"
    operations = "DataCollectionEndpoints"
    source = f"{SOURCE}/data-collection-endpoints"
    fields = (
        Field("kind", one_of=("Linux", "Windows")),
        Field("identity", kind=dict),
        Field("properties/description"),
        Field("properties/networkAcls/publicNetworkAccess", one_of=("Enabled", "Disabled", "SecuredByPerimeter"), default="Enabled"),
        Field("properties/immutableId", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9][\w-]{1,42}[A-Za-z0-9]"

    def extra(self, arm: Arm, record: Record) -> Body:
        host = f"{record['name'].lower()}-{_identifier('', record)[1:5]}.{record['body']['location']}-1"
        return {
            "immutableId": _identifier("dce", record),
            "configurationAccess": {"endpoint": f"https://{host}.handler.control.monitor.azure.com"},
            "logsIngestion": {"endpoint": f"https://{host}.ingest.monitor.azure.com"},
            "metricsIngestion": {"endpoint": f"https://{host}.metrics.ingest.monitor.azure.com"},
        }


class Rules(Collection):
    name = "Microsoft.Insights/dataCollectionRules"
    operations = "DataCollectionRules"
    source = f"{SOURCE}/data-collection-rules"
    fields = (
        Field("kind", one_of=("Linux", "Windows", "AgentDirectToStore", "WorkspaceTransforms", "Direct"), immutable=True),
        Field("identity", kind=dict),
        Field("properties/description"),
        Field("properties/dataCollectionEndpointId"),
        Field("properties/streamDeclarations", kind=dict),
        Field("properties/dataSources", kind=dict, default={}),
        Field("properties/destinations", kind=dict, required=True),
        Field("properties/dataFlows", kind=list, required=True),
        Field("properties/agentSettings", kind=dict),
        Field("properties/references", kind=dict),
        Field("properties/immutableId", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9][\w-]{1,62}[A-Za-z0-9]"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        endpoint = properties.get("dataCollectionEndpointId")
        if endpoint and self.lost(arm, endpoint, Endpoints.name):
            raise self._invalid(f"dataCollectionEndpointId '{endpoint}' does not name a data collection endpoint.")
        known = self._destinations(arm, properties["destinations"])
        streams = {each for items in properties["dataSources"].values() for source in items for each in self._streams(source)}
        for flow in properties["dataFlows"]:
            lost = [name for name in flow.get("destinations") or [""] if name not in known]
            if lost:
                raise self._invalid(f"destination '{lost[0]}' of a data flow is not declared.")
            strange = [name for name in flow.get("streams") or [""] if name not in streams and not name.startswith("Custom-")]
            if streams and strange:
                raise self._invalid(f"stream '{strange[0]}' of a data flow comes from no data source.")
        # Lists whose items have names, and those of streams, come back in another order than they were sent.
        for part in (properties["dataSources"], properties["destinations"]):
            for name, items in part.items():
                part[name] = list(reversed(items)) if isinstance(items, list) else items
        for flow in properties["dataFlows"]:
            flow["streams"] = list(reversed(flow["streams"]))
        return fresh

    def _streams(self, source: t.Any) -> list[str]:
        if not isinstance(source, dict) or not source.get("name") or not source.get("streams"):
            raise self._invalid("a data source needs a name and streams.")
        return t.cast("list[str]", source["streams"])

    def _destinations(self, arm: Arm, destinations: Body) -> set[str]:
        """The names of the destinations, which must be there. The service notes the ids by which it knows them itself."""
        kinds = (
            ("workspaceResourceId", "Microsoft.OperationalInsights/workspaces", "workspaceId"),
            ("accountResourceId", "Microsoft.Monitor/accounts", "accountId"),
        )
        names: list[str] = []
        for items in destinations.values():
            for each in items if isinstance(items, list) else [items]:
                names.append(str(each.get("name")))
                for field, kind, own in kinds:
                    if field in each:
                        if self.lost(arm, each[field], kind):
                            raise self._invalid(f"{field} '{each[field]}' does not name a {kind}.")
                        each[own] = str(uuid5(NAMESPACE_URL, each[field].lower()))
        if len(set(names)) != len(names):
            raise self._invalid("the names of destinations must be unique.")
        return set(names)

    def _invalid(self, text: str) -> Exception:
        return refuse(400, "InvalidPayload", f"Data collection rule is invalid: {text}")

    def extra(self, arm: Arm, record: Record) -> Body:
        return {"immutableId": _identifier("dcr", record)}


class Associations(Collection):
    name = "Microsoft.Insights/dataCollectionRuleAssociations"
    operations = "DataCollectionRuleAssociations"
    source = f"{SOURCE}/data-collection-rule-associations"
    verbs = ("GET", "PUT", "DELETE")
    tracked = False
    extension = True
    fields = (
        Field("properties/description"),
        Field("properties/dataCollectionRuleId"),
        Field("properties/dataCollectionEndpointId"),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[^/]{1,260}"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        rule, endpoint = (at(fresh, f"properties/{name}") for name in ("dataCollectionRuleId", "dataCollectionEndpointId"))
        if (rule is None) == (endpoint is None):
            raise refuse(400, "InvalidPayload", "An association needs either dataCollectionRuleId or dataCollectionEndpointId.")
        if (endpoint is not None) != (target.name == "configurationAccessEndpoint"):
            raise refuse(400, "InvalidPayload", "The association with an endpoint, and no other, is named configurationAccessEndpoint.")
        kind = Rules.name if rule else Endpoints.name
        if self.lost(arm, rule or endpoint, kind):
            raise refuse(400, "InvalidPayload", f"'{rule or endpoint}' does not name a {kind}.")
        # The rule's id comes back in small letters.
        part = "dataCollectionRuleId" if rule else "dataCollectionEndpointId"
        fresh["properties"][part] = fresh["properties"][part].lower()
        return fresh


ENDPOINTS, RULES, ASSOCIATIONS = (engine.register(kind()) for kind in (Endpoints, Rules, Associations))


@operation(
    "GET",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Insights/dataCollectionRules/{name}/associations",
    "DataCollectionRuleAssociations_ListByRule",
    versions=VERSIONS,
    verified="sdk",
    source=Associations.source,
    kind="dataCollectionRuleAssociations",
)
def associated(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    target = engine.target_of(RULES, arm, request, subscription, group, [name])
    arm.authorize(request, f"{Associations.name}/read", target.id)
    engine.existing(RULES, arm, target)
    every = [each for each in arm.data["resources"].values() if each["type"] == Associations.name]
    found = [each for each in every if at(each["body"], "properties/dataCollectionRuleId") == target.key]
    return page(request, [ASSOCIATIONS.render(arm, each) for each in found])
