# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail templates and their review by people, which each new text waits for.

Source: CreateEmailTemplate, GetEmailTemplate, ListEmailTemplates, UpdateEmailTemplate, DeleteEmailTemplate of the SES API
document. Names are not unique. The limits in numbers and sizes are assumed; their codes are documented.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import typing as t

from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.clock import now
from sandbox.clouds.tencent.parameters import number, text, thing
from sandbox.clouds.tencent.ses.service import Ses, actions, window
from sandbox.http import Reply

Template = dict[str, t.Any]

APPROVED, PENDING, REJECTED = 0, 1, 2
CONTENT = thing({"Html": text(), "Text": text()}, required=True)


@actions.add("CreateEmailTemplate", write=True, takes={"TemplateName": text(True), "TemplateContent": CONTENT})
def create(ses: Ses, call: Call) -> Reply:
    templates = ses.here(call)["templates"]
    _check_name(call)
    content = _content(ses, call)
    if len(templates) >= ses.data["limits"]["templates"]:
        raise call.refusal("FailedOperation.ExceedTemplateLimit")
    number_ = max((int(each) for each in templates), default=60_000 + secrets.randbelow(9_000)) + 1 + secrets.randbelow(20)
    templates[str(number_)] = {"created": now()} | _submitted(ses, call, content)
    return call.reply({"TemplateID": number_})


@actions.add("GetEmailTemplate", write=False, takes={"TemplateID": number(True)})
def get(ses: Ses, call: Call) -> Reply:
    template = _find(ses, call)
    content = {"Html": template["html"], "Text": template["text"]}
    return call.reply({"TemplateContent": content, "TemplateStatus": status_of(template), "TemplateName": template["name"]})


@actions.add("ListEmailTemplates", write=False, takes={"Limit": number(True), "Offset": number(True)})
def list_all(ses: Ses, call: Call) -> Reply:
    if call.params["Limit"] > 100:
        raise call.refusal("InvalidParameterValue")
    reasons = {APPROVED: "通过", PENDING: ""}
    found = [
        {
            "TemplateID": int(number_),
            "TemplateName": template["name"],
            "TemplateStatus": status_of(template),
            "CreatedTimestamp": int(template["created"]),
            "ReviewReason": reasons.get(status_of(template), template["rejected"]),
        }
        for number_, template in reversed(ses.here(call)["templates"].items())
    ]
    return call.reply({"TemplatesMetadata": window(call, found), "TotalCount": len(found)})


@actions.add("UpdateEmailTemplate", write=True, takes={"TemplateContent": CONTENT, "TemplateID": number(True), "TemplateName": text(True)})
def update(ses: Ses, call: Call) -> Reply:
    """The review begins anew, whatever was changed."""
    template = _find(ses, call)
    if not call.params["TemplateName"].strip():
        raise call.refusal("InvalidParameterValue.TemplateNameIsNULL")
    _check_name(call)
    template.update(_submitted(ses, call, _content(ses, call)))
    return call.reply()


@actions.add("DeleteEmailTemplate", write=True, takes={"TemplateID": number(True)})
def delete(ses: Ses, call: Call) -> Reply:
    _find(ses, call)
    del ses.here(call)["templates"][str(call.params["TemplateID"])]
    return call.reply()


def status_of(template: Template) -> int:
    if template["review_due"] > now():
        return PENDING
    return REJECTED if template["rejected"] else APPROVED


def _find(ses: Ses, call: Call) -> Template:
    template = ses.here(call)["templates"].get(str(call.params["TemplateID"]))
    if template is None:
        raise call.refusal("InvalidParameterValue.TemplateNotExist")
    return t.cast(Template, template)


def _check_name(call: Call) -> None:
    if not 1 <= len(call.params["TemplateName"].strip()) <= 100:
        raise call.refusal("InvalidParameterValue.TemplateNameIllegal")


def _content(ses: Ses, call: Call) -> dict[str, bytes]:
    """Both parts decoded; the one that was left out is empty."""
    given = call.params["TemplateContent"]
    if not given.get("Html") and not given.get("Text"):
        raise call.refusal("InvalidParameterValue.TemplateContentIsNULL")
    try:
        content = {part: base64.b64decode("".join(given.get(part, "").split()), validate=True) for part in ("Html", "Text")}
        for each in content.values():
            each.decode()
    except (binascii.Error, UnicodeDecodeError):
        raise call.refusal("InvalidParameterValue.TemplateContentIsWrong") from None
    if sum(len(each) for each in content.values()) > ses.data["limits"]["template_bytes"]:
        raise call.refusal("FailedOperation.TemplateContentToolarge")
    return content


def _submitted(ses: Ses, call: Call, content: dict[str, bytes]) -> Template:
    """What is kept of a template's text: its base64 in the common form, however it was sent."""
    written = b"".join(content.values()).decode()
    return {
        "name": call.params["TemplateName"],
        "html": base64.b64encode(content["Html"]).decode(),
        "text": base64.b64encode(content["Text"]).decode(),
        "review_due": now() + ses.seconds("ses.review", 1.0),
        "rejected": next((f"模板内容不合规 ({each})" for each in ses.data["review_rejects"] if each in written), None),
    }
