# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public DNS as far as the local cloud holds it: records of Cloudflare's active zones, and Azure's names of public addresses."""

from __future__ import annotations

import typing as t

Json = dict[str, t.Any]
ADDRESSES = "Microsoft.Network/publicIPAddresses"
MOST = 8  # aliases one after the other


class Found(t.NamedTuple):
    """Where a name leads. `proxied`: Cloudflare answers in front of these addresses."""

    addresses: tuple[str, ...]
    proxied: bool


def zones_of(state: Json) -> list[Json]:
    """Zones that the world asks: those that their registry has delegated here."""
    zones = t.cast("dict[str, Json]", state["cloudflare"]["api"]["zones"])
    return [each for each in zones.values() if each["status"] == "active"]


def look_up(state: Json, host: str) -> Found | None:
    """None: no such name."""
    name = host.lower().rstrip(".")
    for _ in range(MOST):
        azure = _azure(state, name)
        if azure:
            return Found((azure,), proxied=False)
        records = _records(state, name)
        addresses = tuple(each["content"] for each in records if each["type"] == "A")
        if addresses:
            return Found(addresses, any(each["proxied"] for each in records if each["type"] == "A"))
        alias = next((each for each in records if each["type"] == "CNAME"), None)
        if alias is None:
            return None
        name = alias["content"].lower().rstrip(".")
    return None


def _records(state: Json, name: str) -> list[Json]:
    """The records of a name; those of a wildcard when the name itself has none (RFC 4592)."""
    fitting = [each for each in zones_of(state) if name == each["name"] or name.endswith(f".{each['name']}")]
    if not fitting:
        return []
    zone = max(fitting, key=lambda each: len(each["name"]))
    every = list(zone["records"].values())
    found = [each for each in every if each["name"] == name]
    above = name
    while not found and above != zone["name"]:
        above = above.partition(".")[2]
        if any(each["name"] == above or each["name"].endswith(f".{above}") for each in every):
            return [each for each in every if each["name"] == f"*.{above}"]
    return found


def _azure(state: Json, name: str) -> str | None:
    if not name.endswith(".cloudapp.azure.com"):
        return None
    for each in state["azure"]["arm"]["resources"].values():
        if each["type"] == ADDRESSES and (each["body"]["properties"].get("dnsSettings") or {}).get("fqdn") == name:
            return t.cast(str, each["address"])
    return None
