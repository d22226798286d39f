# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft Graph by hand, with tokens of azure-identity: the local directory is as strict, and as late, as the real one."""

from __future__ import annotations

import typing as t

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import error, wait_for

BASE = "https://graph.microsoft.com/v1.0"
URIS = ["https://app.example.com/b", "https://app.example.com/a"]
APP: dict[str, t.Any] = {"displayName": "demo", "signInAudience": "AzureADMyOrg", "web": {"redirectUris": URIS}, "tags": ["a", "b"]}


class Graph:
    def __init__(self, cloud: LocalCloud) -> None:
        given = cloud.environment
        self.tenant = given["AZURE_TENANT_ID"]
        login = ClientSecretCredential(self.tenant, given["AZURE_CLIENT_ID"], given["AZURE_CLIENT_SECRET"])
        self.token = login.get_token("https://graph.microsoft.com/.default").token

    def __call__(self, method: str, path: str, body: t.Any = None, token: str | None = None, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self.token}", **headers}
        return requests.request(method, f"{BASE}{path}", json=body, headers=headers, timeout=10)

    def made(self, **properties: t.Any) -> dict[str, t.Any]:
        """A new application, once it can be read."""
        answer = self("POST", "/applications", APP | properties)
        assert answer.status_code == 201, answer.text
        found: dict[str, t.Any] = answer.json()
        wait_for(lambda: self("GET", f"/applications/{found['id']}").status_code == 200)
        return found

    def named(self, name: str) -> list[dict[str, t.Any]]:
        answer = self("GET", f"/applications?$filter=displayName eq '{name}'")
        assert answer.status_code == 200, answer.text
        return t.cast("list[dict[str, t.Any]]", answer.json()["value"])


@pytest.fixture
def graph(cloud: LocalCloud) -> Graph:
    return Graph(cloud)


def test_a_new_application_is_late_and_a_search_finds_it_later(cloud: LocalCloud, graph: Graph) -> None:
    cloud.fault("slow_operation", action="Applications_Replication", seconds=3600)
    cloud.fault("slow_operation", action="Applications_Index", seconds=3600)
    made = graph("POST", "/applications", APP).json()
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"notes": "x"}),
        ("POST", "/addPassword", {"passwordCredential": {}}),
    ):
        assert error(graph(method, f"/applications/{made['id']}{path}", body)) == (404, "Request_ResourceNotFound")
    assert error(graph("POST", "/servicePrincipals", {"appId": made["appId"]})) == (400, "NoBackingApplicationObject")
    assert graph.named("demo") == []
    with cloud.state() as state:
        state["azure"]["graph"]["applications"][made["id"]]["seen"] = 0
    assert graph("GET", f"/applications/{made['id']}").status_code == 200
    assert graph.named("demo") == []


def test_lists_are_filtered_without_case_and_come_in_pages(cloud: LocalCloud, graph: Graph) -> None:
    cloud.fault("slow_operation", action="Applications_*", seconds=0)
    for _ in range(3):
        graph("POST", "/applications", APP)
    graph("POST", "/applications", APP | {"displayName": "it's another"})
    assert len(graph.named("DEMO")) == 3
    assert len(graph.named("it''s another")) == 1
    first = graph("GET", "/applications?$filter=displayName eq 'demo'&$top=2&$select=id,appId").json()
    assert [sorted(each) for each in first["value"]] == [["appId", "id"]] * 2
    rest = requests.get(first["@odata.nextLink"], headers={"Authorization": f"Bearer {graph.token}"}, timeout=10).json()
    assert len(rest["value"]) == 1
    assert error(graph("GET", "/applications?$filter=notes eq 'x'")) == (400, "Request_UnsupportedQuery")
    assert error(graph("GET", "/applications?$filter=displayName is 'x'")) == (400, "BadRequest")


def test_what_is_read_is_not_ordered_as_it_was_written_and_has_defaults(graph: Graph) -> None:
    found = graph("GET", f"/applications/{graph.made()['id']}").json()
    assert found["web"]["redirectUris"] == sorted(URIS, reverse=True)
    assert found["tags"] == ["b", "a"]
    assert found["spa"] == found["publicClient"] == {"redirectUris": []}
    widest = graph("POST", "/applications", {"displayName": "open to all"}).json()
    assert (widest["signInAudience"], widest["api"]["requestedAccessTokenVersion"]) == ("AzureADandPersonalMicrosoftAccount", 2)


