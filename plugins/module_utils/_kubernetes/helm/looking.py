# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Looking at a release and its history."""

from __future__ import annotations

import typing as t

from ..._core.host import Host
from ..._core.inspect import Inspector
from ..._core.plan import Kind, State, States
from ..._core.rules import Leaf, Map
from ..._core.traffic import Traffic
from ..client import Client
from ..errors import CLOUD
from .storage import UNINSTALLED, history


class History(Inspector):
    """The revisions of one release. Their values are not among what is shown: they hold secrets."""

    kind = Kind(CLOUD, "helm_release", Map(other=Leaf()))
    identity = ("aks_cluster_id",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, traffic)

    def read(self) -> dict[str, State]:
        found = history(self._client, self.host.params["namespace"], self.host.params["name"])
        return {str(each.number): each.as_json() for each in reversed(found)}

    def result(self, after: States) -> dict[str, t.Any]:
        revisions = list(after.values())
        last = revisions[0] if revisions else None
        gone = last is None or last["status"] == UNINSTALLED
        facts = ("revision", "status", "chart", "version", "app_version")
        shown = {"name": self.host.params["name"], "namespace": self.host.params["namespace"]}
        return {"release": None if gone or last is None else {**shown, **{name: last[name] for name in facts}}, "history": revisions}
