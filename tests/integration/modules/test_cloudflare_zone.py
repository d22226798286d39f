# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cloudflare_zone, cloudflare_zone_info and cloudflare_records_info against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud, zones
from tests.steps import BOTH_WAYS, Done, direct, four_steps, play, task

NAME = "klinematrix.com"
SETTINGS: dict[str, t.Any] = {
    "ssl": "strict",
    "always_use_https": True,
    "min_tls_version": 1.2,
    "tls_1_3": "zrt",
    "security_header": {"strict_transport_security": {"enabled": True, "max_age": 31536000}},
}
CANARY = "canary-" + "c" * 40


def zone(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, "cloudflare_zone", **{"name": NAME, **options})


def at_cloud(cloud: LocalCloud, name: str = NAME) -> dict[str, t.Any] | None:
    return zones(cloud.ask("GET", "state")).get(name)


def values(cloud: LocalCloud, name: str = NAME) -> dict[str, t.Any]:
    return {key: setting["value"] for key, setting in (at_cloud(cloud, name) or {})["settings"].items()}


def fields(done: Done) -> dict[str, tuple[t.Any, t.Any]]:
    (change,) = done.result["changes"]
    return {field["path"]: (field["before"], field["after"]) for field in change["fields"]}


def planted(cloud: LocalCloud, *permissions: str) -> str:
    token = "planted-" + "t" * 32
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][token] = {"id": "f" * 32, "status": "active", "permissions": list(permissions)}
    return token


# --- settings ---------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_settings(cloud: LocalCloud, in_process: bool) -> None:
    done = four_steps(cloud, "cloudflare_zone", in_process=in_process, name=NAME, settings=SETTINGS, dnssec="active")
    preview, applied, again, preview_again = done
    assert sorted(applied.writes) == ["PATCH dns.dnssec.edit", *["PATCH zones.settings.edit"] * 5]
    for quiet in (preview, again, preview_again):  # the zone, each declared setting, DNSSEC: nothing else is read
        assert sorted(quiet.reads) == ["GET dns.dnssec.get", "GET zones.list", *["GET zones.settings.get"] * 5]
    assert fields(applied)["/settings/min_tls_version"] == ("1.0", "1.2")
    assert fields(applied)["/settings/always_use_https"] == ("off", "on")
    assert values(cloud)["security_header"]["strict_transport_security"]["enabled"] is True
    assert preview.result["zone"]["dnssec_key"] == "(known after apply)"
    assert applied.result["zone"]["dnssec_key"]["ds"].startswith("klinematrix.com. 3600 IN DS ")


def test_only_declared_parts_of_a_setting_are_compared_and_the_rest_stays(cloud: LocalCloud) -> None:
    header = {"strict_transport_security": {"nosniff": True, "max_age": 60}}
    zone(cloud, settings={"security_header": header})
    done = zone(cloud, settings={"security_header": {"strict_transport_security": {"enabled": True}}})
    assert fields(done) == {"/settings/security_header/strict_transport_security/enabled": (False, True)}
    inner = values(cloud)["security_header"]["strict_transport_security"]
    assert (inner["enabled"], inner["nosniff"], inner["max_age"]) == (True, True, 60)


def test_a_zone_without_settings_costs_one_read(cloud: LocalCloud) -> None:
    done = zone(cloud)
    assert ([call["action"] for call in done.calls], done.result["changed"]) == (["zones.list"], False)
    assert done.result["zone"] == {
        "id": (at_cloud(cloud) or {})["id"],
        "name": NAME,
        "status": "active",
        "name_servers": ["ada.ns.cloudflare.com", "walt.ns.cloudflare.com"],
        "account_id": done.result["zone"]["account_id"],
        "type": "full",
        "paused": False,
    }


def test_a_setting_that_the_plan_fixes(cloud: LocalCloud) -> None:
    assert zone(cloud, settings={"polish": "off", "ssl": "strict"}).status == "ok"
    for check in (True, False):
        done = direct(cloud, "cloudflare_zone", check=check, name=NAME, settings={"polish": "lossy", "brotli": False})
        assert (done.status, done.writes, done.result["failure"]["code"]) == ("failed", [], "not_editable")
        assert "not editable on the plan Free Website: polish (it is 'off')" in done.result["msg"]
    assert "brotli" not in values(cloud)


def test_an_unknown_setting_is_refused_before_any_write(cloud: LocalCloud) -> None:
    done = zone(cloud, settings={"binary_ast": True, "ssl": "strict"})
    assert (done.status, done.writes) == ("failed", [])
    assert "read the setting binary_ast: Unrecognized zone setting name: binary_ast [1006]" in done.result["msg"]


