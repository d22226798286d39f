# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending, and what became of it. Every mail that went out is in the state, under its region's `mails`.

Source: SendEmail (product/1288/51034), GetSendEmailStatus, GetStatisticsReport of the SES API document.
"""

from __future__ import annotations

import json
import re
import typing as t
from datetime import datetime, timedelta

from sandbox.clouds.tencent.account import alnum
from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.clock import BEIJING, beijing, now
from sandbox.clouds.tencent.parameters import array, number, text, thing
from sandbox.clouds.tencent.ses.identities import verified
from sandbox.clouds.tencent.ses.service import Ses, actions, domain_of, window
from sandbox.clouds.tencent.ses.templates import APPROVED, status_of
from sandbox.http import Reply

MOST = {"Destination": 50, "Cc": 20, "Bcc": 20}
QUEUED, DELIVERED = 0, 1
_FROM = re.compile(r"(?P<alias>[^:<>]*[^:<>\s]) <(?P<address>[^<>\s]+)>")
_COUNTS = ("RequestCount", "AcceptedCount", "DeliveredCount", "OpenedCount", "ClickedCount", "BounceCount", "UnsubscribeCount")


@actions.add(
    "SendEmail",
    write=True,
    takes={
        "FromEmailAddress": text(True),
        "Subject": text(True),
        "Destination": array(text()),
        "ReplyToAddresses": text(),
        "Cc": array(text()),
        "Bcc": array(text()),
        "Template": thing({"TemplateID": number(True), "TemplateData": text(True)}),
        "Simple": thing({"Html": text(), "Text": text()}),
        "Attachments": array(thing({"FileName": text(True), "Content": text(), "FileURL": text()})),
        "Unsubscribe": text(),
        "TriggerType": number(),
        "SmtpMessageId": text(),
        "SmtpHeaders": text(),
        "HeaderFrom": text(),
    },
)
def send(ses: Ses, call: Call) -> Reply:
    alias, sender = _sender(ses, call)
    recipients = _recipients(ses, call)
    if not call.params["Subject"]:
        raise call.refusal("InvalidParameterValue")
    if call.params.get("Attachments"):  # a permission that must be applied for
        raise call.refusal("FailedOperation.NoAttachPermission")
    if call.params.get("Unsubscribe", "0") not in {str(each) for each in range(13)} or call.params.get("TriggerType", 0) > 1:
        raise call.refusal("InvalidParameterValue")
    template, data = _template(ses, call)
    sent = now()
    message = f"qcloudses-30-{ses.cloud.credentials['app_id']}-date-{beijing(sent, '%Y%m%d%H%M%S')}-{alnum(12)}"
    delivered = sent + ses.seconds("ses.deliver", 0.5)
    ses.here(call)["mails"] += [
        {
            "message_id": message,
            "from": sender,
            "alias": alias,
            "to": recipient,
            "subject": call.params["Subject"],
            "template": template,
            "data": data,
            "sent": sent,
            "delivered": delivered,
        }
        for recipient in recipients
    ]
    return call.reply({"MessageId": message})


@actions.add(
    "GetSendEmailStatus",
    write=False,
    takes={
        "RequestDate": text(True),
        "Offset": number(True),
        "Limit": number(True),
        "MessageId": text(),
        "ToEmailAddress": text(),
    },
)
def status(ses: Ses, call: Call) -> Reply:
    day = _day(call, "RequestDate")
    if not datetime.now(BEIJING).date() - timedelta(days=30) <= day.date() <= datetime.now(BEIJING).date():
        raise call.refusal("FailedOperation.NotSupportDate")
    if call.params["Limit"] > 100:
        raise call.refusal("FailedOperation.InvalidLimit")
    wanted = {"message_id": call.params.get("MessageId"), "to": call.params.get("ToEmailAddress")}
    found = [
        _as_status(mail)
        for mail in ses.here(call)["mails"]
        if beijing(mail["sent"], "%Y-%m-%d") == call.params["RequestDate"]
        and all(value in (None, mail[name]) for name, value in wanted.items())
    ]
    return call.reply({"EmailStatusList": window(call, found)})


@actions.add(
    "GetStatisticsReport",
    write=False,
    takes={"StartDate": text(True), "EndDate": text(True), "Domain": text(), "ReceivingMailboxType": text()},
)
def statistics(ses: Ses, call: Call) -> Reply:
    """By day of Beijing. Nobody opens or clicks here, and nothing bounces."""
    day, last = _day(call, "StartDate"), _day(call, "EndDate")
    if last < day or last - day > timedelta(days=90):
        raise call.refusal("InvalidParameterValue.WrongDate")
    domain, provider = call.params.get("Domain"), call.params.get("ReceivingMailboxType")
    mails = [
        mail
        for mail in ses.here(call)["mails"]
        if domain in (None, "", domain_of(mail["from"])) and provider in (None, "", domain_of(mail["to"]))
    ]
    volumes = []
    while day <= last:
        date = day.strftime("%Y-%m-%d")
        volumes.append(_volume(date, [mail for mail in mails if beijing(mail["sent"], "%Y-%m-%d") == date]))
        day += timedelta(days=1)
    overall = {"SendDate": ""} | {name: sum(volume[name] for volume in volumes) for name in _COUNTS}
    return call.reply({"DailyVolumes": volumes, "OverallVolume": overall})


def _sender(ses: Ses, call: Call) -> tuple[str, str]:
    """Alias and address; the address must be registered in this region and its domain still verified."""
    written = call.params["FromEmailAddress"]
    found = _FROM.fullmatch(written)
    alias, address = (found["alias"], found["address"]) if found else ("", written)
    domain = domain_of(address)
    if domain is None:
        raise call.refusal("FailedOperation.IncorrectSender")
    if address not in ses.here(call)["senders"] or not verified(ses, domain):
        raise call.refusal("FailedOperation.NotAuthenticatedSender")
    return alias, address


def _recipients(ses: Ses, call: Call) -> list[str]:
    recipients = [address for group in MOST for address in call.params.get(group, [])]
    if not recipients:
        raise call.refusal("InvalidParameterValue.EmailAddressIsNULL")
    if any(len(call.params.get(group, [])) > most for group, most in MOST.items()):
        raise call.refusal("FailedOperation.TooManyRecipients")
    if any(domain_of(address) is None for address in recipients):
        raise call.refusal("InvalidParameterValue.ReceiverEmailInvalid")
    if set(call.params.get("Bcc", [])) & set(call.params.get("Destination", [])):
        raise call.refusal("InvalidParameterValue")
    if any(address in ses.data["blacklist"] for address in recipients):
        raise call.refusal("FailedOperation.EmailAddrInBlacklist")
    return recipients


def _template(ses: Ses, call: Call) -> tuple[int, dict[str, t.Any]]:
    """The approved template and its variables. Free text (`Simple`) needs a permission that new accounts cannot have."""
    chosen = call.params.get("Template")
    if chosen is None:
        raise call.refusal("FailedOperation.WithOutPermission" if "Simple" in call.params else "FailedOperation.MissingEmailContent")
    template = ses.here(call)["templates"].get(str(chosen["TemplateID"]))
    if template is None or status_of(template) != APPROVED:
        raise call.refusal("FailedOperation.InvalidTemplateID")
    try:
        data = json.loads(chosen["TemplateData"])
    except ValueError:
        data = None
    if not isinstance(data, dict) or any(isinstance(value, (dict, list)) for value in data.values()):
        raise call.refusal("FailedOperation.WrongContentJson")
    return chosen["TemplateID"], data


def _day(call: Call, name: str) -> datetime:
    try:
        return datetime.strptime(call.params[name], "%Y-%m-%d").replace(tzinfo=BEIJING)
    except ValueError:
        raise call.refusal("InvalidParameterValue.WrongDate") from None


def _as_status(mail: dict[str, t.Any]) -> dict[str, t.Any]:
    arrived = mail["delivered"] <= now()
    return {
        "MessageId": mail["message_id"],
        "ToEmailAddress": mail["to"],
        "FromEmailAddress": mail["from"],
        "SendStatus": 0,
        "DeliverStatus": DELIVERED if arrived else QUEUED,
        "DeliverMessage": "",
        "RequestTime": int(mail["sent"]),
        "DeliverTime": int(mail["delivered"]) if arrived else 0,
        **dict.fromkeys(("UserOpened", "UserClicked", "UserUnsubscribed", "UserComplainted", "UserComplained"), False),
    }


def _volume(date: str, mails: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    arrived = sum(mail["delivered"] <= now() for mail in mails)
    return {
        "SendDate": date,
        **dict.fromkeys(_COUNTS, 0),
        "RequestCount": len(mails),
        "AcceptedCount": len(mails),
        "DeliveredCount": arrived,
    }
