# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a cluster holds: objects by resource, the one counter of all versions, and what has happened for those who watch."""

from __future__ import annotations

import copy
import typing as t
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.clouds.kubernetes.errors import Json

KEPT_EVENTS = 4000


@dataclass(frozen=True)
class Event:
    """Something that has happened to an object. `before`: as it was, for those whose selector it leaves or enters."""

    version: int
    type: str  # ADDED, MODIFIED, DELETED
    qualified: str
    object: Json
    before: Json | None


class Store:
    """Objects of one cluster, over its part of the state. An object that was put in is never changed in place."""

    def __init__(self, data: Json) -> None:
        self.data = data  # {"version": int, "objects": {"deployments.apps": {"namespace/name": object}}}
        self.events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self.oldest = self.version  # what happened before this is not known any more
        self.leaving = True  # whether something was deleted or waits to be, since garbage was last collected
        self._changed: dict[str, int] = {}

    @property
    def version(self) -> int:
        return int(self.data["version"])

    def changed(self, qualified: str) -> int:
        """At which version a resource was last written to: while it stays, nothing of it has changed."""
        return self._changed.get(qualified, 0)

    def next_version(self) -> int:
        self.data["version"] += 1
        return self.version

    def of(self, qualified: str) -> dict[str, Json]:
        return t.cast("dict[str, Json]", self.data["objects"].get(qualified, {}))

    def get(self, qualified: str, namespace: str | None, name: str) -> Json | None:
        return self.of(qualified).get(key(namespace, name))

    def all(self, qualified: str, namespace: str | None = None) -> list[Json]:
        """In the order of namespace and name, as a database with sorted keys gives them."""
        kept = self.of(qualified)
        prefix = f"{namespace}/" if namespace else ""
        return [kept[each] for each in sorted(kept) if each.startswith(prefix)]

    def put(self, qualified: str, fresh: Json) -> Json:
        """Keep an object, with a version of its own."""
        meta = fresh["metadata"]
        place = key(meta.get("namespace"), meta["name"])
        before = self.of(qualified).get(place)
        meta["resourceVersion"] = str(self.next_version())
        self.data["objects"].setdefault(qualified, {})[place] = fresh
        self._happened("MODIFIED" if before else "ADDED", qualified, fresh, before)
        return fresh

    def remove(self, qualified: str, kept: Json) -> Json:
        """Take an object away. What is told of it carries the version at which it went."""
        meta = kept["metadata"]
        del self.data["objects"][qualified][key(meta.get("namespace"), meta["name"])]
        last = copy.deepcopy(kept)
        last["metadata"]["resourceVersion"] = str(self.next_version())
        self._happened("DELETED", qualified, last, kept)
        return last

    def everything(self) -> Iterator[tuple[str, Json]]:
        for qualified, kept in list(self.data["objects"].items()):
            for each in list(kept.values()):
                yield qualified, each

    def since(self, version: int) -> list[Event]:
        """What has happened after this version."""
        found = []
        for event in reversed(self.events):
            if event.version <= version:
                break
            found.append(event)
        return found[::-1]

    def knows(self, version: int) -> bool:
        """Whether nothing that happened after this version has been forgotten."""
        return self.oldest <= version <= self.version

    def _happened(self, what: str, qualified: str, about: Json, before: Json | None) -> None:
        if len(self.events) == KEPT_EVENTS:
            self.oldest = self.events[0].version
        self._changed[qualified] = self.version
        self.leaving = (
            self.leaving
            or what == "DELETED"
            or bool(about["metadata"].get("deletionTimestamp") or about["metadata"].get("ownerReferences"))
        )
        self.events.append(Event(self.version, what, qualified, about, before))


def key(namespace: str | None, name: str) -> str:
    return f"{namespace or ''}/{name}"
