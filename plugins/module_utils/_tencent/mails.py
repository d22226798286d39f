# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""One mail that proves the way: key, domain, sender address and template. Sent each time it is asked for."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone
from functools import partial

from .._core.apply import Step, Waves
from .._core.errors import CloudError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.wait import Wait
from .client import PAGE, Client, invalid
from .credentials import CLOUD
from .senders import check_sender_name, mail_address
from .templates import APPROVED, find, review_of

MOST_RECIPIENTS = 50  # SendEmail, Destination
BEIJING = timezone(timedelta(hours=8))  # GetSendEmailStatus asks for a day there
ON_REQUEST = 1  # TriggerType of mails that somebody waits for: codes, resets
ACCEPTED, DELIVERED, LATE = 0, 1, 8
FATE = {ACCEPTED: "accepted", DELIVERED: "delivered", 2: "dropped by SES", 3: "rejected by the recipient's server", LATE: "delayed"}
Statuses = list[dict[str, t.Any]]


class TestMail(Reconciler):
    """One mail. There is nothing to read: it is planned as new each time, and not at all under the bypass."""

    kind = Kind(
        CLOUD,
        "ses_mail",
        Map({name: Leaf() for name in ("from", "to", "subject", "template", "template_data", "message_id", "delivered")}),
        outputs=("message_id", "delivered"),
        id_field="message_id",
    )

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._to: list[str] = host.params["to"]
        self._name = ", ".join(self._to)

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        if not 1 <= len(self._to) <= MOST_RECIPIENTS:
            raise invalid(f"to: {len(self._to)} recipients; a mail has 1 to {MOST_RECIPIENTS}")
        for address in (params["from_address"], *self._to):
            mail_address(address)
        check_sender_name(params["sender_name"])
        if params["bypass"]:
            return {}
        alias = params["sender_name"]
        sender = f"{alias} <{params['from_address']}>" if alias else params["from_address"]
        fields = {name: params[name] for name in ("to", "subject", "template", "template_data")}
        return {self._name: {"from": sender, **fields, "delivered": True if params["await_delivery"] else None}}

    def read(self) -> dict[str, State]:
        return {}

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(f"send a test mail to {change.name}", partial(self._send, change.after or {}))] for change in plan]

    def result(self, after: States) -> dict[str, t.Any]:
        return {"mail": after.get(self._name), "bypassed": bool(self._host.params["bypass"])}

    def _send(self, mail: State) -> dict[str, State]:
        number = self._approved(mail["template"])
        what, before = f"send a test mail to {self._name}", _today()
        template = {"TemplateID": number, "TemplateData": json.dumps(mail.get("template_data") or {}, ensure_ascii=False)}
        answer = self._client.call(
            what,
            "SendEmail",
            FromEmailAddress=mail["from"],
            Destination=mail["to"],
            Subject=mail["subject"],
            Template=template,
            TriggerType=ON_REQUEST,
        )
        message = str(answer["MessageId"])
        if self._host.params["await_delivery"]:
            self._await_delivery(message, sorted({before, _today()}))
        return {self._name: {"message_id": message, "delivered": True if self._host.params["await_delivery"] else None}}

    def _approved(self, name: str) -> int:
        found = find(self._client, name)
        status = review_of(found)["status"] if found else None
        if found is None or status != APPROVED:
            raise CloudError(
                f"send a test mail to {self._name}",
                f"the template {name} is {status}" if status else f"there is no template {name} in {self._client.region}",
                cloud=CLOUD,
                code="no_template" if found is None else f"template_{status}",
                hint="Let tencent_ses_template create it, with await_review: true; nothing was sent",
            )
        return int(found["TemplateID"])

    def _await_delivery(self, message: str, days: list[str]) -> None:
        what = f"deliver the test mail {message}"

        def look() -> Statuses:
            asked = (
                self._client.call(what, "GetSendEmailStatus", RequestDate=day, Offset=0, Limit=PAGE, MessageId=message) for day in days
            )
            return [each for answer in asked for each in answer.get("EmailStatusList") or ()]

        wait = Wait(timeout=self._host.params["delivery_timeout"], tell=self._host.tell)
        seen = wait.until(what, look, lambda found: len(found) >= len(self._to) and not any(map(_open, found)), _fates, cloud=CLOUD)
        if any(each["SendStatus"] or each["DeliverStatus"] != DELIVERED for each in seen):
            raise CloudError(
                what, _fates(seen), cloud=CLOUD, code="not_delivered", hint="See the codes of GetSendEmailStatus, and the block list of SES"
            )


def _open(status: t.Mapping[str, t.Any]) -> bool:
    """Whether the fate of a mail is not decided yet. A SendStatus other than 0 is an error of its own."""
    return not status["SendStatus"] and status["DeliverStatus"] in (ACCEPTED, LATE)


def _fates(statuses: Statuses) -> str:
    return "; ".join(map(_fate, statuses)) or "SES has no status of it yet"


def _fate(status: t.Mapping[str, t.Any]) -> str:
    if status["SendStatus"]:
        fate = f"not sent, SendStatus {status['SendStatus']}"
    else:
        fate = FATE.get(status["DeliverStatus"], f"DeliverStatus {status['DeliverStatus']}")
    words = status.get("DeliverMessage")
    return f"{status['ToEmailAddress']}: {fate}" + (f" ({words})" if words else "")


def _today() -> str:
    return datetime.now(BEIJING).strftime("%Y-%m-%d")
