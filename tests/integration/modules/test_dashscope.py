# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dashscope_key, dashscope_model_limits and dashscope_model_info against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import planted_key
from tests.integration.clients.azure_raw import AzureRaw
from tests.steps import BOTH_WAYS, Done, direct, four_steps, play, task

WHO = "klinematrix-test backend"
VAULT = {"key_vault": "klinematrix-test-kv", "secret_name": "dashscope-api-key"}
PLAIN: dict[str, t.Any] = {"description": WHO, **VAULT}
NARROW = {"type": "Custom", "access_ips": ["127.0.0.0/8", "203.0.113.7"], "models": ["qwen-vl-plus", "qwen-vl-max"]}
BACKEND: dict[str, t.Any] = {**PLAIN, "enabled": True, "auth": NARROW, "models": ["qwen-vl-plus"]}


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    """A vault that we may write to."""
    AzureRaw(cloud).with_secrets()
    cloud.forget()
    return cloud


def region(state: dict[str, t.Any], name: str = "cn-beijing") -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", state["alibaba"]["modelstudio"]["regions"][name])


def keys(cloud: LocalCloud) -> list[dict[str, t.Any]]:
    return list(region(cloud.ask("GET", "state"))["keys"].values())


def secret(cloud: LocalCloud) -> dict[str, t.Any] | None:
    """What the vault holds, by Azure's own API."""
    azure = AzureRaw(cloud)
    headers = {"Authorization": f"Bearer {azure.token('https://vault.azure.net')}"}
    answer = azure.session.get(
        "https://klinematrix-test-kv.vault.azure.net/secrets/dashscope-api-key?api-version=7.4", headers=headers, timeout=10
    )
    return t.cast("dict[str, t.Any]", answer.json()) if answer.status_code == 200 else None


def make(cloud: LocalCloud, **options: t.Any) -> Done:
    done = direct(cloud, "dashscope_key", **{**PLAIN, **options})
    assert done.status == "ok", done.result["msg"]
    return done


def fields(done: Done) -> dict[str, tuple[t.Any, t.Any]]:
    (change,) = done.result["changes"]
    return {field["path"]: (field["before"], field["after"]) for field in change["fields"]}


# --- a key ---------------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_the_key_of_the_backend(vault: LocalCloud, in_process: bool) -> None:
    steps = four_steps(vault, "dashscope_key", in_process=in_process, **BACKEND)
    preview, applied, again, _ = steps
    assert applied.writes == ["POST CreateApiKey", "PUT SetSecret"]
    assert sorted(again.reads) == ["GET GetSecret", "GET ListApiKeys", "GET models.list"]
    assert preview.result["key"]["id"] == preview.result["key"]["secret_version"] == "(known after apply)"
    (key,) = keys(vault)
    kept = secret(vault)
    assert kept is not None
    assert (kept["value"], kept["tags"]["api_key_id"]) == (key["apiKeyValue"], str(key["apiKeyId"]))
    shown = applied.result["key"]
    assert {**shown, "auth": None} == {**again.result["key"], "auth": None}
    assert (shown["id"], shown["host"]) == (str(key["apiKeyId"]), "dashscope.aliyuncs.com")
    assert shown["secret_id"] == kept["id"]
    # Nobody passed the value in, so nothing masks it: it must not be there at all.
    for done in steps:
        assert key["apiKeyValue"] not in str(done.result)
        assert key["apiKeyValue"][6:-4] not in str(done.result)


def test_a_key_comes_and_goes(vault: LocalCloud) -> None:
    make(vault)
    gone = {"description": WHO, "state": "absent"}
    preview, applied, again = (direct(vault, "dashscope_key", check=check, **gone) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"] != []
    assert (preview.writes, applied.writes, keys(vault)) == ([], ["DELETE DeleteApiKey"], [])
    assert (again.result["changed"], again.result["key"]) == (False, None)


def test_descriptions_are_compared_exactly(vault: LocalCloud) -> None:
    make(vault, description="Klinematrix-Test backend and more", secret_name="other")
    assert make(vault).writes == ["POST CreateApiKey", "PUT SetSecret"]
    assert len(keys(vault)) == 2


def test_two_keys_of_one_description_are_told(vault: LocalCloud) -> None:
    make(vault)
    with vault.state() as state:
        (key,) = region(state)["keys"].values()
        region(state)["keys"]["77"] = {**key, "apiKeyId": 77}
    done = direct(vault, "dashscope_key", **PLAIN)
    assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "ambiguous", [])
    assert "77" in done.result["msg"]


