# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.Insights: data collection endpoints, rules, and what associates a resource with a rule.

Properties: learn.microsoft.com/azure/templates/microsoft.insights/datacollectionrules and its neighbours.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Listed, Map
from ..bodies import at
from ..resource_type import WORD, ResourceType, body, once_set

VERSION = "2023-03-11"
TEXTS = Leaf(normal=normal.set_of())
SCALARS = Map(other=Leaf())
ARM_ID = Leaf(normal=normal.arm_id)
IDENTITY = Map({"type": WORD}, other=Leaf(create_only=True))

ENDPOINT = ResourceType(
    name="Microsoft.Insights/dataCollectionEndpoints",
    kind="data_collection_endpoint",
    version=VERSION,
    rule=body(
        Map({"description": Leaf(), "networkAcls": Map({"publicNetworkAccess": Leaf(normal=normal.folded, absent="Enabled")})}),
        kind=WORD,
        identity=IDENTITY,
    ),
    outputs=("/properties/immutableId", "/properties/configurationAccess", "/properties/logsIngestion", "/properties/metricsIngestion"),
    name_pattern=r"[A-Za-z0-9][\w-]{1,42}[A-Za-z0-9]",
    name_rule="3 to 44 letters, digits, '-' and '_', a letter or digit first and last",
)

# Container insights says what it collects in here.
SETTINGS = Map({"dataCollectionSettings": Map({"namespaces": TEXTS, "streams": TEXTS}, other=Leaf())}, other=Leaf())
SOURCE = Map({"name": Leaf(), "streams": TEXTS, "labelIncludeFilter": SCALARS, "extensionSettings": SETTINGS}, other=TEXTS)
SOURCES = Map({"dataImports": SCALARS}, other=Keyed("name", SOURCE))
DESTINATION = Map({"name": Leaf(), "workspaceResourceId": ARM_ID, "accountResourceId": ARM_ID}, other=Leaf())
DESTINATIONS = Map({"azureMonitorMetrics": SCALARS}, other=Keyed("name", DESTINATION))


def _streams(flow: t.Any) -> t.Any:
    """Flows have no names: what flows tells them apart."""
    return normal.set_of()(flow.get("streams"))


FLOWS = Listed(Map({"streams": TEXTS, "destinations": TEXTS}, other=Leaf()), identity=_streams)


def _lost_destinations(declared: State) -> t.Iterator[str]:
    """A flow names its destinations, which stand in the same body."""
    known: set[t.Any] = set()
    for items in (at(declared, "/properties/destinations") or {}).values():
        known |= {each.get("name") for each in (items if isinstance(items, list) else [items])}
    for place, flow in enumerate(at(declared, "/properties/dataFlows") or ()):
        lost = [name for name in flow.get("destinations") or () if name not in known]
        if known and lost:
            yield f"/properties/dataFlows/{place} flows to {lost[0]}, which is none of the destinations"


RULE = ResourceType(
    name="Microsoft.Insights/dataCollectionRules",
    kind="data_collection_rule",
    version=VERSION,
    rule=body(
        Map(
            {
                "description": Leaf(),
                "dataCollectionEndpointId": ARM_ID,
                "streamDeclarations": Map(other=Map({"columns": Keyed("name", Map({"name": Leaf(), "type": WORD}))})),
                "dataSources": SOURCES,
                "destinations": DESTINATIONS,
                "dataFlows": FLOWS,
                "agentSettings": SCALARS,
                "references": SCALARS,
            }
        ),
        kind=Leaf(normal=normal.folded, immutable=once_set),
        identity=IDENTITY,
    ),
    outputs=("/properties/immutableId",),
    name_pattern=r"[A-Za-z0-9][\w-]{1,62}[A-Za-z0-9]",
    name_rule="3 to 64 letters, digits, '-' and '_', a letter or digit first and last",
    objections=_lost_destinations,
)


def _one_target(declared: State) -> t.Iterator[str]:
    given = [name for name in ("dataCollectionRuleId", "dataCollectionEndpointId") if at(declared, f"/properties/{name}")]
    if len(given) != 1:
        yield "it needs either /properties/dataCollectionRuleId or /properties/dataCollectionEndpointId"


# With a rule it may have any name; with an endpoint it is named configurationAccessEndpoint.
ASSOCIATION = ResourceType(
    name="Microsoft.Insights/dataCollectionRuleAssociations",
    kind="data_collection_rule_association",
    version=VERSION,
    rule=body(Map({"dataCollectionRuleId": ARM_ID, "dataCollectionEndpointId": ARM_ID, "description": Leaf()}), tracked=False),
    name_pattern=r"[^/]{1,260}",
    objections=_one_target,
)

ROWS = (ENDPOINT, RULE, ASSOCIATION)
