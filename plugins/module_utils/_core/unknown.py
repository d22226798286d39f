# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The one marker for what only the cloud can know: ids, endpoints, issuer URLs of things that a preview has not created."""

from __future__ import annotations

import typing as t

KNOWN_AFTER_APPLY = "(known after apply)"


def has_unknown(value: t.Any) -> bool:
    """Whether the marker occurs anywhere in a JSON-like value, also inside a longer string that it was templated into."""
    if isinstance(value, str):
        return KNOWN_AFTER_APPLY in value
    if isinstance(value, t.Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return any(has_unknown(each) for each in value)
    return False
