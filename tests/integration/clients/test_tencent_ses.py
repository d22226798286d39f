# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud's mail service by its own SDK: domains and their DNS, sender addresses, and what is refused."""

from __future__ import annotations

import base64
import re
import typing as t

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.tencent import DOMAIN, call, code_of, plant_domain, refused, ses_client, until

HTML = base64.b64encode(b"<p>Your code: {{code}}</p>").decode()


class Zone:
    """The zone klinematrix.com at Cloudflare, by plain HTTP."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {cloud.environment['CLOUDFLARE_API_TOKEN']}"
        zones = self._ask("GET", "", params={"name": "klinematrix.com"})
        self._path = f"/{zones[0]['id']}/dns_records"

    def _ask(self, method: str, path: str, **options: t.Any) -> t.Any:
        answer = self._session.request(method, f"https://api.cloudflare.com/client/v4/zones{path}", timeout=10, **options).json()
        assert answer["success"], answer["errors"]
        return answer["result"]

    def add(self, kind: str, name: str, content: str) -> str:
        priority = {"priority": 10} if kind == "MX" else {}
        return str(self._ask("POST", self._path, json={"type": kind, "name": name, "content": content, "ttl": 300, **priority})["id"])

    def remove(self, record: str) -> None:
        self._ask("DELETE", f"{self._path}/{record}")


def quoted(text: str) -> str:
    """A long TXT as DNS wants it: strings of at most 255 bytes."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


def attributes(answer: dict[str, t.Any]) -> dict[tuple[str, str], dict[str, t.Any]]:
    return {(each["Type"], each["SendDomain"]): each for each in answer["Attributes"]}


# --- domains ------------------------------------------------------------------


def test_a_domain_names_its_records_in_no_order(cloud: LocalCloud) -> None:
    client = ses_client()
    answer = call(client, "CreateEmailIdentity", EmailIdentity=DOMAIN, DKIMOption=1, TagList=[{"TagKey": "a", "TagValue": "b"}])
    assert (answer["IdentityType"], answer["VerifiedForSendingStatus"], answer["DKIMOption"]) == ("DOMAIN", False, 1)
    records = attributes(answer)
    dkim = records.pop(("TXT", f"qcloudgz2048._domainkey.{DOMAIN}"))
    assert {key: each["ExpectedValue"] for key, each in records.items()} == {
        ("TXT", DOMAIN): "v=spf1 include:qcloudmail.com ~all",
        ("MX", DOMAIN): "mxbiz1.qq.com.",
        ("TXT", f"_dmarc.{DOMAIN}"): "v=DMARC1; p=none",
    }
    assert len(dkim["ExpectedValue"]) > 255
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/]+=*", dkim["ExpectedValue"])
    assert all((each["CurrentValue"], each["Status"]) == ("", False) for each in answer["Attributes"])
    again = call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)
    assert attributes(again) == attributes(answer)
    assert [each["SendDomain"] for each in again["Attributes"]] != [each["SendDomain"] for each in answer["Attributes"]]
    assert again["TagList"] == [{"TagKey": "a", "TagValue": "b"}]


def test_the_dkim_key_is_a_key_of_that_length(cloud: LocalCloud) -> None:
    """DER: the modulus is an INTEGER of 257 or 129 bytes, the exponent 65537."""
    client = ses_client("ap-hongkong")
    for option, selector, length in ((0, "qcloud", 129), (1, "qcloudhk2048", 257)):
        name = f"d{option}.klinematrix.com"
        records = attributes(call(client, "CreateEmailIdentity", EmailIdentity=name, DKIMOption=option))
        key = base64.b64decode(records["TXT", f"{selector}._domainkey.{name}"]["ExpectedValue"].partition("p=")[2])
        modulus = key[key.index(bytes.fromhex("0282") if length > 255 else bytes.fromhex("028181")) :]
        assert key.endswith(bytes.fromhex("0203010001"))
        assert len(key) == {129: 162, 257: 294}[length]
        assert modulus


