# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft Graph: the directory's API. OData on the same pipeline as Resource Manager, with its own tokens and its own lateness.

learn.microsoft.com/graph/errors and …/graph/throttling. What was made just now is not known everywhere for some seconds: reads and
writes by id answer 404 then, and searches do not find it for longer.
"""

from __future__ import annotations

import math
import time
import typing as t
from urllib.parse import quote, urlencode

from ..._core.errors import CloudError
from ..._core.host import Host
from ..._core.retry import Retry
from ..._core.traffic import Traffic
from ..._core.wait import Wait
from ..._sdk import load
from ..calls import Calls, Response, check_host, json_of, policies
from ..credentials import Credential
from ..errors import CLOUD
from ..transport import GuardedTransport

HOST = "graph.microsoft.com"
SCOPE = f"https://{HOST}/.default"
BASE = f"https://{HOST}/v1.0"
# Two changes of one object at the same moment; the directory asks to try again.
BUSY = "Directory_ConcurrencyViolation"
# How the directory says that it has not heard yet of what was made just now.
LATE = frozenset({"Request_ResourceNotFound", "NoBackingApplicationObject"})


class Graph:
    """Calls to Microsoft Graph. timeout: seconds for everything that a task waits for."""

    def __init__(
        self,
        credential: Credential,
        traffic: Traffic,
        timeout: float = 600.0,
        tell: t.Callable[[str], None] = lambda text: None,
        retry: Retry | None = None,
    ) -> None:
        self._rest = load("azure.core.rest", CLOUD)
        self._calls = Calls(credential, retry or Retry())
        self._timeout, self._tell, self._begin = timeout, tell, time.monotonic()
        self._pipeline = load("azure.core", CLOUD).PipelineClient(
            base_url=BASE,
            policies=policies(credential, SCOPE),
            transport=GuardedTransport(traffic),
        )

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> Graph:
        """The client for a task's options."""
        return cls(Credential.of(host), traffic, float(host.params["timeout"]), host.tell)

    def all(self, what: str, path: str, **query: str) -> list[dict[str, t.Any]]:
        """Every item of a paged list."""
        url: str | None = f"{BASE}{path}?{urlencode(query, quote_via=quote)}"
        found: list[dict[str, t.Any]] = []
        while url:
            check_host(what, url, HOST)
            answer = json_of(what, self._send(what, "GET", url))
            found += answer["value"]
            url = answer.get("@odata.nextLink")
        return found

    def is_there(self, what: str, path: str) -> bool:
        try:
            self.get(what, path)
        except CloudError as error:
            if error.status == 404:
                return False
            raise
        return True

    def write(self, what: str, verb: str, path: str, body: t.Any = None, *, fresh: bool = False) -> dict[str, t.Any]:
        """POST, PATCH or DELETE, again while the object is busy. fresh: it was made just now, so it may not be known everywhere yet."""

        def attempt() -> Response | CloudError:
            try:
                return self._send(what, verb, f"{BASE}{path}", body, idempotent=verb != "POST")
            except CloudError as error:
                if error.code == BUSY or (fresh and error.code in LATE):
                    return error
                raise

        return json_of(what, self.wait_until(what, attempt, lambda seen: not isinstance(seen, CloudError)))

    def get(self, what: str, path: str) -> dict[str, t.Any]:
        return json_of(what, self._send(what, "GET", f"{BASE}{path}"))

    def wait_until(self, what: str, look: t.Callable[[], t.Any], done: t.Callable[[t.Any], bool], *, within: float = math.inf) -> t.Any:
        """Wait within the task's time. within: and no longer than these seconds."""
        left = min(max(self._timeout - (time.monotonic() - self._begin), 0.0), within)
        wait = Wait(timeout=left, pause=0.2, longest=5.0, tell=self._tell)
        return wait.until(what, look, done, lambda seen: "the directory does not know of it everywhere yet", cloud=CLOUD)

    def _send(self, what: str, verb: str, url: str, body: t.Any = None, *, idempotent: bool = True) -> Response:
        def call() -> Response:
            return self._pipeline.send_request(self._rest.HttpRequest(verb, url, json=body))

        return self._calls.send(what, call, HOST, idempotent=idempotent)


def text(value: str) -> str:
    """Text as it stands in a filter."""
    return "'" + value.replace("'", "''") + "'"
