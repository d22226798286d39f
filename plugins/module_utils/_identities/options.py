# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of the modules that keep an application's own user."""

from __future__ import annotations

from .._core.spec import STATE, ArgumentSpec

PAIR = {
    "secret_name": {"type": "str", "required": True, "no_log": False},
    "id_field": {"type": "str", "required": True},
    "secret_field": {"type": "str", "required": True, "no_log": False},
}

USER = STATE | ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "policy": {"type": "dict"},
        "policy_name": {"type": "str"},
        "exclusive": {"type": "bool", "default": True},
        "id_secret_name": {"type": "str", "no_log": False},
        "secret_name": {"type": "str", "no_log": False},
        "pair": {"type": "dict", "options": PAIR},
        "rotate_after_days": {"type": "int"},
        "retire_after_days": {"type": "int", "default": 7},
        "timeout": {"type": "int", "default": 600},
    },
    required_if=(("state", "present", ["policy", "key_vault", "id_secret_name", "secret_name"]),),
)
