# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tencent_ses_test_mail against the local cloud: who gets mail, and who must not."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.tencent import DOMAIN, actions, here, limit, plant_domain, plant_sender, plant_template
from tests.steps import BOTH_WAYS, Done, direct, play, task

MODULE = "tencent_ses_test_mail"
MAIL: dict[str, t.Any] = {
    "from_address": f"noreply@{DOMAIN}",
    "to": ["a@example.com", "b@example.com"],
    "subject": "A test",
    "template": "code",
    "template_data": {"code": "000000"},
}


@pytest.fixture
def ready(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    monkeypatch.delenv("EMAIL_BYPASS_MODE", raising=False)
    plant_domain(cloud)
    plant_sender(cloud)
    plant_template(cloud, 7, "code", "<p>{{code}}</p>")
    return cloud


def mail(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, MODULE, **{**MAIL, **options})


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_a_preview_sends_nothing_and_each_run_sends_one(ready: LocalCloud, in_process: bool) -> None:
    steps = [task(MODULE, check=check, **MAIL) for check in (True, False, False)]
    preview, first, second = play(ready, steps, in_process=in_process).done
    assert preview.result["changes"] == first.result["changes"]
    assert preview.result["diff"] == first.result["diff"] == second.result["diff"]
    assert [each.writes for each in (preview, first, second)] == [[], ["POST SendEmail"], ["POST SendEmail"]]
    assert [each.result["bypassed"] for each in (preview, first, second)] == [False] * 3
    assert preview.result["mail"]["message_id"] == "(known after apply)"
    assert [(each["to"], each["template"], each["data"]) for each in here(ready)["mails"]] == [
        ("a@example.com", 7, {"code": "000000"}),
        ("b@example.com", 7, {"code": "000000"}),
    ] * 2
    assert first.result["mail"]["message_id"] == here(ready)["mails"][0]["message_id"]


def test_the_delivery_is_awaited(ready: LocalCloud) -> None:
    done = mail(ready, await_delivery=True, delivery_timeout=30, sender_name="Klinematrix")
    assert (done.status, done.result["mail"]["delivered"]) == ("ok", True), done.result
    assert actions(done)[:2] == ["ListEmailTemplates", "SendEmail"]
    assert "GetSendEmailStatus" in actions(done)
    assert {each["alias"] for each in here(ready)["mails"]} == {"Klinematrix"}


def test_a_mail_that_does_not_arrive_in_time_is_an_error_that_was_sent(ready: LocalCloud) -> None:
    ready.fault("slow_operation", cloud="tencent", action="ses.deliver", seconds=3600)
    done = mail(ready, await_delivery=True, delivery_timeout=1)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "timeout")
    assert "a@example.com: accepted; b@example.com: accepted" in done.result["msg"]
    assert len(here(ready)["mails"]) == 2


@pytest.mark.parametrize("in_process", BOTH_WAYS)
@pytest.mark.parametrize("way", ["option", "environment"])
def test_the_bypass_sends_nothing_and_says_so(ready: LocalCloud, in_process: bool, way: str) -> None:
    options = {**MAIL, "bypass": True} if way == "option" else MAIL
    environment = {"EMAIL_BYPASS_MODE": "true"} if way == "environment" else {}
    for done in play(
        ready, [task(MODULE, **options), task(MODULE, check=True, **options)], in_process=in_process, environment=environment
    ).done:
        assert (done.status, done.result["changed"], done.result["changes"]) == ("ok", False, [])
        assert (done.result["bypassed"], done.result["mail"], done.calls) == (True, None, [])
    assert here(ready)["mails"] == []


def test_the_option_wins_over_the_environment(ready: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_BYPASS_MODE", "true")
    assert mail(ready).result["bypassed"] is True
    assert mail(ready, bypass=False).result["bypassed"] is False
    assert len(here(ready)["mails"]) == 2


def test_a_template_that_cannot_be_used_stops_the_mail(ready: LocalCloud) -> None:
    missing = mail(ready, template="nothing")
    assert (missing.result["failure"]["code"], missing.writes) == ("no_template", [])
    assert "there is no template nothing in ap-hongkong" in missing.result["msg"]
    plant_template(ready, 9, "bad", "x", rejected="advertisement")
    rejected = mail(ready, template="bad")
    assert (rejected.result["failure"]["code"], rejected.writes) == ("template_rejected", [])


def test_a_preview_on_an_empty_account_says_that_it_would_send(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_BYPASS_MODE", raising=False)
    done = mail(cloud, check=True)
    assert (done.status, done.result["changes"][0]["action"], done.calls) == ("ok", "create", [])


def test_a_lost_answer_sends_no_second_mail(ready: LocalCloud) -> None:
    for fault in ({"kind": "status", "status": 500}, {"kind": "reset"}):
        ready.forget()
        ready.fault(**fault, action="SendEmail", when="after", count=None)
        assert mail(ready).status == "failed"
        assert [entry["action"] for entry in ready.writes] == ["SendEmail"]
        ready.heal()
    assert len(here(ready)["mails"]) == 4


def test_what_ses_refuses_is_told_with_the_way_out(ready: LocalCloud) -> None:
    limit(ready, blacklist=["a@example.com"])
    assert "remove it from the block list" in mail(ready).result["msg"]
    assert "The sender address does not exist in this region" in mail(ready, from_address=f"x@{DOMAIN}").result["msg"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"to": []}, "0 recipients"),
        ({"to": ["a@example.com"] * 51}, "51 recipients"),
        ({"to": ["nobody"]}, "is no mail address"),
        ({"from_address": "nobody"}, "is no mail address"),
        ({"sender_name": "a: b"}, "colons"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(ready: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for bypass in (True, False):
        done = mail(ready, bypass=bypass, **options)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]
