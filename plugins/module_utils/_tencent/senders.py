# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Sender addresses. They belong to a region, and SES cannot change their name: it takes a new address for that."""

from __future__ import annotations

import re
import typing as t
from functools import partial

from .._core import normal
from .._core.apply import Step, Waves
from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.unknown import has_unknown
from .client import Client, invalid
from .credentials import CLOUD

ADDRESS_LENGTH = 128  # CreateEmailAddress
_ADDRESS = re.compile(r"[^@\s<>:,;]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,}")
# SendEmail writes the name as `name <address>`, where these would have a meaning of their own.
_NO_NAME = re.compile(r"[:<>\r\n]")


class Sender(Reconciler):
    """One sender address of a region."""

    kind = Kind(
        CLOUD,
        "ses_sender",
        Map({"address": Leaf(normal=normal.folded), "sender_name": Leaf(absent=""), "smtp_password_set": Leaf()}),
        outputs=("smtp_password_set",),
    )
    identity = ("address",)

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._address = mail_address(host.params["address"])

    def want(self) -> dict[str, State | None]:
        name = self._host.params["sender_name"]
        if self._host.params["state"] == "absent":
            return {self._address: None}
        check_sender_name(name)
        return {self._address: {"address": self._address, "sender_name": name}}

    def read(self) -> dict[str, State]:
        answer = self._client.call("list the sender addresses", "ListEmailAddress")
        for each in answer.get("EmailSenders") or ():
            if each["EmailAddress"].casefold() == self._address.casefold():
                return {self._address: _as_state(each)}
        return {}

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            if change.action != "update":
                continue
            if not self._host.params["recreate"]:
                (difference,) = change.differences
                raise PlanError(
                    f"tencent ses_sender {change.name}: the name cannot be changed in place: it is {difference.before!r}, "
                    f"declared {difference.after!r}; nothing was changed",
                    code="immutable",
                    cloud=CLOUD,
                    hint="Set recreate: true to delete the address and create it again with the new name; no mail goes out meanwhile",
                )
            if (change.before or {}).get("smtp_password_set"):
                self._host.warn(f"{change.name} has an SMTP password, which is lost when the address is created again")

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        for change in plan:
            if change.before is not None:
                again = " to create it again" if change.action == "update" else ""
                yield [Step(f"delete tencent ses_sender {change.name}{again}", partial(self._delete, change.before))]
            if change.after is not None:
                yield [Step(f"create tencent ses_sender {change.name}", partial(self._create, change.after))]

    def result(self, after: States) -> dict[str, t.Any]:
        return {"sender": after.get(self._address)}

    def _delete(self, before: State) -> None:
        self._client.call(f"delete the sender address {self._address}", "DeleteEmailAddress", EmailAddress=before["address"])

    def _create(self, after: State) -> dict[str, State]:
        what, name = f"create the sender address {self._address}", after.get("sender_name") or None
        self._client.call(what, "CreateEmailAddress", EmailAddress=after["address"], EmailSenderName=name)
        return {self._address: {"smtp_password_set": False}}


def _as_state(sender: t.Mapping[str, t.Any]) -> State:
    return {
        "address": sender["EmailAddress"],
        "sender_name": sender.get("EmailSenderName") or "",
        "smtp_password_set": bool(sender.get("SmtpPwdType")),
    }


def mail_address(text: str) -> str:
    """A mail address. Raises PlanError for what is none."""
    if not has_unknown(text) and (len(text) > ADDRESS_LENGTH or not _ADDRESS.fullmatch(text)):
        raise invalid(f"{text} is no mail address", f"For example noreply@mail.example.com, at most {ADDRESS_LENGTH} characters")
    return text


def check_sender_name(name: str | None) -> None:
    if name and _NO_NAME.search(name):
        raise invalid(f"sender name {name!r}: colons, angle brackets and line breaks are not possible")
