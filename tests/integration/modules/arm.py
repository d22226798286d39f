# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources of Resource Manager in the state of the local cloud: to be found there, or planted as if others had made them."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable

Record = dict[str, t.Any]


def record(state: Record, kind: str, name: str | None = None) -> Record:
    """What the local cloud keeps of a resource, by its type, and its own name where there are several. Its body is under `body`."""
    kept = state["azure"]["arm"]["resources"].values()
    (found,) = [each for each in kept if each["type"] == kind and name in (None, each["name"])]
    return t.cast(Record, found)


def plant(state: Record, ids: Iterable[str]) -> None:
    """Put resources there that nobody looks at closely."""
    for key in ids:
        namespace, kind, name = key.rsplit("/", 3)[1:]
        state["azure"]["arm"]["resources"][key.lower()] = {
            "id": key,
            "type": f"{namespace}/{kind}",
            "name": name,
            "body": {"location": "koreacentral", "properties": {}},
            "gone": None,
            "until": 0,
        }
