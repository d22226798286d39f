# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Sender domains: made, checked by SES when asked, never changed."""

from __future__ import annotations

import itertools
import re
import typing as t
from functools import partial

from .._core import normal
from .._core.apply import Step, Waves, side_by_side
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.inspect import Inspector
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map, Rule
from .._core.traffic import Traffic
from .._core.unknown import has_unknown
from .._core.wait import Wait
from . import mail_dns
from .client import Client, absent_if, invalid
from .credentials import CLOUD

NOT_THERE = "InvalidParameterValue.NotExistDomain"
# DKIMOption, in bits of the key. A domain can have both keys; then each declaration is met.
BITS = {0: 1024, 1: 2048, 2: "both"}
OPTION = {1024: 0, 2048: 1}
USUAL_BITS = 2048
# A check looks once, and DNS may not show the records yet: it is asked for again at the first of so many looks.
ASK_AGAIN = 6
_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
FIELDS: dict[str, Rule] = {
    "dkim_bits": Leaf(same=lambda have, want: have in (want, "both"), immutable=True),
    "tags": Map(other=Leaf()),
    "verified": Leaf(),
    "dns_records": Leaf(),
}


class Domain(Reconciler):
    """One sender domain. It belongs to the account: every region shows the same ones."""

    kind = Kind(CLOUD, "ses_domain", Map(FIELDS), outputs=("verified", "dns_records"))
    identity = ("name",)

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._name = domain_name(host.params["name"])

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        if params["state"] == "absent":
            return {self._name: None}
        return {self._name: {"dkim_bits": params["dkim_bits"], "tags": params["tags"], "verified": params["verify"] or None}}

    def read(self) -> dict[str, State]:
        answer = find(self._client, self._name)
        return {} if answer is None else {self._name: as_state(self._name, answer)}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return super().plan(have, {name: state and {**state, "dkim_bits": _bits(have.get(name), state)} for name, state in want.items()})

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        for change in plan:
            if change.action == "update" and change.touches("tags"):
                raise PlanError(
                    f"tencent ses_domain {change.name}: SES sets tags when a domain is created, and never after; nothing was changed",
                    code="immutable",
                    cloud=CLOUD,
                    hint="Change them in the console of the Tag service, or declare the tags that it has",
                )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        for change in plan:
            if change.after is None:
                yield [Step(change.title, self._delete)]
                continue
            if change.action == "create":
                yield [Step(change.title, partial(self._create, change.after))]
            if change.touches("verified"):
                yield [Step(f"verify the sender domain {change.name}", self._verify)]

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        if state is None:
            return {"domain": None, "dns_records": []}
        records = state["dns_records"]
        if has_unknown(records) and not isinstance(records, list):
            records = mail_dns.expected(self._name, self._client.region, state["dkim_bits"])
        return {"domain": {"name": self._name, **state, "dns_records": records}, "dns_records": self._to_write(records)}

    def _to_write(self, records: list[mail_dns.Record]) -> list[mail_dns.Record]:
        policy = self._host.params["dns_policy"]
        if policy is None:
            return records
        keep, advice = mail_dns.to_write(records, self._name, policy["zone"], policy["declared"] or (), policy["write_mx"])
        for each in advice:
            self._host.warn(each)
        return keep

    def _create(self, after: State) -> dict[str, State]:
        tags = [{"TagKey": key, "TagValue": value} for key, value in (after.get("tags") or {}).items()]
        what, option = f"create the sender domain {self._name}", OPTION[after["dkim_bits"]]
        answer = self._client.call(what, "CreateEmailIdentity", EmailIdentity=self._name, DKIMOption=option, TagList=tags or None)
        return {self._name: {**as_state(self._name, answer), "tags": after.get("tags") or {}}}

    def _verify(self) -> dict[str, State]:
        looks = itertools.count()

        def look() -> dict[str, t.Any]:
            if next(looks) % ASK_AGAIN == 0:
                return self._client.call(f"ask for a check of {self._name}", "UpdateEmailIdentity", EmailIdentity=self._name)
            return self._client.call(f"read the sender domain {self._name}", "GetEmailIdentity", EmailIdentity=self._name)

        wait = Wait(timeout=self._host.params["verify_timeout"], tell=self._host.tell)
        what = f"verify the sender domain {self._name}"
        wait.until(
            what, look, lambda answer: bool(answer["VerifiedForSendingStatus"]), lambda answer: wrong(self._name, answer), cloud=CLOUD
        )
        return {self._name: {"verified": True}}

    def _delete(self) -> None:
        self._client.call(f"delete the sender domain {self._name}", "DeleteEmailIdentity", EmailIdentity=self._name)


