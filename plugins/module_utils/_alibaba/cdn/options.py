# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of the module cdn_domain."""

from __future__ import annotations

from ..._core.spec import STATE, ArgumentSpec

SOURCE = {
    "content": {"type": "str", "required": True},
    "type": {"type": "str", "required": True, "choices": ["oss", "domain", "ipaddr", "fc_domain", "common"]},
    "port": {"type": "int"},
    "priority": {"type": "int", "choices": [20, 30]},
    "weight": {"type": "int"},
}
CERTIFICATE = {
    "type": {"type": "str", "required": True, "choices": ["upload", "cas", "none"]},
    "name": {"type": "str"},
    "id": {"type": "str"},
    "region": {"type": "str", "choices": ["cn-hangzhou", "ap-southeast-1"]},
    "certificate": {"type": "str"},
    "private_key": {"type": "str", "no_log": True},
}
CACHE_RULE = {
    "path": {"type": "str"},
    "file_types": {"type": "list", "elements": "str"},
    "ttl": {"type": "int", "required": True},
    "weight": {"type": "int"},
    "honor_origin": {"type": "bool"},
}
FUNCTION = {
    "name": {"type": "str", "required": True},
    "args": {"type": "dict"},
    "secret_args": {"type": "dict", "no_log": True},
    **STATE.options,
}

CDN_DOMAIN = STATE | ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["web", "download", "video"]},
        "scope": {"type": "str", "choices": ["domestic", "overseas", "global"]},
        "sources": {"type": "list", "elements": "dict", "options": SOURCE},
        "origin_bucket": {"type": "str"},
        "origin_region": {"type": "str"},
        "private_origin": {"type": "bool"},
        "certificate": {"type": "dict", "options": CERTIFICATE},
        "force_https": {"type": "bool"},
        "http2": {"type": "bool"},
        "cache_rules": {"type": "list", "elements": "dict", "options": CACHE_RULE},
        "functions": {"type": "list", "elements": "dict", "options": FUNCTION},
        "tags": {"type": "dict"},
        "enabled": {"type": "bool", "default": True},
        "verify_timeout": {"type": "int", "default": 120},
        "timeout": {"type": "int", "default": 1800},
    },
    mutually_exclusive=(("sources", "origin_bucket"),),
    required_together=(("origin_bucket", "origin_region"),),
)
