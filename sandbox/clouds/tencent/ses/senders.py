# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sender addresses. Source: CreateEmailAddress, ListEmailAddress, DeleteEmailAddress, UpdateEmailSmtpPassWord of the SES API document."""

from __future__ import annotations

import hashlib
import re

from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.clock import now
from sandbox.clouds.tencent.parameters import text
from sandbox.clouds.tencent.ses.identities import verified
from sandbox.clouds.tencent.ses.service import Ses, actions, domain_of
from sandbox.http import Reply


@actions.add(
    "CreateEmailAddress",
    write=True,
    takes={"EmailAddress": text(True), "EmailSenderName": text()},
    resource="qcs::ses:{region}:uin/{uin}:senderdomain/{EmailAddress}",
)
def create(ses: Ses, call: Call) -> Reply:
    address, alias = call.params["EmailAddress"], call.params.get("EmailSenderName", "")
    domain = domain_of(address)
    if domain is None or len(address) > 128:
        raise call.refusal("InvalidParameterValue.IllegalEmailAddress")
    if len(alias) > 64 or re.search(r"[:<>\r\n]", alias):  # SendEmail writes it as `alias <address>`, where a colon is forbidden
        raise call.refusal("InvalidParameterValue.IllegalSenderName")
    if not verified(ses, domain):
        raise call.refusal("OperationDenied.DomainNotVerified")
    senders = ses.here(call)["senders"]
    if address.lower() in (each.lower() for each in senders):
        raise call.refusal("InvalidParameterValue.RepeatEmailAddress")
    if sum(len(region["senders"]) for region in ses.data["regions"].values()) >= ses.data["limits"]["senders"]:
        raise call.refusal("OperationDenied.ExceedSenderLimit")
    senders[address] = {"name": alias, "created": now(), "smtp_password": None}
    return call.reply()


@actions.add("ListEmailAddress", write=False)
def list_all(ses: Ses, call: Call) -> Reply:
    senders = [
        {
            "EmailAddress": address,
            "EmailSenderName": sender["name"],
            "CreatedTimestamp": int(sender["created"]),
            "SmtpPwdType": int(sender["smtp_password"] is not None),
        }
        for address, sender in reversed(ses.here(call)["senders"].items())
    ]
    return call.reply({"EmailSenders": senders})


@actions.add("DeleteEmailAddress", write=True, takes={"EmailAddress": text(True)})
def delete(ses: Ses, call: Call) -> Reply:
    if call.params["EmailAddress"] not in ses.here(call)["senders"]:
        raise call.refusal("InvalidParameterValue.NoSuchSender")
    del ses.here(call)["senders"][call.params["EmailAddress"]]
    return call.reply()


@actions.add("UpdateEmailSmtpPassWord", write=True, takes={"Password": text(True), "EmailAddress": text(True)})
def set_password(ses: Ses, call: Call) -> Reply:
    password = call.params["Password"]
    sender = ses.here(call)["senders"].get(call.params["EmailAddress"])
    if sender is None:
        raise call.refusal("InvalidParameterValue.NoSuchSender")
    enough = all(len(set(re.findall(kind, password))) >= 2 for kind in ("[0-9]", "[a-z]", "[A-Z]"))
    if not 10 <= len(password) <= 20 or not enough:
        raise call.refusal("InvalidParameterValue.InvalidSmtpPassWord")
    digest = hashlib.sha256(password.encode()).hexdigest()
    if digest == sender["smtp_password"]:
        raise call.refusal("OperationDenied.RepeatPassWord")
    sender["smtp_password"] = digest
    return call.reply()
