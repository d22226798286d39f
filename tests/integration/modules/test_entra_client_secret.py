# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client secret that goes from the directory into the vault: nobody sees it, and it is renewed in time."""

from __future__ import annotations

import json
import typing as t

import pytest
from azure.identity import ClientSecretCredential

from tests.cloud import LocalCloud
from tests.integration.modules.entra import (
    SECRET,
    STORED,
    VAULT,
    app,
    applied,
    end_in,
    ground,
    keys,
    record,
    versions,
    with_application,
)
from tests.steps import direct, paths


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    ground(cloud)
    return cloud


@pytest.fixture
def estate(cloud: LocalCloud) -> LocalCloud:
    with_application(cloud)
    return cloud


def test_the_secret_logs_in_and_knows_its_key(estate: LocalCloud) -> None:
    kept, (key,) = versions(estate)[-1], keys(estate)
    body = record(estate.ask("GET", "state"))["body"]
    assert kept["tags"] == {"source": "entra", "app_id": body["appId"], "key_id": key["keyId"]}
    login = ClientSecretCredential(estate.environment["AZURE_TENANT_ID"], body["appId"], kept["value"])
    assert login.get_token("https://graph.microsoft.com/.default").token


def test_with_little_time_left_there_is_a_second_key_and_the_first_lives_on(estate: LocalCloud) -> None:
    first, app_id = versions(estate)[-1]["value"], record(estate.ask("GET", "state"))["body"]["appId"]
    end_in(estate, 31)
    assert app(estate, check=True, **STORED).result["changes"] == []
    day = end_in(estate, 29)
    preview, done = app(estate, check=True, **STORED), app(estate, **STORED)
    (change,) = preview.result["changes"]
    assert change["fields"] == [{"path": "/secret", "before": f"until {day}", "after": "stored"}]
    assert done.result["changes"] == preview.result["changes"]
    assert len(keys(estate)) == 2
    second = versions(estate)[-1]["value"]
    for value in (first, second):
        assert value not in json.dumps([preview.result, done.result])
        ClientSecretCredential(estate.environment["AZURE_TENANT_ID"], app_id, value).get_token("https://graph.microsoft.com/.default")
    assert app(estate, check=True, **STORED).result["changes"] == []


def test_a_key_that_has_ended_is_cleared_away_when_there_is_a_new_one(estate: LocalCloud) -> None:
    (old,) = keys(estate)
    end_in(estate, -1)
    done = app(estate, **STORED)
    # The directory may be busy with the removal for a moment.
    assert list(dict.fromkeys(each.split()[-1] for each in done.writes)) == ["RemovePassword", "AddPassword", "SetSecret"]
    assert old["keyId"] not in [each["keyId"] for each in keys(estate)]


def spoil(state: dict[str, t.Any], how: str) -> None:
    secrets = state["azure"]["vault"]["secrets"][VAULT]
    newest = secrets[SECRET]["versions"][-1]
    if how == "missing":
        del secrets[SECRET]
    elif how == "not the value of its key":
        newest["value"] = "somebody-else-wrote-this"
    elif how == "of a key that is not there":
        record(state)["body"]["passwordCredentials"] = []
    elif how == "of no known key":
        newest["tags"] = {}
    elif how.startswith("of application"):
        newest["tags"]["app_id"] = how.split()[-1]


@pytest.mark.parametrize(
    "how", ["missing", "not the value of its key", "of a key that is not there", "of no known key", "of application 1234"]
)
def test_what_the_vault_holds_instead_is_said_in_words_and_replaced(estate: LocalCloud, how: str) -> None:
    with estate.state() as state:
        spoil(state, how)
    for check in (True, False):
        (change,) = app(estate, check=check, **STORED).result["changes"]
        assert change["fields"] == [{"path": "/secret", "before": how, "after": "stored"}]
    assert app(estate, check=True, **STORED).result["changes"] == []


def test_a_deleted_secret_is_recovered_and_a_disabled_one_replaced(estate: LocalCloud) -> None:
    assert direct(estate, "key_vault_secret", vault=VAULT, name=SECRET, enabled=False).status == "ok"
    assert app(estate, check=True, **STORED).result["changes"][0]["fields"][0]["before"] == "disabled"
    applied(app(estate, **STORED))
    assert direct(estate, "key_vault_secret", vault=VAULT, name=SECRET, state="absent").status == "ok"
    assert app(estate, check=True, **STORED).result["changes"][0]["fields"][0]["before"] == "deleted"
    applied(app(estate, **STORED))
    assert app(estate, check=True, **STORED).result["changes"] == []


def test_when_the_vault_refuses_the_new_key_is_removed_again(estate: LocalCloud) -> None:
    end_in(estate, 1)
    (old,) = keys(estate)
    estate.fault("status", action="SetSecret", status=403, code="Forbidden", count=None)
    done = app(estate, **STORED)
    assert done.status == "failed"
    assert "it was removed again" in done.result["msg"]
    assert [each["keyId"] for each in keys(estate)] == [old["keyId"]]
    estate.heal()
    applied(app(estate, **STORED))


def test_a_key_whose_value_was_lost_is_removed_and_another_one_made(estate: LocalCloud) -> None:
    end_in(estate, 1)
    (old,) = keys(estate)
    estate.fault("reset", action="AddPassword", when="after")
    done = app(estate, **STORED)
    assert (done.status, done.result["failure"]["code"]) == ("failed", "no_answer")
    assert [each["keyId"] for each in keys(estate)] == [old["keyId"]]
    applied(app(estate, **STORED))
    assert len(keys(estate)) == 2


def test_without_a_vault_a_preview_says_create_and_a_run_makes_no_key(cloud: LocalCloud) -> None:
    for vault in ("not-there-yet-kv", "(known after apply)"):
        done = app(cloud, check=True, **(STORED | {"key_vault": vault}))
        assert ([change["action"] for change in done.result["changes"]], done.writes) == (["create"], [])
        assert "/secret" in paths(done)
    done = app(cloud, **(STORED | {"key_vault": "not-there-yet-kv"}))
    assert (done.status, done.result["failure"]["code"]) == ("failed", "VaultNotFound")
    assert keys(cloud) == []


@pytest.mark.parametrize(
    "options",
    [
        {"client_secret_in_vault": {"name": SECRET}},
        {"key_vault": VAULT, "client_secret_in_vault": {"name": "a_b"}},
        {"key_vault": VAULT, "client_secret_in_vault": {"name": SECRET, "days": 30, "rotate_days": 30}},
        {"display_name": " "},
        {"display_name": "x" * 257},
        {"service_principal": False},
    ],
)
def test_what_makes_no_sense_is_refused_before_any_call(cloud: LocalCloud, options: dict[str, t.Any]) -> None:
    done = app(cloud, check=True, **options)
    assert (done.status, done.calls) == ("failed", [])