def test_a_domain_is_verified_when_asked_and_only_by_the_real_zone(cloud: LocalCloud) -> None:
    client, zone = ses_client(), Zone(cloud)
    records = attributes(call(client, "CreateEmailIdentity", EmailIdentity=DOMAIN, DKIMOption=1))
    dkim = ("TXT", f"qcloudgz2048._domainkey.{DOMAIN}")
    zone.add("TXT", dkim[1], quoted(records[dkim]["ExpectedValue"]))
    zone.add("TXT", DOMAIN, '"v=spf1 include:spf.qcloud.com include:qcloudmail.com ~all"')
    zone.add("MX", DOMAIN, "mxbiz1.qq.com")

    # Nobody asked: nothing has been looked at.
    assert not any(each["Status"] for each in call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["Attributes"])

    # Asked, but DMARC is missing: what is seen is told, and the domain stays as it was.
    answer = call(client, "UpdateEmailIdentity", EmailIdentity=DOMAIN)
    assert answer["VerifiedForSendingStatus"] is False
    seen = attributes(call(client, "GetEmailIdentity", EmailIdentity=DOMAIN))
    assert {key: each["Status"] for key, each in seen.items()} == {
        dkim: True,
        ("TXT", DOMAIN): True,
        ("MX", DOMAIN): True,
        ("TXT", f"_dmarc.{DOMAIN}"): False,
    }
    assert seen[dkim]["CurrentValue"] == seen[dkim]["ExpectedValue"]
    assert seen["TXT", DOMAIN]["CurrentValue"] == "v=spf1 include:spf.qcloud.com include:qcloudmail.com ~all"
    assert seen["MX", DOMAIN]["CurrentValue"] == "mxbiz1.qq.com."
    with cloud.state() as state:
        state["tencent"]["ses"]["identities"][DOMAIN]["check_due"] = 1
    assert call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is False

    # Complete now, but a check was made already: it must be asked for again, and takes its time.
    zone.add("TXT", f"_dmarc.{DOMAIN}", '"v=DMARC1; p=quarantine; rua=mailto:dmarc@klinematrix.com"')
    assert call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is False
    assert call(client, "UpdateEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is False
    until(lambda: call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"])
    assert call(ses_client("ap-hongkong"), "ListEmailIdentities")["EmailIdentities"][0]["SendingEnabled"] is True


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ([("TXT", DOMAIN, '"v=spf1 include:qcloudmail.com ~all"'), ("TXT", DOMAIN, '"v=spf1 -all"')], ("TXT", DOMAIN)),
        ([("TXT", DOMAIN, '"v=spf1 include:spf.qcloud.com ~all"')], ("TXT", DOMAIN)),
        ([("TXT", f"qcloud._domainkey.{DOMAIN}", '"v=DKIM1; k=rsa; p=AAAA"')], ("TXT", f"qcloud._domainkey.{DOMAIN}")),
        ([("CNAME", f"qcloud._domainkey.{DOMAIN}", "dkim.qcloudmail.com")], ("TXT", f"qcloud._domainkey.{DOMAIN}")),
        ([("TXT", f"_dmarc.{DOMAIN}", '"v=DMARC1"')], ("TXT", f"_dmarc.{DOMAIN}")),
    ],
)
def test_wrong_records_do_not_count(cloud: LocalCloud, records: list[tuple[str, str, str]], wrong: tuple[str, str]) -> None:
    client, zone = ses_client(), Zone(cloud)
    call(client, "CreateEmailIdentity", EmailIdentity=DOMAIN)
    for record in records:
        zone.add(*record)
    call(client, "UpdateEmailIdentity", EmailIdentity=DOMAIN)
    assert attributes(call(client, "GetEmailIdentity", EmailIdentity=DOMAIN))[wrong]["Status"] is False


