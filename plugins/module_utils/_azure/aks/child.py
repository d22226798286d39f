# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What belongs to a cluster and is a resource of its own: a node pool, a maintenance window."""

from __future__ import annotations

from ..._core.errors import CloudError
from ..._core.plan import Change, State
from ..arm import Arm
from ..bodies import as_declared, at
from ..place import Place
from ..resource_type import ResourceType
from ..resources import Resource
from . import states


class Child(Resource):
    """One of them. It is planned with its cluster; this carries out what was planned."""

    def __init__(self, arm: Arm, row: ResourceType, where: str, label: str) -> None:
        super().__init__(arm, row, lambda: self._place, {})
        self._place = Place(f"{where}/{label.rpartition('/')[2]}", label)
        self._kept: str | None = None

    def find(self) -> State | None:
        found = self._arm.find(f"read the {self._row.kind} {self._place.label}", self._place.path, self._row.version, self._row.sdk)
        return None if found is None else as_declared(found, {})

    def delete(self, change: Change) -> None:
        try:
            self._arm.finish(change.title, self._send(change, "DELETE", None))
        except CloudError as error:
            if error.status != 404:
                raise
        self._arm.settled(change.title, self._place.path, self._row.version, self._row.sdk)

    def write_pool(self, change: Change, kept: str | None) -> State:
        """Write a node pool. kept: a property that stays as the service has it, so it is not sent."""
        self._kept = kept
        found = as_declared(self.write(change), {})
        found["properties"]["orchestratorVersion"] = at(found, "/properties/currentOrchestratorVersion")
        return found

    def _whole(self, change: Change) -> State:
        sent = super()._whole(change)
        if self._kept is not None or "vmSize" in sent["properties"]:
            sent["properties"] = {name: value for name, value in states.pool_sent(sent["properties"]).items() if name != self._kept}
        return sent
