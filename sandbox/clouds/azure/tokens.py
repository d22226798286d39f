# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens: JWTs signed with a key of the state, so that a token outlives a restart without being stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sandbox.clouds.azure.account import now


@dataclass(frozen=True)
class Caller:
    """Who a valid token speaks for, and to whom."""

    object_id: str
    app_id: str
    tenant_id: str
    audience: str
    expires: float

    @property
    def expired(self) -> bool:
        return self.expires <= now()


def issue(key: str, *, tenant_id: str, audience: str, object_id: str, app_id: str, seconds: float, roles: Sequence[str] = ()) -> str:
    """A token with the claims of an application's version 1.0 access token "
    "(learn.microsoft.com/entra/identity-platform/access-token-claims-reference)."""
    issued = now()
    claims = {
        "aud": audience,
        "iss": issuer(tenant_id),
        "iat": int(issued),
        "nbf": int(issued),
        "exp": issued + seconds,
        "appid": app_id,
        "appidacr": "1",
        "idp": issuer(tenant_id),
        "idtyp": "app",
        "oid": object_id,
        "sub": object_id,
        "tid": tenant_id,
        "uti": uuid4().hex,
        "ver": "1.0",
        # Permissions of the resource that an administrator has consented to; not there if there are none.
        **({"roles": list(roles)} if roles else {}),
    }
    signed = f"{_encode({'typ': 'JWT', 'alg': 'HS256'})}.{_encode(claims)}"
    return f"{signed}.{_signature(key, signed)}"


def read(key: str, token: str) -> Caller | None:
    """The caller, or None when the token is not one of ours. An expired token is still read: who refuses it says when it ended."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(key, signed).encode()):
        return None
    claims = claims_of(token) or {}
    return Caller(claims["oid"], claims["appid"], claims["tid"], claims["aud"], claims["exp"])


def claims_of(token: str) -> dict[str, t.Any] | None:
    """The claims inside any JWT, unverified; None when it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    return claims if isinstance(claims, dict) else None


def bearer(header: str) -> str | None:
    """The token of an Authorization header, or None."""
    scheme, _, token = header.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def issuer(tenant_id: str) -> str:
    return f"https://sts.windows.net/{tenant_id}/"


def _encode(value: dict[str, t.Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _signature(key: str, signed: str) -> str:
    digest = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