@pytest.mark.parametrize(
    "body",
    [
        {"displayName": None},
        {"displayName": "x" * 257},
        {"signInAudience": "Everybody"},
        {"colour": "red"},
        {"appId": "11111111-2222-4333-8444-555555555555"},
        {"web": {"redirectUris": ["http://app.example.com/a"]}},
        {"web": {"redirectUris": ["https://app.example.com/a#b"]}},
        {"web": {"redirectUris": ["https://app.example.com/(a)"]}},
        {"web": {"redirectUris": ["https://app.example.com/a"]}, "spa": {"redirectUris": ["https://app.example.com/a"]}},
        {"web": {"redirects": []}},
        {"tags": ["a", "a"]},
        {"tags": "a"},
        {"passwordCredentials": [{"displayName": "mine"}]},
    ],
    ids=lambda body: ",".join(body),
)
def test_refused_applications(graph: Graph, body: dict[str, t.Any]) -> None:
    assert error(graph("POST", "/applications", APP | body)) == (400, "Request_BadRequest")


def test_a_change_keeps_the_rest_and_a_wider_audience_needs_version_two(graph: Graph) -> None:
    path = f"/applications/{graph.made()['id']}"
    assert graph("PATCH", path, {"web": {"homePageUrl": "https://app.example.com"}}).status_code == 204
    assert len(graph("GET", path).json()["web"]["redirectUris"]) == 2
    wider: dict[str, t.Any] = {"signInAudience": "AzureADandPersonalMicrosoftAccount"}
    assert error(graph("PATCH", path, wider)) == (400, "Request_BadRequest")
    assert graph("PATCH", path, wider | {"api": {"requestedAccessTokenVersion": 2}}).status_code == 204


def test_a_name_of_one_s_own_makes_an_application_once(cloud: LocalCloud, graph: Graph) -> None:
    path = "/applications(uniqueName='demo-app')"
    assert error(graph("PATCH", path, APP)) == (404, "Request_ResourceNotFound")
    assert graph("PATCH", path, APP, Prefer="create-if-missing").json()["uniqueName"] == "demo-app"
    assert graph("PATCH", path, {"notes": "again"}, Prefer="create-if-missing").status_code == 204
    assert len(cloud.ask("GET", "state")["azure"]["graph"]["applications"]) == 1


def test_a_secret_is_told_once_and_lets_in_while_it_lives(cloud: LocalCloud, graph: Graph) -> None:
    made = graph.made()
    path = f"/applications/{made['id']}"
    cloud.fault("slow_operation", action="Applications_Keys", seconds=3600)
    key = graph("POST", f"{path}/addPassword", {"passwordCredential": {"displayName": "first"}}).json()
    assert key["secretText"].startswith(key["hint"])
    kept = graph("GET", path).json()["passwordCredentials"]
    assert [(each["keyId"], each["secretText"]) for each in kept] == [(key["keyId"], None)]
    assert error(graph("POST", f"{path}/removePassword", {"keyId": key["keyId"]})) == (409, "Directory_ConcurrencyViolation")

    def log_in() -> str:
        login = ClientSecretCredential(graph.tenant, made["appId"], key["secretText"])
        return login.get_token("https://graph.microsoft.com/.default").token

    with pytest.raises(ClientAuthenticationError, match="AADSTS700016"):
        log_in()  # it is not in the tenant without a service principal
    assert graph("POST", "/servicePrincipals", {"appId": made["appId"]}).status_code == 201
    assert error(graph("GET", "/applications", token=log_in())) == (403, "Authorization_RequestDenied")
    with cloud.state() as state:
        state["azure"]["graph"]["applications"][made["id"]]["busy"] = 0
    assert graph("POST", f"{path}/removePassword", {"keyId": key["keyId"]}).status_code == 204
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        log_in()


