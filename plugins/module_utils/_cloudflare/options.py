# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options that several modules of this cloud share."""

from __future__ import annotations

import typing as t

from .._core.spec import ArgumentSpec
from .content import CONTENT_TYPES, DATA_TYPES

# The zone a record lives in, and how the records of a task are marked and merged.
ZONE = ArgumentSpec(
    {
        "zone": {"type": "str", "required": True},
        "zone_id": {"type": "str"},
        "owner": {"type": "str"},
        "merge_spf": {"type": "bool", "default": False},
    }
)

# One record.
RECORD: dict[str, dict[str, t.Any]] = {
    "name": {"type": "str", "required": True},
    "type": {"type": "str", "required": True, "choices": sorted((*CONTENT_TYPES, *DATA_TYPES))},
    "content": {"type": "str"},
    "data": {"type": "dict"},
    "ttl": {"type": "int"},
    "proxied": {"type": "bool"},
    "priority": {"type": "int"},
    "comment": {"type": "str"},
    "tags": {"type": "list", "elements": "str"},
    "settings": {"type": "dict"},
}
