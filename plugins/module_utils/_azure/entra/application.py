# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An application of a directory with its service principal and a client secret: one thing, one plan."""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from ..._core.apply import Step, Waves
from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY
from ..errors import CLOUD
from . import application_state as states
from .client_secret import STORED, ClientSecret
from .graph import Graph, text

PRINCIPALS = "/servicePrincipals"
INDEXED = 30.0  # seconds until a search finds what was made, as far as users tell


class Application(Reconciler):
    """The options of `entra_application` as a declared application."""

    kind = Kind(CLOUD, "entra_application", states.RULE, outputs=(*states.OUTPUTS, *states.SECRET_OUTPUTS), id_field="app_id")
    identity = ("app_id",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = host.params
        self._params = params
        self._present: bool = params["state"] == "present"
        self._label: str = (params["display_name"] or "").strip() or params["app_id"]
        self._graph = Graph.of(host, traffic)
        self._secret = ClientSecret(host, traffic, self._graph) if params["client_secret_in_vault"] and self._present else None
        self._raw: dict[str, t.Any] = {}
        self._fresh = False

    def want(self) -> dict[str, State | None]:
        if not self._present:
            return {self._label: None}
        state = states.declared(self._params)
        states.check_uris(state)
        return {self._label: {**state, **({"secret": STORED} if self._secret else {})}}

    # --- reading -------------------------------------------------------------------

    def read(self) -> dict[str, State]:
        self._raw = self._find() or {}
        if not self._raw:
            return {}
        state = states.present(self._raw)
        if not self._present:
            return {self._label: state}
        state |= self._principal(self._raw["appId"])
        return {self._label: state | (self._secret.look(self._raw) if self._secret else {})}

    def _find(self) -> dict[str, t.Any] | None:
        app_id, name = self._params["app_id"], (self._params["display_name"] or "").strip()
        what = f"look for the application {self._label}"
        if app_id:
            found = self._graph.all(what, "/applications", **{"$filter": f"appId eq {text(app_id)}"})
            if not found and self._present:
                raise PlanError(
                    f"there is no application {app_id} in this tenant; the directory chooses ids itself",
                    code="no_application",
                    cloud=CLOUD,
                    hint="Check app_id and tenant, or leave app_id out: the application is then found or made by its display_name",
                )
            return found[0] if found else None
        listed = self._graph.all(what, "/applications", **{"$filter": f"displayName eq {text(name)}"})
        # The directory compares names without case, and several applications may have the same one.
        found = [each for each in listed if each["displayName"] == name] or listed
        if len(found) > 1:
            ids = ", ".join(sorted(str(each["appId"]) for each in found))
            raise PlanError(
                f"{len(found)} applications have the display name {name}: {ids}",
                code="ambiguous",
                cloud=CLOUD,
                hint="Give app_id of the one that is meant",
            )
        return found[0] if found else None

    def _principal(self, app_id: str) -> State:
        what = f"look for the service principal of {self._label}"
        found = self._graph.all(what, PRINCIPALS, **{"$filter": f"appId eq {text(app_id)}"})
        if not found:
            return {"service_principal": False}
        return {
            "service_principal": True,
            "service_principal_id": found[0]["id"],
            "assignment_required": bool(found[0].get("appRoleAssignmentRequired")),
        }

    # --- planning ------------------------------------------------------------------

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        wanted = want[self._label]
        if wanted is not None and not have:
            wanted = {"sign_in_audience": states.DEFAULT_AUDIENCE, **wanted}
        return [self._with_outputs(change) for change in super().plan(have, {self._label: wanted})]

    def _with_outputs(self, change: Change) -> Change:
        """Only what this task brings about is known after apply."""
        if change.after is None:
            return change
        made = change.action == "create"
        after = {**change.after}
        if not self._secret:
            after = {name: value for name, value in after.items() if name not in states.SECRET_OUTPUTS}
        elif made or change.touches("secret"):
            after |= dict.fromkeys(states.SECRET_OUTPUTS, KNOWN_AFTER_APPLY)
        if not after.get("service_principal"):
            after.pop("service_principal_id", None)
        elif made or change.touches("service_principal"):
            after["service_principal_id"] = KNOWN_AFTER_APPLY
        return replace(change, after=after)

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        """An address that is declared for one platform may stand under another one that is not declared."""
        for change in plan:
            if change.after is not None:
                states.check_uris(change.after)

    # --- writing -------------------------------------------------------------------

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[step] for change in plan for step in self._steps(change)]

    def _steps(self, change: Change) -> t.Iterator[Step]:
        name, after = self._label, change.after or {}
        if change.action == "delete":
            yield Step(change.title, self._delete)
            return
        touched = [field for field in states.PROPERTIES if change.touches(field)]
        if change.action == "create":
            yield Step(change.title, functools.partial(self._create, change.title, states.wire(after, touched, {})))
        elif touched:
            body = states.wire(after, touched, self._raw)
            yield Step(change.title, functools.partial(self._patch, change.title, f"/applications/{self._raw['id']}", body))
        principal = (change.before or {}).get("service_principal_id")
        settings = {"appRoleAssignmentRequired": after.get("assignment_required", False)}
        if change.touches("service_principal"):
            if after["service_principal"]:
                what = f"create the service principal of {name}"
                yield Step(what, functools.partial(self._create_principal, what, settings))
            elif principal:
                what = f"delete the service principal of {name}"
                yield Step(what, functools.partial(self._remove, what, f"{PRINCIPALS}/{principal}"))
        elif change.touches("assignment_required"):
            what = f"change the service principal of {name}"
            yield Step(what, functools.partial(self._patch, what, f"{PRINCIPALS}/{principal}", settings))
        if change.touches("secret") and self._secret:
            yield Step(f"make a client secret of {name} and store it as {self._secret.name}", self._make_secret)

    def _create(self, title: str, body: State) -> dict[str, State]:
        try:
            self._raw = self._graph.write(title, "POST", "/applications", body)
        except CloudError as error:
            if error.executed is not None:
                raise
            self._raw = self._made_after_all(title, error)
        self._fresh = True
        key = self._raw["id"]
        # A run right after this one looks by name: not found yet, it would make a second one.
        self._graph.wait_until(title, lambda: self._graph.is_there(title, f"/applications/{key}"), bool)
        query = {"$filter": f"displayName eq {text(self._raw['displayName'])}", "$select": "id"}
        self._graph.wait_until(
            title,
            lambda: self._graph.all(title, "/applications", **query),
            lambda found: any(each["id"] == key for each in found),
        )
        return {self._label: {"id": key, "app_id": self._raw["appId"]}}

    def _made_after_all(self, title: str, error: CloudError) -> dict[str, t.Any]:
        """The answer was lost: the application may be there all the same, and then a second one must not be made."""
        try:
            return t.cast("dict[str, t.Any]", self._graph.wait_until(title, self._find, bool, within=INDEXED))
        except CloudError as late:
            raise (error if late.code == "timeout" else late) from None

    def _create_principal(self, what: str, settings: State) -> dict[str, State]:
        body = {"appId": self._raw["appId"], **settings}
        made = self._graph.write(what, "POST", PRINCIPALS, body, fresh=self._fresh)
        query = {"$filter": f"appId eq {text(self._raw['appId'])}", "$select": "id"}
        self._graph.wait_until(what, lambda: self._graph.all(what, PRINCIPALS, **query), bool)
        return {self._label: {"service_principal_id": made["id"]}}

    def _patch(self, what: str, path: str, body: State) -> None:
        self._graph.write(what, "PATCH", path, body)

    def _make_secret(self) -> dict[str, State]:
        if self._secret is None:
            return {}
        keys = self._raw.get("passwordCredentials") or ()
        return {self._label: self._secret.make(self._raw["id"], self._raw["appId"], keys, fresh=self._fresh)}

    def _delete(self) -> None:
        self._remove(f"delete the application {self._label}", f"/applications/{self._raw['id']}")

    def _remove(self, what: str, path: str) -> None:
        try:
            self._graph.write(what, "DELETE", path)
        except CloudError as error:
            if error.status != 404:
                raise

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._label) or {}
        return {"application": {name: value for name, value in state.items() if name != "secret"}}
