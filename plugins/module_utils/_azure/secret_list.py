# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a key vault holds, by name: never a value."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

from .._core.apply import side_by_side
from .._core.inspect import Inspector
from .._core.plan import Kind, State, States
from .._core.rules import Leaf, Map
from .errors import CLOUD
from .secrets import Secret, VaultSecrets


class SecretList(Inspector):
    """The secrets of a vault. A list never has values, so it needs no right to read them."""

    kind = Kind(CLOUD, "secret", Map(other=Leaf()))

    def read(self) -> dict[str, State]:
        vault = VaultSecrets.of(self.host, self.traffic, vault="vault", auth=None)
        wanted = self.host.params["names"]
        folded = {name.casefold() for name in wanted or ()}
        found = vault.list().values()
        self._uri, self._missing = vault.uri, vault.missing
        shown = {each.name: _shown(vault.uri, each) for each in found if wanted is None or each.name.casefold() in folded}
        if self.host.params["versions"]:
            for name, versions in zip(shown, side_by_side(vault.versions, list(shown)), strict=True):
                shown[name]["versions"] = [_version(each) for each in versions]
        return shown

    def result(self, after: States) -> dict[str, t.Any]:
        return {"secrets": list(after.values()), "uri": f"{self._uri}/", "vault_exists": not self._missing}


def _shown(uri: str, secret: Secret) -> State:
    return {
        "name": secret.name,
        "id": f"{uri}/secrets/{secret.name}",
        "enabled": secret.enabled,
        "content_type": secret.content_type,
        "tags": dict(secret.tags),
        "expires_on": _moment(secret.expires),
        "not_before": _moment(secret.not_before),
    }


def _version(secret: Secret) -> State:
    return {"version": secret.version, "enabled": secret.enabled, "created_on": _moment(secret.created)}


def _moment(seconds: int | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