def test_rights_are_compared_without_order_and_mended(vault: LocalCloud) -> None:
    make(vault, auth=NARROW)
    turned = {**NARROW, "access_ips": NARROW["access_ips"][::-1], "models": NARROW["models"][::-1]}
    assert make(vault, auth=turned).result["changed"] is False
    with vault.state() as state:
        (key,) = region(state)["keys"].values()
        key["auth"]["accessIps"].append("198.51.100.0/24")
    done = make(vault, auth=NARROW)
    assert list(fields(done)) == ["/auth/access_ips"]
    assert done.writes == ["PUT UpdateApiKey"]
    # What is not declared inside stays, although the API replaces rights as a whole.
    assert list(fields(make(vault, auth={"type": "Custom", "access_ips": ["127.0.0.1"]}))) == ["/auth/access_ips"]
    assert keys(vault)[0]["auth"]["modelAccessScope"]["accessibleModels"] == ["qwen-vl-max", "qwen-vl-plus"]
    # An empty list is filled up by the service: everybody.
    make(vault, auth={"type": "Custom", "access_ips": []})
    assert make(vault, auth={"type": "Custom", "access_ips": []}).result["changed"] is False
    assert set(fields(make(vault, auth={"type": "All"}))) == {"/auth/type", "/auth/models"}
    assert make(vault, auth={"type": "All"}).result["changed"] is False


def test_disabling_and_enabling(vault: LocalCloud) -> None:
    assert make(vault, enabled=False, models=["qwen-vl-plus"]).writes == ["POST CreateApiKey", "PUT SetSecret", "PUT DisableApiKey"]
    assert make(vault, enabled=False, models=["qwen-vl-plus"]).result["changed"] is False
    done = make(vault, enabled=True)
    assert (fields(done), done.writes) == ({"/enabled": (False, True)}, ["PUT EnableApiKey"])


# --- its secret ------------------------------------------------------------------


def test_a_lost_secret_is_an_error_unless_the_key_may_be_reset(vault: LocalCloud) -> None:
    make(vault)
    old = keys(vault)[0]["apiKeyValue"]
    (version,) = {secret(vault)["id"].rpartition("/")[2]}  # type: ignore[index]
    for check in (True, False):
        stale = direct(vault, "dashscope_key", check=check, **{**PLAIN, "secret_name": "another-name"})
        assert (stale.status, stale.result["failure"]["code"], stale.writes) == ("failed", "secret_missing", [])
        assert "if_secret_missing" in stale.result["msg"]
    again = {**PLAIN, "secret_name": "another-name", "rotate": "if_secret_missing"}
    preview, applied, quiet = (direct(vault, "dashscope_key", check=check, **again) for check in (True, False, False))
    assert preview.result["diff"] == applied.result["diff"]
    assert fields(preview) == {"/secret": ("missing", "stored")}
    assert preview.result["key"]["secret_version"] == "(known after apply)"
    assert (applied.writes, quiet.result["changed"]) == (["PUT ResetApiKey", "PUT SetSecret"], False)
    assert keys(vault)[0]["apiKeyValue"] != old
    assert applied.result["key"]["secret_version"] != version


def test_a_secret_that_works_no_more_is_found_by_asking(vault: LocalCloud) -> None:
    make(vault)
    with vault.state() as state:  # somebody reset the key in the console
        (key,) = region(state)["keys"].values()
        key["apiKeyValue"] = "sk-ws-" + "n" * 40
    # Nobody asked whether it works, so nobody knows.
    assert make(vault).result["changed"] is False
    preview = direct(vault, "dashscope_key", check=True, **PLAIN, models=["qwen-vl-plus"], rotate="if_secret_missing")
    assert fields(preview) == {"/secret": ("refused", "stored")}
    make(vault, models=["qwen-vl-plus"], rotate="if_secret_missing")
    assert secret(vault)["value"] == keys(vault)[0]["apiKeyValue"]  # type: ignore[index]


def test_a_secret_of_another_key_is_found_by_its_mark(vault: LocalCloud) -> None:
    make(vault, description="the one before")
    (first,) = keys(vault)
    with vault.state() as state:
        region(state)["keys"]["77"] = {**first, "apiKeyId": 77, "description": WHO, "apiKeyValue": "sk-ws-" + "o" * 40}
    done = direct(vault, "dashscope_key", check=True, **PLAIN, rotate="if_secret_missing")
    assert fields(done) == {"/secret": (f"of API key {first['apiKeyId']}", "stored")}


