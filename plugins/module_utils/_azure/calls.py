# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Calls through Azure's SDKs: our retries, our errors, a fresh token when one is refused."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from .._core.errors import CloudError
from .._core.retry import Retry
from .._sdk import load
from .credentials import Credential
from .errors import CLOUD, no_answer, refusal


class Authorize:
    """A policy of azure-core's pipeline: the shared token on each request."""

    next: t.Any = None

    def __init__(self, credential: Credential, scope: str) -> None:
        self._credential = credential
        self._scope = scope

    def send(self, request: t.Any) -> t.Any:
        request.http_request.headers["Authorization"] = f"Bearer {self._credential.token(self._scope)}"
        return self.next.send(request)


def policies(credential: Credential, scope: str) -> list[t.Any]:
    """What every pipeline of ours has. No retry policy of the SDK, and no automatic registration: both would write behind our back."""
    core = load("azure.core.pipeline.policies", CLOUD)
    return [
        core.RequestIdPolicy(),
        core.HeadersPolicy({"Accept": "application/json"}),
        core.UserAgentPolicy("klinematrix.hybrid_cloud", sdk_moniker="ansible"),
        core.ContentDecodePolicy(),
        Authorize(credential, scope),
    ]


Response = t.Any  # azure.core.rest.HttpResponse: status_code, headers, json()


class Calls:
    """Sends calls and turns whatever comes back into a response below 400, or a CloudError.

    Every call is given as a function, because a retry has to build its request anew.
    """

    def __init__(self, credential: Credential, retry: Retry | None = None) -> None:
        self._credential = credential
        self._retry = retry or Retry()
        self._core = load("azure.core.exceptions", CLOUD)

    def send(self, what: str, call: t.Callable[[], Response], host: str, *, idempotent: bool = True) -> Response:
        """The call, again while that can help.

        what: the sentence for errors. host: whom it goes to, for the error when nobody answers.
        idempotent: a second try does no harm. Raises CloudError.
        """
        return self._retry.call(lambda: self.once(what, call, host), idempotent=idempotent)

    def once(self, what: str, call: t.Callable[[], Response], host: str) -> Response:
        """The call, without retries."""
        response = self._response(what, call, host)
        if response.status_code == 401:
            # A token may be refused before its time: revoked, or the clock is off. One fresh one is worth a try.
            self._credential.forget()
            response = self._response(what, call, host)
        if response.status_code >= 400:
            raise refusal(what, response)
        return response

    def _response(self, what: str, call: t.Callable[[], Response], host: str) -> Response:
        try:
            return call()
        except self._core.HttpResponseError as error:
            if error.response is None:
                raise no_answer(what, error, host) from None
            return error.response
        except self._core.ServiceRequestError as error:
            raise no_answer(what, error, host, executed=None if _was_cut(error) else False) from None
        except self._core.ServiceResponseError as error:
            raise no_answer(what, error, host) from None


def _was_cut(error: t.Any) -> bool:
    """A connection that broke after the call had left. The SDKs call that a failed request too, although it may have been carried out.

    Behind a proxy it even looks as if the proxy had not been reached; what stands behind that tells them apart.
    """
    seen: list[t.Any] = [getattr(error, "inner_exception", None)]
    for each in seen:
        seen += [cause for cause in getattr(each, "args", ()) if isinstance(cause, Exception)]
    return any(
        isinstance(each, (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)) or type(each).__name__ == "ProtocolError"
        for each in seen
    )


def json_of(what: str, response: Response) -> dict[str, t.Any]:
    """The JSON object of a successful answer; raises CloudError when there is none."""
    try:
        found = response.json() if response.status_code != 204 else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CloudError(what, f"the answer is no JSON object (HTTP {response.status_code})", cloud=CLOUD, code="bad_answer", executed=None)
    return found


def host_of(url: str) -> str:
    return urlsplit(url).netloc.casefold()


def check_host(what: str, url: str, host: str) -> None:
    """Refuse an address that a cloud gave us and that is not its own: it would get our token. Raises CloudError."""
    if host_of(url) != host or not url.lower().startswith("https://"):
        raise CloudError(what, f"the cloud points to {host_of(url)}, which gets no token of ours", cloud=CLOUD, code="foreign_host")
