# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The certificate of a domain: compared by its fingerprint, for the private key can never be read."""

from __future__ import annotations

import base64
import hashlib
import re
import typing as t

from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.rules import Leaf, Map
from ..._core.unknown import has_unknown
from ..credentials import CLOUD

RULE = Map(
    {
        "type": Leaf(),
        "name": Leaf(),
        "id": Leaf(normal=str),
        "region": Leaf(),
        "fingerprint": Leaf(),
        "private_key": Leaf(secret=True, write_only=True),
        "expires": Leaf(),
    }
)
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def fingerprint(pem: str) -> str | None:
    """SHA-256 of the first certificate of a chain, in hexadecimal; None if there is none."""
    found = _BLOCK.search(pem)
    if not found:
        return None
    try:
        return hashlib.sha256(base64.b64decode("".join(found[1].split()), validate=True)).hexdigest()
    except ValueError:
        return None


def declared(option: t.Mapping[str, t.Any]) -> State:
    """The declared certificate. Raises PlanError."""
    kind, chain, key = option["type"], option["certificate"], option["private_key"]
    facts = {"type": kind, "name": option["name"], "id": option["id"], "region": option["region"]}
    if kind == "upload":
        if not chain or not key:
            raise PlanError("certificate: type upload needs certificate and private_key", cloud=CLOUD)
        facts |= {"fingerprint": chain if has_unknown(chain) else fingerprint(chain), "private_key": key}
        if facts["fingerprint"] is None:
            raise PlanError("certificate.certificate is no PEM chain", cloud=CLOUD, hint="It begins with -----BEGIN CERTIFICATE-----")
    elif chain or key:
        raise PlanError(f"certificate: type {kind} takes neither certificate nor private_key", cloud=CLOUD)
    if kind == "cas" and not option["name"]:
        raise PlanError("certificate: type cas needs the name of a certificate in Certificate Management Service", cloud=CLOUD)
    return {name: value for name, value in facts.items() if value is not None}


def present(info: t.Mapping[str, t.Any]) -> State:
    """The certificate as DescribeDomainCertificateInfo tells it."""
    if info.get("ServerCertificateStatus") != "on":
        return {"type": "none"}
    facts = {
        "type": info.get("CertType"),
        "name": info.get("CertName"),
        "id": info.get("CertId"),
        "region": info.get("CertRegion"),
        "fingerprint": fingerprint(info.get("ServerCertificate") or ""),
        "expires": info.get("CertExpireTime"),
    }
    return {name: value for name, value in facts.items() if value}


def wire(state: State, option: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Parameters of SetCdnDomainSSLCertificate. state: the certificate as declared."""
    if state["type"] == "none":
        return {"SSLProtocol": "off"}
    parameters = {
        "SSLProtocol": "on",
        "CertType": state["type"],
        "CertName": state.get("name"),
        "CertId": state.get("id"),
        "CertRegion": state.get("region"),
        "SSLPub": option["certificate"],
        "SSLPri": option["private_key"],
    }
    return {name: value for name, value in parameters.items() if value is not None}
