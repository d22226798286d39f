# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Dashboards: the shared ones of the portal, and those of Grafana within Azure Monitor.

Properties: learn.microsoft.com/azure/templates/microsoft.portal/dashboards and …/microsoft.dashboard/dashboards.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.rules import Keyed, Leaf, Listed, Map
from ..bodies import at
from ..resource_type import ResourceType, body

NUMBER = Leaf(normal=normal.number)
# A part of text and a chart of metrics keep their settings at these places.
SETTINGS = Map({"content": Map({"settings": Map(other=Leaf()), "options": Map(other=Leaf())}, other=Leaf())}, other=Leaf())
POSITION = Map({"x": NUMBER, "y": NUMBER, "rowSpan": NUMBER, "colSpan": NUMBER}, other=Leaf())
METADATA = Map({"type": Leaf(), "inputs": Keyed("name", Map({"name": Leaf()}, other=Leaf())), "settings": SETTINGS}, other=Leaf())
PART = Map({"position": POSITION, "metadata": METADATA})


def _kind_of_part(part: t.Any) -> t.Any:
    return at(part, "/metadata/type")


LENS = Map({"order": NUMBER, "parts": Listed(PART, identity=_kind_of_part), "metadata": Leaf()})

# Its title is the tag `hidden-title`. Every version of this API is a preview; this is the one of the vendor's own SDK.
PORTAL_DASHBOARD = ResourceType(
    name="Microsoft.Portal/dashboards",
    kind="portal_dashboard",
    version="2020-09-01-preview",
    rule=body(Map({"lenses": Listed(LENS), "metadata": Map({"model": Map(other=Leaf())}, other=Leaf())})),
    name_pattern=r"[A-Za-z0-9-]{3,64}",
    name_rule="3 to 64 letters, digits and '-'",
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

ROWS = (PORTAL_DASHBOARD, DASHBOARD, DASHBOARD_DEFINITION)
