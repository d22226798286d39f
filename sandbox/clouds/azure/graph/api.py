# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operations of Microsoft Graph share: routes, refusals, one page of a list.

Codes: learn.microsoft.com/graph/errors and …/graph/resolve-auth-errors; texts as users quote them in public issue threads.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterable, Mapping
from uuid import uuid4

from sandbox.clouds.azure.account import now, timestamp
from sandbox.http import Refusal, Reply, Request, Routes

HOST = "https://graph.microsoft.com"
DOCS = "learn.microsoft.com/graph/api"
Body = dict[str, t.Any]

routes = Routes()

_TERM = re.compile(r"(\w+)\s+eq\s+('(?:[^']|'')*'|\w+)", re.IGNORECASE)
_STARTS = re.compile(r"startswith\((\w+),\s*('(?:[^']|'')*')\)", re.IGNORECASE)


def failure(status: int, code: str, message: str) -> Reply:
    request_id = str(uuid4())
    inner = {"date": timestamp(now(), 0).rstrip("Z"), "request-id": request_id, "client-request-id": request_id}
    return Reply.of_json({"error": {"code": code, "message": message, "innerError": inner}}, status, {"request-id": request_id})


def refuse(status: int, code: str, message: str) -> Refusal:
    return Refusal(failure(status, code, message))


def bad(message: str) -> Refusal:
    return refuse(400, "Request_BadRequest", message)


def not_found(named: str) -> Refusal:
    text = f"Resource '{named}' does not exist or one of its queried reference-property objects are not present."
    return refuse(404, "Request_ResourceNotFound", text)


def denied() -> Refusal:
    return refuse(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def body_of(request: Request) -> Body:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise bad("A valid Content-Type header with value 'application/json' is required for this request.")
    try:
        found = request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refuse(
            400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON."
        )
    return found


def entity(kind: str, body: Mapping[str, t.Any], request: Request, status: int = 200) -> Reply:
    """One object, as far as $select asks for it."""
    context = f"{HOST}/v1.0/$metadata#{kind}/$entity"
    return Reply.of_json({"@odata.context": context, **_selected(body, request)}, status)


def page(kind: str, found: Iterable[Mapping[str, t.Any]], request: Request, filterable: frozenset[str]) -> Reply:
    """A list: filtered, then one page of it (…/graph/query-parameters)."""
    unknown = set(request.params) - {"$filter", "$select", "$top", "$skiptoken", "$count", "$orderby"}
    if unknown:
        raise bad(f"Invalid query parameter: {sorted(unknown)[0]}.")
    fits = _filter(request.params.get("$filter", ""), filterable)
    items = [_selected(each, request) for each in found if fits(each)]
    top, start = request.params.get("$top", "100"), int(request.params.get("$skiptoken", "0"))
    if not top.isdigit() or not 1 <= int(top) <= 999:
        raise refuse(400, "Request_UnsupportedQuery", f"Invalid page size specified: '{top}'. Must be between 1 and 999 inclusive.")
    end = start + int(top)
    body: Body = {"@odata.context": f"{HOST}/v1.0/$metadata#{kind}", "value": items[start:end]}
    if end < len(items):
        rest = "&".join(f"{name}={value}" for name, value in request.query if name != "$skiptoken")
        body["@odata.nextLink"] = f"{HOST}{request.path}?{rest}&$skiptoken={end}".replace("?&", "?").replace(" ", "%20")
    return Reply.of_json(body)


def _selected(body: Mapping[str, t.Any], request: Request) -> Body:
    names = [each.strip() for each in request.params.get("$select", "").split(",") if each.strip()]
    unknown = [name for name in names if name not in body]
    if unknown:
        raise bad(f"Could not find a property named '{unknown[0]}' on the type.")
    return {name: body[name] for name in names} if names else dict(body)


def _filter(text: str, filterable: frozenset[str]) -> Callable[[Mapping[str, t.Any]], bool]:
    """`eq` and `startsWith`, joined by `and`. The directory compares text without regard to case."""
    tests: list[tuple[str, str, bool]] = []
    rest = text.strip()
    while rest:
        term, starts = _TERM.match(rest), _STARTS.match(rest)
        found = term or starts
        if found is None:
            raise refuse(400, "BadRequest", f"Invalid filter clause: Syntax error at position {len(text) - len(rest)} in '{text}'.")
        if found[1] not in filterable:
            raise refuse(
                400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause specified for property '{found[1]}'."
            )
        tests.append((found[1], _literal(found[2]), starts is not None))
        rest = rest[found.end() :].strip()
        if rest:
            joined = re.match(r"and\s+", rest, re.IGNORECASE)
            if joined is None:
                raise refuse(400, "Request_UnsupportedQuery", "Unsupported Query.")
            rest = rest[joined.end() :]
    return lambda body: all(_fits(body[name], value, starting) for name, value, starting in tests)


def _literal(text: str) -> str:
    return (text[1:-1].replace("''", "'") if text.startswith("'") else text).casefold()


def _fits(have: t.Any, want: str, starting: bool) -> bool:
    if have is None:
        return want == "null"
    text = str(have).casefold()
    return text.startswith(want) if starting else text == want
