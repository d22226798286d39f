# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""RPC APIs (CDN, STS, RAM, ...): aliyun-python-sdk-core as a signed transport of plain data."""

from __future__ import annotations

import json
import logging
import re
import typing as t
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from urllib.request import proxy_bypass

from .._core.host import Host
from .._core.retry import Retry
from .._core.traffic import Traffic
from .._sdk import load
from .credentials import CLOUD, Credentials, credentials_of
from .errors import no_answer, refusal, right_in
from .transport import TIMEOUT, authorities, json_of, session

# Every call is a POST: the action says whether it writes.
READING = re.compile(r"(Describe|List|Get|Query)[A-Z]\w*")
REGION = "cn-hangzhou"  # sent with every call, without a meaning for products that have no regions


@dataclass(frozen=True)
class Product:
    host: str
    version: str


CDN = Product("cdn.aliyuncs.com", "2018-05-10")
RAM = Product("ram.aliyuncs.com", "2015-05-01")
STS = Product("sts.aliyuncs.com", "2015-04-01")


class Rpc:
    """Calls to one RPC product. Knows signatures, retries and errors; knows no things."""

    def __init__(
        self, product: Product, credentials: Credentials, traffic: Traffic, retry: Retry | None = None, region: str = REGION
    ) -> None:
        sdk = load("aliyunsdkcore.client", CLOUD)
        self._protocol = load("aliyunsdkcore.http.protocol_type", CLOUD)
        self._request = load("aliyunsdkcore.request", CLOUD).CommonRequest
        self._product = product
        self._traffic = traffic
        self._retry = retry or Retry()
        self._token = credentials.security_token
        _silence()
        # The pair is given as such: a credential object would lose against ALIYUN_ACCESS_KEY_ID in the environment.
        self._api = sdk.AcsClient(
            credentials.access_key_id,
            credentials.access_key_secret,
            region,
            auto_retry=False,
            connect_timeout=TIMEOUT[0],
            timeout=TIMEOUT[1],
            verify=authorities(),
            # The SDK takes the proxy from the environment, but knows nothing of NO_PROXY.
            proxy={"https": None} if proxy_bypass(product.host) else None,
        )
        # The SDK brings its own requests of 2018, which on Python 3.12 names no host when it opens a TLS connection (SNI).
        self._api.session = session()
        self._transport = self._api.session.send
        self._api.session.send = self._send

    @classmethod
    def of(cls, host: Host, traffic: Traffic, product: Product, region: str = REGION) -> Rpc:
        """The client for a task's options."""
        return cls(product, credentials_of(host), traffic, region=region)

    def read(self, what: str, action: str, **params: t.Any) -> dict[str, t.Any]:
        """The answer of an action that only reads. `what` is the sentence for errors: `read the domain img.example.com`."""
        return self._call(what, action, params, idempotent=True)

    def write(self, what: str, action: str, *, repeatable: bool = False, **params: t.Any) -> dict[str, t.Any]:
        """The answer of an action that writes. repeatable: carried out twice, it does no harm, so it may be sent again."""
        return self._call(what, action, params, idempotent=repeatable)

    def _call(self, what: str, action: str, params: dict[str, t.Any], *, idempotent: bool) -> dict[str, t.Any]:
        return self._retry.call(lambda: self._once(what, action, params), idempotent=idempotent)

    def _once(self, what: str, action: str, params: dict[str, t.Any]) -> dict[str, t.Any]:
        request = self._request(domain=self._product.host, version=self._product.version, action_name=action)
        # The constant itself: the SDK compares by identity, and an equal string sends plain HTTP.
        request.set_protocol_type(self._protocol.HTTPS)
        request.set_method("POST")
        # In the body, which appears in no log and no error: there are private keys among them.
        for name, value in params.items():
            request.add_body_params(name, value)
        if self._token:
            request.add_query_param("SecurityToken", self._token)
        try:
            return t.cast("dict[str, t.Any]", json.loads(self._api.do_action_with_exception(request)))
        except _Refused as refused:
            response = refused.response
            body = json_of(response)
            raise refusal(
                what,
                status=response.status_code,
                code=body.get("Code"),
                message=body.get("Message"),
                request_id=body.get("RequestId"),
                right=right_in(body),
                retry_after=response.headers.get("retry-after"),
            ) from None
        except _Silent as silent:
            raise no_answer(what, self._product.host, silent.error) from None

    def _send(self, prepared: t.Any, **options: t.Any) -> t.Any:
        """The last step of the SDK: the guard, and what the SDK would lose or stumble over.

        Of a refusal it drops the missing right, and it dies of an IndexError when a signature is refused in other words than
        it expects.
        """
        action = parse_qs(urlsplit(prepared.url).query)["Action"][0]
        self._traffic.admit(f"{self._product.host} {action}", write=not READING.fullmatch(action))
        try:
            response = self._transport(prepared, **options)
        except OSError as error:
            raise _Silent(error) from None
        if response.status_code >= 300:
            raise _Refused(response)
        return response


class _Refused(Exception):
    """Carries a response past the SDK."""

    def __init__(self, response: t.Any) -> None:
        super().__init__(response.status_code)
        self.response = response


class _Silent(Exception):
    """Carries a failed connection past the SDK, which would quote the signed URL."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def _silence() -> None:
    """The SDK logs signed URLs and answers, to the terminal too: none of it gets anywhere."""
    for name in ("aliyunsdkcore", "aliyunsdkcore.http.http_response"):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
