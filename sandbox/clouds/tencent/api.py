# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API 3.0 gateway that stands before every product of this cloud: common parameters, signature, rights, rate, errors.

All answers are HTTP 200 with `{"Response": {..., "RequestId": ...}}`; a refusal has `Error: {Code, Message}` in it.
Sources: "Request structure", "Common parameters", "Responses" and "Error codes" of the API 3.0 documents; the SDK's abstract_client.
Only the form that the SDKs use is answered: POST of JSON, signed TC3. GET, forms and the old signatures are not emulated.
"""

from __future__ import annotations

import json
import typing as t
import uuid
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.cloud import Cloud, Service
from sandbox.clouds.tencent import account, policies
from sandbox.clouds.tencent.clock import now
from sandbox.clouds.tencent.messages import message
from sandbox.clouds.tencent.parameters import Fields, check
from sandbox.clouds.tencent.signature import VALIDITY, Authorization
from sandbox.http import Actions, Handler, Match, Operation, Refusal, Reply, Request, Verified

LARGEST_BODY = 10 * 1024 * 1024
# What an HTTP status of an injected fault means in this cloud's words. 502 to 504 come from a balancer, not from the API.
_CODES = {
    400: "InvalidParameter",
    401: "AuthFailure.SignatureFailure",
    403: "AuthFailure.UnauthorizedOperation",
    404: "ResourceNotFound",
    409: "OperationDenied",
    429: "RequestLimitExceeded",
}
_GATEWAY_STATUS = (502, 503, 504)


@dataclass
class Call:
    """One call of an action. `params` and `uin` are known once the gateway has let it in."""

    request: Request
    service: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    params: dict[str, t.Any] = field(default_factory=dict)
    key: dict[str, t.Any] = field(default_factory=dict)
    uin: int = 0

    @property
    def action(self) -> str:
        return self.request.headers.get("x-tc-action", "")

    @property
    def region(self) -> str:
        return self.request.headers.get("x-tc-region", "")

    def reply(self, body: dict[str, t.Any] | None = None) -> Reply:
        """A success. The text is UTF-8, not escaped."""
        text = json.dumps({"Response": {**(body or {}), "RequestId": self.request_id}}, ensure_ascii=False)
        return Reply(200, text.encode(), {"Content-Type": "application/json"})

    def refusal(self, key: str, **details: t.Any) -> Refusal:
        """An error in the caller's language; `key` is a code, with `#` one of its messages."""
        english = self.request.headers.get("x-tc-language", "").lower() == "en-us"
        details = {"request_id": self.request_id, **details}
        return Refusal(self.reply({"Error": {"Code": key.partition("#")[0], "Message": message(key, english, details)}}))


@dataclass(frozen=True)
class Entry:
    takes: Fields
    resource: str
    free: bool


