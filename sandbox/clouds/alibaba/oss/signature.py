# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signature version 4, in the header and in pre-signed URLs; every other scheme is refused.

Rules: help.aliyun.com/en/oss/developer-reference, recommend-to-use-signature-version-4 and add-signatures-to-urls.
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import re
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from sandbox.clouds.alibaba.keys import Key, find
from sandbox.clouds.alibaba.oss.call import Call, iso
from sandbox.clouds.alibaba.oss.errors import Refused, access_denied, invalid_argument

ALGORITHM = "OSS4-HMAC-SHA256"
SKEW = 900
LONGEST = 7 * 24 * 3600
LONGEST_TEMPORARY = 12 * 3600  # signed with STS credentials


@dataclass(frozen=True)
class Claim:
    """What a request says about its signature."""

    key: str
    date: str
    region: str
    product: str
    terminal: str
    moment: str
    additional: tuple[str, ...]
    signature: str
    payload: str
    token: str | None
    expires: int | None = None  # pre-signed only

    @property
    def scope(self) -> str:
        return "/".join((self.date, self.region, self.product, self.terminal))


def identify(call: Call, region: str | None) -> Key | None:
    """The key that signed the request, or None for an anonymous one. Raises Refused for a wrong signature.

    region: the region that the credential must name: the endpoint's, or the bucket's at an acceleration endpoint.
    """
    claim = _claim(call)
    if claim is None:
        return None
    where = "Authorization header" if claim.expires is None else "query parameters"
    echo = {"Authorization": call.header("authorization")} if claim.expires is None else {}
    if (claim.product, claim.terminal) != ("oss", "aliyun_v4_request"):
        raise invalid_argument(f"Invalid signing product in {where}.", **echo)
    if region is not None and claim.region != region:
        raise invalid_argument(f"Invalid signing region in {where}.", "0002-00000226", **echo)
    key = _key(call, claim)
    _check_time(call, claim)
    canonical = _canonical(call, claim)
    to_sign = "\n".join((ALGORITHM, claim.moment, claim.scope, hashlib.sha256(canonical.encode()).hexdigest()))
    if not hmac.compare_digest(_sign(key.secret, claim, to_sign), claim.signature.lower()):
        raise Refused(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
            "0002-00000201",
            OSSAccessKeyId=claim.key,
            SignatureProvided=claim.signature,
            StringToSign=to_sign,
            CanonicalRequest=canonical,
        )
    return key


# --- reading -----------------------------------------------------------------


def _claim(call: Call) -> Claim | None:
    params = call.params
    header = call.header("authorization")
    if header.startswith("OSS ") or {"OSSAccessKeyId", "Signature"} <= {*params}:
        # The code and the wording are assumed; status and EC are the documentation's.
        raise access_denied("Signature version V1 is not supported. Please use signature version V4.", "0002-00000080")
    if header:
        return _from_header(call, header)
    if "x-oss-signature-version" in params or "x-oss-signature" in params:
        return _from_query(params)
    return None


def _from_header(call: Call, header: str) -> Claim:
    scheme, _, rest = header.partition(" ")
    if scheme != ALGORITHM:
        raise invalid_argument("Unsupported Authorization Type", ArgumentName="Authorization", ArgumentValue=header)
    parts = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if "Credential" not in parts or "Signature" not in parts:
        raise invalid_argument("The Authorization header is invalid.", ArgumentName="Authorization", ArgumentValue=header)
    payload = call.header("x-oss-content-sha256")
    if payload != "UNSIGNED-PAYLOAD":
        raise invalid_argument(
            "The x-oss-content-sha256 header is missing or invalid.", ArgumentName="x-oss-content-sha256", ArgumentValue=payload
        )
    return Claim(
        *_credential(parts["Credential"]),
        moment=call.header("x-oss-date"),
        additional=_additional(parts.get("AdditionalHeaders", "")),
        signature=parts["Signature"],
        payload=payload,
        token=call.request.headers.get("x-oss-security-token"),
    )


