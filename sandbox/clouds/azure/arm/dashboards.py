# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dashboards: the shared ones of the portal (Microsoft.Portal), and those of Grafana within Azure Monitor (Microsoft.Dashboard)."""

from __future__ import annotations

import json
import typing as t

from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.regions import display
from sandbox.clouds.azure.arm.rules import Body, Field
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SIDES = ("x", "y", "rowSpan", "colSpan")


class PortalDashboards(ResourceType):
    """Before 2020 lenses and their parts were objects with numbers as names; since then they are arrays."""

    name = "Microsoft.Portal/dashboards"
    operations = "Dashboards"
    versions = ("2020-09-01-preview",)
    source = "learn.microsoft.com/rest/api/portal/dashboards"
    fields = (Field("properties/lenses", kind=list, default=[]), Field("properties/metadata", kind=dict, default={}))
    name_pattern = r"[A-Za-z0-9-]{3,64}"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        fresh["properties"]["lenses"] = [_lens(each) for each in fresh["properties"]["lenses"]]
        return fresh


def _lens(sent: t.Any) -> Body:
    if not isinstance(sent, dict) or not isinstance(sent.get("order"), int) or not isinstance(sent.get("parts"), list):
        raise refuse(400, "InvalidRequestContent", "A lens needs an order and an array of parts.")
    return {**sent, "parts": [_part(each) for each in sent["parts"]]}


def _part(sent: t.Any) -> Body:
    position = sent.get("position") if isinstance(sent, dict) else None
    if not isinstance(position, dict) or any(
        isinstance(position.get(side), bool) or not isinstance(position.get(side), int) for side in SIDES
    ):
        raise refuse(400, "InvalidRequestContent", f"The position of a part needs {', '.join(SIDES)}, each of them a number.")
    metadata = sent.get("metadata") or {}
    if metadata and not metadata.get("type"):
        raise refuse(400, "InvalidRequestContent", "The metadata of a part needs a type.")
    # A part without inputs has an empty list of them.
    return {"position": position, "metadata": {"inputs": [], **metadata}}


class GrafanaDashboards(ResourceType):
    name = "Microsoft.Dashboard/dashboards"
    operations = "ManagedDashboards"
    versions = ("2025-08-01", "2025-09-01-preview")
    source = "azure-mgmt-dashboard 2.0.0"
    verified = "spec"
    fields = (Field("properties/provisioningState", read_only=True),)
    seconds = {"create": 0.2}
    lro = "body"
    shows_state = True
    shows_system_data = True

    def render(self, arm: Arm, record: Record) -> Body:
        """Regions are written as people read them, as in the examples of its SDK."""
        answer = super().render(arm, record)
        return answer | {"location": display(answer["location"])}


class DashboardDefinitions(ResourceType):
    """Known from templates that people publish: no document of the vendor describes it yet."""

    name = "Microsoft.Dashboard/dashboards/dashboardDefinitions"
    operations = "DashboardDefinitions"
    versions = ("2025-09-01-preview",)
    source = "templates of public repositories"
    verified = "assumed"
    verbs = ("GET", "PUT", "DELETE")
    tracked = False
    fields = (Field("properties/serializedData", required=True),)
    name_pattern = "default"

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        try:
            model = json.loads(fresh["properties"]["serializedData"])
        except ValueError:
            raise refuse(400, "BadRequest", "serializedData is no JSON document.") from None
        # The document is stored, not its text.
        fresh["properties"]["serializedData"] = json.dumps(model, sort_keys=True, indent=2)
        return fresh


for _kind in (PortalDashboards, GrafanaDashboards, DashboardDefinitions):
    engine.register(_kind())
