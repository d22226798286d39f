# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud's mail service by its own SDK: templates and their review, mails and what became of them."""

from __future__ import annotations

import base64
import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.tencent import DOMAIN, call, code_of, plant_domain, refused, ses_client, until

HTML = base64.b64encode(b"<p>Your code: {{code}}</p>").decode()


# --- templates ------------------------------------------------------------------


def template_status(client: t.Any, template: int) -> int:
    return int(call(client, "GetEmailTemplate", TemplateID=template)["TemplateStatus"])


def test_each_text_of_a_template_is_reviewed(cloud: LocalCloud) -> None:
    client = ses_client()
    cloud.fault("slow_operation", cloud="tencent", action="ses.review", seconds=0.2, count=None)
    loose = "\n".join([HTML[:10], HTML[10:]])
    template = call(client, "CreateEmailTemplate", TemplateName="code", TemplateContent={"Html": loose})["TemplateID"]
    got = call(client, "GetEmailTemplate", TemplateID=template)
    assert (got["TemplateStatus"], got["TemplateName"], got["TemplateContent"]) == (1, "code", {"Html": HTML, "Text": ""})
    until(lambda: template_status(client, template) == 0)
    call(client, "UpdateEmailTemplate", TemplateID=template, TemplateName="code", TemplateContent={"Html": HTML})
    assert template_status(client, template) == 1
    with refused("InvalidParameterValue.TemplateNameIsNULL"):
        call(client, "UpdateEmailTemplate", TemplateID=template, TemplateName="", TemplateContent={"Html": HTML})
    with cloud.state() as state:
        state["tencent"]["ses"]["review_rejects"] = ["code"]
    call(client, "UpdateEmailTemplate", TemplateID=template, TemplateName="code", TemplateContent={"Html": HTML})
    until(lambda: template_status(client, template) == 2)
    listed = call(client, "ListEmailTemplates", Limit=10, Offset=0)
    assert (listed["TotalCount"], listed["TemplatesMetadata"][0]["TemplateID"]) == (1, template)
    assert "code" in listed["TemplatesMetadata"][0]["ReviewReason"]
    call(client, "DeleteEmailTemplate", TemplateID=template)
    assert call(client, "ListEmailTemplates", Limit=10, Offset=0)["TemplatesMetadata"] == []


