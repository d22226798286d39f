# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The signature ACS3-HMAC-SHA256 of Alibaba Cloud's APIs. Pure.

The SDK in use signs with HMAC-SHA1, which Alibaba Cloud calls discontinued; newer products are only sure to take this one.
Source: help.aliyun.com, "V3 request structure and signature".
"""

from __future__ import annotations

import hashlib
import hmac
import typing as t
from urllib.parse import quote

from .credentials import Credentials

ALGORITHM = "ACS3-HMAC-SHA256"


def encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def canonical_query(query: t.Mapping[str, str]) -> str:
    """The query as it is signed, and as it must be sent."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(query.items()))


def signed_headers(
    credentials: Credentials,
    method: str,
    host: str,
    path: str,
    query: t.Mapping[str, str],
    body: bytes,
    *,
    action: str,
    version: str,
    date: str,
    nonce: str,
    content_type: str | None = None,
) -> dict[str, str]:
    """The headers of one call, the authorization included. date: UTC, like 2023-10-26T10:22:32Z; nonce: never used before."""
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-content-sha256": digest,
        **({"content-type": content_type} if content_type else {}),
        **({"x-acs-security-token": credentials.security_token} if credentials.security_token else {}),
    }
    names = ";".join(sorted(headers))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join((method, path, canonical_query(query), block, names, digest))
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(credentials.access_key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = f"{ALGORITHM} Credential={credentials.access_key_id},SignedHeaders={names},Signature={signature}"
    return {**headers, "authorization": authorization}
