# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""An API key that a person made in the console, where the account cannot manage keys by API: checked, and put into the vault."""

from __future__ import annotations

import functools
import typing as t

from ..._core.apply import Step, Waves
from ..._core.errors import CloudError
from ..._core.host import Host
from ..._core.plan import Change, Kind, State, States
from ..._core.reconcile import Reconciler
from ..._core.rules import Leaf, Map
from ..._core.traffic import Traffic
from ..._core.unknown import has_unknown
from ..credentials import CLOUD
from ..dashscope import DashScope, access, host_of
from .keys import secret_id, vault_of

OUTPUTS = ("secret_id", "secret_version")


class GivenKey(Reconciler):
    """The options of dashscope_key with api_key: only the vault is managed."""

    kind = Kind(
        CLOUD,
        "dashscope_key",
        Map({"value": Leaf(secret=True), **{name: Leaf() for name in OUTPUTS}}),
        outputs=OUTPUTS,
    )

    def __init__(self, host: Host, traffic: Traffic) -> None:
        params = host.params
        self._name: str = params["secret_name"]
        self._key: str = params["api_key"].strip()
        self._models: list[str] = params["models"] or []
        self._host = host_of(params["region"], params["workspace"])
        self._inference = DashScope(self._host, self._key, traffic)
        self._vault = None if has_unknown(params["key_vault"]) else vault_of(host, traffic)

    def want(self) -> dict[str, State | None]:
        return {self._name: {"value": self._key}}

    def read(self) -> dict[str, State]:
        kept = self._vault.read(self._name) if self._vault else None
        if kept is None or kept.value is None or self._vault is None:
            return {}
        facts = {"secret_id": secret_id(self._vault, self._name, str(kept.version)), "secret_version": kept.version}
        return {self._name: {"value": kept.value, **facts}}

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for model, found in access(self._inference, self._models).items():
            if found != "available":
                raise CloudError(
                    "use the given API key",
                    f"it may not call {model} ({found})",
                    cloud=CLOUD,
                    code=found if found != "not available" else "model_not_available",
                    hint="Check api_key, the region that made it (keys work only there), and the models of its workspace",
                )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(change.title, functools.partial(self._store))] for change in plan]

    def _store(self) -> dict[str, State]:
        if self._vault is None:
            return {}
        version = self._vault.write(self._name, self._key, content_type="text/plain", tags={"source": "dashscope"})
        return {self._name: {"secret_id": secret_id(self._vault, self._name, version), "secret_version": version}}

    def result(self, after: States) -> dict[str, t.Any]:
        state = after[self._name]
        return {"key": {"host": self._host, **{name: state.get(name) for name in OUTPUTS}}}
