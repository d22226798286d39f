# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A client secret of an application in a key vault. The directory shows its value once: from there it goes straight into the vault.

The vault's secret carries the id of its key as a tag, so that everybody can tell which key it is without knowing the value. An older key
is not taken away by a new one: it works until it ends, and whoever still uses it has that long to change over.
"""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta

from ..._core.errors import CloudError, HybridCloudError, PlanError
from ..._core.host import Host
from ..._core.plan import State
from ..._core.traffic import Traffic
from ..._core.unknown import has_unknown
from ..errors import CLOUD
from ..secrets import Secret, VaultSecrets
from ..vault_secrets import NAME
from .graph import Graph

STORED = "stored"
DELETED = "deleted"
Key = t.Mapping[str, t.Any]  # a passwordCredential


class ClientSecret:
    """The declared secret of a task: option `client_secret_in_vault`."""

    def __init__(self, host: Host, traffic: Traffic, graph: Graph) -> None:
        options = host.params["client_secret_in_vault"]
        self.name: str = options["name"]
        self._label: str = options["label"] or self.name
        self._days: int = options["days"]
        self._margin: int = options["rotate_days"]
        self._graph = graph
        self._kept: Secret | None = None
        if not host.params["key_vault"]:
            raise PlanError("client_secret_in_vault needs key_vault: the value is kept nowhere else", cloud=CLOUD)
        if not NAME.fullmatch(self.name):
            raise PlanError(f"secret name {self.name!r} is invalid: 1 to 127 letters, digits and '-'", cloud=CLOUD)
        if not 0 <= self._margin < self._days:
            raise PlanError(
                f"client_secret_in_vault: rotate_days is {self._margin} and days is {self._days}; it would be rotated in every run",
                cloud=CLOUD,
            )
        # A vault that a preview has not made yet holds nothing.
        self._vault = None if has_unknown(host.params["key_vault"]) else VaultSecrets.of(host, traffic)
        self._is_deleted = False

    def look(self, application: t.Mapping[str, t.Any]) -> State:
        """The field `secret` and its outputs, for an application that is there."""
        self._kept = self._vault.read(self.name) if self._vault else None
        if self._kept is None and self._vault and not self._vault.missing:
            self._is_deleted = self._vault.read_deleted(self.name) is not None
        key = self._key_of(application)
        state: State = {"secret": self._judge(application, key)}
        if self._kept and self._kept.version and key:
            state |= self._outputs(key, self._kept.version)
        return state

    def _key_of(self, application: t.Mapping[str, t.Any]) -> Key | None:
        """The key that the vault's secret belongs to."""
        key_id = self._kept.tags.get("key_id") if self._kept else None
        keys: t.Sequence[Key] = application.get("passwordCredentials") or ()
        return next((each for each in keys if key_id and str(each["keyId"]).casefold() == key_id.casefold()), None)

    def _judge(self, application: t.Mapping[str, t.Any], key: Key | None) -> str:
        """What the vault holds: `stored` when it is a key of this application that lives long enough, as far as anybody can tell."""
        kept = self._kept
        if kept is None:
            return DELETED if self._is_deleted else "missing"
        if not kept.enabled or not kept.value:
            return "disabled"
        owner = kept.tags.get("app_id")
        if owner and owner.casefold() != application["appId"].casefold():
            return f"of application {owner}"
        if key is None:
            return "of a key that is not there" if kept.tags.get("key_id") else "of no known key"
        if key.get("hint") and not kept.value.startswith(key["hint"]):
            return "not the value of its key"
        ends = _moment(key["endDateTime"])
        if ends - datetime.now(UTC) < timedelta(days=self._margin):
            return f"until {_day(ends)}"
        return STORED

    def make(self, application_id: str, app_id: str, keys: t.Sequence[Key], *, fresh: bool) -> State:
        """Make a key and store it; returns what may be known of it. Keys of this label that have ended are removed first."""
        if self._vault is None or self._vault.missing:
            raise PlanError(
                f"client secret {self.name}: there is no key vault to keep it, so none was made",
                code="VaultNotFound",
                cloud=CLOUD,
                hint="Create the vault first (module key_vault)",
            )
        for key in keys:
            if key.get("displayName") == self._label and _moment(key["endDateTime"]) < datetime.now(UTC):
                self._remove(application_id, str(key["keyId"]))
        ends = datetime.now(UTC) + timedelta(days=self._days)
        asked = {"passwordCredential": {"displayName": self._label, "endDateTime": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}}
        path = f"/applications/{application_id}/addPassword"
        try:
            made = self._graph.write(f"make a client secret {self._label}", "POST", path, asked, fresh=fresh)
        except CloudError as error:
            if error.executed is None:
                self._forget_lost_key(application_id, keys)
            raise
        try:
            return self._store(self._vault, app_id, made)
        except HybridCloudError as error:
            raise self._rolled_back(application_id, str(made["keyId"]), error) from error

    def _store(self, vault: VaultSecrets, app_id: str, made: Key) -> State:
        if self._is_deleted:
            vault.recover(self.name)
        version = vault.write(
            self.name,
            made["secretText"],
            content_type="text/plain",
            tags={"source": "entra", "app_id": app_id, "key_id": str(made["keyId"])},
            expires=int(_moment(made["endDateTime"]).timestamp()),
        )
        return {"secret": STORED, **self._outputs(made, version)}

    def _rolled_back(self, application_id: str, key_id: str, error: HybridCloudError) -> HybridCloudError:
        """Nobody knows the value of the new key any more: it is removed again. The error that says so."""
        try:
            self._remove(application_id, key_id)
        except HybridCloudError as second:
            end, hint = f"removing it again failed too: {second}", f"Remove the key {key_id} of the application"
        else:
            end, hint = "it was removed again", "Once the vault takes secrets, run again"
        facts = {each: error.failure[each] for each in ("cloud", "code", "status", "request_id", "retryable")}
        return HybridCloudError(
            f"the new client secret could not be stored as {self.name}, {end}. The vault said: {error}", hint=hint, **facts
        )

    def _forget_lost_key(self, application_id: str, before: t.Sequence[Key]) -> None:
        """The answer was lost, and with it the value of a key that may be there now. It is of no use to anybody."""
        known = {each["keyId"] for each in before}
        found = self._graph.get(f"look for a lost key {self._label}", f"/applications/{application_id}")
        for key in found.get("passwordCredentials") or ():
            if key["keyId"] not in known and key.get("displayName") == self._label:
                self._remove(application_id, str(key["keyId"]))

    def _remove(self, application_id: str, key_id: str) -> None:
        try:
            self._graph.write(f"remove the key {key_id}", "POST", f"/applications/{application_id}/removePassword", {"keyId": key_id})
        except CloudError as error:
            if error.status not in (400, 404):
                raise

    def _outputs(self, key: Key, version: str) -> State:
        uri = self._vault.uri if self._vault else ""
        ends = f"{_moment(key['endDateTime']):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "key_id": key["keyId"],
            "secret_id": f"{uri}/secrets/{self.name}/{version}",
            "secret_version": version,
            "secret_expires": ends,
        }


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
