# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""App registrations: found by name or id, drift by path, and a directory that is late."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
import requests
from azure.identity import ClientSecretCredential

from tests.cloud import LocalCloud
from tests.integration.modules.entra import (
    APP,
    CALLBACK,
    LOCAL,
    OTHER,
    STORED,
    app,
    applied,
    ground,
    keys,
    record,
    versions,
    with_application,
)
from tests.steps import BOTH_WAYS, direct, four_steps, paths, play, task

# Path → what stands there behind everybody's back, at a path of what the local cloud keeps.
MUTATIONS: dict[str, tuple[str, t.Any]] = {
    "/sign_in_audience": ("signInAudience", "AzureADMultipleOrgs"),
    "/redirect_uris/web": ("web/redirectUris", [CALLBACK]),
    "/redirect_uris/spa": ("spa/redirectUris", []),
    "/redirect_uris/public_client": ("publicClient/redirectUris", ["msauth.other://auth"]),
    "/home_page_url": ("web/homePageUrl", None),
    "/logout_url": ("web/logoutUrl", "https://elsewhere.example.com"),
    "/notes": ("notes", None),
    "/tags": ("tags", ["test"]),
}


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    ground(cloud)
    return cloud


@pytest.fixture
def estate(cloud: LocalCloud) -> LocalCloud:
    with_application(cloud)
    return cloud


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(vault: LocalCloud, in_process: bool) -> None:
    preview, done, again, _ = four_steps(vault, "entra_application", in_process=in_process, **APP, **STORED)
    assert [change["action"] for change in preview.result["changes"]] == ["create"]
    assert [each.split()[-1] for each in done.writes] == ["CreateApplication", "CreateServicePrincipal", "AddPassword", "SetSecret"]
    assert "(known after apply)" not in json.dumps(done.result)
    assert again.result["application"]["secret_version"] == done.result["application"]["secret_version"]
    value = versions(vault)[-1]["value"]
    assert not [each for each in (preview, done, again) if value in json.dumps(each.result)]


def test_a_quiet_look_costs_three_reads_of_which_one_is_the_vault_s(estate: LocalCloud) -> None:
    assert [each.split()[-1] for each in app(estate, check=True, **STORED).reads] == [
        "ListApplications",
        "ListServicePrincipals",
        "GetSecret",
    ]


def test_what_the_directory_makes_of_it_is_no_difference(estate: LocalCloud) -> None:
    """Lists in another order, empty platforms, nulls for what is not there."""
    other = {"redirect_uris": {"web": [OTHER, CALLBACK]}, "tags": ["test", "financialagent"]}
    assert app(estate, check=True, **STORED, **other).result["changes"] == []
    assert direct(estate, "entra_application", check=True, display_name=APP["display_name"]).result["changes"] == []


@pytest.mark.parametrize("path", MUTATIONS)
def test_each_declared_value_is_found_by_its_path_and_put_back(estate: LocalCloud, path: str) -> None:
    place, value = MUTATIONS[path]
    with estate.state() as state:
        body = record(state)["body"]
        *parents, last = place.split("/")
        for each in parents:
            body = body[each]
        assert body[last] != value
        body[last] = value
    for check in (True, False):
        assert paths(app(estate, check=check)) == [path]
    assert app(estate, check=True).result["changes"] == []


def test_a_service_principal_that_is_gone_or_open_to_all_is_found(estate: LocalCloud) -> None:
    with estate.state() as state:
        (principal,) = state["azure"]["graph"]["service_principals"].values()
        principal["body"]["appRoleAssignmentRequired"] = False
    assert paths(app(estate, check=True)) == paths(app(estate)) == ["/assignment_required"]
    with estate.state() as state:
        state["azure"]["graph"]["service_principals"] = {}
    assert paths(app(estate, check=True)) == ["/service_principal", "/assignment_required"]
    assert [each.split()[-1] for each in app(estate).writes] == ["CreateServicePrincipal"]
    assert app(estate, check=True).result["changes"] == []
    without: dict[str, t.Any] = {"service_principal": False, "assignment_required": None}
    assert [each.split()[-1] for each in app(estate, **without).writes] == ["DeleteServicePrincipal"]


def test_settings_that_are_not_ours_survive_a_change(estate: LocalCloud) -> None:
    with estate.state() as state:
        record(state)["body"]["web"]["implicitGrantSettings"]["enableIdTokenIssuance"] = True
    applied(app(estate, redirect_uris={"web": [CALLBACK]}))
    body = record(estate.ask("GET", "state"))["body"]
    assert body["web"]["implicitGrantSettings"]["enableIdTokenIssuance"] is True
    assert body["web"]["homePageUrl"] == APP["home_page_url"]
    assert body["spa"]["redirectUris"] == [LOCAL]


def test_an_address_moves_to_another_platform_in_one_call(estate: LocalCloud) -> None:
    done = app(estate, redirect_uris={"web": [CALLBACK], "spa": [LOCAL, OTHER]})
    assert [each.split()[-1] for each in done.writes] == ["UpdateApplication"]
    done = app(estate, check=True, redirect_uris={"spa": [LOCAL, CALLBACK]})
    assert done.result["failure"]["code"] == "invalid_redirect_uri"
    assert f"{CALLBACK} is not possible: it is one of web too" in done.result["msg"]


