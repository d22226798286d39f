# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_ses_sender and tencent_ses_template against the local cloud."""

from __future__ import annotations

import base64
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent import templates
from tests.cloud import LocalCloud
from tests.integration.modules.tencent import DOMAIN, actions, here, is_quiet, plant_domain, plant_sender, plant_template
from tests.steps import BOTH_WAYS, Done, direct, four_steps, paths

ADDRESS = f"noreply@{DOMAIN}"
HTML = "<p>Your code is {{code}}.</p>"


def sender(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, "tencent_ses_sender", **{"address": ADDRESS, **options})


def template(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, "tencent_ses_template", **{"name": "code", **options})


# --- senders -------------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_sender(cloud: LocalCloud, in_process: bool) -> None:
    plant_domain(cloud)
    options = {"address": ADDRESS, "sender_name": "Klinematrix"}
    _, applied, again, _ = four_steps(cloud, "tencent_ses_sender", in_process=in_process, **options)
    assert applied.writes == ["POST CreateEmailAddress"]
    assert actions(again) == ["ListEmailAddress"]
    assert applied.result["sender"] == again.result["sender"] == {**options, "smtp_password_set": False}
    assert here(cloud)["senders"][ADDRESS]["name"] == "Klinematrix"


def test_a_sender_comes_and_goes(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    assert sender(cloud).result["changed"]
    steps = [sender(cloud, state="absent", check=check) for check in (True, False, False)]
    assert steps[0].result["diff"] == steps[1].result["diff"] != []
    assert [each.writes for each in steps] == [[], ["POST DeleteEmailAddress"], []]
    assert (here(cloud)["senders"], steps[2].result["sender"]) == ({}, None)


def test_senders_belong_to_a_region(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    sender(cloud, region="ap-guangzhou")
    assert list(here(cloud, "ap-guangzhou")["senders"]) == [ADDRESS]
    assert sender(cloud, check=True).result["changed"] is True


def test_a_name_that_is_not_declared_is_left_alone(cloud: LocalCloud) -> None:
    plant_sender(cloud, name="Somebody")
    assert is_quiet(sender(cloud))
    assert is_quiet(sender(cloud, address=ADDRESS.upper()))
    plant_sender(cloud, f"other@{DOMAIN}")
    assert is_quiet(sender(cloud, address=f"other@{DOMAIN}", sender_name=""))


def test_another_name_is_never_made_silently(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    plant_sender(cloud, name="Old", smtp_password="digest")
    for check in (True, False):
        done = sender(cloud, sender_name="New", check=check)
        assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "immutable", [])
        assert "it is 'Old', declared 'New'" in done.result["msg"]
        assert "recreate: true" in done.result["msg"]
    preview, applied, again = (sender(cloud, sender_name="New", recreate=True, check=check) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"]
    assert paths(preview) == ["/sender_name"]
    assert "SMTP password, which is lost" in str(preview.result["warnings"])
    assert applied.writes == ["POST DeleteEmailAddress", "POST CreateEmailAddress"]
    assert applied.result["sender"] == {"address": ADDRESS, "sender_name": "New", "smtp_password_set": False}
    assert is_quiet(again)
    assert here(cloud)["senders"][ADDRESS]["name"] == "New"


def test_an_interrupted_recreation_says_what_was_done_and_a_rerun_finishes(cloud: LocalCloud) -> None:
    plant_domain(cloud)
    plant_sender(cloud, name="Old")
    cloud.fault("status", status=500, action="CreateEmailAddress")
    failed = sender(cloud, sender_name="New", recreate=True)
    assert failed.result["applied"] == [f"delete tencent ses_sender {ADDRESS} to create it again"]
    assert failed.result["not_applied"] == [f"create tencent ses_sender {ADDRESS}"]
    assert failed.result["changed"] is True
    assert sender(cloud, sender_name="New").status == "ok"
    assert here(cloud)["senders"][ADDRESS]["name"] == "New"


def test_a_sender_needs_a_verified_domain(cloud: LocalCloud) -> None:
    plant_domain(cloud, verified=False)
    assert sender(cloud, check=True).result["changed"] is True
    done = sender(cloud)
    assert done.result["failure"]["code"] == "OperationDenied.DomainNotVerified"
    assert "tencent_ses_domain with verify: true" in done.result["msg"]


@pytest.mark.parametrize(("options", "words"), [({"address": "nobody"}, "is no mail address"), ({"sender_name": "a: b"}, "colons")])
def test_bad_senders_are_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = sender(cloud, check=check, **options)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


# --- templates -----------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_template(cloud: LocalCloud, in_process: bool) -> None:
    options = {"name": "code", "html": "<p>Ihr Code, für Sie</p>", "text": "验证码", "await_review": True, "review_timeout": 30}
    preview, applied, again, _ = four_steps(cloud, "tencent_ses_template", in_process=in_process, **options)
    assert applied.writes == ["POST CreateEmailTemplate"]
    assert preview.result["template"]["id"] == "(known after apply)"
    ((number, kept),) = here(cloud)["templates"].items()
    assert base64.b64decode(kept["text"]).decode() == "验证码"
    expected = {"name": "code", "id": int(number), "html": options["html"], "text": "验证码", "status": "approved", "review_reason": None}
    assert applied.result["template"] == again.result["template"] == expected
    assert actions(again) == ["ListEmailTemplates", "GetEmailTemplate"]


def test_only_a_real_change_is_sent_to_the_reviewers(cloud: LocalCloud) -> None:
    plant_template(cloud, 7, "code", HTML, "Your code")
    assert is_quiet(template(cloud, html=HTML))
    preview, applied, again = (template(cloud, text="Your new code", check=check) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"]
    assert (paths(preview), preview.result["changes"][0]["id"]) == (["/text"], "7")
    assert applied.writes == ["POST UpdateEmailTemplate"]
    assert (preview.result["template"]["status"], applied.result["template"]["status"]) == ("(known after apply)", "pending")
    assert is_quiet(again)
    assert again.result["template"]["html"] == HTML


def test_a_part_is_removed_by_an_empty_text(cloud: LocalCloud) -> None:
    plant_template(cloud, 7, "code", HTML, "Your code")
    template(cloud, html=HTML, text="")
    assert here(cloud)["templates"]["7"]["text"] == ""
    assert is_quiet(template(cloud, html=HTML, text=""))


def test_a_review_that_is_under_way_is_picked_up(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud.fault("slow_operation", cloud="tencent", action="ses.review", seconds=3600)
    options = {"html": HTML, "await_review": True}
    failed = template(cloud, **options, review_timeout=1)
    assert (failed.result["failure"]["code"], failed.result["applied"]) == ("timeout", ["create tencent ses_template code"])
    preview = template(cloud, **options, check=True)
    assert [(field["before"], field["after"]) for field in preview.result["changes"][0]["fields"]] == [("pending", "approved")]
    call = templates.Client.call

    def watched(self: templates.Client, what: str, action: str, **parameters: t.Any) -> dict[str, t.Any]:
        answer = call(self, what, action, **parameters)
        if action == "GetEmailTemplate":  # the reviewers end while the task runs
            with cloud.state() as state:
                for each in state["tencent"]["ses"]["regions"]["ap-hongkong"]["templates"].values():
                    each["review_due"] = 0
        return answer

    monkeypatch.setattr(templates.Client, "call", watched)
    done = template(cloud, **options, review_timeout=5)
    assert (done.status, done.result["changed"], done.writes) == ("ok", True, [])
    assert done.result["template"]["status"] == "approved"
    assert is_quiet(template(cloud, **options))


def test_a_rejected_template_is_told_with_its_reason(cloud: LocalCloud) -> None:
    plant_template(cloud, 7, "code", "<p>Buy now</p>", rejected="advertisement")
    lenient = template(cloud, html="<p>Buy now</p>")
    assert (lenient.status, lenient.result["template"]["status"]) == ("ok", "rejected")
    assert "rejected it: advertisement" in str(lenient.result["warnings"])
    for check in (True, False):
        strict = template(cloud, html="<p>Buy now</p>", await_review=True, check=check)
        assert (strict.status, strict.result["failure"]["code"], strict.writes) == ("failed", "rejected", [])
        assert "advertisement" in strict.result["msg"]
    assert template(cloud, html=HTML, await_review=True, review_timeout=30).result["template"]["status"] == "approved"


def test_a_rejection_while_waiting_is_told(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["tencent"]["ses"]["review_rejects"] = ["Buy"]
    done = template(cloud, html="<p>Buy now</p>", await_review=True, review_timeout=30)
    assert (done.result["failure"]["code"], done.result["applied"]) == ("rejected", ["create tencent ses_template code"])
    assert "模板内容不合规" in done.result["msg"]


def test_two_templates_of_a_name_are_an_error(cloud: LocalCloud) -> None:
    plant_template(cloud, 8, "code", HTML)
    plant_template(cloud, 7, "code", HTML)
    for state in ("present", "absent"):
        done = template(cloud, html=HTML, state=state)
        assert (done.result["failure"]["code"], done.writes) == ("ambiguous", [])
        assert "there are 2 of that name (7, 8)" in done.result["msg"]


def test_a_template_is_found_on_the_second_page(cloud: LocalCloud) -> None:
    plant_template(cloud, 1, "code", HTML)
    with cloud.state() as state:
        templates = state["tencent"]["ses"]["regions"]["ap-hongkong"]["templates"]
        templates |= {str(number): {**templates["1"], "name": f"n{number}"} for number in range(2, 131)}
    done = template(cloud, html=HTML)
    assert is_quiet(done)
    assert done.result["template"]["id"] == 1
    assert actions(done) == ["ListEmailTemplates", "ListEmailTemplates", "GetEmailTemplate"]


def test_a_template_goes(cloud: LocalCloud) -> None:
    plant_template(cloud, 7, "code", HTML)
    steps = [template(cloud, state="absent", check=check) for check in (True, False, False)]
    assert steps[0].result["diff"] == steps[1].result["diff"] != []
    assert [each.writes for each in steps] == [[], ["POST DeleteEmailTemplate"], []]
    assert here(cloud)["templates"] == {}


@pytest.mark.parametrize(("options", "words"), [({}, "neither html nor text"), ({"name": "n" * 101, "html": "x"}, "1 to 100 characters")])
def test_bad_templates_are_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = template(cloud, check=check, **options)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]