def test_an_end_in_the_past_and_an_expired_secret(cloud: LocalCloud, graph: Graph) -> None:
    made = graph.made()
    path = f"/applications/{made['id']}/addPassword"
    for asked in ({"endDateTime": "2020-01-01T00:00:00Z"}, {"endDateTime": "soon"}, {"secretText": "mine"}):
        assert error(graph("POST", path, {"passwordCredential": asked})) == (400, "Request_BadRequest")
    key = graph("POST", path, {}).json()
    assert graph("POST", "/servicePrincipals", {"appId": made["appId"]}).status_code == 201
    with cloud.state() as state:
        record = state["azure"]["graph"]["applications"][made["id"]]
        record["body"]["passwordCredentials"][0]["endDateTime"] = "2020-01-01T00:00:00Z"
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000222"):
        ClientSecretCredential(graph.tenant, made["appId"], key["secretText"]).get_token("https://graph.microsoft.com/.default")


def test_who_owns_it_manages_it_and_nobody_else(cloud: LocalCloud, graph: Graph) -> None:
    made = graph.made()
    path = f"/applications/{made['id']}"
    with cloud.state() as state:
        state["azure"]["graph"]["applications"][made["id"]]["owners"] = ["somebody else"]
    assert graph("GET", path).status_code == 200
    for method, below, body in (("PATCH", "", {"notes": "x"}), ("DELETE", "", None), ("POST", "/addPassword", {})):
        assert error(graph(method, path + below, body)) == (403, "Authorization_RequestDenied")
    assert error(graph("POST", "/servicePrincipals", {"appId": made["appId"]})) == (403, "Authorization_RequestDenied")
    with cloud.state() as state:
        state["azure"]["graph"]["permissions"] = {}
    assert error(graph("GET", path)) == (403, "Authorization_RequestDenied")
    assert error(graph("POST", "/applications", APP)) == (403, "Authorization_RequestDenied")


def test_tokens_for_others_are_refused(cloud: LocalCloud, graph: Graph) -> None:
    given = cloud.environment
    login = ClientSecretCredential(graph.tenant, given["AZURE_CLIENT_ID"], given["AZURE_CLIENT_SECRET"])
    for token in ("nonsense", login.get_token("https://management.azure.com/.default").token):
        assert error(graph("GET", "/applications", token=token)) == (401, "InvalidAuthenticationToken")


def test_a_service_principal_is_one_per_application_and_goes_with_it(cloud: LocalCloud, graph: Graph) -> None:
    made = graph.made()
    principal = graph("POST", "/servicePrincipals", {"appId": made["appId"], "appRoleAssignmentRequired": True}).json()
    assert (principal["displayName"], sorted(principal["replyUrls"])) == ("demo", sorted(URIS))
    again = graph("POST", "/servicePrincipals", {"appId": made["appId"]})
    assert error(again) == (409, "Request_MultipleObjectsWithSameKeyValue")
    path = f"/servicePrincipals/{principal['id']}"
    wait_for(lambda: graph("GET", path).status_code == 200)
    assert error(graph("PATCH", path, {"appRoleAssignmentRequired": "yes"})) == (400, "Request_BadRequest")
    assert graph("PATCH", path, {"appRoleAssignmentRequired": False}).status_code == 204
    assert graph("DELETE", f"/applications/{made['id']}").status_code == 204
    assert error(graph("GET", path)) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    ("authority", "issuer"),
    [
        ("https://login.microsoftonline.com/{id}", "https://login.microsoftonline.com/{id}/v2.0"),
        ("https://klinematrix.ciamlogin.com/{id}", "https://{id}.ciamlogin.com/{id}/v2.0"),
        ("https://klinematrix.b2clogin.com/klinematrix.onmicrosoft.com/B2C_1_signup_signin", "https://klinematrix.b2clogin.com/{id}/v2.0/"),
    ],
)
def test_metadata_of_each_kind_of_tenant(graph: Graph, authority: str, issuer: str) -> None:
    url = f"{authority.format(id=graph.tenant)}/v2.0/.well-known/openid-configuration"
    found = requests.get(url, timeout=10).json()
    assert found["issuer"] == issuer.format(id=graph.tenant)
    assert requests.get(found["jwks_uri"], timeout=10).json()["keys"]


def test_user_flows_that_are_not_there(graph: Graph) -> None:
    url = "https://klinematrix.b2clogin.com/klinematrix.onmicrosoft.com/B2C_1_other/v2.0/.well-known/openid-configuration"
    assert "AADSTS90087" in requests.get(url, timeout=10).json()["error_description"]
