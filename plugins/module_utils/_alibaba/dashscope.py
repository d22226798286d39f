# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""DashScope: what can be done with an API key of Model Studio."""

from __future__ import annotations

import json
import re
import typing as t
from urllib.parse import urlencode

from .._core.errors import CloudError, PlanError, WriteRefused
from .._core.retry import Retry
from .._core.traffic import Traffic
from .credentials import CLOUD
from .errors import no_answer, refusal
from .transport import Https, json_of

# Keys work only in the region that made them. Regions without a host of this kind are reached by workspace.
HOSTS = {
    "cn-beijing": "dashscope.aliyuncs.com",
    "ap-southeast-1": "dashscope-intl.aliyuncs.com",
    "cn-hongkong": "cn-hongkong.dashscope.aliyuncs.com",
}
GENERATION = "/api/v1/services/aigc/multimodal-generation/generation"
REFUSED = "InvalidApiKey"
_WORD = re.compile(r"[!-~]+")


def host_of(region: str, workspace: str | None) -> str:
    """The host for a region; where it has none of its own, that of the workspace. Raises PlanError when that is not known."""
    if region not in HOSTS and not workspace:
        raise PlanError(f"{region} has hosts for each workspace only: workspace is missing", cloud=CLOUD)
    return HOSTS.get(region) or f"{workspace}.{region}.maas.aliyuncs.com"


class DashScope:
    """Calls with one API key.

    may_cost: whether calls that are paid for may be sent. They change nothing, so they are reads; but no preview pays.
    """

    def __init__(self, host: str, key: str, traffic: Traffic, *, may_cost: bool = False, retry: Retry | None = None) -> None:
        self._host = host
        self._key = key
        self._traffic = traffic
        self._may_cost = may_cost
        self._retry = retry or Retry()
        self._https = Https()

    def knows(self, model: str) -> bool:
        """Whether the key may use a model. Costs nothing. Raises CloudError when the key itself is refused."""
        query = urlencode({"model": model, "page_no": 1, "page_size": 1})
        answer = self._call(f"look for the model {model}", "GET", f"/api/v1/models?{query}")
        # A service that ignores the filter must not make us believe anything.
        return model in [each.get("model") for each in (answer.get("output") or {}).get("models") or ()]

    def converse(self, model: str) -> dict[str, t.Any]:
        """One short real call; returns what it used, in tokens. Never sent in a preview."""
        if not self._may_cost:
            raise WriteRefused(CLOUD, f"POST {self._host}{GENERATION}")
        body = {
            "model": model,
            "input": {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]},
            "parameters": {"max_tokens": 1},
        }
        return t.cast("dict[str, t.Any]", self._call(f"call the model {model}", "POST", GENERATION, body).get("usage") or {})

    def _call(self, what: str, method: str, path: str, body: t.Any = None) -> dict[str, t.Any]:
        return self._retry.call(lambda: self._once(what, method, path, body), idempotent=method == "GET")

    def _once(self, what: str, method: str, path: str, body: t.Any) -> dict[str, t.Any]:
        if not _WORD.fullmatch(self._key):
            # The library would refuse the header, and quote it.
            raise CloudError(what, "the API key holds blanks, line breaks or letters that no key has", cloud=CLOUD, code=REFUSED)
        self._traffic.admit(f"{method} {self._host}{path.partition('?')[0]}", write=False)
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json", "accept": "application/json"}
        try:
            sent = None if body is None else json.dumps(body).encode()
            response = self._https.send(method, f"https://{self._host}{path}", headers, sent)
        except self._https.errors as error:
            raise no_answer(what, self._host, error) from None
        answer = json_of(response)
        # Some errors come as a success of HTTP.
        if response.status_code >= 300 or answer.get("code"):
            raise refusal(
                what,
                status=response.status_code,
                code=answer.get("code"),
                message=str(answer.get("message") or "").replace(self._key, "…"),
                request_id=answer.get("request_id"),
                retry_after=response.headers.get("retry-after"),
            )
        return answer


def access(inference: DashScope, models: t.Sequence[str]) -> dict[str, str]:
    """By model: `available`, `not available`, or the code with which the key was refused.

    Raises CloudError for trouble that says nothing about the key.
    """
    found: dict[str, str] = {}
    for model in models:
        try:
            found[model] = "available" if inference.knows(model) else "not available"
        except CloudError as error:
            if error.status not in (401, 403, 404) and error.code != REFUSED:
                raise
            found[model] = error.code or str(error.status)
    return found
