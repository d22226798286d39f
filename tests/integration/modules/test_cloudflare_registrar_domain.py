# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloudflare_registrar_domain against the local cloud."""

from __future__ import annotations

import time
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps

NAME = "klinematrix.com"
NEW = "klinematrix.dev"
BUY: dict[str, t.Any] = {"name": NEW, "accept_charges": True, "max_price": 12}
DAY = 86400
CANARY = "canary-" + "c" * 40


def domain(cloud: LocalCloud, *, check: bool = False, **options: t.Any) -> Done:
    return direct(cloud, "cloudflare_registrar_domain", check=check, **{"name": NAME, **options})


def registration(cloud: LocalCloud, name: str = NAME) -> dict[str, t.Any] | None:
    return t.cast("dict[str, t.Any] | None", cloud.ask("GET", "state")["cloudflare"]["api"]["registrations"].get(name))


def changed(cloud: LocalCloud, **facts: t.Any) -> None:
    """Change the registration behind everybody's back."""
    with cloud.state() as state:
        state["cloudflare"]["api"]["registrations"][NAME].update(facts)


def planted(cloud: LocalCloud, *permissions: str) -> str:
    token = "planted-" + "t" * 32
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][token] = {"id": "f" * 32, "status": "active", "permissions": list(permissions)}
    return token


# --- looking ----------------------------------------------------------------


def test_a_registered_domain_is_only_looked_at(cloud: LocalCloud) -> None:
    done = domain(cloud, auto_renew=True, locked=True, privacy_mode="redaction")
    assert (done.status, done.result["changed"], done.result["problems"]) == ("ok", False, [])
    assert [call["action"] for call in done.calls] == ["accounts.list", "registrar.registrations.get"]
    shown = done.result["domain"]
    assert (shown["status"], shown["auto_renew"], shown["locked"], shown["privacy_mode"]) == ("active", True, True, "redaction")
    known = domain(cloud, account_id=shown["account_id"])
    assert [call["action"] for call in known.calls] == ["registrar.registrations.get"]


PROBLEMS: list[tuple[dict[str, t.Any], dict[str, t.Any], str]] = [
    ({"status": "expired"}, {}, "its status is expired, wanted active"),
    ({"locked": False}, {"locked": True}, "locked is False, declared True"),
    ({"privacy_mode": "off"}, {"privacy_mode": "redaction"}, "privacy_mode is 'off', declared 'redaction'"),
    ({"expires_at": time.time() + 20.5 * DAY}, {}, "expires in 20 days, on 20"),
    ({"expires_at": time.time() + 99.5 * DAY}, {"min_days_left": 100, "auto_renew": True}, "wanted at least 100; automatic renewal is on"),
    ({"expires_at": time.time() - 1.5 * DAY}, {"min_days_left": 0}, "expires in -2 days"),
]


@pytest.mark.parametrize(("facts", "options", "words"), PROBLEMS, ids=[words for *_, words in PROBLEMS])
def test_what_cannot_be_changed_here_stops_the_run_or_is_a_warning(
    cloud: LocalCloud, facts: dict[str, t.Any], options: dict[str, t.Any], words: str
) -> None:
    assert domain(cloud, **{**options, "min_days_left": 30}).status == "ok"
    changed(cloud, **facts)
    for check in (True, False):
        failed = domain(cloud, check=check, **options)
        assert (failed.status, failed.writes, failed.result["failure"]["code"]) == ("failed", [], "registration_problem")
        assert words in failed.result["msg"]
        warned = domain(cloud, check=check, on_problem="warn", **options)
        assert (warned.status, warned.result["warnings"]) == ("ok", warned.result["problems"])
        assert words in warned.result["problems"][0]


def test_a_domain_that_is_not_registered_here_is_a_problem_and_nothing_is_bought(cloud: LocalCloud) -> None:
    failed = domain(cloud, name=NEW)
    assert (failed.status, failed.writes) == ("failed", [])
    assert f"{NEW}: not registered in this account" in failed.result["msg"]
    assert "accept_charges: true and max_price" in failed.result["msg"]
    warned = domain(cloud, name=NEW, on_problem="warn", auto_renew=True)
    assert (warned.result["changed"], warned.result["domain"], warned.writes) == (False, None, [])


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_the_renewal(cloud: LocalCloud, in_process: bool) -> None:
    changed(cloud, auto_renew=False)
    done = four_steps(cloud, "cloudflare_registrar_domain", in_process=in_process, name=NAME, auto_renew=True)
    assert done[1].writes == ["PATCH registrar.registrations.edit"]
    assert (registration(cloud) or {})["auto_renew"] is True