def test_a_value_that_cloudflare_refuses_leaves_the_others_applied(cloud: LocalCloud) -> None:
    done = zone(cloud, settings={"ssl": "strict", "tls_1_3": "maybe"})
    assert (done.status, done.result["changed"]) == ("failed", True)
    assert "set tls_1_3 of klinematrix.com: Invalid value for zone setting tls_1_3 [1007]" in done.result["msg"]
    assert (done.result["applied"], done.result["not_applied"]) == (["set ssl of klinematrix.com"], ["set tls_1_3 of klinematrix.com"])


def test_drift_is_found_by_path(cloud: LocalCloud) -> None:
    zone(cloud, settings=SETTINGS)
    with cloud.state() as state:
        settings = zones(state)[NAME]["settings"]
        settings["ssl"]["value"] = "flexible"
        settings["security_header"]["value"]["strict_transport_security"]["max_age"] = 1
        settings["websockets"] = {"value": "off", "modified_on": 1.0}  # not declared
    done = direct(cloud, "cloudflare_zone", check=True, name=NAME, settings=SETTINGS)
    assert fields(done) == {
        "/settings/ssl": ("flexible", "strict"),
        "/settings/security_header/strict_transport_security/max_age": (1, 31536000),
    }


def test_pausing(cloud: LocalCloud) -> None:
    assert fields(zone(cloud, paused=True)) == {"/paused": (False, True)}
    assert zone(cloud).result["zone"]["paused"] is True
    assert zone(cloud, paused=False).writes == ["PATCH zones.edit"]
    assert zone(cloud, name="elsewhere.com", paused=True).writes == ["POST zones.create", "PATCH zones.edit"]


# --- DNSSEC -----------------------------------------------------------------


def test_what_is_asked_for_counts_until_somebody_wants_to_wait(cloud: LocalCloud) -> None:
    cloud.fault("slow_operation", action="dns.dnssec.activate", seconds=3600)
    assert zone(cloud, dnssec="active").result["zone"]["dnssec"] == "pending"
    later = zone(cloud, dnssec="active")
    assert (later.result["changed"], later.writes, later.result["zone"]["dnssec"]) == (False, [], "pending")
    preview = direct(cloud, "cloudflare_zone", check=True, name=NAME, dnssec="active", dnssec_timeout=1)
    waited = zone(cloud, dnssec="active", dnssec_timeout=1)
    assert fields(preview) == {"/dnssec": ("pending", "active")}
    assert (waited.status, waited.writes, waited.result["failure"]["code"]) == ("failed", [], "timeout")
    assert "the registry does not show its DS record: klinematrix.com. 3600 IN DS" in waited.result["msg"]


def test_waiting_for_dnssec_and_switching_it_off(cloud: LocalCloud) -> None:
    active = zone(cloud, dnssec="active", dnssec_timeout=20)
    assert (active.result["zone"]["dnssec"], active.writes) == ("active", ["PATCH dns.dnssec.edit"])
    assert zone(cloud, dnssec="active", dnssec_timeout=20).result["changed"] is False
    off = zone(cloud, dnssec="disabled", dnssec_timeout=20)
    assert (off.result["zone"]["dnssec"], fields(off)) == ("disabled", {"/dnssec": ("active", "disabled")})


# --- coming and going -------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_new_zone(cloud: LocalCloud, in_process: bool) -> None:
    options = {"settings": {**SETTINGS, "http2": True}, "paused": False, "dnssec": "active"}
    preview, applied, again, _ = four_steps(cloud, "cloudflare_zone", in_process=in_process, name="Elsewhere.COM.", **options)
    assert preview.result["zone"]["id"] == "(known after apply)"
    assert applied.result["zone"]["id"] == (at_cloud(cloud, "elsewhere.com") or {})["id"]
    assert applied.writes[0] == "POST zones.create"
    assert "zones.edit" not in str(applied.writes)  # a new zone is not paused
    assert values(cloud, "elsewhere.com") == values(cloud, "elsewhere.com") | {"ssl": "strict", "min_tls_version": "1.2"}
    assert "http2" not in values(cloud, "elsewhere.com")  # the plan fixes it as declared
    (warning,) = again.result["warnings"]
    assert "elsewhere.com is pending" in str(warning)
    assert "ada.ns.cloudflare.com and walt.ns.cloudflare.com" in str(warning)


def test_the_account_is_found_or_asked_for(cloud: LocalCloud) -> None:
    account = zone(cloud).result["zone"]["account_id"]
    given = direct(cloud, "cloudflare_zone", check=True, name="elsewhere.com", account_id=account)
    assert [call["action"] for call in given.calls] == ["zones.list"]
    found = direct(cloud, "cloudflare_zone", check=True, name="elsewhere.com")
    assert [call["action"] for call in found.calls] == ["zones.list", "accounts.list"]
    by_zones = direct(cloud, "cloudflare_zone", check=True, name="elsewhere.com", api_token=planted(cloud, "Zone Write"))
    assert ([call["action"] for call in by_zones.calls], by_zones.status) == (["zones.list", "accounts.list", "zones.list"], "ok")
    with cloud.state() as state:
        state["cloudflare"]["api"]["zones"] = {}
    none = direct(cloud, "cloudflare_zone", check=True, name="elsewhere.com", api_token=planted(cloud, "Zone Write"))
    assert none.result["failure"]["code"] == "no_such_account"
    assert "Give account_id" in none.result["msg"]


