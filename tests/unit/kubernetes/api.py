# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server of a few lines: what it is asked is noted, what it answers is given by the test."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes import client as client_module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.access import Login, ServerAccess
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.client import Client

SERVER = "https://cluster.example"


@dataclass
class Answer:
    status: int
    body: t.Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: t.Any


Handler = t.Callable[[Asked], Answer | Exception]


class Pool:
    """Stands where urllib3's pool of connections stands."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[Asked] = []

    def request(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str], **options: t.Any) -> Answer:
        assert (options["retries"], options["redirect"]) == (False, False)
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(method, parts.path, query, headers, json.loads(body) if body else None)
        self.asked.append(asked)
        answer = self.handler(asked)
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(
    monkeypatch: pytest.MonkeyPatch, handler: Handler, *, read_only: bool = False, logins: t.Sequence[str] = ("token-one",)
) -> tuple[Client, Pool]:
    """A client whose calls a handler answers. logins: the tokens of one login after the other."""
    pool, left = Pool(handler), list(logins)
    monkeypatch.setattr(client_module, "_connections", lambda access: pool)

    def look_up(fresh: bool) -> ServerAccess:
        return ServerAccess(SERVER, "cluster", token=left.pop(0) if len(left) > 1 else left[0])

    return Client(Login(look_up), Traffic("kubernetes", read_only), Retry(sleep=lambda seconds: None)), pool


def status(code: int, reason: str, message: str = "", **details: t.Any) -> Answer:
    """A refusal as API servers write it."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }
    return Answer(code, body, {"Audit-Id": "audit-1"})