def test_a_run_that_turns_the_renewal_on_is_not_stopped_by_the_date(cloud: LocalCloud) -> None:
    changed(cloud, auto_renew=False, expires_at=time.time() + 5.5 * DAY)
    assert domain(cloud).status == "failed"
    assert domain(cloud, auto_renew=True).result["problems"] == []
    assert "automatic renewal is on" in domain(cloud, auto_renew=True).result["msg"]  # and yet it was not renewed


def test_a_slow_update_is_awaited(cloud: LocalCloud) -> None:
    changed(cloud, auto_renew=False)
    cloud.fault("slow_operation", action="registrar.registrations.edit", seconds=3600)
    late = domain(cloud, auto_renew=True, timeout=1)
    assert (late.status, late.result["failure"]["code"]) == ("failed", "timeout")
    assert "last seen: in_progress" in late.result["msg"]


# --- buying -----------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_registration(cloud: LocalCloud, in_process: bool) -> None:
    done = four_steps(cloud, "cloudflare_registrar_domain", in_process=in_process, **BUY, auto_renew=True, years=1)
    preview, applied, again, _ = done
    (change,) = preview.result["changes"]
    assert {field["path"]: field["after"] for field in change["fields"]} == {"/auto_renew": True, "/years": 1, "/price": "10.18 USD"}
    assert preview.result["domain"]["expires_at"] == "(known after apply)"
    assert applied.writes == ["POST registrar.registrations.create"]
    assert applied.result["domain"]["status"] == "active"
    assert again.reads == ["GET accounts.list", "GET registrar.registrations.get"]  # nobody asks for a price any more
    assert (registration(cloud, NEW) or {})["auto_renew"] is True


REFUSED: list[tuple[dict[str, t.Any], str, str]] = [
    ({"max_price": 10}, "too_dear", "it costs 10.18 USD, max_price is 10"),
    ({"years": 2}, "too_dear", "it costs 20.36 USD, max_price is 12"),
    ({"currency": "EUR"}, "currency", "it costs 10.18 USD"),
    ({"name": "matrix.cloud", "max_price": 9999}, "not_registrable", "it is a premium name"),
    ({"name": "google.com", "max_price": 9999}, "not_registrable", "registered elsewhere"),
    ({"name": "klinematrix.link"}, "not_registrable", "the API does not sell this extension"),
    ({"name": "klinematrix.zz"}, "not_registrable", "Cloudflare does not sell this extension"),
]