def test_a_slow_check_stays_pending_and_asking_again_does_not_restart_it(cloud: LocalCloud) -> None:
    client = ses_client()
    with cloud.state() as state:
        state["tencent"]["ses"]["verification_needs"] = []
    call(client, "CreateEmailIdentity", EmailIdentity=DOMAIN)
    cloud.fault("slow_operation", cloud="tencent", action="ses.verify", seconds=3600, count=None)
    call(client, "UpdateEmailIdentity", EmailIdentity=DOMAIN)
    assert call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is False
    with cloud.state() as state:
        due = state["tencent"]["ses"]["identities"][DOMAIN]["check_due"]
    call(client, "UpdateEmailIdentity", EmailIdentity=DOMAIN)
    with cloud.state() as state:
        assert state["tencent"]["ses"]["identities"][DOMAIN]["check_due"] == due
        state["tencent"]["ses"]["identities"][DOMAIN]["check_due"] = 1
    assert call(client, "GetEmailIdentity", EmailIdentity=DOMAIN)["VerifiedForSendingStatus"] is True


def test_domains_are_the_accounts_and_are_limited(cloud: LocalCloud) -> None:
    client = ses_client()
    for number in range(10):
        call(
            client,
            "CreateEmailIdentity",
            EmailIdentity=f"m{number}.klinematrix.com",
            TagList=[{"TagKey": "n", "TagValue": str(number % 2)}],
        )
    with refused("OperationDenied.ExceedDomainLimit"):
        call(ses_client("ap-hongkong"), "CreateEmailIdentity", EmailIdentity="m10.klinematrix.com")
    page = call(client, "ListEmailIdentities", Limit=3, Offset=8)
    assert ([each["IdentityName"] for each in page["EmailIdentities"]], page["Total"]) == (["m1.klinematrix.com", "m0.klinematrix.com"], 10)
    assert page["EmailIdentities"][0]["DailyQuota"] == 500
    tagged = call(client, "ListEmailIdentities", TagList=[{"TagKey": "n", "TagValue": "1"}])
    assert tagged["Total"] == 5


REFUSED: list[tuple[str, dict[str, t.Any], str]] = [
    ("CreateEmailIdentity", {"EmailIdentity": DOMAIN}, "InvalidParameterValue.RepeatCreation"),
    ("CreateEmailIdentity", {"EmailIdentity": DOMAIN.upper()}, "InvalidParameterValue.RepeatCreation"),
    ("CreateEmailIdentity", {"EmailIdentity": "qcloud.com"}, "InvalidParameterValue.CreatedByOther"),
    ("CreateEmailIdentity", {"EmailIdentity": "no_domain"}, "InvalidParameterValue.InvalidEmailIdentity"),
    ("CreateEmailIdentity", {"EmailIdentity": "a.klinematrix.com", "DKIMOption": 2}, "InvalidParameterValue"),
    ("GetEmailIdentity", {"EmailIdentity": "x.klinematrix.com"}, "InvalidParameterValue.NotExistDomain"),
    ("UpdateEmailIdentity", {"EmailIdentity": "x.klinematrix.com"}, "InvalidParameterValue.NotExistDomain"),
    ("UpdateEmailIdentity", {"EmailIdentity": DOMAIN, "DKIMOption": 1}, "FailedOperation.DKIMNotApplied"),
    ("DeleteEmailIdentity", {"EmailIdentity": "x.klinematrix.com"}, "InvalidParameterValue.NotExistDomain"),
    ("DeleteEmailIdentity", {"EmailIdentity": DOMAIN}, "OperationDenied.SenderWithDomainIsNotEmpty"),
    ("CreateEmailAddress", {"EmailAddress": f"a@{DOMAIN}"}, "InvalidParameterValue.RepeatEmailAddress"),
    ("CreateEmailAddress", {"EmailAddress": "a@new.klinematrix.com"}, "OperationDenied.DomainNotVerified"),
    ("CreateEmailAddress", {"EmailAddress": "a@else.klinematrix.com"}, "OperationDenied.DomainNotVerified"),
    ("CreateEmailAddress", {"EmailAddress": "no address"}, "InvalidParameterValue.IllegalEmailAddress"),
    ("CreateEmailAddress", {"EmailAddress": f"b@{DOMAIN}", "EmailSenderName": "a: b"}, "InvalidParameterValue.IllegalSenderName"),
    ("DeleteEmailAddress", {"EmailAddress": f"x@{DOMAIN}"}, "InvalidParameterValue.NoSuchSender"),
    ("UpdateEmailSmtpPassWord", {"EmailAddress": f"x@{DOMAIN}", "Password": "abcdEFGH1234"}, "InvalidParameterValue.NoSuchSender"),
    (
        "UpdateEmailSmtpPassWord",
        {"EmailAddress": f"a@{DOMAIN}", "Password": "abcdefgh1234"},
        "InvalidParameterValue.InvalidSmtpPassWord",
    ),
    ("CreateEmailTemplate", {"TemplateName": "n", "TemplateContent": {"Html": "%%%"}}, "InvalidParameterValue.TemplateContentIsWrong"),
    ("CreateEmailTemplate", {"TemplateName": "n", "TemplateContent": {}}, "InvalidParameterValue.TemplateContentIsNULL"),
    ("CreateEmailTemplate", {"TemplateName": " ", "TemplateContent": {"Html": HTML}}, "InvalidParameterValue.TemplateNameIllegal"),
    ("GetEmailTemplate", {"TemplateID": 1}, "InvalidParameterValue.TemplateNotExist"),
    ("DeleteEmailTemplate", {"TemplateID": 1}, "InvalidParameterValue.TemplateNotExist"),
]


