# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Secrets of a key vault, for every module that has to read one or put one there.

A module of another cloud takes the options of `DESTINATION` (documented in the fragment `_key_vault`) and uses it so:

    MODULE = Module(AUTH | DESTINATION | SPEC, ...)         # options key_vault, azure_auth
    vault = VaultSecrets.of(host, traffic.beside(CLOUD))    # CLOUD of _azure.errors: "azure"
    kept = vault.read("dashscope-api-key")                  # Secret, or None if there is none, or no vault yet
    if kept is None or kept.value != key:
        version = vault.write("dashscope-api-key", key, content_type="text/plain", tags={"source": "dashscope"})

`read` costs one call, `write` one; the login and the vault's challenge come on top, once. `write` always makes a new
version, so compare first, and it sends the whole set: a new version takes over neither tags nor content type. A value never
appears in an error. Everything raises CloudError or PlanError.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .._core.errors import CloudError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .calls import Response, json_of
from .credentials import AUTH, Credential, subscription_of
from .errors import CLOUD
from .vault import NO_VAULT, PROPAGATION, Vault

PAGE = 25  # secrets in one list call; the API allows no more (learn.microsoft.com/rest/api/keyvault/secrets/get-secrets)
UNFINISHED = frozenset({"ObjectIsBeingDeleted", "ObjectIsBeingRecovered"})

# The vault that a module of any cloud puts a secret into, and who we are there.
DESTINATION = ArgumentSpec(
    {
        "key_vault": {"type": "str", "no_log": False},
        "azure_auth": {"type": "dict", "apply_defaults": True, "options": AUTH.options},
    }
)


@dataclass(frozen=True)
class Secret:
    """A secret as the vault returns it. Times are epoch seconds.

    version, value: None where only the list or the deleted form was read. created: of this version. deleted: it can be recovered, and
        only that.
    """

    name: str
    version: str | None = None
    value: str | None = field(default=None, repr=False)
    content_type: str | None = None
    tags: t.Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True
    expires: int | None = None
    not_before: int | None = None
    created: int | None = None
    deleted: bool = False

    @classmethod
    def of(cls, item: t.Mapping[str, t.Any], *, deleted: bool = False) -> Secret:
        parts = urlsplit(item["id"]).path.strip("/").split("/")  # secrets/{name}/{version}, deletedsecrets/{name}
        facts = item.get("attributes") or {}
        return cls(
            name=parts[1],
            version=parts[2] if len(parts) > 2 else None,
            value=item.get("value"),
            content_type=item.get("contentType"),
            tags=item.get("tags") or {},
            enabled=facts.get("enabled", True),
            expires=facts.get("exp"),
            not_before=facts.get("nbf"),
            created=facts.get("created"),
            deleted=deleted,
        )


