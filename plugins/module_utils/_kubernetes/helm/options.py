# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of the modules of releases."""

from __future__ import annotations

import typing as t

from ..._core.rules import MASK
from ..._core.spec import ArgumentSpec
from ..options import IGNORE
from .chart import holds_login

WHICH = ArgumentSpec({"name": {"type": "str", "required": True}, "namespace": {"type": "str", "required": True}})

RELEASE = (
    WHICH
    | IGNORE
    | ArgumentSpec(
        {
            "state": {"type": "str", "choices": ["present", "absent", "rolled_back"], "default": "present"},
            "chart": {"type": "str"},
            "repository": {"type": "str"},
            "version": {"type": "str"},
            "digest": {"type": "str"},
            "values": {"type": "dict"},
            "values_files": {"type": "list", "elements": "path"},
            "allow_unknown_values": {"type": "list", "elements": "str"},
            "secret_values": {"type": "list", "elements": "str", "no_log": False},
            "create_namespace": {"type": "bool", "default": False},
            "revision": {"type": "int"},
            "wait": {"type": "bool", "default": True},
            "timeout": {"type": "int", "default": 300},
            "rollback_on_failure": {"type": "bool", "default": True},
            "history_max": {"type": "int", "default": 10},
            "recover_pending_after": {"type": "int", "default": 600},
        },
        required_if=(("state", "present", ["chart"]),),
    )
)


def discreet(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments without the texts and numbers among the values, and without a login in an address: any of them may be a secret."""
    shown = {**params, "values": _masked(params.get("values"))}
    return shown | {name: MASK for name in ("chart", "repository") if holds_login(str(shown.get(name) or ""))}


def _masked(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return value if value is None or isinstance(value, bool) else MASK
