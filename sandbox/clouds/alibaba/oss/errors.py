# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals in OSS's words: `<Error>` documents with an EC, the code by which Alibaba's troubleshooting pages are found."""

from __future__ import annotations

import base64
import secrets
import typing as t
from xml.sax.saxutils import escape

from sandbox.http import Refusal, Reply, Request

# What an injected fault says when it names no code. OSS answers 503, not 429, to too many requests.
USUAL = {
    400: ("BadRequest", "The request is invalid."),
    401: ("AccessDenied", "Access denied."),
    403: ("AccessDenied", "You have no right to access this object because of bucket acl."),
    404: ("NoSuchBucket", "The specified bucket does not exist."),
    409: ("OperationAborted", "A conflicting operation is in progress."),
    429: ("QpsLimitExceeded", "Exceeds the QPS limit of your account."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    503: ("ServiceUnavailable", "Please reduce your request rate."),
}


def new_request_id() -> str:
    """24 hexadecimal digits, as the SDK's own tests expect."""
    return secrets.token_hex(12).upper()


def error(
    request: Request,
    status: int,
    code: str,
    message: str,
    ec: str | None = None,
    details: t.Mapping[str, str] | None = None,
    request_id: str | None = None,
) -> Reply:
    """The error document. `details` are raw inner elements between HostId and EC. EC is left out where no source names it.

    An answer to HEAD has no body: there the document travels in `x-oss-err`, base64.
    """
    request_id = request_id or new_request_id()
    parts = {"Code": escape(code), "Message": escape(message), "RequestId": request_id, "HostId": request.host, **(details or {})}
    if ec:
        parts |= {"EC": ec, "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={ec}"}
    inner = "".join(f"  <{name}>{value}</{name}>\n" for name, value in parts.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n{inner}</Error>\n'
    headers = {"Server": "AliyunOSS", "x-oss-request-id": request_id, **({"x-oss-ec": ec} if ec else {})}
    if request.method == "HEAD":
        return Reply(status, b"", headers | {"x-oss-err": base64.b64encode(body.encode()).decode()})
    return Reply.of_xml(body, status, headers)


class Refused(Refusal):
    """An OSS refusal before it is known to which request it belongs; `Oss` turns it into a reply."""

    def __init__(self, status: int, code: str, message: str, ec: str | None = None, **details: str) -> None:
        super().__init__(Reply(status))
        self.arguments = (status, code, message, ec, {name: escape(value) for name, value in details.items()})
        self.raw: dict[str, str] = {}

    def reply_to(self, request: Request, request_id: str) -> Reply:
        status, code, message, ec, details = self.arguments
        return error(request, status, code, message, ec, details | self.raw, request_id)


def invalid_argument(message: str, ec: str | None = None, **details: str) -> Refused:
    return Refused(400, "InvalidArgument", message, ec, **details)


def invalid_request(message: str, ec: str | None = None) -> Refused:
    return Refused(400, "InvalidRequest", message, ec)


def malformed_xml(ec: str | None = None) -> Refused:
    return Refused(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema.", ec)


def access_denied(message: str, ec: str | None = None, **details: str) -> Refused:
    return Refused(403, "AccessDenied", message, ec, **details)
