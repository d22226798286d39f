# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form of Cloudflare's requests and answers: the envelope, its errors, times and pages.

Source of the envelope and of the paging fields: developers.cloudflare.com/fundamentals/api/how-to/make-api-calls.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sandbox.http import Refusal, Reply, Request

Json = dict[str, t.Any]


def answer(result: t.Any, *, status: int = 200, info: Json | None = None, messages: Iterable[Json] = ()) -> Reply:
    """A call that went well."""
    envelope: Json = {"result": result, "success": True, "errors": [], "messages": list(messages)}
    if info is not None:
        envelope["result_info"] = info
    return Reply.of_json(envelope, status)


def failure(status: int, errors: Sequence[Json]) -> Reply:
    return Reply.of_json({"result": None, "success": False, "errors": list(errors), "messages": []}, status)


def error(code: int, message: str, *chain: Json) -> Json:
    """One entry of `errors[]`. Only the gateway still wraps causes in an error_chain; DNS stopped that in October 2024."""
    return {"code": code, "message": message} | ({"error_chain": list(chain)} if chain else {})


def refusal(status: int, code: int, message: str, *chain: Json) -> Refusal:
    return Refusal(failure(status, [error(code, message, *chain)]))


def unroutable(path: str) -> Refusal:
    """What Cloudflare says to an identifier that cannot be one."""
    return refusal(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")


def not_emulated(what: str) -> Refusal:
    """In the sandbox's own words, like a path that it does not know: better than an answer that is only half right."""
    return Refusal(Reply.of_json({"error": {"code": "Sandbox.NotEmulated", "message": f"sandbox: {what} is not emulated"}}, 501))


def body_of(request: Request) -> Json:
    """The JSON object that was sent."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise refusal(400, 9207, "Content-type must be application/json.")
    try:
        sent = request.json()
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise refusal(400, 9207, "Request body is invalid.")
    return t.cast(Json, sent)


def stamp(moment: float) -> str:
    """A time as Cloudflare writes it, with microseconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def page_of(items: Sequence[Json], request: Request, *, default: int, most: int, least: int = 1) -> Reply:
    """One page; a page after the last one is empty, which is how clients that follow pages blindly come to an end."""
    page = _whole(request, "page", 1, 1, None)
    size = _whole(request, "per_page", default, least, most)
    shown = items[(page - 1) * size : page * size]
    info = {"page": page, "per_page": size, "count": len(shown), "total_count": len(items), "total_pages": -(-len(items) // size)}
    return answer(list(shown), info=info)


def _whole(request: Request, name: str, default: int, least: int, most: int | None) -> int:
    text = request.params.get(name, str(default))
    try:
        number = float(text)  # the API's own schema calls them numbers, and some clients write 2.0
    except ValueError:
        number = least - 1
    if number != int(number) or number < least or (most is not None and number > most):
        limits = f"at least {least}" if most is None else f"between {least} and {most}"
        raise refusal(400, 1003, f"{name} must be a number {limits}.")
    return int(number)