def test_a_zone_goes_only_with_a_confirmation(cloud: LocalCloud) -> None:
    zone(cloud, name="elsewhere.com")
    for confirmation in ({}, {"confirm_deletion_of": NAME}):
        for check in (True, False):
            done = direct(cloud, "cloudflare_zone", check=check, name="elsewhere.com", state="absent", **confirmation)
            assert (done.status, done.writes, done.result["failure"]["code"]) == ("failed", [], "not_confirmed")
            assert "confirm_deletion_of: elsewhere.com" in done.result["msg"]
    gone = {"name": "elsewhere.com", "state": "absent", "confirm_deletion_of": "elsewhere.com"}
    preview, applied, again = (direct(cloud, "cloudflare_zone", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert applied.writes == ["DELETE zones.delete"]
    assert (again.result["changed"], again.result["zone"], at_cloud(cloud, "elsewhere.com")) == (False, None, None)


def test_the_zone_of_a_domain_that_is_registered_here_stays(cloud: LocalCloud) -> None:
    done = zone(cloud, state="absent", confirm_deletion_of=NAME)
    assert (done.status, done.result["changed"], done.result["failure"]["code"]) == ("failed", False, "1059")
    assert "Unable to delete zone" in done.result["msg"]


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"name": "no domain"}, "no domain is no domain"),
    ({"name": "https://example.com"}, "is no domain"),
    ({"account_id": "../accounts"}, "account_id '../accounts' is no id of Cloudflare"),
    ({"settings": {"../dnssec": "off"}}, "no setting has such a name"),
    ({"type": "internal"}, "value of type must be one of"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = direct(cloud, "cloudflare_zone", check=check, **{"name": NAME, **options})
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def test_a_zone_does_not_change_its_type(cloud: LocalCloud) -> None:
    done = zone(cloud, type="partial", settings={"ssl": "strict"})
    assert (done.status, done.writes, done.result["failure"]["code"]) == ("failed", [], "immutable")


def test_a_name_that_is_known_after_apply_previews_as_new(cloud: LocalCloud) -> None:
    preview = direct(cloud, "cloudflare_zone", check=True, name="(known after apply)", settings={"ssl": "strict"})
    assert (preview.result["changes"][0]["action"], preview.calls) == ("create", [])
    assert direct(cloud, "cloudflare_zone", name="(known after apply)").result["failure"]["code"] == "unknown_value"


# --- trouble ----------------------------------------------------------------


def test_a_create_is_sent_once_and_a_rerun_goes_on(cloud: LocalCloud) -> None:
    cloud.fault("status", status=500, when="after", action="zones.create")
    failed = zone(cloud, name="elsewhere.com", settings={"ssl": "strict"})
    assert (failed.status, failed.writes, failed.result["failure"]["retryable"]) == ("failed", ["POST zones.create"], True)
    assert failed.result["not_applied"] == ["create cloudflare zone elsewhere.com", "set ssl of elsewhere.com"]
    again = zone(cloud, name="elsewhere.com", settings={"ssl": "strict"})
    assert (again.status, again.writes) == ("ok", ["PATCH zones.settings.edit"])


def test_a_setting_may_be_sent_again(cloud: LocalCloud) -> None:
    cloud.fault("status", status=502, when="after", action="zones.settings.edit")
    cloud.fault("status", status=429, retry_after=0.1, action="zones.settings.get")
    done = zone(cloud, settings={"ssl": "strict"})
    assert (done.status, done.writes) == ("ok", ["PATCH zones.settings.edit"] * 2)


FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"status": 401, "retryable": False}),
    ({"kind": "status", "status": 403}, {"status": 403, "retryable": False}),
    ({"kind": "status", "status": 404}, {"status": 404, "retryable": False}),
    ({"kind": "status", "status": 409}, {"status": 409, "retryable": False}),
    ({"kind": "expired_token"}, {"status": 403, "retryable": False}),
    ({"kind": "latency", "seconds": 0.2}, {}),
    ({"kind": "reset"}, {}),
]