def test_templates_page_and_may_share_a_name(cloud: LocalCloud) -> None:
    client = ses_client()
    numbers = [call(client, "CreateEmailTemplate", TemplateName="same", TemplateContent={"Text": HTML})["TemplateID"] for _ in range(5)]
    pages = [call(client, "ListEmailTemplates", Limit=2, Offset=offset)["TemplatesMetadata"] for offset in (0, 2, 4, 6)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert sorted(each["TemplateID"] for page in pages for each in page) == sorted(numbers)
    assert call(ses_client("ap-hongkong"), "ListEmailTemplates", Limit=10, Offset=0)["TotalCount"] == 0


# --- mails ------------------------------------------------------------------------


@pytest.fixture
def template(cloud: LocalCloud) -> int:
    """A verified domain, a sender, and a template that has passed its review."""
    plant_domain(cloud)
    client = ses_client()
    call(client, "CreateEmailAddress", EmailAddress=f"verify@{DOMAIN}")
    cloud.fault("slow_operation", cloud="tencent", action="ses.review", seconds=0)
    number = call(client, "CreateEmailTemplate", TemplateName="code", TemplateContent={"Html": HTML})["TemplateID"]
    return int(number)


def mail(template: int | None, **changes: t.Any) -> dict[str, t.Any]:
    body = {"TemplateID": template, "TemplateData": '{"code": "1234"}'}
    return {
        "FromEmailAddress": f"Kline <verify@{DOMAIN}>",
        "Subject": "Your code",
        "Destination": ["someone@example.com"],
        **({} if template is None else {"Template": body}),
        **changes,
    }


def test_a_mail_goes_out_and_can_be_followed(cloud: LocalCloud, template: int) -> None:
    client = ses_client()
    message = call(client, "SendEmail", **mail(template, Cc=["other@example.com"], TriggerType=1))["MessageId"]
    assert message.startswith("qcloudses-30-")
    with cloud.state() as state:
        sent = state["tencent"]["ses"]["regions"]["ap-guangzhou"]["mails"]
    assert [(each["to"], each["alias"], each["data"]) for each in sent] == [
        ("someone@example.com", "Kline", {"code": "1234"}),
        ("other@example.com", "Kline", {"code": "1234"}),
    ]
    today = datetime.now(timezone(timedelta(hours=8))).strftime("%Y-%m-%d")
    asked = {"RequestDate": today, "Offset": 0, "Limit": 10, "MessageId": message}

    def statuses() -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", call(client, "GetSendEmailStatus", **asked)["EmailStatusList"])

    assert [each["SendStatus"] for each in statuses()] == [0, 0]
    until(lambda: all(each["DeliverStatus"] == 1 for each in statuses()))
    report = call(client, "GetStatisticsReport", StartDate=today, EndDate=today, Domain=DOMAIN)
    assert (report["OverallVolume"]["RequestCount"], report["DailyVolumes"][0]["DeliveredCount"]) == (2, 2)
    assert call(client, "GetSendEmailStatus", **{**asked, "MessageId": "x"})["EmailStatusList"] == []
    with refused("FailedOperation.InvalidLimit"):
        call(client, "GetSendEmailStatus", **{**asked, "Limit": 101})
    with refused("FailedOperation.NotSupportDate"):
        call(client, "GetSendEmailStatus", **{**asked, "RequestDate": "2020-01-01"})
    with refused("InvalidParameterValue.WrongDate"):
        call(client, "GetSendEmailStatus", **{**asked, "RequestDate": "today"})


UNSENT: list[tuple[dict[str, t.Any], str]] = [
    ({"FromEmailAddress": f"else@{DOMAIN}"}, "FailedOperation.NotAuthenticatedSender"),
    ({"FromEmailAddress": f"Kline<verify@{DOMAIN}>"}, "FailedOperation.IncorrectSender"),
    ({"Destination": []}, "InvalidParameterValue.EmailAddressIsNULL"),
    ({"Destination": ["nobody"]}, "InvalidParameterValue.ReceiverEmailInvalid"),
    ({"Destination": [f"p{number}@example.com" for number in range(51)]}, "FailedOperation.TooManyRecipients"),
    ({"Destination": ["blocked@example.com"]}, "FailedOperation.EmailAddrInBlacklist"),
    ({"Template": {"TemplateID": 1, "TemplateData": "{}"}}, "FailedOperation.InvalidTemplateID"),
    ({"Unsubscribe": "13"}, "InvalidParameterValue"),
    ({"Attachments": [{"FileName": "a.pdf", "Content": "QQ=="}]}, "FailedOperation.NoAttachPermission"),
]


def test_mails_that_do_not_go_out(cloud: LocalCloud, template: int) -> None:
    with cloud.state() as state:
        state["tencent"]["ses"]["blacklist"] = ["blocked@example.com"]
    client = ses_client()
    assert [(given, code_of(lambda: call(client, "SendEmail", **mail(template, **given)))) for given, _ in UNSENT] == UNSENT  # noqa: B023
    with cloud.state() as state:
        assert state["tencent"]["ses"]["regions"]["ap-guangzhou"]["mails"] == []


def test_a_mail_needs_an_approved_template_with_json(cloud: LocalCloud, template: int) -> None:
    client = ses_client()
    with refused("FailedOperation.WrongContentJson"):
        call(client, "SendEmail", **mail(None, Template={"TemplateID": template, "TemplateData": "code=1"}))
    with refused("FailedOperation.MissingEmailContent"):
        call(client, "SendEmail", **mail(None))
    with refused("FailedOperation.WithOutPermission"):
        call(client, "SendEmail", **mail(None, Simple={"Text": "aGk="}))
    cloud.heal()
    cloud.fault("slow_operation", cloud="tencent", action="ses.review", seconds=3600)
    call(client, "UpdateEmailTemplate", TemplateID=template, TemplateName="code", TemplateContent={"Html": HTML})
    with refused("FailedOperation.InvalidTemplateID"):
        call(client, "SendEmail", **mail(template))