@pytest.mark.parametrize(
    "uri", ["http://app.klinematrix.com", "app.klinematrix.com/a", f"{CALLBACK}#a", f"{CALLBACK}(a)", f"{CALLBACK}/{'a' * 256}"]
)
def test_addresses_that_the_directory_refuses_fail_in_a_preview_before_any_call(cloud: LocalCloud, uri: str) -> None:
    done = app(cloud, check=True, redirect_uris={"web": [uri]})
    assert (done.result["failure"]["code"], done.calls) == ("invalid_redirect_uri", [])


def test_a_wider_audience_takes_the_token_version_along(estate: LocalCloud) -> None:
    done = app(estate, sign_in_audience="AzureADandPersonalMicrosoftAccount")
    assert (paths(done), done.status) == (["/sign_in_audience"], "ok")
    assert record(estate.ask("GET", "state"))["body"]["api"]["requestedAccessTokenVersion"] == 2


def test_without_a_word_about_it_only_the_tenant_s_own_accounts_may_sign_in(cloud: LocalCloud) -> None:
    done = direct(cloud, "entra_application", display_name="closed")
    assert done.result["application"]["sign_in_audience"] == "AzureADMyOrg"
    assert not {"secret_id", "key_id"} & set(done.result["application"])


# --- which one it is ---------------------------------------------------------------------------------------------------


def test_two_of_one_name_are_refused_until_an_id_says_which(estate: LocalCloud) -> None:
    with estate.state() as state:
        twin = copy.deepcopy(record(state))
        app_id = twin["body"]["appId"]
        twin["body"] |= {"id": "twin", "appId": "11111111-2222-4333-8444-555555555555"}
        state["azure"]["graph"]["applications"]["twin"] = twin
    for check in (True, False):
        done = app(estate, check=check)
        assert (done.result["failure"]["code"], done.writes) == ("ambiguous", [])
        assert "11111111-2222-4333-8444-555555555555" in done.result["msg"]
        assert app_id in done.result["msg"]
    assert app(estate, check=True, app_id=app_id).result["changes"] == []
    twin_done = app(estate, check=True, app_id="11111111-2222-4333-8444-555555555555", state="absent")
    assert [change["action"] for change in twin_done.result["changes"]] == ["delete"]


def test_an_id_that_is_not_there_and_a_name_that_is_spelled_otherwise(estate: LocalCloud) -> None:
    done = app(estate, check=True, app_id="11111111-2222-4333-8444-555555555555")
    assert done.result["failure"]["code"] == "no_application"
    assert paths(app(estate, check=True, display_name="FinancialAgent-Test")) == ["/display_name"]
    applied(app(estate, app_id=record(estate.ask("GET", "state"))["body"]["appId"], display_name="another name"))
    assert record(estate.ask("GET", "state"))["body"]["displayName"] == "another name"


def test_an_application_with_an_apostrophe_is_made_once(cloud: LocalCloud) -> None:
    for changed in (True, False):
        assert direct(cloud, "entra_application", display_name="it's ours").result["changed"] is changed


def test_what_another_client_built_is_adopted(cloud: LocalCloud) -> None:
    """Built by hand with tokens of azure-identity; then nothing is to be changed."""
    given = cloud.environment
    login = ClientSecretCredential(given["AZURE_TENANT_ID"], given["AZURE_CLIENT_ID"], given["AZURE_CLIENT_SECRET"])
    headers = {"Authorization": f"Bearer {login.get_token('https://graph.microsoft.com/.default').token}"}
    cloud.fault("slow_operation", action="*", seconds=0)

    def post(path: str, body: t.Any) -> t.Any:
        return requests.post(f"https://graph.microsoft.com/v1.0/{path}", json=body, headers=headers, timeout=10).json()

    web = {"redirectUris": APP["redirect_uris"]["web"], "homePageUrl": APP["home_page_url"], "logoutUrl": APP["logout_url"]}
    others = {"spa": {"redirectUris": [LOCAL]}, "publicClient": {"redirectUris": APP["redirect_uris"]["public_client"]}}
    same = {"displayName": APP["display_name"], "signInAudience": "AzureADMyOrg", "notes": APP["notes"], "tags": APP["tags"]}
    made = post("applications", {**same, **others, "web": web})
    post("servicePrincipals", {"appId": made["appId"], "appRoleAssignmentRequired": True})
    done = app(cloud)
    assert (done.result["changes"], done.result["application"]["app_id"], done.writes) == ([], made["appId"], [])


def test_it_goes_and_its_secret_in_the_vault_stays(estate: LocalCloud) -> None:
    preview, done = app(estate, check=True, state="absent"), app(estate, state="absent")
    assert preview.result["changes"] == done.result["changes"]
    assert ([each.split()[-1] for each in done.writes], done.result["application"]) == (["DeleteApplication"], {})
    assert versions(estate)
    assert app(estate, state="absent").result["changed"] is False