def test_refusals_have_the_vendors_codes(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    client = ses_client()
    call(client, "CreateEmailIdentity", EmailIdentity="new.klinematrix.com")
    call(client, "CreateEmailAddress", EmailAddress=f"a@{DOMAIN}")
    assert [(action, given, code_of(lambda: call(client, action, **given))) for action, given, _ in REFUSED] == REFUSED  # noqa: B023


def test_only_a_company_may_delete_a_domain(cloud: LocalCloud) -> None:
    client = ses_client()
    call(client, "CreateEmailIdentity", EmailIdentity=DOMAIN)
    with cloud.state() as state:
        state["tencent"]["ses"]["enterprise"] = False
    with refused("OperationDenied.NotAllowDelete"):
        call(client, "DeleteEmailIdentity", EmailIdentity=DOMAIN)
    with cloud.state() as state:
        state["tencent"]["ses"]["enterprise"] = True
    call(client, "DeleteEmailIdentity", EmailIdentity=DOMAIN)
    assert call(client, "ListEmailIdentities")["EmailIdentities"] == []


# --- senders --------------------------------------------------------------------


def test_sender_addresses_belong_to_a_region(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    client = ses_client()
    call(client, "CreateEmailAddress", EmailAddress=f"verify@{DOMAIN}", EmailSenderName="Kline")
    sender = call(client, "ListEmailAddress")["EmailSenders"][0]
    assert (sender["EmailAddress"], sender["EmailSenderName"], sender["SmtpPwdType"]) == (f"verify@{DOMAIN}", "Kline", 0)
    assert call(ses_client("ap-hongkong"), "ListEmailAddress")["EmailSenders"] == []
    call(client, "UpdateEmailSmtpPassWord", EmailAddress=f"verify@{DOMAIN}", Password="abcdEFGH1234")
    assert call(client, "ListEmailAddress")["EmailSenders"][0]["SmtpPwdType"] == 1
    with refused("OperationDenied.RepeatPassWord"):
        call(client, "UpdateEmailSmtpPassWord", EmailAddress=f"verify@{DOMAIN}", Password="abcdEFGH1234")
    for number in range(9):
        call(client, "CreateEmailAddress", EmailAddress=f"s{number}@{DOMAIN}")
    with refused("OperationDenied.ExceedSenderLimit"):
        call(ses_client("ap-hongkong"), "CreateEmailAddress", EmailAddress=f"s9@{DOMAIN}")
    call(client, "DeleteEmailAddress", EmailAddress=f"s0@{DOMAIN}")
    assert len(call(client, "ListEmailAddress")["EmailSenders"]) == 9
