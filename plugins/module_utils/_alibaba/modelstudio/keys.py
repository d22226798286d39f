# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An API key of Model Studio, told apart by its description, with its value in an Azure key vault.

The value is shown when the key is made or reset, and never again: it goes straight into the vault.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from ..._azure.secrets import Secret, VaultSecrets
from ..._core.apply import Step, Waves
from ..._core.errors import CloudError, HybridCloudError, PlanError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map
from ..._core.traffic import Traffic
from ..._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from ..._core.wait import Wait
from ..credentials import CLOUD
from ..dashscope import HOSTS, REFUSED, DashScope, access, host_of
from . import auth
from .client import Answer, ModelStudio

PATH = "/modelstudio/apikeys"
STORED = "stored"
MOST = 200  # characters of a description
OUTPUTS = ("id", "workspace", "host", "secret_id", "secret_version")
RULE = Map(
    {
        "enabled": Leaf(),
        "auth": auth.RULE,
        "secret": Leaf(),
        "value": Leaf(secret=True, write_only=True),
        **{name: Leaf() for name in OUTPUTS},
    }
)


class ApiKey(Reconciler):
    """The options of dashscope_key as a declared key."""

    kind = Kind(CLOUD, "dashscope_key", RULE, outputs=OUTPUTS, id_field="id")
    identity = ("workspace",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = host.params
        self._params = params
        self._description: str = (params["description"] or "").strip()
        self._models: list[str] = params["models"] or []
        self._traffic = traffic
        self._studio = ModelStudio.of(host, traffic)
        self._vault = None if has_unknown(params["key_vault"]) or not params["key_vault"] else vault_of(host, traffic)
        self._wait = Wait(timeout=float(params["timeout"]), tell=host.tell)
        self._access: dict[str, str] = {}
        self._made = ""  # the id of a key made by this run
        self.rewrite = params["rotate"] == "always"

    def want(self) -> dict[str, State | None]:
        params = self._params
        if not 0 < len(self._description) <= MOST:
            raise PlanError(f"description: {len(self._description)} characters; it needs 1 to {MOST}", cloud=CLOUD)
        if params["state"] == "absent":
            return {self._description: None}
        state = {
            "enabled": params["enabled"],
            "auth": auth.declared(params["auth"]) if params["auth"] else None,
            "secret": STORED,
            # Only says that there will be another one; nobody knows it yet.
            "value": "another value" if self.rewrite else None,
        }
        return {self._description: {name: value for name, value in state.items() if value is not None}}

    def read(self) -> dict[str, State]:
        what = f"look for the API key {self._description}"
        listed = self._studio.all(
            what, "ListApiKeys", PATH, "apiKeys", description=self._description, workspaceId=self._params["workspace"]
        )
        # The service looks for a part of the description, in any case of letters.
        found = [each for each in listed if (each.get("description") or "").strip() == self._description]
        if len(found) > 1:
            raise PlanError(
                f"{len(found)} API keys have the description {self._description}: {', '.join(str(each['apiKeyId']) for each in found)}",
                code="ambiguous",
                cloud=CLOUD,
                hint="Give workspace, or delete those that nobody uses in the console of Model Studio",
            )
        return {self._description: self._state(found[0])} if found else {}

    def _state(self, key: Answer) -> State:
        state = {
            "id": str(key["apiKeyId"]),
            "workspace": key.get("workspaceId"),
            "host": host_of(self._params["region"], key.get("workspaceId")),
            "enabled": not key.get("disabled"),
            "auth": auth.present(key.get("auth")),
        }
        if self._params["state"] == "absent":
            return state
        kept = self._vault.read(self._params["secret_name"]) if self._vault else None
        state["secret"] = self._judge(kept, state)
        if kept and kept.version and self._vault:
            state |= {"secret_id": secret_id(self._vault, kept.name, kept.version), "secret_version": kept.version}
        return {**state, "value": "the present value"}

    def _judge(self, kept: Secret | None, state: State) -> str:
        """What the vault holds: `stored` when it is this key's value, as far as anybody can tell."""
        if kept is None or not kept.value:
            return "missing"
        owner = kept.tags.get("api_key_id")
        if owner and owner != state["id"]:
            return f"of API key {owner}"
        if state["enabled"] and self._models:
            self._access = access(DashScope(state["host"], kept.value, self._traffic), self._models)
            if REFUSED in self._access.values():
                return "refused"
        return STORED

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return [self._with_new_version(change) for change in super().plan(have, want)]

    def _with_new_version(self, change: Change) -> Change:
        """A reset gives the secret another version, which the vault names later."""
        if change.action != "update" or not change.touches("secret", "value"):
            return change
        return replace(change, after={**(change.after or {}), "secret_id": KNOWN_AFTER_APPLY, "secret_version": KNOWN_AFTER_APPLY})

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        key = have.get(self._description)
        resets = any(change.action == "update" and change.touches("secret") for change in plan)
        if key and resets and self._params["rotate"] == "never":
            raise PlanError(
                f"the API key {self._description} exists, but its secret {self._params['secret_name']} is {key['secret']}",
                code="secret_missing",
                cloud=CLOUD,
                hint="Its value cannot be read again. Set rotate: if_secret_missing to reset the key and store the new value; "
                "whoever still uses the old value is cut off then",
            )
        closed = sorted(model for model, found in self._access.items() if found not in ("available", REFUSED))
        if closed and not any(change.touches("auth", "enabled", "secret") for change in plan):
            raise _closed(self._description, {model: self._access[model] for model in closed})

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[step] for change in plan for step in self._steps(change)]

    def _steps(self, change: Change) -> t.Iterator[Step]:
        name, after = self._description, change.after or {}
        if change.action == "delete":
            yield Step(change.title, functools.partial(self._delete, change.title, str(change.id)))
            return
        if change.action == "create":
            yield Step(change.title, functools.partial(self._create, change.title, after))
            if after.get("enabled") is False:
                yield Step(f"disable the API key {name}", functools.partial(self._switch, None, False))
            return
        key = str(change.id)
        if change.touches("auth"):
            yield Step(f"change the rights of the API key {name}", functools.partial(self._allow, key, after["auth"]))
        if change.touches("enabled"):
            yield Step(
                f"{'enable' if after['enabled'] else 'disable'} the API key {name}", functools.partial(self._switch, key, after["enabled"])
            )
        if change.touches("secret", "value"):
            yield Step(f"reset the API key {name}", functools.partial(self._reset, key, after))

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._description)
        if state is None:
            return {"key": None}
        shown = {name: value for name, value in state.items() if name not in ("value", "secret")}
        # Known beforehand, except where each workspace has a host of its own.
        host = HOSTS.get(self._params["region"], shown.get("host"))
        return {"key": {"description": self._description, **shown, "host": host}}

    # --- writing -------------------------------------------------------------------

    def _create(self, title: str, after: State) -> dict[str, State]:
        query = {"workspaceId": self._params["workspace"], "description": self._description}
        form = auth.wire(after["auth"]) if after.get("auth") else None
        made = self._studio.call(title, "CreateApiKey", "POST", PATH, query=query, form=form)["apiKey"]
        self._made = str(made["apiKeyId"])
        try:
            outputs = self._store(self._made, made)
        except HybridCloudError as error:
            raise self._rolled_back(error) from error
        self._prove(made, after)
        return {self._description: outputs}

    def _rolled_back(self, error: HybridCloudError) -> HybridCloudError:
        """Nobody knows the value of the new key any more: it is deleted again. The error that says so."""
        name, code = self._params["secret_name"], error.failure["code"]
        try:
            self._delete(f"delete the API key {self._description} again", self._made)
        except HybridCloudError as second:
            end, hint = f"deleting it again failed too: {second}", f"Delete the key {self._made} in the console, or rerun with rotate"
        else:
            end, hint = "it was deleted again", "Once the vault takes secrets, run again"
        sentence = f"the new API key {self._description} could not be stored as {name}, {end}. The vault said: {error}"
        facts = {each: error.failure[each] for each in ("cloud", "status", "request_id", "retryable")}
        return HybridCloudError(sentence, code=code, hint=hint, **facts)

    def _reset(self, key: str, after: State) -> dict[str, State]:
        what = f"reset the API key {self._description}"
        fresh = self._put(what, "ResetApiKey", key, "/reset")["apiKey"]
        try:
            outputs = self._store(key, fresh)
        except HybridCloudError as error:
            facts = {each: error.failure[each] for each in ("cloud", "code", "status", "request_id", "retryable")}
            raise HybridCloudError(
                f"the API key {self._description} was reset, but its new value could not be stored: {error}",
                hint="The value in the vault works no more. Run again with rotate: always once the vault takes secrets",
                **facts,
            ) from error
        self._prove(fresh, after)
        return {self._description: outputs}

    def _store(self, key: str, made: Answer) -> State:
        """Put a value into the vault, marked with the key that it belongs to; returns what may be known of it."""
        if self._vault is None:
            raise PlanError("there is no key vault to keep the value", cloud=CLOUD)
        name, workspace = self._params["secret_name"], made.get("workspaceId")
        tags = {"source": "dashscope", "api_key_id": key}
        version = self._vault.write(name, made["apiKeyValue"], content_type="text/plain", tags=tags)
        host = host_of(self._params["region"], workspace)
        stored = {"secret_id": secret_id(self._vault, name, version), "secret_version": version}
        return {"id": key, "workspace": workspace, "host": host, **stored}

    def _prove(self, made: Answer, after: State) -> None:
        """See that a new value works: it may take a moment until it is known everywhere."""
        if not self._models or after.get("enabled") is False:
            return
        inference = DashScope(host_of(self._params["region"], made.get("workspaceId")), made["apiKeyValue"], self._traffic)
        seen = self._wait.until(
            f"use the API key {self._description}",
            lambda: access(inference, self._models),
            lambda found: REFUSED not in found.values(),
            lambda found: "the key is not accepted yet",
            cloud=CLOUD,
        )
        closed = {model: found for model, found in seen.items() if found != "available"}
        if closed:
            raise _closed(self._description, closed)

    def _allow(self, key: str, rights: State) -> None:
        self._put(f"change the rights of the API key {self._description}", "UpdateApiKey", key, form=auth.wire(rights))

    def _switch(self, key: str | None, enabled: bool) -> None:
        action, path = ("EnableApiKey", "/enable") if enabled else ("DisableApiKey", "/disable")
        self._put(f"{path[1:]} the API key {self._description}", action, key or self._made, path)

    def _put(self, what: str, action: str, key: str, below: str = "", form: dict[str, str] | None = None) -> Answer:
        return self._studio.call(what, action, "PUT", f"{PATH}/{key}{below}", form=form)

    def _delete(self, what: str, key: str) -> None:
        try:
            self._studio.call(what, "DeleteApiKey", "DELETE", f"{PATH}/{key}")
        except CloudError as error:
            if error.status != 404:
                raise


def _closed(description: str, found: t.Mapping[str, str]) -> CloudError:
    listed = ", ".join(f"{model} ({words})" for model, words in found.items())
    return CloudError(
        f"use the API key {description}",
        f"it may not call {listed}",
        cloud=CLOUD,
        code="model_not_available",
        hint="Grant the models to the key's workspace in Model Studio, and name them in auth.models; check their names",
    )


def vault_of(host: Host, traffic: Traffic) -> VaultSecrets:
    """The vault of a task's options, under the same guard and counted together."""
    return VaultSecrets.of(host, traffic.beside("azure"))


def secret_id(vault: VaultSecrets, name: str, version: str) -> str:
    return f"{vault.uri}/secrets/{name}/{version}"
