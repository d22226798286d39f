# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The Cloudflare API, version 4: the SDK as a transport of plain data."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.basic import env_fallback

from .._core.errors import CloudError, HybridCloudError, PlanError
from .._core.host import Host
from .._core.retry import Retry
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .._core.words import one_word
from .._sdk import load

CLOUD = "cloudflare"
TIMEOUT = 30.0  # seconds for one call
PAGE_SIZE = 5000  # records in one read; the API takes up to 5,000,000 (developers.cloudflare.com, List DNS Records)
READING_VERBS = frozenset({"GET", "HEAD"})
# POSTs that only read: asking for prices (developers.cloudflare.com/api/resources/registrar, Check).
READING_POSTS = re.compile(r"/client/v4/accounts/[^/]+/registrar/domain-check")
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})

AUTH = ArgumentSpec({"api_token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["CLOUDFLARE_API_TOKEN"])}})

_TOKEN = "Check the API token (api_token or CLOUDFLARE_API_TOKEN): is it complete, active and not expired?"
# By status, or by code where the status alone does not tell: 9109 is answered for a bad token and for a missing right.
HINTS: dict[int | str, str] = {
    400: "See what Cloudflare says above; nothing was changed",
    401: _TOKEN,
    "6003": _TOKEN,
    "9106": _TOKEN,
    "Invalid access token": _TOKEN,
    429: "Cloudflare allows 1,200 calls in five minutes; wait and run again",
}
# The permission that a call needs, by a part of its path: to read, to write. The first that fits counts.
PERMISSIONS = {
    "/registrar/": ("Account:Registrar: Domains:Read", "Account:Registrar: Domains:Edit"),
    "/settings/": ("Zone:Zone Settings:Read", "Zone:Zone Settings:Edit"),
    "/dns": ("Zone:DNS:Read", "Zone:DNS:Edit"),
    "/zones": ("Zone:Zone:Read", "Zone:Zone:Edit"),
    "/accounts": ("Account:Account Settings:Read", "Account:Account Settings:Edit"),
}


class Client:
    """Calls to api.cloudflare.com. Knows tokens, envelopes, pages and errors; knows no things."""

    def __init__(self, token: str, traffic: Traffic, retry: Retry | None = None) -> None:
        sdk = load("cloudflare", CLOUD)
        self._sdk = sdk
        self._retry = retry or Retry()
        self._traffic = traffic
        http = sdk.DefaultHttpxClient(event_hooks={"request": [self._admit]})
        # The SDK would send a create three times after a 500: its own retries are off.
        self._api = sdk.Cloudflare(api_token=token, max_retries=0, timeout=TIMEOUT, http_client=http)
        # It also prefers a global key that happens to be in the environment over the token that it was given.
        self._api.api_key = self._api.api_email = self._api.user_service_key = None

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> Client:
        """The client for a task's options."""
        token = host.params["api_token"]
        if not token:
            raise PlanError(
                "no Cloudflare credentials",
                code="no_credentials",
                cloud=CLOUD,
                hint="Set api_token or the environment variable CLOUDFLARE_API_TOKEN to an API token with Zone:DNS:Edit",
            )
        return cls(one_word(token.strip(), "the Cloudflare API token", CLOUD), traffic)

    def get(self, what: str, path: str, **query: t.Any) -> t.Any:
        """The `result` of a GET. `what` is the sentence for errors: `read the DNS records of example.com`."""
        return self._call(what, "GET", path, query=query)["result"]

    def get_all(self, what: str, path: str, **query: t.Any) -> list[dict[str, t.Any]]:
        """All items of a paged list."""
        found: list[dict[str, t.Any]] = []
        page = 1
        while True:
            answer = self._call(what, "GET", path, query={"per_page": PAGE_SIZE, **query, "page": page})
            found += answer["result"]
            # The last page says so itself; asking for one more, as the SDK does, would double the calls of a small zone.
            if page >= ((answer.get("result_info") or {}).get("total_pages") or 1):
                return found
            page += 1

    def send(self, what: str, verb: str, path: str, body: t.Any = None, *, idempotent: bool = False, in_background: bool = False) -> t.Any:
        """The `result` of a POST, PUT, PATCH or DELETE.

        idempotent: a POST or PATCH that says the same when it is sent twice, so that it may be sent again after a lost answer.
        in_background: ask for an answer at once, where the API would hold the call until the work is done.
        """
        options = {"headers": {"Prefer": "respond-async"}} if in_background else {}
        return self._call(what, verb, path, body=body, options=options, idempotent=idempotent)["result"]

    def _admit(self, request: t.Any) -> None:
        reads = request.method in READING_VERBS or (request.method == "POST" and READING_POSTS.fullmatch(request.url.path))
        self._traffic.admit(f"{request.method} {request.url.path}", write=not reads)

    def _call(
        self,
        what: str,
        verb: str,
        path: str,
        *,
        query: dict[str, t.Any] | None = None,
        body: t.Any = None,
        options: dict[str, t.Any] | None = None,
        idempotent: bool = False,
    ) -> dict[str, t.Any]:
        options = {**(options or {}), **({"params": query} if query else {})}
        may_repeat = idempotent or verb not in ("POST", "PATCH")
        return self._retry.call(lambda: self._once(what, verb, path, options, body), idempotent=may_repeat)

    def _once(self, what: str, verb: str, path: str, options: dict[str, t.Any], body: t.Any) -> dict[str, t.Any]:
        import httpx

        try:
            if verb == "GET":
                response = self._api.get(path, cast_to=httpx.Response, options=options)
            else:
                response = getattr(self._api, verb.lower())(path, cast_to=httpx.Response, body=body, options=options)
        except self._sdk.APIStatusError as error:
            raise self._refusal(what, error.response) from None
        except self._sdk.APIConnectionError as error:
            if isinstance(error.__cause__, HybridCloudError):
                raise error.__cause__ from None
            raise _no_answer(what, error) from None
        try:
            answer = response.json()
        except ValueError as error:
            raise _no_answer(what, error) from None
        if not answer.get("success"):
            raise self._refusal(what, response)
        return t.cast("dict[str, t.Any]", answer)

    def _refusal(self, what: str, response: t.Any) -> CloudError:
        """The error that Cloudflare answered: its own words with every code, the innermost reason included."""
        status = response.status_code
        try:
            errors = response.json().get("errors") or []
        except (ValueError, AttributeError):
            errors = []
        chain = [inner for error in errors for inner in (error, *(error.get("error_chain") or []))]
        detail = (
            "; ".join(dict.fromkeys(f"{each.get('message')} [{each.get('code')}]" for each in chain)) or f"HTTP {status} without a reason"
        )
        return CloudError(
            what,
            detail[:500],
            cloud=CLOUD,
            code=str(chain[0]["code"]) if chain else None,
            status=status,
            request_id=response.headers.get("cf-ray"),
            retryable=status in RETRYABLE,
            retry_after=_seconds(response.headers.get("retry-after")),
            executed=None if status >= 500 else False,
            hint=_hint(status, chain, response.request),
        )


def _hint(status: int, chain: list[dict[str, t.Any]], request: t.Any) -> str | None:
    words = [word for each in chain for word in (str(each.get("code")), each.get("message"))]
    found = next((HINTS[word] for word in words if word in HINTS), HINTS.get(status))
    return _permission(request) if found is None and status == 403 else found


def _permission(request: t.Any) -> str:
    writes = request.method not in READING_VERBS and not READING_POSTS.fullmatch(request.url.path)
    needed = next((rights[writes] for part, rights in PERMISSIONS.items() if part in request.url.path), "one that is not known here")
    return f"The API token lacks a permission, or does not include this zone or account: this call needs {needed}"


def _no_answer(what: str, error: Exception) -> CloudError:
    cause = error.__cause__ or error
    return CloudError(
        what,
        f"no answer from api.cloudflare.com: {type(cause).__name__}: {cause}"[:300],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=None,
        hint="Check the network, the proxy (HTTPS_PROXY) and the certificate authority (SSL_CERT_FILE); a rerun continues",
    )


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
