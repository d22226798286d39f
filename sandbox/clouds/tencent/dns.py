# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the world's DNS serves, as this cloud's resolvers see it: the records of the emulated Cloudflare zones."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def lookup(cloudflare: dict[str, t.Any], name: str, kind: str) -> list[str]:
    """The values at a name: TXT strings unquoted and joined, host names lower-case with the final dot.

    A CNAME at the name hides everything else there; following it is no way to prove a record (SES: "CNAME conflict").
    """
    here = [record for record in _records(cloudflare) if record["name"].lower().rstrip(".") == name.lower().rstrip(".")]
    if any(record["type"] == "CNAME" for record in here):
        return []
    values = [record["content"] for record in here if record["type"] == kind]
    return [joined(value) for value in values] if kind == "TXT" else [f"{value.lower().rstrip('.')}." for value in values]


def joined(content: str) -> str:
    """`"abc" "def"` is one value, abcdef; a value without quotes is served as it stands."""
    if not content.startswith('"'):
        return content
    return "".join(re.sub(r"\\(.)", r"\1", part) for part in _STRING.findall(content))


def _records(held: t.Any) -> Iterator[dict[str, t.Any]]:
    """Every record below, however the neighbour arranges its zones. A zone that is not active answers nobody."""
    if isinstance(held, list):
        for each in held:
            yield from _records(each)
    elif isinstance(held, dict):
        if "name_servers" in held and held.get("status") != "active":
            return
        if all(isinstance(held.get(part), str) for part in ("type", "name", "content")):
            yield held
        for each in held.values():
            yield from _records(each)
