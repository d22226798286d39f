# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names as Cloudflare keeps them: lower case, punycode, fully qualified, without the final dot.

Source: "Domain names are always represented in Punycode" (developers.cloudflare.com/api/resources/dns/subresources/records).
"""

from __future__ import annotations

import re

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def in_zone(name: str, zone: str) -> str:
    """The full name of a record: `@`, relative and full names are understood; what does not end in the zone's name is relative to it.

    Raises ValueError for what is no DNS name.
    """
    if name in ("@", ""):
        return zone
    plain = _ascii(name.removesuffix("."))
    full = plain if plain == zone or plain.endswith(f".{zone}") else f"{plain}.{zone}"
    first, _, rest = full.partition(".")
    _check(rest if first == "*" and rest else full)
    return full


def host(target: str) -> str:
    """A host name that a record points to. Raises ValueError."""
    plain = _ascii(target.removesuffix("."))
    _check(plain)
    if "." not in plain or plain.rpartition(".")[2].isdigit():
        raise ValueError(f"{target} is not a full host name")  # an IP address, or one label
    return plain


def _ascii(name: str) -> str:
    return ".".join(label.encode("idna").decode() if label and not label.isascii() else label for label in name.split(".")).lower()


def _check(name: str) -> None:
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{name} is not a DNS name")
