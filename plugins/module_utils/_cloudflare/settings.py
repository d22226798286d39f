# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Settings of a zone by Cloudflare's own names: what YAML made of them, and how they are compared. Pure."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import PlanError
from .._core.rules import Leaf, Map, Rule
from .client import CLOUD

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
# Settings whose values are texts although they look like numbers (the SDK's cloudflare/types/zones/settings).
TEXTS = frozenset({"min_tls_version", "origin_max_http_version", "proxy_read_timeout"})


def declared(settings: t.Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    """Declared values in the form in which the API takes them. Raises PlanError for names that cannot be settings.

    YAML reads `on` as true and `1.2` as a number; Cloudflare wants the texts. Values of None are not managed.
    """
    return {checked(name): _as_sent(name, value) for name, value in (settings or {}).items() if value is not None}


def checked(name: str) -> str:
    """A name that is fit to stand in a path. Raises PlanError for what cannot be a setting."""
    if _NAME.fullmatch(name):
        return name
    raise PlanError(
        f"setting {name!r}: no setting has such a name", cloud=CLOUD, hint="Names are those of the API, for example always_use_https"
    )


def _as_sent(name: str, value: t.Any) -> t.Any:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) if name in TEXTS else value


def rule_of(value: t.Any) -> Rule:
    """How a value is compared: of a mapping (security_header) only the parts that are declared, anything else as a whole."""
    return Map({key: rule_of(part) for key, part in value.items()}, other=Leaf()) if isinstance(value, t.Mapping) else Leaf()


def rules(settings: t.Mapping[str, t.Any] | None) -> Map:
    return Map({name: rule_of(value) for name, value in (settings or {}).items()}, other=Leaf())