class Table:
    """A product's actions with what they take.

    resource: the six-segment name that CAM checks, with parameters in braces; `*` where rights are for the operation as a whole.
    free: needs no rights at all.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._actions = Actions()
        self._entries: dict[str, Entry] = {}

    def add(
        self,
        name: str,
        *,
        write: bool,
        takes: Fields | None = None,
        resource: str = "*",
        free: bool = False,
        verified: Verified = "sdk",
        source: str = "",
    ) -> Callable[[Handler], Handler]:
        self._entries[name] = Entry(takes or {}, resource, free)
        return self._actions.add(name, write=write, verified=verified, source=source or f"{self._source}: {name}")

    def match(self, owner: Service, call: Call) -> Match | None:
        return self._actions.match(owner, call.action, call)

    def __getitem__(self, action: str) -> Entry:
        return self._entries[action]

    @property
    def operations(self) -> list[Operation]:
        return self._actions.operations


class Api(Service):
    """One product behind the gateway."""

    version: t.ClassVar[str]
    table: t.ClassVar[Table]
    regional: t.ClassVar[bool] = True  # whether calls name a region
    # Actions that the product has and this emulation lacks: they are answered 501. Any other name is the caller's mistake.
    not_emulated: t.ClassVar[frozenset[str]] = frozenset()

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._rates: dict[tuple[int, str], tuple[int, int]] = {}

    @abstractmethod
    def serves(self, host: str, region: str) -> bool:
        """Whether this host answers for that region."""

    @property
    def operations(self) -> list[Operation]:
        return self.table.operations

    def match(self, request: Request) -> Match | None:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if (request.method, request.path, kind) != ("POST", "/", "application/json"):
            return None
        call = Call(request, self.name)
        found = self.table.match(self, call)
        if found:
            return Match(found.operation, lambda: self._carry_out(call, found.call))
        if call.action in self.not_emulated:
            return None
        unknown = Operation(call.action or "(none)", False, "spec", "Error codes of the API 3.0: InvalidAction, MissingParameter")
        return Match(unknown, lambda: self._refuse_action(call))

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        if code is None and status in _GATEWAY_STATUS:
            return Reply(status, b"<html><body><h1>Bad Gateway</h1></body></html>", {"Content-Type": "text/html"})
        call = Call(request, self.name)
        details = {"name": "", "operation": f"{self.name}:{call.action}", "resource": "*", "count": 21, "limit": 20}
        return call.refusal(code or _CODES.get(status, "InternalError"), **details).reply

    def expired(self, request: Request) -> Reply:
        return Call(request, self.name).refusal("AuthFailure.TokenFailure").reply

    # --- the gateway -------------------------------------------------------

    def _refuse_action(self, call: Call) -> Reply:
        if not call.action:
            raise call.refusal("MissingParameter", name="Action")
        self._check_version(call)
        raise call.refusal("InvalidAction")

    def _carry_out(self, call: Call, handler: Callable[[], Reply]) -> Reply:
        self._check_version(call)
        self._authenticate(call)
        self._check_region(call)
        self._check_rate(call)
        entry = self.table[call.action]
        call.params = check(self._body(call), entry.takes, call.refusal)
        self._authorize(call, entry)
        return handler()

    def _check_version(self, call: Call) -> None:
        version = call.request.headers.get("x-tc-version")
        if not version:
            raise call.refusal("MissingParameter", name="Version")
        if version != self.version:
            raise call.refusal("NoSuchVersion", version=version, service=self.name)

    def _authenticate(self, call: Call) -> None:
        headers = call.request.headers
        timestamp = headers.get("x-tc-timestamp", "")
        if not timestamp:
            raise call.refusal("MissingParameter", name="Timestamp")
        if not timestamp.isdecimal():
            raise call.refusal("InvalidParameter#type", name="Timestamp", kind="integer")
        authorization = Authorization.parse(headers.get("authorization", ""))
        if authorization is None:
            raise call.refusal("AuthFailure.InvalidAuthorization")
        if abs(now() - int(timestamp)) > VALIDITY:
            raise call.refusal("AuthFailure.SignatureExpire")
        key = account.find_key(self.cloud.data, authorization.secret_id)
        if key is None or key.get("status") == "Inactive":
            raise call.refusal("AuthFailure.SecretIdNotFound")
        if headers.get("x-tc-token", "") != key.get("token", ""):
            raise call.refusal("AuthFailure.TokenFailure")
        if not authorization.valid(call.request, key["key"], self.name, int(timestamp)):
            raise call.refusal("AuthFailure.SignatureFailure")
        call.key, call.uin = key, account.uin_of(self.cloud.data, key)

    def _check_region(self, call: Call) -> None:
        if not self.regional:
            return
        if not call.region:
            raise call.refusal("MissingParameter", name="Region")
        if not self.serves(call.request.host, call.region):
            raise call.refusal("UnsupportedRegion")

    def _check_rate(self, call: Call) -> None:
        """So many calls of one action in one second of the clock, by user. The real limit is 20; the state holds ours."""
        second = int(now())
        since, count = self._rates.get((call.uin, call.action), (second, 0))
        count = count + 1 if since == second else 1
        self._rates[call.uin, call.action] = (second, count)
        if count > self.data["requests_per_second"]:
            raise call.refusal("RequestLimitExceeded", count=count, limit=self.data["requests_per_second"])

    def _body(self, call: Call) -> dict[str, t.Any]:
        if len(call.request.body) > LARGEST_BODY:
            raise call.refusal("RequestSizeLimitExceeded")
        try:
            body = call.request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise call.refusal("InvalidParameter#json")
        return body

    def _authorize(self, call: Call, entry: Entry) -> None:
        documents = account.documents_of(self.cloud.data, call.key)
        if documents is None or entry.free:
            return
        resource = entry.resource.format(region=call.region, uin=self.cloud.credentials["uin"], **call.params)
        operation = f"{self.name}:{call.action}"
        if not policies.allows(documents, operation, resource):
            raise call.refusal("AuthFailure.UnauthorizedOperation", operation=operation, resource=resource)
