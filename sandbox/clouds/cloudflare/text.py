# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of TXT records.

Quoted strings stay quoted and are split after 255 bytes; content without quotes is kept as it came, however long (the API, unlike the
dashboard, adds no quotes). Sources: the SDK's description of `TXTRecord.content`; issue 6238 of Cloudflare's Terraform provider (split)
and 6354 (no quotes added); the section on TXT of developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types
(inconsistent quotation marks are an error).
"""

from __future__ import annotations

import re

STRING = 255  # bytes in one character string: RFC 1035
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_UNIT = re.compile(r"\\\d{3}|\\.|.", re.DOTALL)  # one byte of the data when escaped


def normal(content: str) -> str:
    """Content as it is stored and returned. Raises ValueError for quotation marks that do not pair up, and for line breaks."""
    if "\n" in content or "\r" in content:
        raise ValueError("line breaks")
    if not content.lstrip().startswith('"'):
        if re.search(r'(?<!\\)"', content):
            raise ValueError("a quotation mark inside unquoted text")
        return content
    strings, rest = _strings(content)
    if rest:
        raise ValueError("text outside the quotation marks")
    return " ".join(f'"{piece}"' for string in strings for piece in _pieces(string))


def wire_size(content: str) -> int:
    """Bytes in the DNS message: each string of up to 255 bytes has one more for its length."""
    strings = _strings(content)[0] if content.startswith('"') else [content]
    return sum(len(piece_of_bytes) + 1 for string in strings for piece_of_bytes in _chunks(_bytes(string)))


def _strings(content: str) -> tuple[list[str], str]:
    """The quoted strings, escapes as written, and what is left outside of them."""
    return _QUOTED.findall(content), _QUOTED.sub("", content).strip()


def _pieces(string: str) -> list[str]:
    pieces, size = [""], 0
    for unit in _UNIT.findall(string):
        weight = 1 if unit.startswith("\\") else len(unit.encode())
        if size + weight > STRING:
            pieces.append("")
            size = 0
        pieces[-1] += unit
        size += weight
    return pieces


def _bytes(string: str) -> bytes:
    return b"".join(b"\0" if unit.startswith("\\") and len(unit) > 1 else unit.encode() for unit in _UNIT.findall(string))


def _chunks(data: bytes) -> list[bytes]:
    return [data[start : start + STRING] for start in range(0, len(data), STRING)] or [b""]
