# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Objects as they are, status included: what a playbook wants to know of a cluster."""

from __future__ import annotations

import typing as t

from .._core.apply import side_by_side
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Kind, State, States
from .._core.rules import Map
from .._core.traffic import Traffic
from .._core.wait import Wait
from .client import Client
from .discovery import Discovery
from .errors import CLOUD
from .names import Manifest
from .shape import NOISE, shown

Query = t.Mapping[str, t.Any]
PAUSE = 0.25


class ObjectsInfo(Inspector):
    """What is found for each query, in the order of the queries. What is not there, or is of a kind that is not, is not among it."""

    kind = Kind(CLOUD, "objects", Map())
    identity = ("aks_cluster_id",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, traffic)
        self._discovery = Discovery(self._client)
        self._found: list[list[Manifest]] = []  # by query

    def read(self) -> dict[str, State]:
        if self._client.is_there(self.host):
            self._found = self._awaited() if self.host.params["until"] and not self.host.check_mode else self._look()
        return {}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"objects": [_clean(each) for found in self._found for each in found]}

    # --- below -----------------------------------------------------------------

    def _look(self) -> list[list[Manifest]]:
        self._discovery.forget()  # what was not defined a moment ago may be now
        return side_by_side(self._answer, self.host.params["objects"])

    def _answer(self, query: Query) -> list[Manifest]:
        resource = self._discovery.find(query["api_version"], query["kind"])
        if resource is None:
            return []
        name, space = query["name"], query["namespace"]
        if name and (space or not resource.namespaced):
            thing = self._client.find(f"read {query['kind']} {name}", resource.path(space, name))
            return [thing] if thing else []
        chosen = {"labelSelector": query["label_selector"], "fieldSelector": f"metadata.name={name}" if name else None}
        selectors = {selector: value for selector, value in chosen.items() if value}
        listed = self._client.list(f"list the objects of kind {query['kind']}", resource.path(space), **selectors)
        return [resource.item(each) for each in listed]

    def _awaited(self) -> list[list[Manifest]]:
        """Looks until each query has found something, and all of it has what is asked for. Raises CloudError `timeout`."""
        pointers, queries = self.host.params["until"], self.host.params["objects"]
        wait = Wait(float(self.host.params["wait_timeout"]), pause=PAUSE, tell=self.host.tell)

        def lacking(found: list[list[Manifest]]) -> list[str]:
            absent = [f"{_called(query)} is not there" for query, things in zip(queries, found, strict=True) if not things]
            there = (each for things in found for each in things)
            return absent + [f"{_name(each)} has no {pointer}" for each in there for pointer in pointers if _at(each, pointer) is None]

        what = "see " + ", ".join(_called(each) for each in queries[:3]) + f" with {', '.join(pointers)}"
        return wait.until(what, self._look, lambda found: not lacking(found), lambda found: "; ".join(lacking(found)[:3]), cloud=CLOUD)


def _called(query: Query) -> str:
    return f"{query['kind']} {query['name'] or ''}".strip()


def _name(thing: Manifest) -> str:
    return f"{thing.get('kind')} {(thing.get('metadata') or {}).get('name')}"


def _at(thing: t.Any, pointer: str) -> t.Any:
    """The value at a JSON pointer; None where there is none."""
    for step in pointer.removeprefix("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(thing, dict):
            thing = thing.get(key)
        elif isinstance(thing, list) and key.isdigit() and int(key) < len(thing):
            thing = thing[int(key)]
        else:
            return None
    return thing


def _clean(thing: Manifest) -> Manifest:
    """Without what managers note for themselves, and without what a Secret holds."""
    metadata = {key: value for key, value in (thing.get("metadata") or {}).items() if key != "managedFields"}
    if metadata.get("annotations"):
        metadata["annotations"] = {key: value for key, value in metadata["annotations"].items() if key not in NOISE}
    return t.cast("Manifest", shown({**thing, "metadata": metadata}))