@pytest.mark.parametrize(("options", "code", "words"), REFUSED, ids=[words for *_, words in REFUSED])
def test_what_is_too_dear_or_not_for_sale_is_refused_in_the_preview(
    cloud: LocalCloud, options: dict[str, t.Any], code: str, words: str
) -> None:
    for check in (True, False):
        done = domain(cloud, check=check, **{**BUY, **options})
        assert (done.status, done.writes, done.result["failure"]["code"]) == ("failed", [], code)
        assert words in done.result["msg"]


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"name": "no domain"}, "no domain is no domain"),
    ({"account_id": "../zones"}, "is no id of Cloudflare"),
    ({"accept_charges": True}, "missing: max_price"),
    ({**BUY, "max_price": 0}, "max_price is 0"),
    ({**BUY, "max_price": "nan"}, "is no amount of money"),
    ({**BUY, "years": 11}, "years is 11"),
    ({"min_days_left": -1}, "min_days_left is -1"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = domain(cloud, check=check, **options)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def test_a_later_run_takes_up_a_registration_that_is_under_way(cloud: LocalCloud) -> None:
    cloud.fault("slow_operation", action="registrar.registrations.create", seconds=3600)
    late = domain(cloud, **BUY, timeout=1)
    assert (late.status, late.result["failure"]["code"]) == ("failed", "timeout")
    stranger = domain(cloud, name=NEW)
    assert "its registration is not finished (in_progress)" in stranger.result["msg"]
    with cloud.state() as state:
        state["cloudflare"]["api"]["workflows"][NEW]["due"] = time.time() + 2
    done = domain(cloud, **BUY)
    assert (done.status, done.result["domain"]["status"], done.writes) == ("ok", "active", [])
    assert "POST registrar.check" not in done.reads  # it is not for sale any more
    assert [entry["action"] for entry in cloud.writes] == ["registrar.registrations.create"]


def test_a_registration_is_sent_once_whatever_happens(cloud: LocalCloud) -> None:
    cloud.fault("status", status=500, when="after", action="registrar.registrations.create")
    lost = domain(cloud, **BUY)
    assert (lost.status, lost.writes, lost.result["failure"]["retryable"]) == ("failed", ["POST registrar.registrations.create"], True)
    assert lost.result["not_applied"] == [f"register {NEW} for 10.18 USD"]
    again = domain(cloud, **BUY)
    assert (again.status, again.writes) == ("ok", [])
    assert registration(cloud, NEW) is not None


FAULTS: list[tuple[dict[str, t.Any], int | None]] = [
    ({"kind": "status", "status": 401}, 401),
    ({"kind": "status", "status": 403}, 403),
    ({"kind": "status", "status": 409}, 409),
    ({"kind": "expired_token"}, 403),
    ({"kind": "reset"}, None),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS, ids=[f"{fault['kind']}-{status}" for fault, status in FAULTS])
def test_a_refused_registration_is_not_tried_again_by_itself(cloud: LocalCloud, fault: dict[str, t.Any], status: int | None) -> None:
    cloud.fault(**fault, action="registrar.registrations.create", count=None)
    done = domain(cloud, **BUY)
    assert (done.status, len(done.writes), done.result["failure"]["status"]) == ("failed", 1, status)
    assert registration(cloud, NEW) is None
    cloud.heal()
    assert domain(cloud, **BUY).status == "ok"


def test_reads_survive_throttling_and_resets(cloud: LocalCloud) -> None:
    cloud.fault("status", status=429, retry_after=0.1, action="registrar.registrations.get")
    cloud.fault("reset", action="registrar.check")
    cloud.fault("latency", seconds=0.2, action="accounts.list")
    assert domain(cloud, check=True, **BUY).status == "ok"


@pytest.mark.parametrize("missing", ["default_contact", "payment_method"])
def test_what_is_missing_at_cloudflare_is_said_in_its_words(cloud: LocalCloud, missing: str) -> None:
    with cloud.state() as state:
        state["cloudflare"]["api"][missing] = False
    done = domain(cloud, **BUY)
    assert (done.status, done.result["failure"]["status"], registration(cloud, NEW)) == ("failed", 400, None)
    assert missing.split("_")[0] in done.result["msg"]


RIGHTS: list[tuple[list[str], dict[str, t.Any], str]] = [
    (["Account Settings Read"], {}, "Account:Registrar: Domains:Read"),
    (["Account Settings Read", "Registrar: Domains Read"], {"auto_renew": False}, "Account:Registrar: Domains:Edit"),
    (["Account Settings Read", "Registrar: Domains Read"], BUY, "Account:Registrar: Domains:Edit"),
]


@pytest.mark.parametrize(("permissions", "options", "right"), RIGHTS, ids=[f"{has}-{len(options)}" for has, options, _ in RIGHTS])
def test_a_missing_permission_is_named(cloud: LocalCloud, permissions: list[str], options: dict[str, t.Any], right: str) -> None:
    done = domain(cloud, api_token=planted(cloud, *permissions), **options)
    assert (done.status, done.result["failure"]["status"]) == ("failed", 403)
    assert f"this call needs {right}" in done.result["msg"]


def test_no_account_is_guessed(cloud: LocalCloud) -> None:
    done = domain(cloud, api_token=planted(cloud, "Registrar: Domains Read"))
    assert (done.status, done.result["failure"]["code"]) == ("failed", "no_such_account")


def test_buying_is_a_write_and_asking_for_the_price_is_none(cloud: LocalCloud) -> None:
    traffic = Traffic("cloudflare", read_only=True)
    client = Client(cloud.environment["CLOUDFLARE_API_TOKEN"], traffic)
    account = domain(cloud).result["domain"]["account_id"]
    offers = client.send("ask", "POST", f"/accounts/{account}/registrar/domain-check", {"domains": [NEW]})
    assert offers["domains"][0]["registrable"] is True
    for path in (f"/accounts/{account}/registrar/registrations", "/zones/domain-check", f"/accounts/{account}/registrar/domain-check/x"):
        with pytest.raises(WriteRefused, match=f"POST /client/v4{path}"):
            client.send("buy", "POST", path, {"domain_name": NEW})
    assert (cloud.writes, traffic.as_json()) == ([], {"reads": 1, "writes": 0})


def test_no_secret_shows_up(cloud: LocalCloud) -> None:
    changed(cloud, auth_code=CANARY, registrant={"email": CANARY})
    token = planted(cloud, "Account Settings Read", "Registrar: Domains Write")
    for done in (domain(cloud, api_token=token, auto_renew=False), domain(cloud, api_token=token, locked=False)):
        assert CANARY not in str(done.result)
        assert token not in str(done.result)
