# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who calls, and what the token may do.

Codes and messages: 6003/6111 and 1001 as clients report them for malformed and missing headers, 9106 and 9109 for missing and
unknown ones, 10000 for a right that the token lacks in DNS, and code 0 for zone.list and zone.create (certbot's and cert-manager's
documentation quote it).
"""

from __future__ import annotations

import re
import time
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clouds.cloudflare.wire import Json, error, refusal
from sandbox.http import Refusal, Request

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{40,}")  # the 37 characters of a global API key are refused as malformed
CALLS, WINDOW = 1200, 300  # per token: developers.cloudflare.com/fundamentals/api/reference/limits

# What a token of the account's owner may do, as permission groups of the API. Write includes Read.
EVERYTHING = ("Account Settings Read", "DNS Write", "Registrar: Domains Write", "Zone Settings Write", "Zone Write")


@dataclass(frozen=True)
class Actor:
    """A valid token. `zones` limits it to some zones ("Include: specific zone"); None means all."""

    id: str
    status: str
    permissions: tuple[str, ...]
    zones: tuple[str, ...] | None

    def may(self, right: str) -> bool:
        group, _, level = right.rpartition(" ")
        return f"{group} Write" in self.permissions or (level == "Read" and f"{group} Read" in self.permissions)

    def reaches(self, zone_id: str) -> bool:
        return self.zones is None or zone_id in self.zones


def token_of(request: Request) -> str:
    """The bearer token, well formed at least."""
    header = request.headers.get("authorization")
    if header is None and {"x-auth-email", "x-auth-key"} & set(request.headers):
        raise refusal(400, 6003, "Invalid request headers", error(6103, "Invalid format for X-Auth-Key header"))
    if not header:
        raise refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not WELL_FORMED.fullmatch(token):
        raise refusal(400, 6003, "Invalid request headers", error(6111, "Invalid format for Authorization header"))
    return token


def actor_of(credentials: Mapping[str, t.Any], request: Request) -> Actor | None:
    """The token's owner, whatever its state; None for a token that nobody was given."""
    found = credentials.get("tokens", {}).get(token_of(request))
    if found is None:
        return None
    zones = found.get("zones")
    return Actor(found["id"], found["status"], tuple(found["permissions"]), None if zones is None else tuple(zones))


def caller(credentials: Mapping[str, t.Any], request: Request) -> Actor:
    """The actor of a token that is in force."""
    actor = actor_of(credentials, request)
    if actor is None or actor.status != "active":
        raise refusal(403, 9109, "Invalid access token")
    return actor


def lacks(right: str, actor: Actor, request: Request) -> Refusal:
    """The answer to a token without that right: each part of the API has words of its own."""
    if right == "Zone Read" and request.path.endswith("/zones") and "name" in request.params:
        who = f"Actor 'com.cloudflare.api.token.{actor.id}'"
        return refusal(403, 0, f"{who} requires permission 'com.cloudflare.api.account.zone.list' to list zones")
    if right == "Zone Write" and request.method == "POST":
        return refusal(403, 0, 'Requires permission "com.cloudflare.api.account.zone.create" to create zones for the selected account')
    if right.startswith(("DNS ", "Registrar")):
        return refusal(403, 10000, "Authentication error")
    return refusal(403, 9109, "Unauthorized to access requested resource")


def count_call(rates: Json, key: str) -> tuple[int, int]:
    """Count a call; returns how many remain in this window and how many seconds it has left. Over the limit: 429 until the window ends."""
    now = time.time()
    window = rates.get(key)
    if window is None or now >= window["until"]:
        window = rates[key] = {"until": now + WINDOW, "calls": 0}
    window["calls"] += 1
    return CALLS - window["calls"], max(1, round(window["until"] - now))
