# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, replies and routes, as every emulated cloud sees them."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import parse_qsl, unquote

Verified = t.Literal["spec", "sdk", "assumed"]
READING_VERBS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Operation:
    """One operation of a cloud's API.

    name: the vendor's own name for it (`DescribeVpcs`, `dns_records.batch`).
    write: whether it changes something; the verb alone does not tell for RPC APIs.
    verified: `spec` (vendor's document), `sdk` (driven by the vendor's own SDK or tool in our tests), or `assumed`.
    source: the document or SDK that says so.
    """

    name: str
    write: bool
    verified: Verified
    source: str


@dataclass(frozen=True)
class Certificate:
    """Who a client certificate speaks for: its subject."""

    name: str
    organizations: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Request:
    """One decrypted HTTP request. `path` and `query_string` are as on the wire: signatures cover the raw bytes."""

    method: str
    scheme: str
    host: str
    path: str
    query_string: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    certificate: Certificate | None = field(default=None, kw_only=True)  # of the client, checked by TLS

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """Decoded query pairs in wire order, blank values kept."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def params(self) -> dict[str, str]:
        """Decoded query as a dict; the last of a repeated name wins."""
        return dict(self.query)

    @cached_property
    def form(self) -> dict[str, str]:
        """Body of type application/x-www-form-urlencoded, decoded."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> t.Any:
        """The JSON body; raises ValueError when it is none."""
        return json.loads(self.body)


class Stream(t.Protocol):
    """Pieces of a body as they come. Whoever takes it closes it."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0  # how long the answer takes, for writes that are not to overlap
    stream: Stream | None = None  # what follows the body, piece by piece, until the client leaves or it ends

    @classmethod
    def of_json(cls, value: t.Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def of_xml(cls, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
        return cls(status, text.encode(), {"Content-Type": "application/xml", **(headers or {})})

    def with_headers(self, headers: Mapping[str, str]) -> Reply:
        """The same reply with more headers; those it already has win."""
        return replace(self, headers={**headers, **self.headers})


class Refusal(Exception):
    """Raised anywhere inside an operation: the cloud refuses with this reply."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"HTTP {reply.status}")
        self.reply = reply


class Dropped(Exception):
    """The connection is to be dropped without an answer."""


@dataclass(frozen=True)
class Match:
    """An operation bound to one request, ready to be carried out."""

    operation: Operation
    call: Callable[[], Reply]


Handler = Callable[..., Reply]


class Routes:
    """A table of `METHOD /path/{parameter}` routes. Path parameters are percent-decoded and passed by name.

    Literal segments are matched without regard to case when `ignore_case` is set (Azure Resource Manager).
    A parameter written `{name:path}` also takes slashes.
    """

    def __init__(self, *, ignore_case: bool = False) -> None:
        self._flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._routes: list[tuple[str, re.Pattern[str], Operation, Handler]] = []

    def add(
        self,
        method: str,
        template: str,
        name: str,
        *,
        verified: Verified,
        source: str,
        write: bool | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function. `write` defaults to what the verb says."""
        operation = Operation(name, method not in READING_VERBS if write is None else write, verified, source)
        pattern = re.compile(_as_pattern(template), self._flags)

        def register(handler: Handler) -> Handler:
            self._routes.append((method, pattern, operation, handler))
            return handler

        return register

    def match(self, owner: t.Any, request: Request) -> Match | None:
        """The first route that fits, with its handler bound to `owner`: `handler(owner, request, **parameters)`."""
        for method, pattern, operation, handler in self._routes:
            found = pattern.fullmatch(request.path) if method == request.method else None
            if found:
                parameters = {name: unquote(value) for name, value in found.groupdict().items()}
                return Match(operation, lambda: handler(owner, request, **parameters))  # noqa: B023  called before the loop goes on
        return None

    @property
    def operations(self) -> list[Operation]:
        return [operation for _, _, operation, _ in self._routes]


class Actions:
    """A table of named actions, for RPC-style APIs where one path takes every call."""

    def __init__(self) -> None:
        self._actions: dict[str, tuple[Operation, Handler]] = {}

    def add(self, name: str, *, write: bool, verified: Verified, source: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self._actions[name] = (Operation(name, write, verified, source), handler)
            return handler

        return register

    def match(self, owner: t.Any, name: str, *arguments: t.Any) -> Match | None:
        """The action of that name bound to `owner`: `handler(owner, *arguments)`."""
        if name not in self._actions:
            return None
        operation, handler = self._actions[name]
        return Match(operation, lambda: handler(owner, *arguments))

    @property
    def operations(self) -> list[Operation]:
        return [operation for operation, _ in self._actions.values()]


def _as_pattern(template: str) -> str:
    parts = re.split(r"(\{\w+(?::path)?\})", template)
    return "".join(_parameter(part) if part.startswith("{") else re.escape(part) for part in parts)


def _parameter(part: str) -> str:
    name, _, kind = part.strip("{}").partition(":")
    return f"(?P<{name}>{'.+' if kind == 'path' else '[^/]+'})"
