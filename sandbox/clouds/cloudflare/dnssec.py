# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNSSEC of a zone.

Fields: cloudflare/types/dns/dnssec/dnssec.py. States: developers.cloudflare.com/dns/dnssec/dnssec-states. Code 1002 for a missing status is
quoted in ZE3kr/Cloudflare-CNAME-Setup issue 23.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time

from sandbox.clouds.cloudflare.service import Api, operation, settles
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, refusal, stamp
from sandbox.http import Reply, Request

PATH = "/zones/{zone}/dnssec"
SOURCE = "developers.cloudflare.com/api/resources/dns/subresources/dnssec"
FLAGS, PROTOCOL, ALGORITHM, SHA256 = 257, 3, 13, 2  # a key-signing key, ECDSA P-256 with SHA-256
KEY_FIELDS = ("flags", "algorithm", "key_type", "digest_type", "digest_algorithm", "digest", "ds", "key_tag", "public_key")


@operation("GET", PATH, "dns.dnssec.get", "DNS Read", verified="sdk", source=SOURCE)
def get_dnssec(api: Api, request: Request, zone: Json) -> Reply:
    return answer(_shown(zone))


@operation("PATCH", PATH, "dns.dnssec.edit", "DNS Write", verified="sdk", source=SOURCE)
def change_dnssec(api: Api, request: Request, zone: Json) -> Reply:
    """Active only when the registry has the DS record. For domains registered here the registrar puts it there, and takes it away."""
    sent, now, dnssec = body_of(request), time.time(), zone["dnssec"]
    status = sent.get("status")
    if status not in ("active", "disabled"):
        raise refusal(400, 1002, 'Invalid or missing "status"')
    if sent.get("dnssec_presigned") or sent.get("dnssec_multi_signer"):
        raise refusal(403, 1070, "This operation requires a Business or Enterprise account.")  # code assumed
    here = zone["name"] in api.data["registrations"]
    if status == "active" and dnssec["status"] not in ("active", "pending"):
        key = dnssec.get("key") or _new_key(zone["name"])
        due = now + api.seconds("dns.dnssec.activate", 0.8) if here else None
        zone["dnssec"] = {"status": "pending", "due": due, "modified_on": now, "key": key}
    if status == "disabled" and dnssec["status"] in ("active", "pending"):
        dnssec.update(status="pending-disabled", due=now + api.seconds("dns.dnssec.disable", 0.8), modified_on=now)
    return answer(_shown(zone))


@operation("DELETE", PATH, "dns.dnssec.delete", "DNS Write", verified="sdk", source=SOURCE)
def delete_dnssec(api: Api, request: Request, zone: Json) -> Reply:
    """Forget the key. The result is a text, the zone's identifier."""
    if zone["dnssec"]["status"] != "disabled":
        raise refusal(400, 1005, "DNSSEC must be disabled before it can be deleted.")  # code and words assumed
    zone["dnssec"] = {"status": "disabled", "due": None, "modified_on": time.time()}
    return answer(zone["id"])


@settles
def publish(api: Api) -> None:
    done = {"pending": "active", "pending-disabled": "disabled"}
    for zone in api.data["zones"].values():
        dnssec = zone["dnssec"]
        if dnssec["status"] in done and dnssec["due"] is not None and time.time() >= dnssec["due"]:
            dnssec.update(status=done[dnssec["status"]], due=None)


def _new_key(name: str) -> Json:
    """A key whose tag and digest are right (RFC 4034, section 5.1.4 and appendix B), so that clients may check them."""
    public = secrets.token_bytes(64)
    rdata = FLAGS.to_bytes(2) + bytes([PROTOCOL, ALGORITHM]) + public
    total = sum(byte if place % 2 else byte << 8 for place, byte in enumerate(rdata))
    tag = (total + (total >> 16 & 0xFFFF)) & 0xFFFF
    owner = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    digest = hashlib.sha256(owner + rdata).hexdigest().upper()
    return {
        "flags": FLAGS,
        "algorithm": str(ALGORITHM),
        "key_type": "ECDSAP256SHA256",
        "digest_type": str(SHA256),
        "digest_algorithm": "SHA256",
        "digest": digest,
        "ds": f"{name}. 3600 IN DS {tag} {ALGORITHM} {SHA256} {digest}",
        "key_tag": tag,
        "public_key": base64.b64encode(public).decode(),
    }


def _shown(zone: Json) -> Json:
    """Everything about the key is null while there is none."""
    dnssec = zone["dnssec"]
    key = dnssec.get("key") or {}
    changed = dnssec["modified_on"] and stamp(dnssec["modified_on"])
    return {"status": dnssec["status"], **{name: key.get(name) for name in KEY_FIELDS}, "modified_on": changed}