# --- the directory is late -----------------------------------------------------------------------------------------------


def test_it_waits_until_the_directory_finds_what_it_made(vault: LocalCloud) -> None:
    """Otherwise a second run would not find the first one's application, and make another one."""
    vault.fault("slow_operation", action="Applications_Replication", seconds=0.5)
    vault.fault("slow_operation", action="Applications_Index", seconds=1.0)
    applied(app(vault, **STORED))
    assert app(vault, check=True, **STORED).result["changes"] == []


def test_it_tries_again_where_other_servers_have_not_heard_of_it_yet(vault: LocalCloud) -> None:
    vault.fault("status", action="AddPassword", status=404, code="Request_ResourceNotFound", count=2)
    vault.fault("status", action="CreateServicePrincipal", status=400, code="NoBackingApplicationObject")
    vault.fault("status", action="ListApplications", status=429, retry_after=0)
    applied(app(vault, **STORED))
    assert len(keys(vault)) == 1


def test_a_lost_answer_does_not_make_a_second_application(vault: LocalCloud) -> None:
    vault.fault("reset", action="CreateApplication", when="after")
    applied(app(vault, **STORED))
    assert len(keys(vault)) == 1  # `keys` is about the only application
    assert app(vault, check=True, **STORED).result["changes"] == []


def test_an_answer_that_nobody_can_read_is_an_error_when_nothing_was_made(cloud: LocalCloud) -> None:
    cloud.fault("status", action="CreateApplication", status=500)
    done = app(cloud, timeout=1)
    assert (done.status, done.result["failure"]["status"], len(done.writes)) == ("failed", 500, 1)
    applied(app(cloud))


def test_a_key_that_is_busy_is_tried_again_and_a_missing_right_is_named(estate: LocalCloud) -> None:
    estate.fault("status", action="UpdateApplication", status=409, code="Directory_ConcurrencyViolation")
    applied(app(estate, notes="other"))
    with estate.state() as state:
        state["azure"]["graph"]["permissions"] = {}
    done = app(estate, check=True)
    assert done.result["failure"]["code"] == "Authorization_RequestDenied"
    assert done.result["failure"]["request_id"]
    assert "Application.ReadWrite.OwnedBy" in done.result["msg"]


# --- what a tenant publishes, and tenants themselves --------------------------------------------------------------------

B2C = "https://klinematrix.b2clogin.com/klinematrix.onmicrosoft.com/B2C_1_signup_signin/v2.0"


def test_metadata_is_read_without_a_login(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = cloud.environment["AZURE_TENANT_ID"]
    done = direct(cloud, "entra_metadata_info")
    assert done.result["metadata"]["issuer"] == f"https://login.microsoftonline.com/{tenant}/v2.0"
    assert (done.result["metadata"]["keys"], done.result["io"], len(done.calls)) == (1, {"reads": 2, "writes": 0}, 2)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    done = direct(cloud, "entra_metadata_info", authority=f"{B2C}/.well-known/openid-configuration", check=True)
    assert (done.result["authority"], done.result["metadata"]["issuer"]) == (B2C, f"https://klinematrix.b2clogin.com/{tenant}/v2.0/")
    external = direct(cloud, "entra_metadata_info", authority=f"https://klinematrix.ciamlogin.com/{tenant}/v2.0")
    assert external.result["metadata"]["issuer"] == f"https://{tenant}.ciamlogin.com/{tenant}/v2.0"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"tenant": "99999999-9999-4999-8999-999999999999"}, "AADSTS90002"),
        ({"authority": B2C.replace("signup_signin", "other")}, "AADSTS90087"),
        ({"authority": "https://login.example.com/tenant/v2.0"}, "invalid"),
        ({"authority": B2C, "issuer": "https://klinematrix.b2clogin.com/other/v2.0/"}, "bad_metadata"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_metadata_that_does_not_help_is_a_failure_with_its_reason(cloud: LocalCloud, options: dict[str, t.Any], code: str) -> None:
    done = direct(cloud, "entra_metadata_info", **options)
    assert (done.status, done.result["failure"]["code"]) == ("failed", code)


def test_metadata_through_ansible(cloud: LocalCloud) -> None:
    ran = play(cloud, [task("entra_metadata_info", authority=B2C)])
    assert [(done.status, done.result["changed"]) for done in ran.done] == [("ok", False)], ran.output[-3000:]


@pytest.mark.parametrize("check", [True, False])
def test_a_tenant_of_azure_ad_b2c_is_not_made(cloud: LocalCloud, check: bool) -> None:
    tenant = {"type": "Microsoft.AzureActiveDirectory/b2cDirectories", "api_version": "2021-04-01", "name": "new.onmicrosoft.com"}
    done = direct(cloud, "azure_resource", check=check, **tenant, resource_group="FinancialAgent", location="Asia Pacific")
    assert (done.result["failure"]["code"], done.calls) == ("not_offered", [])
    assert "1 May 2025" in done.result["msg"]
