# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway in front of Alibaba Cloud's APIs: which operation is called, by whom, and may they.

Sources: help.aliyun.com "V3 request structure and signature", "RPC/ROA request structure (V2)", and the gateway's
common error codes.
"""

from __future__ import annotations

import re
import typing as t
import uuid
from abc import abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from xml.sax.saxutils import escape

from sandbox.cloud import Service
from sandbox.clouds.alibaba.keys import Key
from sandbox.clouds.alibaba.rights import allows
from sandbox.clouds.alibaba.signature import Incomplete, authenticate
from sandbox.http import Actions, Match, Operation, Refusal, Reply, Request

FORM = "application/x-www-form-urlencoded"
# Names made like the vendor's: they may well exist, so a call of one is answered "not emulated" instead of "no such API".
PLAUSIBLE = re.compile(
    r"(Add|Allocate|Associate|Attach|Batch|Cancel|Check|Create|Delete|Describe|Detach|Disable|Enable|Generate|Get|Grant|List|Modify|Open|Publish"
    r"|Push|Refresh|Release|Remove|Reset|Restart|Revoke|Rollback|Set|Start|Stop|Switch|Tag|Unassociate|Untag|Update|Verify|Assume)[A-Z]\w+"
)
FAULT_CODES = {
    400: ("InvalidParameter", "The specified parameter is invalid."),
    401: ("InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    403: ("NoPermission", "You are not authorized to do this action. You should be authorized by RAM."),
    404: ("InvalidResource.NotFound", "The specified resource is not found."),
    409: ("OperationConflict", "Request was denied due to conflict with a previous request, please retry later."),
    429: ("Throttling.User", "Request was denied due to user flow control."),
    503: ("ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
}


@dataclass(frozen=True)
class Call(Request):
    """A request to one of the APIs, with the reading that the gateway gives it."""

    service: OpenApi

    @classmethod
    def of(cls, service: OpenApi, request: Request) -> Call:
        return cls(service=service, **{each.name: getattr(request, each.name) for each in fields(Request)})

    @cached_property
    def id(self) -> str:
        """The request id of the answer."""
        return str(uuid.uuid4()).upper()

    @cached_property
    def args(self) -> dict[str, str]:
        """Parameters, wherever they travel: in the query or as a form."""
        form = self.form if self.headers.get("content-type", "").startswith(FORM) else {}
        return {**self.params, **form}

    @property
    def action(self) -> str:
        return self.headers.get("x-acs-action") or self.args.get("Action", "")

    @cached_property
    def caller(self) -> Key:
        """Who calls. Raises Refusal when the signature, the key or the token is not good."""
        try:
            return authenticate(self.service.cloud, self, self.args, self.service.nonces, style=self.service.style)
        except Incomplete as problem:
            raise self.refuse(problem.status, problem.code, problem.message) from None

    def need(self, *names: str) -> list[str]:
        """Mandatory parameters, in order."""
        for name in names:
            if not self.args.get(name):
                raise self.refuse(400, f"Missing{name}", f"{name} is mandatory for this action.")
        return [self.args[name] for name in names]

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        text = self.args.get(name) or str(default)
        if not text.isdigit() or not low <= int(text) <= high:
            code = f"Invalid{name}.ValueNotSupported"
            raise self.refuse(400, code, f"The specified value of parameter {name} is not supported.")
        return int(text)

    def items(self, prefix: str) -> list[dict[str, str]]:
        """Numbered parameters: `Tag.1.Key=a&Tag.1.Value=b` is [{Key: a, Value: b}]; `Id.1=x` is [{"": x}]."""
        found: dict[int, dict[str, str]] = {}
        for name, value in self.args.items():
            match = re.fullmatch(rf"{re.escape(prefix)}\.(\d+)(?:\.(\w+))?", name)
            if match:
                found.setdefault(int(match[1]), {})[match[2] or ""] = value
        return [found[number] for number in sorted(found)]

    def refuse(self, status: int, code: str, message: str, **more: t.Any) -> Refusal:
        return Refusal(self.render(self.service.problem(self, status, code, message, **more), status))

    def reply(self, body: dict[str, t.Any] | None = None) -> Reply:
        return self.render({"RequestId": self.id, **(body or {})})

    def render(self, body: dict[str, t.Any], status: int = 200) -> Reply:
        """JSON, except that the old RPC form answers XML when no format is asked for."""
        headers = {"x-acs-request-id": self.id, "x-acs-trace-id": self.id.replace("-", "").lower()}
        if self.service.style == "RPC" and "authorization" not in self.headers and self.args.get("Format", "XML").upper() == "XML":
            root = f"{self.action}Response" if status < 400 else "Error"
            text = f'<?xml version="1.0" encoding="UTF-8"?>{_xml(root, body)}'
            return Reply.of_xml(text, status, {"Content-Type": "text/xml;charset=utf-8", **headers})
        return Reply.of_json(body, status, {"Content-Type": "application/json;charset=utf-8", **headers})


class OpenApi(Service):
    """A product behind the gateway."""

    product: t.ClassVar[str]  # as the vendor writes it: Cdn
    version: t.ClassVar[str]
    style: t.ClassVar[t.Literal["RPC", "ROA"]] = "RPC"
    denied: t.ClassVar[tuple[str, str]] = ("NoPermission", "You are not authorized to do this action. You should be authorized by RAM.")

    def __init__(self, cloud: t.Any) -> None:
        super().__init__(cloud)
        # Nonces of the last minutes. Not state: the real gateway keeps them in a cache too.
        self.nonces: dict[str, float] = {}

    @abstractmethod
    def find(self, call: Call) -> Match | None:
        """The emulated operation that this call names."""

    def resource(self, call: Call) -> str:
        """The ARN that a policy must name for this call."""
        return f"acs:{self.product.lower()}:*:{self.account}:*"

    @property
    def account(self) -> str:
        return t.cast(str, self.cloud.credentials["account_id"])

    def match(self, request: Request) -> Match | None:
        call = Call.of(self, request)
        found = self.find(call)
        if found is not None:
            return Match(found.operation, lambda: self._carry_out(call, found))
        if PLAUSIBLE.fullmatch(call.action):
            return None
        return Match(Operation(call.action or "(none)", False, "spec", "gateway error codes"), lambda: self._no_such_api(call))

    def problem(self, call: Call, status: int, code: str, message: str, **more: t.Any) -> dict[str, t.Any]:
        """The body of an error."""
        recommend = f"https://api.aliyun.com/troubleshoot?q={code}&product={self.product}&requestId={call.id}"
        return {"RequestId": call.id, "Message": message, "Recommend": recommend, "HostId": call.host, "Code": code, **more}

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual, message = FAULT_CODES.get(status, ("InternalError", "The request processing has failed due to some unknown error."))
        return Call.of(self, request).refuse(status, code or usual, message).reply

    def expired(self, request: Request) -> Reply:
        return Call.of(self, request).refuse(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.").reply

    def _no_such_api(self, call: Call) -> Reply:
        code = "InvalidAction.NotFound" if self.style == "RPC" else "InvalidApi.NotFound"
        raise call.refuse(404, code, "Specified api is not found, please check your url and method.")

    def _carry_out(self, call: Call, found: Match) -> Reply:
        version = call.headers.get("x-acs-version") or call.args.get("Version")
        if not version:
            raise call.refuse(400, "MissingVersion", "Version is mandatory for this action.")
        if version != self.version:
            raise call.refuse(400, "InvalidVersion", "Specified parameter Version is not valid.")
        self._authorize(call, f"{self.product.lower()}:{found.operation.name}")
        return found.call()

    def _authorize(self, call: Call, action: str) -> None:
        key = call.caller
        if allows(self.cloud, key, action, self.resource(call)):
            return
        detail = {
            "AuthAction": action,
            "AuthPrincipalType": "AssumedRoleUser" if key.role else "SubUser",
            "AuthPrincipalOwnerId": self.account,
            "AuthPrincipalDisplayName": f"{key.role}:{key.session}" if key.role else key.user,
            "NoPermissionType": "ImplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
            "EncodedDiagnosticMessage": uuid.uuid4().hex,
        }
        code, message = self.denied
        raise call.refuse(403, code, message, AccessDeniedDetail=detail)


class Rpc(OpenApi):
    """A product whose operations are actions on one path."""

    actions: t.ClassVar[Actions]

    def find(self, call: Call) -> Match | None:
        return self.actions.match(self, call.action, call) if call.path == "/" else None

    @property
    def operations(self) -> list[Operation]:
        return self.actions.operations


def expect(condition: object) -> None:
    """Part of reading a parameter: raises ValueError, which the reader turns into the refusal that fits."""
    if not condition:
        raise ValueError("not as expected")


def _xml(name: str, value: t.Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_xml(*each) for each in value.items())}</{name}>"
    if isinstance(value, list):
        return "".join(_xml(name, each) for each in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"
