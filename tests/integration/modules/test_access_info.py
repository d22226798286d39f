# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""access_info against the local cloud: who the credentials are, what they lack, and errors that say the way out."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import run_state
from tests.cloud import LocalCloud
from tests.integration.identities import CLOUDS, GRANT, document, restrict
from tests.steps import BOTH_WAYS, Done, direct, play, task

PLACES: dict[str, dict[str, str]] = {
    "azure": {"resource_group": "FinancialAgent", "key_vault": "klinematrix-test-kv"},
    "cloudflare": {"zone": "klinematrix.com"},
}


def look(cloud: LocalCloud, name: str, **options: t.Any) -> Done:
    return direct(cloud, "access_info", cloud=name, **PLACES.get(name, {}), **options)


def access(done: Done) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", done.result["access"])


# What each cloud's policy file loses in these tests, one right to write and one to read.
LOST = {
    "azure": ("Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/read"),
    "alibaba": ("oss:PutBucketCors", "oss:GetBucketInfo"),
    "tencent": ("ses:CreateEmailTemplate", "ses:GetEmailIdentity"),
    "cloudflare": ("DNS Write", "DNS Read"),
}


def lose(cloud: LocalCloud, name: str, *rights: str) -> None:
    """The deployer has the policy's rights without some of them."""
    text = document(name)

    def without(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {key: without(each) for key, each in value.items()}
        if isinstance(value, list):
            return [without(each) for each in value if each not in rights and not (isinstance(each, dict) and each.get("name") in rights)]
        return value

    less = without(text)
    if name == "cloudflare":  # where writing includes reading, only the writing is lost
        kept = [right.replace(" Write", " Read") for right in rights if right.endswith(" Write")]
        less["policies"][0]["permission_groups"] += [{"name": each} for each in kept if each not in rights]
    with cloud.state() as state:
        GRANT[name](state[name], less)


@pytest.mark.parametrize("name", CLOUDS)
def test_the_policy_file_grants_all_that_is_asked_for(cloud: LocalCloud, name: str) -> None:
    restrict(cloud, name)
    done = look(cloud, name)
    assert done.status == "ok", done.result["msg"]
    assert (access(done)["missing"], access(done)["unknown"], done.writes) == ([], [], [])
    assert access(done)["granted"]
    assert all(access(done)["libraries"].values())


@pytest.mark.parametrize("name", CLOUDS)
def test_the_reader_policy_is_enough_to_read_and_not_to_manage(cloud: LocalCloud, name: str) -> None:
    restrict(cloud, name, reader=True)
    reading, managing = look(cloud, name, purpose="read"), look(cloud, name, on_missing="warn")
    assert (reading.status, access(reading)["missing"], access(reading)["unknown"]) == ("ok", [], [])
    assert {each["write"] for each in access(managing)["missing"]} == {True}
    assert LOST[name][0] in [each["right"] for each in access(managing)["missing"]]


@pytest.mark.parametrize("name", CLOUDS)
def test_a_missing_right_is_named_with_its_policy(cloud: LocalCloud, name: str) -> None:
    lose(cloud, name, LOST[name][0])
    done = look(cloud, name)
    assert done.status == "failed"
    assert [each["right"] for each in access(done)["missing"]] == [LOST[name][0]]
    (missing,) = access(done)["missing"]
    assert missing["needed_for"]
    assert LOST[name][0] in done.result["msg"]
    assert f"roles/preflight/files/policies/{missing['policy']}" in done.result["failure"]["hint"]
    assert done.result["failure"]["code"] == "missing_rights"


@pytest.mark.parametrize("name", CLOUDS)
def test_a_preview_needs_only_what_is_read(cloud: LocalCloud, name: str) -> None:
    write, read = LOST[name]
    lose(cloud, name, write)
    previewed = look(cloud, name, purpose="preview")
    assert previewed.status == "ok"
    assert any(write in warning for warning in previewed.result["warnings"])
    lose(cloud, name, write, read)
    assert look(cloud, name, purpose="preview").status == "failed"
    assert look(cloud, name, purpose="preview", on_missing="warn").status == "ok"


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_a_run_of_ansible_shows_it_both_ways(cloud: LocalCloud, in_process: bool) -> None:
    lose(cloud, "cloudflare", "DNS Write")
    ran = play(cloud, [task("access_info", cloud="cloudflare", zone="klinematrix.com", roles=["cloudflare_dns"])], in_process=in_process)
    (done,) = ran.done
    assert done.status == "failed"
    assert [each["right"] for each in done.result["access"]["missing"]] == ["DNS Write"]
    assert done.result["io"]["writes"] == 0
    assert cloud.environment["CLOUDFLARE_API_TOKEN"] not in json.dumps(done.result) + ran.output


def test_only_rights_of_the_roles_that_will_run_count(cloud: LocalCloud) -> None:
    lose(cloud, "cloudflare", "Zone Settings Write", "Registrar: Domains Write")
    assert look(cloud, "cloudflare").status == "failed"
    assert look(cloud, "cloudflare", roles=["cloudflare_dns"]).status == "ok"
    strange = look(cloud, "cloudflare", roles=["cloudflare_dsn"])
    assert "cloudflare_dsn: no role" in strange.result["msg"]


# --- what nobody can tell ------------------------------------------------------


def test_a_token_cannot_tell_what_it_may_write(cloud: LocalCloud) -> None:
    lose(cloud, "cloudflare", "API Tokens Read")
    found = access(look(cloud, "cloudflare"))
    (unknown,) = found["unknown"]
    assert "DNS Write" in unknown["rights"]
    assert "API Tokens Read" in unknown["why"]
    lose(cloud, "cloudflare", "API Tokens Read", "DNS Write", "DNS Read")
    done = look(cloud, "cloudflare", roles=["cloudflare_dns"])
    assert [each["right"] for each in access(done)["missing"]] == ["DNS Read"]  # tried, and refused


def test_a_zone_that_the_token_does_not_see_is_no_grant(cloud: LocalCloud) -> None:
    lose(cloud, "cloudflare", "API Tokens Read")
    found = access(direct(cloud, "access_info", cloud="cloudflare", zone="elsewhere.example.com", roles=["cloudflare_dns"]))
    assert found["granted"] == ["Zone Read"]
    assert {right for each in found["unknown"] for right in each["rights"]} == {"DNS Read", "DNS Write"}


def test_a_zone_id_needs_no_looking_up(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][state["cloudflare"]["credentials"]["api_token"]]["permissions"] = ["DNS Write"]
        (zone_id,) = [key for key, zone in state["cloudflare"]["api"]["zones"].items() if zone["name"] == "klinematrix.com"]
    without = look(cloud, "cloudflare", roles=["cloudflare_dns"])
    assert [each["right"] for each in access(without)["missing"]] == ["Zone Read"]
    with_id = look(cloud, "cloudflare", roles=["cloudflare_dns"], zone_id=zone_id)
    assert (with_id.status, access(with_id)["granted"]) == ("ok", ["Zone Read", "DNS Read"])


def _forbid_reading_back(cloud: LocalCloud, name: str, document_: t.Any) -> None:
    with cloud.state() as state:
        GRANT[name](state[name], document_)


def test_a_key_that_cannot_read_its_policies_is_tried_with_reads(cloud: LocalCloud) -> None:
    policy = document("alibaba")
    policy["Statement"] = [each for each in policy["Statement"] if "ram:GetPolicy" not in each["Action"]]
    _forbid_reading_back(cloud, "alibaba", policy)
    found = access(look(cloud, "alibaba", roles=["oss"]))
    assert found["granted"] == ["oss:ListBuckets"]
    assert ["oss:PutBucket" in each["rights"] for each in found["unknown"]] == [True]
    narrow = copy.deepcopy(policy)
    narrow["Statement"][0]["Action"].remove("oss:ListBuckets")
    _forbid_reading_back(cloud, "alibaba", narrow)
    assert [each["right"] for each in access(look(cloud, "alibaba", roles=["oss"]))["missing"]] == ["oss:ListBuckets"]


def test_the_same_at_tencent(cloud: LocalCloud) -> None:
    policy = document("tencent")
    policy["statement"].pop()
    policy["statement"][0]["action"].remove("ses:ListEmailTemplates")
    _forbid_reading_back(cloud, "tencent", policy)
    found = access(look(cloud, "tencent"))
    assert [each["right"] for each in found["missing"]] == ["ses:ListEmailTemplates"]
    assert found["granted"] == ["ses:ListEmailIdentities", "ses:ListEmailAddress"]
    assert "ses:SendEmail" in found["unknown"][0]["rights"]


def test_a_grant_for_one_bucket_is_no_grant_for_all(cloud: LocalCloud) -> None:
    policy = document("alibaba")
    policy["Statement"][0]["Resource"] = "acs:oss:*:*:charts"
    _forbid_reading_back(cloud, "alibaba", policy)
    found = access(look(cloud, "alibaba", roles=["oss"]))
    assert (found["granted"], found["missing"]) == ([], [])
    assert found["unknown"][0]["why"] == "granted for acs:oss:*:*:charts only"


# --- where rights count at Azure ------------------------------------------------


def test_rights_in_a_vault_count_once_it_is_there(cloud: LocalCloud) -> None:
    restrict(cloud, "azure", reader=True)
    assert not any("secrets" in name for name in access(look(cloud, "azure", purpose="read"))["granted"])
    cloud.reset()
    kept = direct(cloud, "azure_resource", type="Microsoft.Resources/resourceGroups", name="FinancialAgent", location="koreacentral")
    assert kept.status == "ok", kept.result
    made = direct(cloud, "key_vault", name="klinematrix-test-kv", resource_group="FinancialAgent", location="koreacentral")
    assert made.status == "ok", made.result
    done = look(cloud, "azure")
    assert "Microsoft.KeyVault/vaults/secrets/setSecret/action" in access(done)["unknown"][0]["rights"]
    restrict(cloud, "azure", reader=True)
    assert "Microsoft.KeyVault/vaults/secrets/getSecret/action" in access(look(cloud, "azure", purpose="read"))["granted"]


def test_what_is_registered_needs_nobody_to_register_it(cloud: LocalCloud) -> None:
    lose(cloud, "azure", "Microsoft.ManagedIdentity/register/action")
    done = look(cloud, "azure")
    assert [each["right"] for each in access(done)["missing"]] == ["Microsoft.ManagedIdentity/register/action"]
    with cloud.state() as state:
        state["azure"]["arm"]["providers"]["Microsoft.ManagedIdentity"]["state"] = "Registered"
    assert look(cloud, "azure").status == "ok"


@pytest.mark.parametrize("held", [True, False])
def test_permissions_of_the_directory_are_read_from_its_token_and_nobody_fails_without_them(
    cloud: LocalCloud, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_state, "SHARED", {})  # tokens of other tests carry what was held then
    if not held:
        with cloud.state() as state:
            state["azure"]["graph"]["permissions"] = {}
    done = look(cloud, "azure", roles=["app_registration"])
    found = access(done)
    both = ["Application.Read.All", "Application.ReadWrite.OwnedBy"]
    assert (done.status, found["missing"]) == ("ok", [])
    assert (found["granted"], [each["rights"] for each in found["unknown"]]) == ((both, []) if held else ([], [both]))


# --- credentials that are not there, or not good ---------------------------------

NAMES = {
    "azure": ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
    "alibaba": ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    "tencent": ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"),
    "cloudflare": ("CLOUDFLARE_API_TOKEN",),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_no_credentials_names_options_and_variables(cloud: LocalCloud, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: t.Any) -> None:
    for variable in NAMES[name]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = look(cloud, name)
    assert (done.status, done.calls) == ("failed", [])
    assert done.result["failure"]["code"] == "no_credentials"
    assert all(variable in done.result["msg"] for variable in NAMES[name])


@pytest.mark.parametrize("name", CLOUDS)
def test_a_wrong_secret_says_what_to_check_and_is_not_told(cloud: LocalCloud, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "wrong" + cloud.environment[NAMES[name][-1]][5:]
    monkeypatch.setenv(NAMES[name][-1], wrong)
    done = look(cloud, name)
    assert done.status == "failed"
    assert done.result["failure"]["hint"]
    assert "heck" in done.result["failure"]["hint"]
    assert wrong not in json.dumps(done.result)


@pytest.mark.parametrize("status", ["disabled", "expired"])
def test_a_token_at_its_end_is_named(cloud: LocalCloud, status: str) -> None:
    with cloud.state() as state:
        state["cloudflare"]["credentials"]["tokens"][state["cloudflare"]["credentials"]["api_token"]]["status"] = status
    done = look(cloud, "cloudflare")
    assert f"is {status}" in done.result["msg"]
    assert "CLOUDFLARE_API_TOKEN" in done.result["failure"]["hint"]


CLOCKS = {
    "alibaba": "InvalidTimeStamp.Expired",
    "tencent": "AuthFailure.SignatureExpire",
}


@pytest.mark.parametrize("name", CLOCKS)
def test_a_wrong_clock_is_named(cloud: LocalCloud, name: str) -> None:
    cloud.fault("status", cloud=name, action="GetCallerIdentity", status=400, code=CLOCKS[name])
    done = look(cloud, name)
    assert "clock of this machine" in done.result["failure"]["hint"]
