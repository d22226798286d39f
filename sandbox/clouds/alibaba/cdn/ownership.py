# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof that a root domain is the account's own: a TXT record, once for each root."""

from __future__ import annotations

import secrets

from sandbox.clouds.alibaba.cdn.service import DOMAIN_NAME, SDK, Cdn, root_of
from sandbox.clouds.alibaba.dns import txt_values
from sandbox.clouds.alibaba.gateway import Call
from sandbox.http import Reply


def require(cdn: Cdn, call: Call, name: str) -> None:
    if root_of(name) not in cdn.data["verified_roots"]:
        raise call.refuse(400, "DomainOwnerVerifyFail", "Owner verification of the root domain failed.")


@Cdn.actions.add("DescribeVerifyContent", write=False, verified="sdk", source=SDK)
def describe_verify_content(cdn: Cdn, call: Call) -> Reply:
    return call.reply({"Content": _content(cdn, call)})


@Cdn.actions.add("VerifyDomainOwner", write=True, verified="sdk", source=SDK)
def verify_domain_owner(cdn: Cdn, call: Call) -> Reply:
    """The TXT record is at `verification.<root>`. A file on the web server cannot be fetched here."""
    content = _content(cdn, call)
    kind = call.need("VerifyType")[0]
    if kind not in ("dnsCheck", "fileCheck"):
        raise call.refuse(400, "InvalidVerifyType.Malformed", "The specified VerifyType is invalid.")
    if kind == "fileCheck":
        raise call.refuse(400, "InvalidFile", "The file is not found.")
    root = root_of(call.args["DomainName"])
    if content not in txt_values(cdn.cloud.world, f"verification.{root}"):
        raise call.refuse(400, "DomainOwnerVerifyFail", "Owner verification of the root domain failed.")
    if root not in cdn.data["verified_roots"]:
        cdn.data["verified_roots"].append(root)
    return call.reply({"Content": content})


def _content(cdn: Cdn, call: Call) -> str:
    (name,) = call.need("DomainName")
    if not DOMAIN_NAME.fullmatch(name):
        raise call.refuse(400, "InvalidDomainName.Malformed", "Specified DomainName is malformed.")
    contents: dict[str, str] = cdn.data["verify_contents"]
    return contents.setdefault(root_of(name), f"verify_{secrets.token_hex(16)}")