def _from_query(params: t.Mapping[str, str]) -> Claim:
    version = params.get("x-oss-signature-version", "")
    if version != ALGORITHM:
        raise invalid_argument("Invalid signature version.", "0002-00000066", ArgumentName="x-oss-signature-version", ArgumentValue=version)
    if not params.get("x-oss-expires"):
        raise invalid_argument("The x-oss-expires parameter is missing.", "0002-00000216", ArgumentName="x-oss-expires")
    token = params.get("x-oss-security-token")
    longest = LONGEST_TEMPORARY if token else LONGEST
    if not params["x-oss-expires"].isdecimal() or not 0 < int(params["x-oss-expires"]) <= longest:
        raise invalid_argument(
            f"x-oss-expires must be between 1 and {longest} seconds.", ArgumentName="x-oss-expires", ArgumentValue=params["x-oss-expires"]
        )
    return Claim(
        *_credential(params.get("x-oss-credential", "")),
        moment=params.get("x-oss-date", ""),
        additional=_additional(params.get("x-oss-additional-headers", "")),
        signature=params.get("x-oss-signature", ""),
        payload="UNSIGNED-PAYLOAD",
        token=token,
        expires=int(params["x-oss-expires"]),
    )


def _credential(text: str) -> tuple[str, str, str, str, str]:
    parts = text.split("/")
    if len(parts) != 5 or not all(parts):
        raise invalid_argument("The Credential of the signature is invalid.", ArgumentName="Credential", ArgumentValue=text)
    key, date, region, product, terminal = parts
    return key, date, region, product, terminal


def _additional(text: str) -> tuple[str, ...]:
    return tuple(sorted(name.lower() for name in text.split(";") if name))


# --- checking ----------------------------------------------------------------


def _key(call: Call, claim: Claim) -> Key:
    """The access key, if it is good. A temporary key needs its token, and any other must bring none."""
    key = find(call.service.cloud, claim.key)
    if key is None or (claim.token is not None and key.token is None):
        ec = "0002-00000002" if claim.token is not None else "0002-00000902"
        message = "The OSS Access Key Id you provided does not exist in our records."
        raise Refused(403, "InvalidAccessKeyId", message, ec, OSSAccessKeyId=claim.key)
    if not key.active:
        raise Refused(
            403, "InvalidAccessKeyId", "The OSS Access Key Id you provided is disabled.", "0002-00000904", OSSAccessKeyId=claim.key
        )
    if claim.token != key.token:
        raise Refused(403, "InvalidSecurityToken", "The security token you provided is invalid.")
    if key.expires is not None and key.expires < call.now:
        raise Refused(403, "SecurityTokenExpired", "The security token you provided has expired.")
    return key


def _check_time(call: Call, claim: Claim) -> None:
    if not re.fullmatch(r"\d{8}T\d{6}Z", claim.moment) or not claim.moment.startswith(claim.date):
        raise invalid_argument(
            "The x-oss-date of the signature is missing or invalid.", ArgumentName="x-oss-date", ArgumentValue=claim.moment
        )
    moment = calendar.timegm(time.strptime(claim.moment, "%Y%m%dT%H%M%SZ"))
    late = call.now - moment
    if late < -SKEW or (claim.expires is None and late > SKEW):
        raise Refused(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            "0002-00000504",
            MaxAllowedSkewMilliseconds=str(SKEW * 1000),
            RequestTime=iso(moment),
            ServerTime=iso(call.now),
        )
    if claim.expires is not None and late > claim.expires:
        raise access_denied("Request has expired.", Expires=iso(moment + claim.expires), ServerTime=iso(call.now))


def _canonical(call: Call, claim: Claim) -> str:
    query = sorted((_encode(key), _encode(value)) for key, value in _pairs(call.request.query_string) if key != "x-oss-signature")
    headers = call.request.headers
    signed = sorted(
        name for name in headers if name.startswith("x-oss-") or name in ("content-type", "content-md5") or name in claim.additional
    )
    return "\n".join(
        (
            call.request.method,
            _encode("/" + call.place.resource, "/"),
            "&".join(f"{key}={value}" if value else key for key, value in query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in signed),
            ";".join(claim.additional),
            claim.payload,
        )
    )


def _sign(secret: str, claim: Claim, to_sign: str) -> str:
    key = ("aliyun_v4" + secret).encode()
    for part in (claim.date, claim.region, claim.product, claim.terminal):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def _pairs(query: str) -> list[tuple[str, str]]:
    """Query pairs in the raw. A plus sign is a space: oss2 sends it so, and signs the space."""
    return [(unquote_plus(key), unquote_plus(value)) for key, _, value in (part.partition("=") for part in query.split("&") if part)]


def _encode(text: str, keep: str = "") -> str:
    return quote(text, safe="-_.~" + keep)