class VaultSecrets:
    """The secrets of one vault. Build it with `of`."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.uri, self.name = vault.uri, vault.name

    @classmethod
    def of(cls, host: Host, traffic: Traffic, *, vault: str = "key_vault", auth: str | None = "azure_auth") -> VaultSecrets:
        """The vault of a task's options. vault, auth: the options that hold its name and the way in (None: the task's own options)."""
        params = host.params if auth is None else host.params[auth]
        timeout = float(host.params.get("timeout") or PROPAGATION)
        credential = Credential.of(host, params)
        reached = Vault(host.params[vault], credential, traffic, subscription=subscription_of(params), timeout=timeout, tell=host.tell)
        return cls(reached)

    @property
    def missing(self) -> bool:
        """Whether a call found that there is no vault at all."""
        return self._vault.missing

    # --- reading -----------------------------------------------------------

    def read(self, name: str) -> Secret | None:
        """A secret with its newest value; None if there is none, or no vault. The value of a disabled one stays None."""
        try:
            return Secret.of(self._vault.get(f"read the secret {name}", f"/secrets/{name}"))
        except CloudError as error:
            if error.status == 404:
                return None
            if error.code == "SecretDisabled":
                return Secret(name, enabled=False)
            raise

    def read_deleted(self, name: str) -> Secret | None:
        """A secret that can be recovered, without its value."""
        try:
            return Secret.of(self._vault.get(f"look for a deleted secret {name}", f"/deletedsecrets/{name}"), deleted=True)
        except CloudError as error:
            if error.status == 404:
                return None
            raise

    def list(self) -> dict[str, Secret]:
        """Every secret without its value, by name; none if there is no vault."""
        return self._list("list the secrets", f"/secrets?maxresults={PAGE}", deleted=False)

    def versions(self, name: str) -> t.Sequence[Secret]:
        """The versions of a secret without their values, the newest first; the service lists them in no order that it promises."""
        items = self._vault.all(f"list the versions of {name} in {self.name}", f"/secrets/{name}/versions?maxresults={PAGE}")
        return sorted((Secret.of(item) for item in items), key=lambda each: each.created or 0)[::-1]

    def list_deleted(self) -> dict[str, Secret]:
        """The secrets that can be recovered, by name."""
        return self._list("list the deleted secrets", f"/deletedsecrets?maxresults={PAGE}", deleted=True)

    def is_open(self) -> bool:
        """Whether we may list the secrets; for waiting until a new role works. Raises CloudError for any other trouble."""
        try:
            self._vault.send(f"open the vault {self.name}", "GET", "/secrets?maxresults=1", patient=False)
        except CloudError as error:
            if error.code in ("ForbiddenByRbac", "no_answer", NO_VAULT):
                return False
            raise
        return True

    # --- writing -----------------------------------------------------------

    def write(
        self,
        name: str,
        value: str,
        content_type: str | None = None,
        tags: t.Mapping[str, str] | None = None,
        expires: int | None = None,
        not_before: int | None = None,
        enabled: bool = True,
    ) -> str:
        """Make a new version with this value and exactly these attributes; returns the version's id. Times are epoch seconds."""
        body = {"value": value, **_wire(content_type, tags, expires, not_before, enabled)}
        # Not idempotent: sent twice, it makes two versions.
        what = f"write the secret {name}"
        answer = self._when_settled(what, lambda: self._vault.send(what, "PUT", f"/secrets/{name}", body, idempotent=False))
        return str(Secret.of(json_of(what, answer)).version)

    def update(
        self,
        name: str,
        content_type: str | None = None,
        tags: t.Mapping[str, str] | None = None,
        expires: int | None = None,
        not_before: int | None = None,
        enabled: bool | None = None,
    ) -> str:
        """Change attributes of the newest version; what is None stays, tags are replaced as a whole. Returns the version's id."""
        what = f"update the secret {name}"
        answer = self._vault.send(what, "PATCH", f"/secrets/{name}/", _wire(content_type, tags, expires, not_before, enabled))
        return str(Secret.of(json_of(what, answer)).version)

    def disable(self, name: str, version: str) -> None:
        """Turn off one version; its value stays, and can be turned on again."""
        body = _wire(None, None, None, None, False)
        self._vault.send(f"disable the version {version} of {name}", "PATCH", f"/secrets/{name}/{version}", body)

    def delete(self, name: str) -> None:
        """Delete a secret, and wait until it is among the deleted ones: it can be recovered until its time is over."""
        what = f"delete the secret {name}"
        self._vault.send(what, "DELETE", f"/secrets/{name}")
        self._vault.wait().until(what, lambda: self._is_there(f"/deletedsecrets/{name}"), bool, lambda seen: "not deleted yet", cloud=CLOUD)

    def recover(self, name: str) -> None:
        """Bring a deleted secret back, and wait until it can be read."""
        what = f"recover the secret {name}"
        self._when_settled(what, lambda: self._vault.send(what, "POST", f"/deletedsecrets/{name}/recover", idempotent=False))
        self._vault.wait().until(what, lambda: self._is_there(f"/secrets/{name}"), bool, lambda seen: "not readable yet", cloud=CLOUD)

    def purge(self, name: str) -> None:
        """Destroy a deleted secret for good."""
        what = f"purge the secret {name}"
        self._when_settled(what, lambda: self._vault.send(what, "DELETE", f"/deletedsecrets/{name}"))
        self._vault.wait().until(what, lambda: not self._is_there(f"/deletedsecrets/{name}"), bool, lambda seen: "still there", cloud=CLOUD)

    # --- below -------------------------------------------------------------

    def _list(self, what: str, path: str, *, deleted: bool) -> dict[str, Secret]:
        items = self._vault.all(f"{what} of {self.name}", path)
        return {each.name: each for each in (Secret.of(item, deleted=deleted) for item in items)}

    def _is_there(self, path: str) -> bool:
        try:
            self._vault.send("look for a secret", "GET", path)
        except CloudError as error:
            if error.status == 404:
                return False
            if error.code != "SecretDisabled":
                raise
        return True

    def _when_settled(self, what: str, call: t.Callable[[], Response]) -> Response:
        """The call, again while a deletion or a recovery of this name is under way."""

        def attempt() -> Response | CloudError:
            try:
                return call()
            except CloudError as error:
                if error.code in UNFINISHED:
                    return error
                raise

        return self._vault.wait().until(what, attempt, lambda seen: not isinstance(seen, CloudError), str, cloud=CLOUD)


def _wire(
    content_type: str | None, tags: t.Mapping[str, str] | None, expires: int | None, not_before: int | None, enabled: bool | None
) -> dict[str, t.Any]:
    attributes = {"enabled": enabled, "exp": expires, "nbf": not_before}
    return {
        **({} if content_type is None else {"contentType": content_type}),
        **({} if tags is None else {"tags": dict(tags)}),
        "attributes": {name: value for name, value in attributes.items() if value is not None},
    }
