# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Looking at an address as a user's browser does: the answer, the certificate and where plain HTTP leads."""

from __future__ import annotations

import json
import ssl
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit, urlunsplit

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Kind, State, States
from .._core.rules import Leaf, Map
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._core.unknown import has_unknown
from .._core.wait import Wait
from . import problems
from .certificate import CLOUD, Certificate
from .connection import Seen, addresses_of, look, proxy_of
from .problems import Problem

EXCERPT = 4096  # bytes of JSON that are returned
ENDPOINT = ArgumentSpec(
    {
        "url": {"type": "str", "required": True},
        "expected_status": {"type": "list", "elements": "int", "default": [200]},
        "expected_json": {"type": "dict"},
        "minimum_days": {"type": "int"},
        "validate_certs": {"type": "bool", "default": True},
        "http_too": {"type": "bool", "default": True},
        "required": {"type": "bool", "default": True},
        "timeout": {"type": "int", "default": 10},
        "wait_timeout": {"type": "int", "default": 0},
    }
)


@dataclass(frozen=True)
class Outcome:
    """What was seen, whether it is trusted, and what is wrong with it."""

    seen: Seen
    trusted: bool | None
    problem: Problem | None


class Endpoint(Inspector):
    """The options of `endpoint_info`. Fails when something is wrong and `required` is set; else what is wrong is a fact like others."""

    kind = Kind(CLOUD, "endpoint", Map(other=Leaf()))
    identity = ("url",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._params = host.params
        if not has_unknown(host.params["url"]):
            _checked(host.params["url"])
        if min(host.params["timeout"], host.params["wait_timeout"] + 1) < 1:
            raise PlanError("timeout has to be at least 1, and wait_timeout not negative", cloud=CLOUD)

    @property
    def _url(self) -> str:
        return str(self._params["url"])

    def read(self) -> dict[str, State]:
        parts = _checked(self._url)
        what = f"see {_shown(parts)} answer"
        seen: list[Outcome] = []

        def once() -> Outcome:
            seen.append(self._look(parts))
            return seen[-1]

        wait = Wait(timeout=self._params["wait_timeout"], pause=0.5, longest=5.0, tell=self.host.tell)
        try:
            wait.until(what, once, lambda each: each.problem is None, lambda each: each.problem.text if each.problem else "", cloud=CLOUD)
        except CloudError as error:
            if error.code != "timeout":
                raise
        outcome = seen[-1]
        if outcome.problem and self._params["required"]:
            after = f" after {self._params['wait_timeout']} s" if self._params["wait_timeout"] else ""
            problem = outcome.problem
            facts: dict[str, t.Any] = {
                "cloud": CLOUD,
                "code": problem.code,
                "status": outcome.seen.status,
                "retryable": True,
                "hint": problem.hint,
            }
            raise CloudError(what + after, problem.text, **facts)
        return {"endpoint": self._facts(parts, outcome)}

    def _look(self, parts: SplitResult) -> Outcome:
        verify = self._params["validate_certs"]
        seen = self._ask(self._url, verify=True)
        trusted: bool | None = None if parts.scheme == "http" else seen.error is None
        problem: Problem | None = None
        if isinstance(seen.error, ssl.SSLCertVerificationError):
            error = seen.error
            seen = self._ask(self._url, verify=False)
            problem = problems.of_certificate(error, seen, parts.hostname or "") if verify else None
        if seen.error is not None:
            problem = problems.of_connection(seen.error, parts.hostname or "", proxy_of(self._url) is not None)
        body = _json(seen.body)
        problem = problem or problems.of_answer(seen, self._params["expected_status"], self._params["expected_json"], body)
        return Outcome(seen, trusted, problem or problems.of_days(seen, self._params["minimum_days"]))

    def _ask(self, url: str, *, verify: bool) -> Seen:
        self.traffic.admit(f"GET {_shown(urlsplit(url))}", write=False)
        return look(url, self._params["timeout"], verify=verify)

    # --- facts ---------------------------------------------------------------

    def _facts(self, parts: SplitResult, outcome: Outcome) -> dict[str, t.Any]:
        seen, problem = outcome.seen, outcome.problem
        headers = seen.headers or {}
        body = _json(seen.body) if len(seen.body) <= EXCERPT else None
        proxied = proxy_of(self._url) is not None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return {
            "url": _shown(parts),
            "ok": problem is None,
            "problem": None if problem is None else {"code": problem.code, "text": problem.text, "hint": problem.hint},
            "status": seen.status,
            "content_type": headers.get("content-type"),
            "location": headers.get("location"),
            "json": body,
            "certificate": None if seen.certificate is None else _certificate(seen.certificate, outcome.trusted),
            "http": self._plain(parts) if parts.scheme == "https" and self._params["http_too"] else None,
            "addresses": [] if proxied else addresses_of(parts.hostname or "", port),
            "proxied": proxied,
        }

    def _plain(self, parts: SplitResult) -> dict[str, t.Any]:
        """What plain HTTP answers at the same host and path."""
        url = urlunsplit(("http", parts.hostname or "", parts.path or "/", "", ""))
        seen = self._ask(url, verify=False)
        location = (seen.headers or {}).get("location")
        return {"status": seen.status, "location": location, "to_https": bool(location and location.startswith("https://"))}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"endpoint": after.get("endpoint")}


def _certificate(found: Certificate, trusted: bool | None) -> dict[str, t.Any]:
    return {
        "subject": found.subject,
        "issuer": found.issuer,
        "names": list(found.names),
        "not_before": found.not_before.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": found.not_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days_left": found.days_left(datetime.now(UTC)),
        "trusted": bool(trusted),
    }


def _checked(url: str) -> SplitResult:
    """An address that can be looked at. Raises PlanError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise PlanError(f"url {url} is none: {error}", cloud=CLOUD) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise PlanError(f"url {url} is none that can be looked at", cloud=CLOUD, hint="It begins with https:// or http:// and names a host")
    if parts.username is not None:
        raise PlanError("url holds a user name or a password", cloud=CLOUD, hint="This module logs in to nothing: leave them out")
    return parts


def _shown(parts: SplitResult) -> str:
    """The address without its query, which may hold a token."""
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))


def _json(body: bytes) -> t.Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
