# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sender domains: the records that they must show, and the check that is asked for and takes its time.

Sources: CreateEmailIdentity (product/1288/51048) and its siblings; "Identity Verification and Configuration" (product/1084/42371):
one SPF record with SES's include, DKIM as TXT (a CNAME does not count), the MX of SES or of an own mail server, DMARC.
"""

from __future__ import annotations

import base64
import re
import secrets
import typing as t

from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.clock import now
from sandbox.clouds.tencent.dns import lookup
from sandbox.clouds.tencent.parameters import flag, number, text
from sandbox.clouds.tencent.ses.service import TAGS, Ses, actions, domain_of, window
from sandbox.http import Reply

Identity = dict[str, t.Any]

SPF_INCLUDE = "include:qcloudmail.com"
SHORT_KEY, LONG_KEY, BOTH_KEYS = 0, 1, 2
# Of the 2048-bit key: seen in public reports for the two mainland regions, assumed for Singapore. The short one's is documented.
_LONG_SELECTORS = {"ap-guangzhou": "qcloudgz2048", "ap-hongkong": "qcloudhk2048", "ap-singapore": "qcloudsg2048"}
_SHORT_SELECTOR = "qcloud"
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
# DER of an RSA public key up to its modulus, and after it (RFC 8017, RFC 5280).
_DER = {
    1024: bytes.fromhex("30819f300d06092a864886f70d010101050003818d0030818902818100"),
    2048: bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100"),
}
_EXPONENT = bytes.fromhex("0203010001")


@actions.add(
    "CreateEmailIdentity",
    write=True,
    takes={"EmailIdentity": text(True), "DKIMOption": number(), "TagList": TAGS},
    resource="qcs::ses:{region}:uin/{uin}:senderdomain/*",
)
def create(ses: Ses, call: Call) -> Reply:
    name = call.params["EmailIdentity"].lower()
    option = call.params.get("DKIMOption", SHORT_KEY)
    identities = ses.data["identities"]
    if not _DOMAIN.fullmatch(name):
        raise call.refusal("InvalidParameterValue.InvalidEmailIdentity")
    if option not in (SHORT_KEY, LONG_KEY):
        raise call.refusal("InvalidParameterValue")
    if name in ses.data["taken_domains"]:
        raise call.refusal("InvalidParameterValue.CreatedByOther")
    if name in identities:
        raise call.refusal("InvalidParameterValue.RepeatCreation")
    if len(identities) >= ses.data["limits"]["domains"]:
        raise call.refusal("OperationDenied.ExceedDomainLimit")
    selector, bits = (_LONG_SELECTORS[call.region], 2048) if option == LONG_KEY else (_SHORT_SELECTOR, 1024)
    identities[name] = {
        "created": now(),
        "dkim_option": option,
        "dkim": {selector: f"v=DKIM1; k=rsa; p={_public_key(bits)}"},
        "tags": call.params.get("TagList", []),
        "verified": False,
        "asked": False,  # whether a check was ever asked for: until then nothing has been detected
        "check_due": None,
    }
    return call.reply(_description(ses, name, identities[name]))


@actions.add("GetEmailIdentity", write=False, takes={"EmailIdentity": text(True)})
def get(ses: Ses, call: Call) -> Reply:
    name, identity = _find(ses, call)
    return call.reply({**_description(ses, name, identity), "TagList": identity["tags"]})


@actions.add("ListEmailIdentities", write=False, takes={"TagList": TAGS, "Limit": number(), "Offset": number()})
def list_all(ses: Ses, call: Call) -> Reply:
    """Newest first. A new domain has the lowest reputation of 20 levels, and its daily quota ("Reputation levels")."""
    wanted = call.params.get("TagList", [])
    found = [
        {
            "IdentityName": name,
            "IdentityType": "DOMAIN",
            "SendingEnabled": verified(ses, name),
            "CurrentReputationLevel": 1,
            "DailyQuota": 500,
            "SendIp": [],
            "TagList": identity["tags"],
            "DKIMOption": identity["dkim_option"],
        }
        for name, identity in reversed(ses.data["identities"].items())
        if all(tag in identity["tags"] for tag in wanted)
    ]
    page = window(call, found)
    return call.reply({"EmailIdentities": page, "MaxReputationLevel": 20, "MaxDailyQuota": 1_000_000, "Total": len(found)})


@actions.add("UpdateEmailIdentity", write=True, takes={"EmailIdentity": text(True), "NewAPI": flag(), "DKIMOption": number()})
def request_check(ses: Ses, call: Call) -> Reply:
    """Ask for the check of the records. The answer shows the state before it; a check that is under way goes on."""
    name, identity = _find(ses, call)
    option = call.params.get("DKIMOption", identity["dkim_option"])
    if option not in (SHORT_KEY, LONG_KEY, BOTH_KEYS):
        raise call.refusal("InvalidParameterValue")
    if option != identity["dkim_option"]:
        raise call.refusal("FailedOperation.DKIMNotApplied")
    if identity["check_due"] is None:
        identity["check_due"] = now() + ses.seconds("ses.verify", 1.0)
    reply = call.reply(_description(ses, name, identity))
    identity["asked"] = True
    return reply


@actions.add("DeleteEmailIdentity", write=True, takes={"EmailIdentity": text(True)})
def delete(ses: Ses, call: Call) -> Reply:
    name, _ = _find(ses, call)
    if not ses.data["enterprise"]:
        raise call.refusal("OperationDenied.NotAllowDelete")
    if any(domain_of(address) == name for region in ses.data["regions"].values() for address in region["senders"]):
        raise call.refusal("OperationDenied.SenderWithDomainIsNotEmpty")
    del ses.data["identities"][name]
    return call.reply()


def verified(ses: Ses, name: str) -> bool:
    """Whether mail may be sent from a domain."""
    identity = ses.data["identities"].get(name)
    if identity is None:
        return False
    _settle(ses, name, identity)
    return bool(identity["verified"])


def _find(ses: Ses, call: Call) -> tuple[str, Identity]:
    name = call.params["EmailIdentity"].lower()
    if name not in ses.data["identities"]:
        raise call.refusal("InvalidParameterValue.NotExistDomain")
    return name, ses.data["identities"][name]


def _settle(ses: Ses, name: str, identity: Identity) -> None:
    """Do the check that has become due: only the records that are there now count, and a check can also fail again."""
    if identity["check_due"] is None or identity["check_due"] > now():
        return
    identity["check_due"] = None
    needed = ses.data["verification_needs"]
    identity["verified"] = all(attribute["Status"] for use, attribute in _attributes(ses, name, identity) if use in needed)


def _description(ses: Ses, name: str, identity: Identity) -> dict[str, t.Any]:
    _settle(ses, name, identity)
    attributes = [attribute for _, attribute in _attributes(ses, name, identity)]
    turn = next(ses.turns) % len(attributes)  # their order is not to be relied upon
    return {
        "IdentityType": "DOMAIN",
        "VerifiedForSendingStatus": identity["verified"],
        "Attributes": attributes[turn:] + attributes[:turn],
        "DKIMOption": identity["dkim_option"],
    }


def _attributes(ses: Ses, name: str, identity: Identity) -> list[tuple[str, dict[str, t.Any]]]:
    """The records that a domain must show, and what is seen of them; nothing is seen before a first check was asked for."""
    expected = [
        ("SPF", "TXT", name, f"v=spf1 {SPF_INCLUDE} ~all"),
        *(("DKIM", "TXT", f"{selector}._domainkey.{name}", value) for selector, value in identity["dkim"].items()),
        ("MX", "MX", name, "mxbiz1.qq.com."),
        ("DMARC", "TXT", f"_dmarc.{name}", "v=DMARC1; p=none"),
    ]
    attributes = []
    for use, kind, host, value in expected:
        seen = lookup(ses.cloud.world.state.get("cloudflare", {}), host, kind) if identity["asked"] else []
        current, status = _judge(use, seen, value)
        attribute = {"Type": kind, "SendDomain": host, "ExpectedValue": value, "CurrentValue": current, "Status": status}
        attributes.append((use, attribute))
    return attributes


def _judge(use: str, seen: list[str], expected: str) -> tuple[str, bool]:
    """What is shown of the values at a name, and whether it will do."""
    if use == "MX":  # an own mail server will do
        return (seen[0] if seen else "", bool(seen))
    if use == "DKIM":
        return (seen[0] if seen else "", any(_tags(value) == _tags(expected) for value in seen))
    version = expected.split(";")[0].split()[0]  # v=spf1 or v=DMARC1
    fitting = [value for value in seen if re.split(r"[;\s]", value.strip(), maxsplit=1)[0].lower() == version.lower()]
    if use == "SPF":  # a second SPF record makes both void (RFC 7208)
        return (fitting[0] if fitting else "", len(fitting) == 1 and SPF_INCLUDE in fitting[0].lower().split())
    return (fitting[0] if fitting else "", len(fitting) == 1 and "p" in _tags(fitting[0]))


def _tags(value: str) -> dict[str, str]:
    """`k=v; k=v` without the blanks that mean nothing (RFC 6376)."""
    pairs = (part.partition("=") for part in value.split(";") if part.strip())
    return {key.strip(): re.sub(r"\s", "", text) for key, _, text in pairs}


def _public_key(bits: int) -> str:
    modulus = bytes([secrets.randbelow(128) + 128]) + secrets.token_bytes(bits // 8 - 1)
    return base64.b64encode(_DER[bits] + modulus + _EXPONENT).decode()