def test_rotation_on_demand(vault: LocalCloud) -> None:
    make(vault)
    old = keys(vault)[0]["apiKeyValue"]
    preview, applied = (direct(vault, "dashscope_key", check=check, **PLAIN, rotate="always") for check in (True, False))
    assert preview.result["diff"] == applied.result["diff"]
    assert fields(applied) == {"/value": ("********", "********")}
    assert (preview.writes, applied.writes) == ([], ["PUT ResetApiKey", "PUT SetSecret"])
    assert secret(vault)["value"] == keys(vault)[0]["apiKeyValue"] != old  # type: ignore[index]


def test_a_new_key_that_cannot_be_stored_is_deleted_again(vault: LocalCloud) -> None:
    vault.fault("status", cloud="azure", method="PUT", status=403, code="Forbidden", count=None)
    done = direct(vault, "dashscope_key", **PLAIN)
    assert (done.status, keys(vault)) == ("failed", [])
    assert "it was deleted again" in done.result["msg"]
    assert [each for each in done.writes if "ApiKey" in each] == ["POST CreateApiKey", "DELETE DeleteApiKey"]
    vault.fault("status", cloud="alibaba", action="DeleteApiKey", status=403, count=None)
    stuck = direct(vault, "dashscope_key", **PLAIN)
    (left,) = keys(vault)
    assert f"Delete the key {left['apiKeyId']}" in stuck.result["msg"]
    for failed in (done, stuck):
        assert "sk-" not in str(failed.result)
    vault.heal()
    # A run that was cut short there heals as well.
    assert make(vault, rotate="if_secret_missing").writes == ["PUT ResetApiKey", "PUT SetSecret"]


def test_a_reset_key_that_cannot_be_stored_says_so(vault: LocalCloud) -> None:
    make(vault)
    vault.fault("status", cloud="azure", method="PUT", status=403, code="Forbidden", count=None)
    done = direct(vault, "dashscope_key", **PLAIN, rotate="always")
    assert done.status == "failed"
    assert "was reset, but its new value could not be stored" in done.result["msg"]
    assert "sk-" not in str(done.result)


# --- does it work? -----------------------------------------------------------------


def test_models_that_the_key_may_not_call_are_told(vault: LocalCloud) -> None:
    made = direct(vault, "dashscope_key", **PLAIN, auth={"type": "Custom", "models": ["qwen-max"]}, models=["qwen-max", "qwen-vl-plus"])
    assert made.result["failure"]["code"] == "model_not_available"
    assert "it may not call qwen-vl-plus (not available)" in made.result["msg"]
    again = direct(vault, "dashscope_key", check=True, **PLAIN, models=["qwen-vl-plus"])
    assert again.result["failure"]["code"] == "model_not_available"
    # The declaration that mends it is let through.
    assert make(vault, auth={"type": "Custom", "models": ["*"]}, models=["qwen-vl-plus"]).writes == ["PUT UpdateApiKey"]
    assert make(vault, models=["qwen-vl-plus"]).result["changed"] is False


def test_facts_about_models(vault: LocalCloud) -> None:
    facts = {**VAULT, "models": ["qwen-vl-plus", "no-such-model"], "test_call": True}
    none = direct(vault, "dashscope_model_info", **facts)
    assert (none.status, none.result["key"]) == ("ok", "missing")
    make(vault)
    vault.forget()
    preview = direct(vault, "dashscope_model_info", check=True, **facts)
    assert [each["action"] for each in preview.calls if each["cloud"] == "alibaba"] == ["models.list"] * 2
    real = direct(vault, "dashscope_model_info", **facts)
    found = {each["model"]: each for each in real.result["models"]}
    assert (found["qwen-vl-plus"]["status"], found["no-such-model"]["status"]) == ("available", "not available")
    assert found["qwen-vl-plus"]["usage"]["output_tokens"] == 1
    assert [each["action"] for each in real.calls].count("multimodal-generation") == 1
    assert (real.result["key"], real.writes) == ("accepted", [])
    assert keys(vault)[0]["apiKeyValue"] not in str(real.result)
    with vault.state() as state:
        region(state)["keys"].clear()
    assert direct(vault, "dashscope_model_info", **facts).result["key"] == "refused"


