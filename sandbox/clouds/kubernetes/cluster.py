# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One cluster: its objects, its controllers, and how both are written to from inside the sandbox."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from sandbox.clouds.kubernetes import built_in, custom, deleting, registry, writing
from sandbox.clouds.kubernetes.errors import Json, no_such_path
from sandbox.clouds.kubernetes.nodes import ANY, Node
from sandbox.clouds.kubernetes.resources import BUILT_IN, Resource
from sandbox.clouds.kubernetes.selectors import labels_fit, object_fits
from sandbox.clouds.kubernetes.store import Store
from sandbox.clouds.kubernetes.writing import Change
from sandbox.http import Refusal

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.api import Api

ROUNDS = 30  # controllers wake each other; after so many rounds the rest waits for the next call


class Cluster:
    """A Kubernetes cluster by its AKS record.

    What `get` and `list` give belongs to the cluster: copy it before you change it. `data` is the cluster's part of the state; controllers
    keep what they need to remember in `memory(name)`.
    """

    def __init__(self, api: Api, id: str, data: Json) -> None:
        self.api, self.id, self.data = api, id, data
        self.store = Store(data)
        self.controllers: list[registry.Controller] = [make() for make in registry.CONTROLLERS]
        self.admission: list[registry.Admission] = list(registry.ADMISSION)
        self.alive = True  # False when the cluster is gone, for those who still watch it
        self._settling = False
        self._known: tuple[int, dict[tuple[str, str], Resource]] = (-1, {})
        self._nodes: dict[tuple[str, str], tuple[t.Any, Node]] = {}

    # --- the AKS side -----------------------------------------------------------------

    @property
    def record(self) -> Json:
        """The AKS record as Azure's resource manager keeps it: id, fqdn, version, issuer, body."""
        return t.cast(Json, self.api.azure.arm.data["resources"][self.id])

    @property
    def version(self) -> str:
        """`1.35.1`."""
        return str(self.record["version"])

    def admin_credentials(self) -> tuple[str, str, str]:
        """The static administrator: token, client certificate and its key (PEM)."""
        kept = self.data["credentials"]
        if "certificate" not in kept:
            kept["certificate"], kept["key"] = self.api.cloud.world.authority.client("masterclient", "system:masters", self.data["uid"])
        return kept["token"], kept["certificate"], kept["key"]

    def memory(self, name: str) -> Json:
        """A controller's own part of the state."""
        return t.cast(Json, self.data["memory"].setdefault(name, {}))

    # --- what is served ----------------------------------------------------------------

    @property
    def resources(self) -> Mapping[tuple[str, str], Resource]:
        """What is served, by group/version and plural name."""
        changed = self.store.changed(custom.DEFINITIONS)
        if self._known[0] != changed:
            definitions = self.store.all(custom.DEFINITIONS)
            found = {(each.gv, each.plural): each for definition in definitions for each in custom.resources_of(definition)}
            self._known = (changed, {**BUILT_IN, **found})
        return self._known[1]

    def resource(self, gv: str, plural: str) -> Resource:
        """Refuses (404) what is not served."""
        found = self.resources.get((gv, plural))
        if found is None:
            raise no_such_path()
        return found

    def resource_of(self, gv: str, kind: str) -> Resource | None:
        return next((each for each in self.resources.values() if each.gv == gv and each.kind == kind), None)

    def node(self, resource: Resource) -> Node:
        """The structure of the objects of a resource."""
        if not resource.custom:
            return built_in.node_of(resource, self.version) or ANY
        kept = self._nodes.get((resource.gv, resource.plural))
        if kept is None or kept[0] is not resource.definition:
            kept = (resource.definition, custom.node_of(resource))
            self._nodes[resource.gv, resource.plural] = kept
        return kept[1]

    # --- for controllers and tests -----------------------------------------------------

    def get(self, gv: str, plural: str, namespace: str | None, name: str) -> Json | None:
        resource = self.resources.get((gv, plural))
        found = self.store.get(resource.qualified, namespace, name) if resource else None
        return self.shown(resource, found) if resource and found else None

    def list(self, gv: str, plural: str, namespace: str | None = None, labels: str | Json | None = None) -> list[Json]:
        """`labels`: a selector as text, or a LabelSelector object. Nothing when the resource is not served."""
        resource = self.resources.get((gv, plural))
        if resource is None:
            return []
        found = [self.shown(resource, each) for each in self.store.all(resource.qualified, namespace)]
        if labels is None:
            return found
        if isinstance(labels, str):
            return [each for each in found if labels_fit(labels, each["metadata"].get("labels"))]
        return [each for each in found if object_fits(labels, each["metadata"].get("labels"))]

    def write(self, gv: str, plural: str, object: Json, *, manager: str, subresource: str | None = None) -> Json:
        """Create an object, or replace it; nothing happens when nothing changes. Returns it as it is kept.

        `subresource` (status, scale) writes only that part. Raises ApiError where the server refuses.
        """
        resource = self.resource(gv, plural)
        meta = object["metadata"]
        live = self.store.get(resource.qualified, meta.get("namespace"), meta["name"]) if meta.get("name") else None
        change = Change(manager, subresource=subresource or "", inside=True)
        if live is None:
            return self.shown(resource, writing.create(self, resource, object, change))
        return self.shown(resource, writing.replace(self, resource, self.shown(resource, live), object, change))

    def delete(self, gv: str, plural: str, namespace: str | None, name: str, *, propagation: str = "Background") -> None:
        """As a client deletes: finalizers keep it, what it owns goes with it. Nothing happens when it is not there."""
        resource = self.resource(gv, plural)
        live = self.store.get(resource.qualified, namespace, name)
        if live is not None:
            deleting.delete(self, resource, live, propagation=propagation)

    def settle(self, now: float) -> None:
        """Let the controllers do what is due, until none has anything left to do."""
        if self._settling:
            return
        self._settling = True
        try:
            for _ in range(ROUNDS):
                before = self.store.version
                deleting.collect(self)
                for controller in self.controllers:
                    self._let_work(controller, now)
                if self.store.version == before:
                    break
        finally:
            self._settling = False

    def _let_work(self, controller: registry.Controller, now: float) -> None:
        """A controller that is refused tries again later, as in reality: whoever calls just now has nothing to do with it."""
        try:
            controller.reconcile(self, now)
        except Refusal as refusal:
            print(f"sandbox: {type(controller).__name__} in {self.id.rpartition('/')[2]}: {refusal}", flush=True)

    def shown(self, resource: Resource, kept: Json) -> Json:
        """An object in the version that was asked for: versions of custom resources differ in nothing but their name here."""
        return kept if kept.get("apiVersion") == resource.gv else {**kept, "apiVersion": resource.gv}
