# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures of API calls, computed anew from the wire: HMAC-SHA1 of RPC and of ROA calls, and ACS3-HMAC-SHA256.

Sources: help.aliyun.com "V3 request structure and signature", "RPC signature (V2)", "ROA signature (V2)". What the gateway
says about a wrong signature follows aliyun-python-sdk-core, which compares the text behind the first colon of the message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
import typing as t
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from sandbox.clouds.alibaba.keys import Key, find
from sandbox.http import Request

if t.TYPE_CHECKING:
    from sandbox.cloud import Cloud

SKEW_SECONDS = 15 * 60
ACS3 = "ACS3-HMAC-SHA256"
RPC_COMMON = ("Timestamp", "SignatureMethod", "SignatureVersion", "SignatureNonce", "AccessKeyId", "Signature")


class Incomplete(Exception):
    """The gateway does not take this request as anybody's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message


def authenticate(cloud: Cloud, request: Request, args: dict[str, str], nonces: dict[str, float], *, style: str) -> Key:
    """The key that signed this request. Raises Incomplete."""
    authorization = request.headers.get("authorization", "")
    if authorization.startswith(ACS3):
        return _acs3(cloud, request, authorization, nonces)
    if style == "ROA":
        return _roa(cloud, request, authorization, nonces)
    return _rpc(cloud, request, args, nonces)


def _rpc(cloud: Cloud, request: Request, args: dict[str, str], nonces: dict[str, float]) -> Key:
    for name in RPC_COMMON:
        if not args.get(name):
            raise Incomplete(400, f"Missing{name}", f"{name} is mandatory for this action.")
    if args["SignatureMethod"] != "HMAC-SHA1" or args["SignatureVersion"] != "1.0":
        raise Incomplete(400, "InvalidSignatureMethod", "Specified signature method is not valid.")
    _check_time(_iso(args["Timestamp"]))
    key = _key(cloud, args["AccessKeyId"])
    canonical = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(args.items()) if name != "Signature")
    text = f"{request.method}&%2F&{_encode(canonical)}"
    _compare(_sha1(f"{key.secret}&", text), args["Signature"], text)
    _check_nonce(nonces, key, args["SignatureNonce"])
    return _check_token(key, args.get("SecurityToken"))


def _roa(cloud: Cloud, request: Request, authorization: str, nonces: dict[str, float]) -> Key:
    found = re.fullmatch(r"acs ([^:]+):(.+)", authorization)
    if not found:
        raise Incomplete(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    headers = request.headers
    _check_time(_rfc(headers.get("x-acs-date") or headers.get("date", "")))
    digest = headers.get("content-md5")
    if digest and digest != base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode():
        raise Incomplete(400, "ContentMD5NotMatched", "Specified Content-MD5 is not matched with our calculation.")
    key = _key(cloud, found[1])
    lines = [request.method, *(headers.get(name, "") for name in ("accept", "content-md5", "content-type", "date"))]
    lines += [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-acs-")]
    query = "&".join(f"{name}={value}" for name, value in sorted(request.query))
    text = "\n".join([*lines, request.path + (f"?{query}" if query else "")])
    _compare(_sha1(key.secret, text), found[2], text)
    if "x-acs-signature-nonce" in headers:
        _check_nonce(nonces, key, headers["x-acs-signature-nonce"])
    return _check_token(key, headers.get("x-acs-security-token"))


def _acs3(cloud: Cloud, request: Request, authorization: str, nonces: dict[str, float]) -> Key:
    found = re.fullmatch(rf"{ACS3} +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]+)", authorization)
    if not found:
        raise Incomplete(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    headers = request.headers
    for name in ("x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256", "x-acs-action"):
        if not headers.get(name):
            raise Incomplete(400, f"Missing{name}", f"{name} is mandatory for this action.")
    signed = found[2].split(";")
    # "All common request headers except Authorization must be signed if they are present."
    unsigned = [name for name in headers if (name == "host" or name.startswith("x-acs-")) and name not in signed]
    if unsigned or any(name not in headers for name in signed):
        raise Incomplete(400, "IncompleteSignature", "The request signature does not conform to Aliyun standards.")
    _check_time(_iso(headers["x-acs-date"]))
    key = _key(cloud, found[1])
    query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(request.query))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    payload = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join([request.method, request.path, query, block, found[2], payload])
    text = f"{ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    _compare(hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest(), found[3], text)
    _check_nonce(nonces, key, headers["x-acs-signature-nonce"])
    return _check_token(key, headers.get("x-acs-security-token"))


def _key(cloud: Cloud, key_id: str) -> Key:
    key = find(cloud, key_id)
    if key is None:
        raise Incomplete(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    if not key.active:
        raise Incomplete(400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
    return key


def _compare(ours: str, theirs: str, text: str) -> None:
    if not hmac.compare_digest(ours.encode(), theirs.encode()):
        message = f"Specified signature is not matched with our calculation. server string to sign is:{text}"
        raise Incomplete(400, "SignatureDoesNotMatch", message)


def _check_nonce(nonces: dict[str, float], key: Key, nonce: str) -> None:
    now = time.time()
    for old in [each for each, seen in nonces.items() if now - seen > SKEW_SECONDS]:
        del nonces[old]
    if nonces.setdefault(f"{key.id} {nonce}", now) != now:
        raise Incomplete(400, "SignatureNonceUsed", "Specified signature nonce was used already.")


def _check_token(key: Key, token: str | None) -> Key:
    if key.token is None and token:
        raise Incomplete(400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    if key.token is not None and not token:
        raise Incomplete(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
    if key.token != (token or None):
        raise Incomplete(400, "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey.")
    if key.expires is not None and key.expires <= time.time():
        raise Incomplete(400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
    return key


def _check_time(moment: datetime | None) -> None:
    if moment is None:
        raise Incomplete(400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
    if abs(time.time() - moment.timestamp()) > SKEW_SECONDS:
        raise Incomplete(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def _iso(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _sha1(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