def test_a_call_that_fails_is_a_fact(vault: LocalCloud) -> None:
    make(vault)
    with vault.state() as state:
        state["alibaba"]["dashscope"]["arrears"] = True
    done = direct(vault, "dashscope_model_info", **VAULT, models=["qwen-vl-plus"], test_call=True)
    assert (done.status, done.result["models"][0]["status"]) == ("ok", "Arrearage")


# --- a key that a person made --------------------------------------------------------


def handmade(cloud: LocalCloud, **facts: t.Any) -> str:
    value = "sk-" + "handmadekey" * 3
    with cloud.state() as state:
        workspace = next(iter(region(state)["workspaces"]))
        key = {"apiKeyId": 9, "apiKeyValue": value, "workspaceId": workspace, "description": "", "createdBy": "root", "gmtCreate": 0}
        region(state)["keys"]["9"] = {**key, "disabled": 0, "auth": {"type": "All"}, **facts}
    return value


def test_four_steps_of_a_given_key(vault: LocalCloud) -> None:
    value = handmade(vault)
    steps = four_steps(vault, "dashscope_key", in_process=True, api_key=value, models=["qwen-vl-plus"], **VAULT)
    assert steps[1].writes == ["PUT SetSecret"]
    assert secret(vault)["value"] == value  # type: ignore[index]
    for done in steps:
        assert value not in str(done.result)


def test_a_given_key_that_does_not_work_never_gets_into_the_vault(vault: LocalCloud) -> None:
    value = handmade(vault, disabled=1)
    for check in (True, False):
        done = direct(vault, "dashscope_key", check=check, api_key=value, models=["qwen-vl-plus"], **VAULT)
        assert (done.status, done.result["failure"]["code"], done.writes) == ("failed", "InvalidApiKey", [])
    odd = direct(vault, "dashscope_key", api_key="sk-wrong\nline", models=["qwen-vl-plus"], **VAULT)
    assert (odd.status, odd.writes) == ("failed", [])
    assert "sk-wrong" not in str(odd.result)


# --- limits -----------------------------------------------------------------------


LIMITS: dict[str, t.Any] = {
    "limits": [{"model": "qwen-vl-plus", "request_limit": 60, "usage_limit": 100000}, {"model": "qwen-plus", "request_limit": 30}]
}


def own(cloud: LocalCloud) -> dict[str, t.Any]:
    return next(iter(region(cloud.ask("GET", "state"))["limits"].values()), {})


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_limits(cloud: LocalCloud, in_process: bool) -> None:
    _, applied, again, _ = four_steps(cloud, "dashscope_model_limits", in_process=in_process, **LIMITS)
    assert applied.writes == ["POST UpdateModelLimits"]
    assert again.reads == ["GET ListModelLimits"]
    assert own(cloud)["qwen-plus"] == {"requestLimit": 30, "requestLimitPeriod": 60}


def test_limits_are_mended_kept_and_removed(cloud: LocalCloud) -> None:
    direct(cloud, "dashscope_model_limits", **LIMITS)
    with cloud.state() as state:
        for limits in region(state)["limits"].values():
            limits["qwen-vl-plus"]["requestLimit"] = 600
            limits["qwen-max"] = {"requestLimit": 1, "requestLimitPeriod": 60}
    one = {"limits": [{"model": "qwen-vl-plus", "request_limit": 60}]}
    done = direct(cloud, "dashscope_model_limits", **one)
    assert fields(done) == {"/request_limit": (600, 60)}
    # A limit is replaced as a whole: what is not declared is sent along.
    assert own(cloud)["qwen-vl-plus"]["usageLimit"] == 100000
    assert set(own(cloud)) == {"qwen-vl-plus", "qwen-plus", "qwen-max"}
    purged = direct(cloud, "dashscope_model_limits", **LIMITS, purge=True)
    assert [(each["action"], each["name"]) for each in purged.result["changes"]] == [("delete", "qwen-max")]
    gone = direct(cloud, "dashscope_model_limits", limits=[{"model": "qwen-vl-plus", "state": "absent"}])
    assert (gone.writes, set(own(cloud))) == (["POST UpdateModelLimits"], {"qwen-plus"})


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ([{"model": "qwen-vl-plus"}], "declare nothing"),
        ([{"model": "qwen-vl-plus", "request_limit": 0}], "must be above 0"),
        ([{"model": "qwen-vl-plus", "request_limit": 1}] * 2, "declared twice"),
        ([{"model": "no-such-model", "request_limit": 1}], "no model no-such-model"),
        ([{"model": "qwen-vl-plus", "request_limit": 10**9}], "above the account's own limit of 1200"),
    ],
)
def test_limits_that_cannot_be(cloud: LocalCloud, limits: list[dict[str, t.Any]], words: str) -> None:
    for check in (True, False):
        done = direct(cloud, "dashscope_model_limits", check=check, limits=limits)
        assert (done.status, done.writes) == ("failed", [])
        assert words in done.result["msg"]


