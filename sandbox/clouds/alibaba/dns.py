# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the public DNS answers, as far as this machine's clouds know: the records of the emulated Cloudflare zones."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator

if t.TYPE_CHECKING:
    from sandbox.world import World

_CHARACTER_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def txt_values(world: World, name: str) -> list[str]:
    """The TXT values at a name, each with its character-strings joined and unquoted, as a resolver gives them."""
    wanted = name.rstrip(".").lower()
    return [
        _text(str(record["content"]))
        for record in _records(world.state.get("cloudflare"))
        if str(record["type"]).upper() == "TXT" and str(record["name"]).rstrip(".").lower() == wanted
    ]


def _records(node: t.Any) -> Iterator[dict[str, t.Any]]:
    """Every DNS record in a state, wherever it is kept: a mapping with type, name and content."""
    if isinstance(node, dict):
        if {"type", "name", "content"} <= node.keys():
            yield node
        else:
            for each in node.values():
                yield from _records(each)
    elif isinstance(node, list):
        for each in node:
            yield from _records(each)


def _text(content: str) -> str:
    """Cloudflare keeps unquoted contents as they were sent, and quoted ones with their quotes."""
    strings = _CHARACTER_STRING.findall(content) if content.startswith('"') else [content]
    return "".join(re.sub(r"\\(.)", r"\1", each) for each in strings)
