# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Where an access key is kept: a secret with its id, one with its secret, and where it is wanted a document with both.

The tags of the secret's secret say which key it belongs to, and which one it replaced. It is written first: the others follow from it
and can be mended without another key.
"""

from __future__ import annotations

import functools
import json
import typing as t
from dataclasses import dataclass, field

from .._azure.secrets import Secret, VaultSecrets
from .._core import normal
from .._core.apply import side_by_side
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import State
from .._core.traffic import Traffic
from .._core.unknown import has_unknown

STORED, MISSING, ANOTHER = "stored", "missing", "of another key"
OWNER, BEFORE = "access_key_id", "previous_access_key_id"
IN_THE_BIN = "ObjectIsDeletedButRecoverable"


@dataclass(frozen=True)
class Kept:
    """What the vault holds of a key.

    by_id, by_secret, pair: the three secrets, as far as they are there.
    """

    by_id: Secret | None = None
    by_secret: Secret | None = None
    pair: Secret | None = None
    fields: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def secret(self) -> str:
        return (self.by_secret and self.by_secret.value) or ""

    @property
    def key_id(self) -> str:
        """The key that the secret belongs to. One that people put there has no tag: then it is the id beside it."""
        if not self.secret:
            return ""
        return self._tag(OWNER) or (self.by_id and self.by_id.value) or ""

    @property
    def replaced(self) -> str:
        """The key that was kept before this one."""
        return self._tag(BEFORE)

    def _tag(self, name: str) -> str:
        return self.by_secret.tags.get(name, "") if self.by_secret else ""

    def followers(self) -> State:
        """How the secrets that follow from the first one are: stored, when they say the same as it does."""
        found: State = {"key_id": _judged(self.by_id, self.key_id, normal.exact)}
        if self.fields:
            found["pair"] = _judged(self.pair, _pair(self.fields, self.key_id, self.secret), normal.json_document)
        return found

    def facts(self) -> State:
        return {"access_key_id": self.key_id or None, "secret_version": self.by_secret.version if self.by_secret else None}


def _judged(kept: Secret | None, wanted: str, form: normal.Normal) -> str:
    if kept is None or not kept.value:
        return MISSING
    return STORED if form(kept.value) == form(wanted) else ANOTHER


def _pair(fields: tuple[str, str], key_id: str, secret: str) -> str:
    return json.dumps(dict(zip(fields, (key_id, secret), strict=True)))


class Keeper:
    """The secrets of one access key in the vault of a task's options."""

    def __init__(self, host: Host, traffic: Traffic, source: str) -> None:
        params = host.params
        self._source = source
        self._by_id, self._by_secret, self._pair = params["id_secret_name"], params["secret_name"], params["pair"] or {}
        names = [name for name in (self._by_id, self._by_secret, self._pair.get("secret_name")) if name]
        if len({*names}) < len(names):
            raise PlanError(f"id_secret_name, secret_name and pair.secret_name must differ: {', '.join(names)}", cloud=traffic.cloud)
        self._fields = (self._pair["id_field"], self._pair["secret_field"]) if self._pair else None
        there = params["key_vault"] and not has_unknown(params["key_vault"])
        self._vault = VaultSecrets.of(host, traffic.beside("azure")) if there else None

    @property
    def names(self) -> str:
        return ", ".join(name for name in (self._by_secret, self._by_id, self._pair.get("secret_name")) if name)

    def read(self) -> Kept:
        """One call for each secret, side by side; none of them while it is not known which vault it is."""
        if self._vault is None:
            return Kept(fields=self._fields)
        wanted = [name for name in (self._by_id, self._by_secret, self._pair.get("secret_name")) if name]
        found = side_by_side(self._vault.read, wanted)
        return Kept(found[0], found[1], found[2] if self._pair else None, self._fields)

    def store(self, key_id: str, secret: str, replaced: str) -> State:
        """Keep the secret of a new key, and which one it replaces; returns what may be known of it."""
        version = self._write(self._by_secret, secret, "text/plain", {OWNER: key_id, **({BEFORE: replaced} if replaced else {})})
        return {"access_key_id": key_id, "secret_version": version}

    def follow(self, key_id: str, secret: str, *, by_id: bool = True, pair: bool = True) -> None:
        """Let the other secrets say the same."""
        writes: list[t.Callable[[], object]] = []
        if by_id:
            writes.append(functools.partial(self._write, self._by_id, key_id, "text/plain", {OWNER: key_id}))
        if pair and self._fields:
            text = _pair(self._fields, key_id, secret)
            writes.append(functools.partial(self._write, self._pair["secret_name"], text, "application/json", {OWNER: key_id}))
        for write in writes:
            write()

    def _write(self, name: str, value: str, content_type: str, tags: dict[str, str]) -> str:
        if self._vault is None:
            raise PlanError("there is no key vault to keep the access key", cloud="azure")
        write = functools.partial(self._vault.write, name, value, content_type=content_type, tags={"source": self._source, **tags})
        try:
            return write()
        except CloudError as error:
            if error.code != IN_THE_BIN:
                raise
        # Somebody deleted it: its name is free only once it is back, with the old value for a moment.
        self._vault.recover(name)
        return write()