# --- previews on an empty estate, refusals ---------------------------------------------


def test_a_preview_without_a_vault(cloud: LocalCloud) -> None:
    absent = direct(cloud, "dashscope_key", check=True, **PLAIN)
    unknown = direct(cloud, "dashscope_key", check=True, **{**PLAIN, "key_vault": "(known after apply)"}, workspace="(known after apply)")
    for done in (absent, unknown):
        assert (done.status, done.writes) == ("ok", []), done.result["msg"]
        assert fields(done) == {"/secret": (None, "stored")}
    limits = direct(cloud, "dashscope_model_limits", check=True, workspace="(known after apply)", **LIMITS)
    assert [each["action"] for each in limits.result["changes"]] == ["create", "create"]


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"description": "x" * 201}, "it needs 1 to 200"),
    ({"auth": {"type": "All", "models": ["qwen-vl-plus"]}}, "Use type Custom"),
    ({"auth": {"type": "Custom", "models": []}}, "of no use"),
    ({"auth": {"type": "Custom", "access_ips": ["somewhere"]}}, "no IP address"),
    ({"region": "cn-hangzhou"}, "cn-hangzhou"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, options: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = direct(cloud, "dashscope_key", check=check, **{**PLAIN, **options})
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def test_a_workspace_of_ones_own(vault: LocalCloud) -> None:
    with vault.state() as state:
        here = region(state)
        (first,) = here["workspaces"].values()
        here["workspaces"]["ws-charts"] = {**first, "workspaceId": "ws-charts", "workspaceName": "charts", "default": False}
    done = direct(vault, "dashscope_key", **PLAIN, workspace="ws-charts", models=["qwen-vl-plus"])
    assert done.result["failure"]["code"] == "model_not_available"
    assert "Grant the models to the key's workspace" in done.result["msg"]
    unknown = direct(vault, "dashscope_key", **PLAIN, workspace="ws-nowhere")
    assert unknown.result["failure"]["code"] == "WorkSpaceNotFound"


def test_a_missing_right_is_named(vault: LocalCloud) -> None:
    with planted_key(vault, policy=["modelstudio:List*"]) as (key_id, hidden, _):
        done = direct(vault, "dashscope_key", **PLAIN, access_key_id=key_id, access_key_secret=hidden)
    assert (done.result["failure"]["status"], done.result["failure"]["code"]) == (403, "NoPermission")
    assert "modelstudio:CreateApiKey" in done.result["failure"]["hint"]


def test_no_output_of_ansible_holds_the_value(vault: LocalCloud) -> None:
    """Also where Ansible says everything, and where something fails."""
    steps = [task("dashscope_key", **BACKEND), task("dashscope_key", **BACKEND, rotate="always"), task("dashscope_key", **BACKEND)]
    vault.fault("status", cloud="azure", action="GetSecret", status=403, code="Forbidden", skip=2, count=None)
    values: set[str] = set()
    ran = play(vault, steps[:2], arguments=["-vvvv"])
    values |= {each["apiKeyValue"] for each in keys(vault)}
    broken = play(vault, steps, arguments=["-vvvv"])
    values |= {each["apiKeyValue"] for each in keys(vault)}
    assert [done.status for done in ran.done] == ["ok", "ok"], ran.output[-2000:]
    assert "failed" in [done.status for done in broken.done]
    for value in values:
        for output in (ran.output, broken.output, str(ran.done), str(broken.done)):
            assert value not in output


def test_a_late_value_is_waited_for(vault: LocalCloud) -> None:
    vault.fault("status", cloud="alibaba", action="models.list", status=401, count=2)
    done = make(vault, models=["qwen-vl-plus"])
    assert [each["status"] for each in done.calls if each["action"] == "models.list"] == [401, 401, 200]