@pytest.mark.parametrize(("fault", "failure"), FAULTS, ids=[f"{each['kind']}-{each.get('status', '')}" for each, _ in FAULTS])
def test_a_failed_write_says_why_and_a_rerun_finishes(cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any]) -> None:
    cloud.fault(**fault, write=True, count=1)
    done = zone(cloud, settings={"ssl": "strict"})
    assert done.status == ("failed" if failure else "ok")
    assert {key: done.result["failure"][key] for key in failure} == failure
    cloud.heal()
    assert zone(cloud, settings={"ssl": "strict"}).status == "ok"
    assert values(cloud)["ssl"] == "strict"


RIGHTS: list[tuple[list[str], dict[str, t.Any], str]] = [
    ([], {}, "Zone:Zone:Read"),
    (["Zone Read"], {"settings": {"ssl": "strict"}}, "Zone:Zone Settings:Read"),
    (["Zone Read", "Zone Settings Read"], {"settings": {"ssl": "strict"}}, "Zone:Zone Settings:Edit"),
    (["Zone Read"], {"dnssec": "active"}, "Zone:DNS:Read"),
    (["Zone Read", "DNS Read"], {"dnssec": "active"}, "Zone:DNS:Edit"),
    (["Zone Read"], {"name": "elsewhere.com"}, "Zone:Zone:Edit"),
]


@pytest.mark.parametrize(("permissions", "options", "right"), RIGHTS, ids=[f"{right}-{len(has)}" for has, _, right in RIGHTS])
def test_a_missing_permission_is_named(cloud: LocalCloud, permissions: list[str], options: dict[str, t.Any], right: str) -> None:
    done = zone(cloud, api_token=planted(cloud, *permissions), **options)
    assert (done.status, done.result["failure"]["status"]) == ("failed", 403)
    assert f"this call needs {right}" in done.result["msg"]


def test_no_secret_shows_up(cloud: LocalCloud) -> None:
    token = planted(cloud, "Zone Read", "Zone Settings Write")
    with cloud.state() as state:
        zones(state)[NAME]["settings"]["true_client_ip_header"] = {"value": CANARY, "modified_on": 1.0}  # nobody asked for it
    for done in (zone(cloud, api_token=token, settings={"ssl": "strict"}), zone(cloud, api_token=token, dnssec="active")):
        assert token not in str(done.result)
        assert CANARY not in str(done.result)


# --- looking ----------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_looking_at_zones(cloud: LocalCloud, in_process: bool) -> None:
    ran = play(
        cloud,
        [
            task("cloudflare_zone_info"),
            task("cloudflare_zone_info", name=NAME, settings=["ssl", "http3"], dnssec=True),
            task("cloudflare_zone_info", name="absent.com"),
        ],
        in_process=in_process,
    )
    everything, one, none = ran.done
    assert [each["name"] for each in everything.result["zones"]] == [NAME, "klinematrix.net"]
    assert (one.result["zones"][0]["settings"], one.result["zones"][0]["dnssec"]) == ({"ssl": "full", "http3": "on"}, "disabled")
    assert none.result["zones"] == []
    assert [len(each.calls) for each in ran.done] == [1, 4, 1]
    assert all((each.result["changed"], each.result["changes"], each.writes) == (False, [], []) for each in ran.done)


def test_all_pages_of_zones_are_read(cloud: LocalCloud) -> None:
    first = at_cloud(cloud) or {}
    with cloud.state() as state:
        more = {f"{number:032x}": {**first, "id": f"{number:032x}", "name": f"zone{number}.com"} for number in range(60)}
        state["cloudflare"]["api"]["zones"].update(more)
    done = direct(cloud, "cloudflare_zone_info")
    assert (len(done.result["zones"]), len(done.calls)) == (62, 2)


def test_looking_at_records_is_one_read(cloud: LocalCloud) -> None:
    records = [
        {"name": "@", "type": "A", "content": "192.0.2.1"},
        {"name": "www", "type": "A", "content": "192.0.2.1"},
        {"name": "@", "type": "TXT", "content": "v=spf1 ~all"},
    ]
    direct(cloud, "cloudflare_records", zone=NAME, records=records, owner="us")
    zone_id = (at_cloud(cloud) or {})["id"]
    look = direct(cloud, "cloudflare_records_info", zone=NAME, zone_id=zone_id)
    assert [(each["name"], each["type"]) for each in look.result["records"]] == [(NAME, "A"), (NAME, "TXT"), (f"www.{NAME}", "A")]
    assert {each["owner"] for each in look.result["records"]} == {"us"}
    assert (len(look.calls), look.result["changed"]) == (1, False)
    apex = direct(cloud, "cloudflare_records_info", zone=NAME, names=["@"], types=["A", "MX"])
    assert [(each["name"], each["type"]) for each in apex.result["records"]] == [(NAME, "A")]
    assert len(apex.calls) == 2
    assert direct(cloud, "cloudflare_records_info", zone="absent.com").result["failure"]["code"] == "no_such_zone"
    assert direct(cloud, "cloudflare_records_info", zone=NAME, zone_id="../x").calls == []
