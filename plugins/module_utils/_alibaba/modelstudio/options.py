# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of the modules for Model Studio and DashScope."""

from __future__ import annotations

from ..._core.spec import STATE, ArgumentSpec
from .client import REGIONS

# Which workspace it is.
PLACE = ArgumentSpec(
    {
        "region": {"type": "str", "choices": list(REGIONS), "default": REGIONS[0]},
        "workspace": {"type": "str"},
    }
)

AUTH = {
    "type": {"type": "str", "choices": ["All", "Custom"], "required": True},
    "access_ips": {"type": "list", "elements": "str"},
    "models": {"type": "list", "elements": "str"},
}

KEY = (
    PLACE
    | STATE
    | ArgumentSpec(
        {
            "description": {"type": "str"},
            "enabled": {"type": "bool"},
            "auth": {"type": "dict", "options": AUTH},
            "secret_name": {"type": "str", "no_log": False},
            "rotate": {"type": "str", "choices": ["never", "always", "if_secret_missing"], "default": "never"},
            "api_key": {"type": "str", "no_log": True},
            "models": {"type": "list", "elements": "str"},
            "timeout": {"type": "int", "default": 600},
        },
        required_one_of=(("description", "api_key"),),
        required_if=(("state", "present", ["key_vault", "secret_name"]), ("state", "absent", ["description"])),
        mutually_exclusive=(("api_key", "enabled"), ("api_key", "auth"), ("api_key", "description")),
    )
)

LIMIT = {
    "model": {"type": "str", "required": True},
    "request_limit": {"type": "int"},
    "request_limit_period": {"type": "int", "default": 60},
    "usage_limit": {"type": "int"},
    "usage_limit_period": {"type": "int", "default": 60},
    **STATE.options,
}

LIMITS = PLACE | ArgumentSpec(
    {
        "limits": {"type": "list", "elements": "dict", "required": True, "options": LIMIT},
        "purge": {"type": "bool", "default": False},
    }
)

MODEL_INFO = PLACE | ArgumentSpec(
    {
        "models": {"type": "list", "elements": "str", "required": True},
        "api_key": {"type": "str", "no_log": True},
        "secret_name": {"type": "str", "no_log": False},
        "test_call": {"type": "bool", "default": False},
    },
    required_one_of=(("api_key", "key_vault"),),
    required_together=(("key_vault", "secret_name"),),
)
