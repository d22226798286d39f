# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""api.cloudflare.com as a service: its operations, and what surrounds every call."""

from __future__ import annotations

import functools
import re
import secrets
import typing as t
from collections.abc import Callable

from sandbox.cloud import Service
from sandbox.clouds.cloudflare import access
from sandbox.clouds.cloudflare.seed import new_account
from sandbox.clouds.cloudflare.wire import Json, error, failure, refusal, unroutable
from sandbox.http import Handler, Match, Operation, Refusal, Reply, Request, Routes, Verified

BASE = "/client/v4"
IDENTIFIER = re.compile(r"[0-9a-f]{32}")
routes = Routes()
_settlers: list[Callable[[Api], None]] = []


def operation(
    method: str, path: str, name: str, right: str | None, *, verified: Verified, source: str, write: bool | None = None
) -> Callable[[Handler], Handler]:
    """Register an operation that needs `right` (None: any known token). A `{zone}` in the path reaches the handler as the zone itself,
    `{account}` only when it is the token's own.
    """

    def register(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def checked(api: Api, request: Request, **parameters: t.Any) -> Reply:
            if right is not None:
                actor = access.caller(api.cloud.credentials, request)
                if not actor.may(right):
                    raise access.lacks(right, actor, request)
                if "account" in parameters and parameters["account"] != api.data["account"]["id"]:
                    raise access.lacks(right, actor, request)
                if "zone" in parameters:
                    parameters["zone"] = api.zone(parameters["zone"], right, actor, request)
            return handler(api, request, **parameters)

        return routes.add(method, BASE + path, name, verified=verified, source=source, write=write)(checked)

    return register


def settles(function: Callable[[Api], None]) -> Callable[[Api], None]:
    """Register what brings the state up to now, before each call: things that Cloudflare finishes in its own time."""
    _settlers.append(function)
    return function


class Api(Service):
    """Version 4 of the client API."""

    name = "api"
    hosts = ("api.cloudflare.com",)

    def seed(self) -> Json:
        return new_account()

    def match(self, request: Request) -> Match | None:
        found = routes.match(self, request)
        return None if found is None else Match(found.operation, lambda: self._answer(request, found))

    def _answer(self, request: Request, found: Match) -> Reply:
        left, seconds = self._count(request)
        if left < 0:
            reply = self.error(request, 429).with_headers({"Retry-After": str(seconds)})
        else:
            for settle in _settlers:
                settle(self)
            try:
                reply = found.call()
            except Refusal as refused:
                reply = refused.reply
        return reply.with_headers(_headers(left, seconds))

    def _count(self, request: Request) -> tuple[int, int]:
        """Calls that the token has left, and the seconds until it has all of them again."""
        try:
            actor = access.actor_of(self.cloud.credentials, request)
        except Refusal:
            actor = None
        return access.count_call(self.data["rates"], actor.id) if actor else (access.CALLS, access.WINDOW)

    def zone(self, zone_id: str, right: str, actor: access.Actor, request: Request) -> Json:
        """The zone of that identifier, when the token reaches it."""
        if not IDENTIFIER.fullmatch(zone_id):
            raise unroutable(request.path)
        zone = self.data["zones"].get(zone_id)
        if zone is None or not actor.reaches(zone_id):
            if right.startswith("Zone "):
                raise refusal(404, 1001, "Invalid zone identifier")
            raise access.lacks(right, actor, request)
        return t.cast(Json, zone)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        """Cloudflare's words for a status. From 502 on it is the edge that answers, and the edge answers no JSON."""
        if status >= 502 and code is None:
            return Reply(status, f"error code: {status}".encode(), {"Content-Type": "text/plain; charset=UTF-8"})
        usual, message = _WORDS.get(status, (10013, "An unknown error has occurred"))
        reply = failure(status, [error(usual if code is None else int(code) if code.isdigit() else 0, message)])
        return reply.with_headers(_headers(0 if status == 429 else access.CALLS, access.WINDOW))

    def expired(self, request: Request) -> Reply:
        verify = request.path.endswith("/tokens/verify")
        reply = failure(401, [error(1000, "Invalid API Token")]) if verify else failure(403, [error(9109, "Invalid access token")])
        return reply.with_headers(_headers(access.CALLS, access.WINDOW))

    @property
    def operations(self) -> list[Operation]:
        return routes.operations


_WORDS = {
    400: (1004, "DNS Validation Error"),
    401: (10000, "Authentication error"),
    403: (10000, "Authentication error"),
    404: (7003, "Could not route to this path, perhaps your object identifier is invalid?"),
    429: (971, "Please wait and consider throttling your request speed"),
}


def _headers(left: int, seconds: int) -> dict[str, str]:
    """On every answer: developers.cloudflare.com/fundamentals/api/reference/limits."""
    return {
        "Ratelimit": f'"default";r={max(0, left)};t={seconds}',
        "Ratelimit-Policy": f'"default";q={access.CALLS};w={access.WINDOW}',
        "cf-ray": f"{secrets.token_hex(8)}-FRA",
    }
