# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster as its controllers see it: reading, and writes that are left out when they change nothing."""

from __future__ import annotations

import contextlib
import math
import traceback
import typing as t
from collections.abc import Callable
from copy import deepcopy

from sandbox.clouds.kubernetes.controllers.things import (
    EVENTS,
    Kind,
    Thing,
    controller_of,
    digest,
    leaving,
    name_of,
    namespace_of,
    qualified,
    stamp,
    uid_of,
)
from sandbox.clouds.kubernetes.errors import ApiError

if t.TYPE_CHECKING:
    from sandbox.clouds.azure import Azure
    from sandbox.clouds.kubernetes.cluster import Cluster

MANAGER = "kube-controller-manager"
AGAIN = 1.0  # seconds until a refused write is tried again


class Desk:
    """One round of controllers over a cluster. What is read here is not to be changed in place."""

    def __init__(self, cluster: Cluster, now: float) -> None:
        self.cluster = cluster
        self.now = now
        self.due = math.inf  # when something is to happen although nobody writes
        self._owned: dict[Kind, tuple[int, dict[str, list[Thing]]]] = {}

    # --- reading -----------------------------------------------------------

    def all(self, kind: Kind, namespace: str | None = None) -> list[Thing]:
        return self.cluster.list(*kind, namespace)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Thing | None:
        return self.cluster.get(*kind, namespace, name)

    def owned(self, kind: Kind, owner: Thing) -> list[Thing]:
        """What a controller answers for, in the order of names."""
        version = self.cluster.store.changed(qualified(kind))
        if self._owned.get(kind, (-1, {}))[0] != version:
            found: dict[str, list[Thing]] = {}
            for each in self.all(kind):
                reference = controller_of(each)
                if reference:
                    found.setdefault(reference["uid"], []).append(each)
            self._owned[kind] = (version, found)
        return list(self._owned[kind][1].get(uid_of(owner), ()))

    def each(self, kind: Kind, sync: Callable[[Desk, Thing], object]) -> None:
        """Let a controller look at every object of a kind. What the API server refuses is tried again, and keeps nobody else."""
        for thing in self.all(kind):
            if not leaving(thing):
                self.attempt(sync, thing)

    def attempt(self, what: Callable[..., object], *things: Thing) -> None:
        """What a controller does is its own: a refusal goes into the log, and so does what it stumbles over; then it comes again."""
        try:
            what(self, *things)
        except ApiError as refused:
            print(f"sandbox: a controller could not write: {refused}", flush=True)
            self.wake(self.now + AGAIN)
        except Exception:  # as in reality: what one controller makes of an odd object is no reason to serve nobody any more
            print(f"sandbox: a controller failed at {[name_of(each) for each in things]}", flush=True)
            traceback.print_exc()
            self.wake(self.now + AGAIN)

    # --- writing -----------------------------------------------------------

    def write(self, kind: Kind, thing: Thing, manager: str = MANAGER) -> Thing:
        return self.cluster.write(*kind, thing, manager=manager)

    def _live(self, kind: Kind, thing: Thing) -> Thing | None:
        """A thing as it is now; None when it has gone meanwhile, or another one has taken its name."""
        found = self.get(kind, namespace_of(thing) or None, name_of(thing))
        return found if found and uid_of(found) == uid_of(thing) else None

    def change(self, kind: Kind, thing: Thing, manager: str = MANAGER, **fields: t.Any) -> Thing:
        """Write other values of top-level fields, if they are other values. An empty one is the same as none: the server keeps neither."""
        live = self._live(kind, thing)
        if live is None or all((live.get(name) or None) == (value or None) for name, value in fields.items()):
            return live or thing
        return self.write(kind, deepcopy(live) | deepcopy(fields), manager)

    def annotate(self, kind: Kind, thing: Thing, manager: str = MANAGER, **annotations: str) -> Thing:
        live = self._live(kind, thing) or thing
        known = live["metadata"].get("annotations") or {}
        return self.change(kind, live, manager, metadata=live["metadata"] | {"annotations": known | annotations})

    def status(self, kind: Kind, thing: Thing, status: Thing, manager: str = MANAGER) -> Thing:
        live = self._live(kind, thing)
        if live is None or live.get("status") == status:
            return live or thing
        return self.cluster.write(*kind, deepcopy(live) | {"status": deepcopy(status)}, manager=manager, subresource="status")

    def scale(self, kind: Kind, thing: Thing, replicas: int, manager: str = MANAGER) -> Thing:
        live = self._live(kind, thing)
        if live is None:
            return thing
        fresh = deepcopy(live) | {"spec": deepcopy(live["spec"]) | {"replicas": replicas}}
        return self.cluster.write(*kind, fresh, manager=manager, subresource="scale")

    def delete(self, kind: Kind, thing: Thing) -> None:
        self.cluster.delete(*kind, namespace_of(thing) or None, name_of(thing))

    def event(self, thing: Thing, reason: str, message: str, component: str, *, warning: bool = False) -> None:
        """Say something of a thing: once, however often it is found again."""
        mark = digest(uid_of(thing), reason, message)[:16]
        name, namespace = f"{name_of(thing)[:230]}.{mark}", namespace_of(thing) or "default"
        if self.get(EVENTS, namespace, name):
            return
        about = {"apiVersion": thing["apiVersion"], "kind": thing["kind"], "name": name_of(thing), "uid": uid_of(thing)}
        about |= {"namespace": namespace_of(thing)} if namespace_of(thing) else {}
        event: Thing = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": namespace}}
        event |= {"involvedObject": about, "type": "Warning" if warning else "Normal", "reason": reason, "message": message[:1024]}
        event |= {"source": {"component": component}, "count": 1, "reportingComponent": component, "reportingInstance": ""}
        with contextlib.suppress(ApiError):  # in a namespace that is going nothing can be said any more
            self.write(EVENTS, event | {"firstTimestamp": stamp(self.now), "lastTimestamp": stamp(self.now)}, component)

    # --- time and memory ---------------------------------------------------

    def wake(self, moment: float) -> None:
        """Come again at that moment at the latest."""
        self.due = min(self.due, moment)

    def memory(self, name: str) -> dict[str, t.Any]:
        """What a controller keeps besides the objects; part of the state."""
        return self.cluster.memory(name)

    def seconds(self, operation: str, usual: float) -> float:
        return self.cluster.api.seconds(operation, usual)

    # --- Azure -------------------------------------------------------------

    @property
    def azure(self) -> Azure:
        return self.cluster.api.azure

    @property
    def record(self) -> Thing:
        """The cluster as Resource Manager keeps it."""
        return self.cluster.record