def domain_name(text: str) -> str:
    """The name as SES keeps it: lower-case, without a final dot. Raises PlanError for what is no domain."""
    if has_unknown(text):
        return text
    name = str(normal.dns_name(text))
    if not _NAME.fullmatch(name):
        raise invalid(f"{text} is no domain", "For example mail.example.com; a name with other letters is given in punycode (xn--…)")
    return name


def find(client: Client, name: str) -> dict[str, t.Any] | None:
    """What SES says about a domain, or None when the account has none of that name."""
    try:
        return client.call(f"read the sender domain {name}", "GetEmailIdentity", EmailIdentity=name)
    except CloudError as error:
        absent_if(error, NOT_THERE)
        return None


def as_state(name: str, answer: t.Mapping[str, t.Any]) -> State:
    """A domain in the words of the options."""
    return {
        "dkim_bits": BITS.get(answer.get("DKIMOption", -1)),
        "tags": {each["TagKey"]: each["TagValue"] for each in answer.get("TagList") or ()},
        "verified": bool(answer["VerifiedForSendingStatus"]),
        "dns_records": mail_dns.wanted(name, answer.get("Attributes") or ()),
    }


def checks(name: str, answer: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    """What SES saw of each record at its last check, in the order of `wanted`."""
    found = [
        {
            "name": mail_dns.full_name(name, each["SendDomain"]),
            "type": each["Type"],
            "expected": mail_dns.content(each["Type"], each["ExpectedValue"]),
            "current": mail_dns.content(each["Type"], each.get("CurrentValue") or ""),
            "ok": bool(each["Status"]),
        }
        for each in answer.get("Attributes") or ()
    ]
    return sorted(found, key=lambda each: (each["name"], each["type"], each["expected"]))


def wrong(name: str, answer: t.Mapping[str, t.Any]) -> str:
    """The records that still keep a domain from being verified, in one sentence."""
    missing = [
        f"{each['type']} {each['name']} "
        + (f"shows {_short(each['current'])}" if each["current"] else "is not seen")
        + f", wanted {_short(each['expected'])}"
        for each in checks(name, answer)
        if not each["ok"]
    ]
    return "; ".join(missing) or "all records are right, the check is not finished"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:45]}…{text[-12:]}"


def _bits(present: State | None, state: State) -> t.Any:
    """The length to plan with: a new domain gets a long key, and where SES does not tell the length none is compared."""
    if present is None:
        return state["dkim_bits"] or USUAL_BITS
    return state["dkim_bits"] if present["dkim_bits"] is not None else None


class Domains(Inspector):
    """One domain, or all of the account, with what SES saw of their records."""

    kind = Kind(CLOUD, "ses_domain", Map({**FIELDS, "checks": Leaf()}))

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, traffic)

    def read(self) -> dict[str, State]:
        name = self.host.params["name"]
        names = [domain_name(name)] if name else self._all_names()
        answers = zip(names, side_by_side(partial(find, self._client), names), strict=True)
        return {name: {**as_state(name, answer), "checks": checks(name, answer)} for name, answer in answers if answer is not None}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"domains": [{"name": name, **state} for name, state in after.items()]}

    def _all_names(self) -> list[str]:
        listed = self._client.pages("list the sender domains", "ListEmailIdentities", "EmailIdentities")
        return sorted(each["IdentityName"] for each in listed)
