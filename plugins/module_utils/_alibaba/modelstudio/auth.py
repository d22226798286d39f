# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an API key may do: from which addresses, with which models. Pure.

The API takes and returns it as a whole: what is left out is reset. A whitelist that is left out means everybody.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..._core import normal
from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.rules import Leaf, Map
from ..credentials import CLOUD

ANYWHERE = ["0.0.0.0/0", "::/0"]
EVERY_MODEL = ["*"]


def _network(value: t.Any) -> t.Any:
    """An address or network: an address is the network of itself."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return value


RULE = Map(
    {
        "type": Leaf(),
        "access_ips": Leaf(normal=normal.set_of(_network), absent=ANYWHERE),
        "models": Leaf(normal=normal.set_of(), absent=EVERY_MODEL),
    }
)


def declared(option: t.Mapping[str, t.Any]) -> State:
    """The declared rights. Raises PlanError."""
    kind, addresses, models = option["type"], option["access_ips"], option["models"]
    if kind == "All":
        if addresses or models:
            raise PlanError("auth: type All takes neither access_ips nor models", cloud=CLOUD, hint="Use type Custom")
        return {"type": "All", "access_ips": ANYWHERE, "models": EVERY_MODEL}
    for each in addresses or ():
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise PlanError(f"auth: {each} is no IP address or network", cloud=CLOUD) from None
    if models is not None and not models:
        raise PlanError("auth: a key that may call no model is of no use", cloud=CLOUD, hint='Leave models out, or say ["*"] for all')
    facts = {"type": "Custom", "access_ips": ANYWHERE if addresses == [] else addresses, "models": models}
    return {name: value for name, value in facts.items() if value is not None}


def present(auth: t.Mapping[str, t.Any] | None) -> State:
    """The rights as the API returns them."""
    auth = auth or {"type": "All"}
    scope = auth.get("modelAccessScope") or {"allowAllModels": True}
    return {
        "type": auth.get("type") or "All",
        "access_ips": auth.get("accessIps") or ANYWHERE,
        "models": EVERY_MODEL if scope.get("allowAllModels") else list(scope.get("accessibleModels") or ()),
    }


def wire(state: State) -> dict[str, str]:
    """The fields of the form, complete."""
    if state["type"] == "All":
        return {"auth.type": "All"}
    models = state.get("models") or EVERY_MODEL
    form = {"auth.type": "Custom", "auth.modelAccessScope.allowAllModels": str(models == EVERY_MODEL).lower()}
    form |= {f"auth.accessIps.{number}": each for number, each in enumerate(state.get("access_ips") or ANYWHERE, 1)}
    if models != EVERY_MODEL:
        form |= {f"auth.modelAccessScope.accessibleModels.{number}": each for number, each in enumerate(models, 1)}
    return form
