# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Mail templates. People at Tencent review each new text, so nothing is sent that is there already."""

from __future__ import annotations

import base64
import binascii
import typing as t
from dataclasses import replace
from functools import partial

from .._core.apply import Step, Waves
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .._core.wait import Wait
from .client import Client, invalid
from .credentials import CLOUD

APPROVED, PENDING, REJECTED = "approved", "pending", "rejected"
STATUS = {0: APPROVED, 1: PENDING, 2: REJECTED}
NAME_LENGTH = 100
PARTS = {"html": "Html", "text": "Text"}


class Template(Reconciler):
    """One template of a region, by its name; SES itself tells templates apart by number and allows a name twice."""

    kind = Kind(
        CLOUD,
        "ses_template",
        Map(
            {
                "html": Leaf(absent=""),
                "text": Leaf(absent=""),
                "status": Leaf(),
                "id": Leaf(),
                "review_reason": Leaf(),
            }
        ),
        outputs=("id", "status", "review_reason"),
        id_field="id",
    )
    identity = ("name",)

    def __init__(self, host: Host, client: Client) -> None:
        self._host = host
        self._client = client
        self._name: str = host.params["name"]

    def want(self) -> dict[str, State | None]:
        params = self._host.params
        if not 1 <= len(self._name.strip()) <= NAME_LENGTH and not has_unknown(self._name):
            raise invalid(f"template {self._name!r}: a name has 1 to {NAME_LENGTH} characters")
        if params["state"] == "absent":
            return {self._name: None}
        if not params["html"] and not params["text"]:
            raise invalid(f"template {self._name}: it has neither html nor text")
        return {self._name: {part: params[part] for part in PARTS} | {"status": APPROVED if params["await_review"] else None}}

    def read(self) -> dict[str, State]:
        found = find(self._client, self._name)
        if found is None:
            return {}
        answer = self._client.call(f"read the template {self._name}", "GetEmailTemplate", TemplateID=found["TemplateID"])
        content = answer.get("TemplateContent") or {}
        state = {part: _decoded(content.get(field)) for part, field in PARTS.items()}
        return {self._name: {**state, **review_of(found), "id": found["TemplateID"]}}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return [self._reviewed_again(change) for change in super().plan(have, want)]

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        rejected = have.get(self._name, {}).get("status") == REJECTED
        if not rejected or any(change.touches(*PARTS) for change in plan):
            return
        sentence = _rejection(self._name, have[self._name].get("review_reason"))
        if self._host.params["await_review"] and self._host.params["state"] == "present":
            raise PlanError(sentence, code="rejected", cloud=CLOUD, hint="Change its content; the same text is not reviewed again")
        if not plan:
            self._host.warn(sentence)

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        for change in plan:
            if change.action == "delete":
                yield [Step(change.title, partial(self._delete, change))]
                continue
            if change.action == "create" or change.touches(*PARTS):
                yield [Step(change.title, partial(self._write, change))]
            if self._host.params["await_review"]:
                yield [Step(f"await the review of template {self._name}", self._await_review)]

    def _reviewed_again(self, change: Change) -> Change:
        """A changed text is reviewed again: what its status was before says nothing any more."""
        if change.action != "update" or change.after is None or not change.touches(*PARTS):
            return change
        status = APPROVED if self._host.params["await_review"] else KNOWN_AFTER_APPLY
        return replace(change, after={**change.after, "status": status, "review_reason": None})

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._name)
        return {"template": state and {"name": self._name, **state}}

    def _write(self, change: Change) -> dict[str, State]:
        after = change.after or {}
        content = {field: _encoded(after[part]) for part, field in PARTS.items() if after.get(part)}
        if change.action == "create":
            what = f"create the template {self._name}"
            answer = self._client.call(what, "CreateEmailTemplate", TemplateName=self._name, TemplateContent=content)
            number = answer["TemplateID"]
        else:
            what, number = f"update the template {self._name}", after["id"]
            self._client.call(what, "UpdateEmailTemplate", TemplateID=number, TemplateName=self._name, TemplateContent=content)
        return {self._name: {"id": number, "status": PENDING, "review_reason": None}}

    def _delete(self, change: Change) -> None:
        self._client.call(f"delete the template {self._name}", "DeleteEmailTemplate", TemplateID=(change.before or {})["id"])

    def _await_review(self) -> dict[str, State]:
        what = f"await the review of the template {self._name}"
        wait = Wait(timeout=self._host.params["review_timeout"], tell=self._host.tell)
        review = wait.until(what, self._look, lambda seen: seen["status"] != PENDING, lambda seen: str(seen["status"]), cloud=CLOUD)
        if review["status"] == REJECTED:
            raise CloudError(
                what, _rejection(self._name, review["review_reason"]), cloud=CLOUD, code="rejected", hint="Change its content and run again"
            )
        return {self._name: review}

    def _look(self) -> State:
        """The list, because only it gives the reason."""
        found = find(self._client, self._name)
        if found is None:
            raise CloudError(f"await the review of the template {self._name}", "somebody deleted it meanwhile", cloud=CLOUD, code="gone")
        return review_of(found)


def find(client: Client, name: str) -> dict[str, t.Any] | None:
    """The template of that name in the list, or None. Raises PlanError when there are several."""
    found = [each for each in client.pages("list the templates", "ListEmailTemplates", "TemplatesMetadata") if each["TemplateName"] == name]
    if len(found) > 1:
        numbers = ", ".join(str(each["TemplateID"]) for each in sorted(found, key=lambda each: int(each["TemplateID"])))
        raise PlanError(
            f"template {name}: there are {len(found)} of that name ({numbers})",
            code="ambiguous",
            cloud=CLOUD,
            hint="SES allows that; delete or rename all but one in its console",
        )
    return found[0] if found else None


def review_of(metadata: t.Mapping[str, t.Any]) -> State:
    status = STATUS.get(metadata["TemplateStatus"], str(metadata["TemplateStatus"]))
    return {"status": status, "review_reason": (metadata.get("ReviewReason") or None) if status == REJECTED else None}


def _rejection(name: str, reason: t.Any) -> str:
    return f"template {name}: the reviewers of Tencent Cloud rejected it" + (f": {reason}" if reason else "")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _decoded(text: str | None) -> str:
    """A part of a template; what is no base64 is shown as it is."""
    plain = "".join((text or "").split())
    try:
        return base64.b64decode(plain, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text or ""
