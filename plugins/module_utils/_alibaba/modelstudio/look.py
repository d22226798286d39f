# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a key can do right now: for verifying an estate."""

from __future__ import annotations

import typing as t

from ..._core.apply import side_by_side
from ..._core.errors import CloudError
from ..._core.host import Host
from ..._core.inspect import Inspector
from ..._core.plan import Kind, State, States
from ..._core.rules import Leaf, Map
from ..._core.traffic import Traffic
from ..._core.unknown import has_unknown
from ..credentials import CLOUD
from ..dashscope import REFUSED, DashScope, access, host_of
from .keys import vault_of


class ModelInfo(Inspector):
    """What dashscope_model_info returns: by model whether the key may use it, and what a real call used."""

    kind = Kind(CLOUD, "dashscope_model", Map(other=Leaf()))

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        params = host.params
        self._models: list[str] = params["models"]
        self._host = host_of(params["region"], params["workspace"])
        # The call is paid for, so no preview makes it.
        self._calls: bool = params["test_call"] and not host.check_mode
        self._key = "missing"

    def read(self) -> dict[str, State]:
        key = self.host.params["api_key"] or self._kept()
        if not key:
            return {model: {"status": "unknown"} for model in self._models}
        inference = DashScope(self._host, key, self.traffic, may_cost=self._calls)
        found = access(inference, self._models)
        self._key = "refused" if REFUSED in found.values() else "accepted"
        if not self._calls:
            return {model: {"status": status} for model, status in found.items()}
        rows = side_by_side(lambda model: _tried(inference, model, found[model]), self._models)
        return dict(zip(self._models, rows, strict=True))

    def _kept(self) -> str | None:
        if has_unknown(self.host.params["key_vault"]):
            return None
        kept = vault_of(self.host, self.traffic).read(self.host.params["secret_name"])
        return kept.value if kept else None

    def result(self, after: States) -> dict[str, t.Any]:
        return {"key": self._key, "host": self._host, "models": [{"model": model, **state} for model, state in after.items()]}


def _tried(inference: DashScope, model: str, status: str) -> State:
    if status != "available":
        return {"status": status}
    try:
        return {"status": status, "usage": inference.converse(model)}
    except CloudError as error:
        return {"status": error.code or "error", "message": str(error)}
