# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The management API of Model Studio, version 2026-02-10: ROA calls, signed with ACS3."""

from __future__ import annotations

import typing as t
import uuid
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from ..._core.host import Host
from ..._core.retry import Retry
from ..._core.traffic import Traffic
from ..acs3 import canonical_query, signed_headers
from ..credentials import Credentials, credentials_of
from ..errors import no_answer, refusal, right_in
from ..transport import Https, json_of

VERSION = "2026-02-10"
# Regions with a management endpoint; cn-hangzhou is none.
REGIONS = ("cn-beijing", "ap-southeast-1", "cn-hongkong", "eu-central-1")
READING = frozenset({"ListApiKeys", "GetApiKey", "ListWorkspaces", "ListModels", "ListModelLimits", "ListModelPermissions"})
FORM = "application/x-www-form-urlencoded"
PAGE = 100

Answer = dict[str, t.Any]


class ModelStudio:
    """Calls to Model Studio in one region. Knows signatures, envelopes, pages and errors; knows no things."""

    def __init__(self, region: str, credentials: Credentials, traffic: Traffic, retry: Retry | None = None) -> None:
        self._host = f"modelstudio.{region}.aliyuncs.com"
        self._credentials = credentials
        self._traffic = traffic
        self._retry = retry or Retry()
        self._https = Https()

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> ModelStudio:
        """The client for a task's options."""
        return cls(host.params["region"], credentials_of(host), traffic)

    def all(self, what: str, action: str, path: str, items: str, *, page: int = PAGE, **query: str | None) -> list[Answer]:
        """All items of a paged list. `what` is the sentence for errors; items: where they stand in the answer."""
        found: list[Answer] = []
        following: str | None = None
        while True:
            answer = self.call(what, action, "GET", path, query={**query, "maxResults": str(page), "nextToken": following})
            found += answer.get(items) or []
            following = answer.get("nextToken")
            if not following:
                return found

    def call(
        self,
        what: str,
        action: str,
        method: str,
        path: str,
        *,
        query: t.Mapping[str, str | None] | None = None,
        form: t.Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer of any action. A POST that writes is sent again only when it was surely not carried out."""
        given = {name: value for name, value in (query or {}).items() if value}
        return self._retry.call(
            lambda: self._once(what, action, method, quote(path), given, form), idempotent=method != "POST" or action in READING
        )

    def _once(self, what: str, action: str, method: str, path: str, query: dict[str, str], form: t.Mapping[str, str] | None) -> Answer:
        body = urlencode(form).encode() if form else b""
        headers = signed_headers(
            self._credentials,
            method,
            self._host,
            path,
            query,
            body,
            action=action,
            version=VERSION,
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            nonce=uuid.uuid4().hex,
            content_type=FORM if form else None,
        )
        self._traffic.admit(f"{action} ({method} {self._host}{path})", write=action not in READING)
        url = f"https://{self._host}{path}" + (f"?{canonical_query(query)}" if query else "")
        try:
            response = self._https.send(method, url, {**headers, "accept": "application/json"}, body or None)
        except self._https.errors as error:
            raise no_answer(what, self._host, error) from None
        answer = json_of(response)
        # A refusal may come as a success of HTTP.
        if response.status_code >= 300 or answer.get("success") is False:
            raise refusal(
                what,
                status=int(answer.get("httpStatusCode") or response.status_code),
                code=answer.get("code") or answer.get("Code"),
                message=answer.get("message") or answer.get("errorMessage") or answer.get("Message"),
                request_id=answer.get("requestId") or answer.get("RequestId"),
                right=right_in(answer),
                retry_after=response.headers.get("retry-after"),
            )
        return answer
