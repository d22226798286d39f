# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of a vault, driven by azure-keyvault-secrets and by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import ApiVersion, SecretClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import SECRETS_OFFICER, VAULT, AzureRaw, error, wait_for

URL = "https://klinematrix-test-kv.vault.azure.net"


def secrets(azure: AzureRaw, version: str = ApiVersion.V2025_07_01) -> SecretClient:
    credential = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return SecretClient(URL, credential, api_version=version, retry_total=0)


def inner(caught: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str | None]:
    """Status and inner code of what the SDK raised."""
    found = caught.value.error
    assert found is not None
    return caught.value.status_code, (found.innererror or {}).get("code")


def test_a_secret_by_its_sdk(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    client = secrets(azure)
    first = client.set_secret("mongodb-url", "one", content_type="text/plain", tags={"a": "b"}, expires_on=datetime(2030, 1, 1, tzinfo=UTC))
    assert first.properties.recovery_level == "Recoverable+Purgeable"
    second = client.set_secret("mongodb-url", "two")
    # A new version takes nothing over.
    assert (second.properties.content_type, second.properties.tags, second.properties.expires_on) == (None, None, None)
    assert client.get_secret("mongodb-url").value == "two"
    assert client.get_secret("MongoDB-URL", first.properties.version).value == "one"
    assert {each.version for each in client.list_properties_of_secret_versions("mongodb-url")} == {
        first.properties.version,
        second.properties.version,
    }

    changed = client.update_secret_properties("mongodb-url", tags={"x": "y"})
    assert (changed.tags, changed.version) == ({"x": "y"}, second.properties.version)
    client.update_secret_properties("mongodb-url", first.properties.version, enabled=False)
    with pytest.raises(HttpResponseError) as caught:
        client.get_secret("mongodb-url", first.properties.version)
    assert inner(caught) == (403, "SecretDisabled")
    listed = list(client.list_properties_of_secrets())
    assert [(each.name, each.version, each.tags) for each in listed] == [("mongodb-url", None, {"x": "y"})]
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("mongodb-url", "0" * 32)


@pytest.mark.parametrize("version", [ApiVersion.V7_0, ApiVersion.V7_6, ApiVersion.V2026_04_01])
def test_old_and_new_versions_of_the_api(cloud: LocalCloud, version: ApiVersion) -> None:
    azure = AzureRaw(cloud).with_secrets()
    client = secrets(azure, version)
    client.set_secret("a", "b")
    assert client.get_secret("a").value == "b"


def test_the_way_out_and_back(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    client = secrets(azure)
    client.set_secret("key", "value")
    deletion = client.begin_delete_secret("key")
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("key")
    with pytest.raises(ResourceNotFoundError):
        client.get_deleted_secret("key")
    with pytest.raises(ResourceExistsError) as caught:
        client.set_secret("key", "again")
    assert inner(caught) == (409, "ObjectIsBeingDeleted")
    with pytest.raises(HttpResponseError) as early:
        client.purge_deleted_secret("key")
    assert inner(early) == (409, "ObjectIsBeingDeleted")

    deletion.wait(timeout=20)
    assert deletion.result().recovery_id == f"{URL}/deletedsecrets/key"
    assert [each.name for each in client.list_deleted_secrets()] == ["key"]
    with pytest.raises(ResourceExistsError) as caught:
        client.set_secret("key", "again")
    assert inner(caught) == (409, "ObjectIsDeletedButRecoverable")

    cloud.fault("slow_operation", action="RecoverDeletedSecret", seconds=1.2)
    recovery = client.begin_recover_deleted_secret("key")
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("key")
    wait_for(lambda: azure.data("GET", "/secrets/key").status_code == 200)
    # It can be read, but not yet written.
    with pytest.raises(ResourceExistsError) as caught:
        client.set_secret("key", "again")
    assert inner(caught) == (409, "ObjectIsBeingRecovered")
    recovery.wait(timeout=20)
    wait_for(lambda: azure.data("PUT", "/secrets/key", {"value": "again"}).status_code == 200)


def test_a_purge_is_for_good(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    azure.data("PUT", "/secrets/key", {"value": "one"})
    azure.data("DELETE", "/secrets/key")
    wait_for(lambda: azure.data("GET", "/deletedsecrets/key").status_code == 200)
    assert azure.data("DELETE", "/deletedsecrets/key").status_code == 204
    assert error(azure.data("GET", "/deletedsecrets/key")) == (404, "SecretNotFound")
    busy = azure.data("PUT", "/secrets/key", {"value": "two"}).json()
    assert busy["error"]["innererror"]["code"] == "ObjectIsBeingDeleted"
    wait_for(lambda: azure.data("PUT", "/secrets/key", {"value": "two"}).status_code == 200)
    assert len(azure.data("GET", "/secrets/key/versions").json()["value"]) == 1


def test_purge_protection(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets(enablePurgeProtection=True, softDeleteRetentionInDays=7)
    made = azure.data("PUT", "/secrets/key", {"value": "one"}).json()
    assert made["attributes"]["recoveryLevel"] == "CustomizedRecoverable"
    azure.data("DELETE", "/secrets/key")
    wait_for(lambda: azure.data("GET", "/deletedsecrets/key").status_code == 200)
    assert error(azure.data("DELETE", "/deletedsecrets/key")) == (403, "Forbidden")


def test_lists_come_in_pages_without_order(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    names = {f"secret-{number}" for number in range(30)}
    for name in names:
        azure.data("PUT", f"/secrets/{name}", {"value": "x"})
    client = secrets(azure)
    found = [each.name for each in client.list_properties_of_secrets()]
    assert (set(found), len(found)) == (names, 30)
    assert found != sorted(found)
    first = azure.data("GET", "/secrets?maxresults=4").json()
    assert len(first["value"]) == 4
    assert "value" not in first["value"][0]
    assert "$skiptoken" in first["nextLink"]
    assert [len(list(page)) for page in client.list_properties_of_secrets(max_page_size=20).by_page()] == [20, 10]
    assert error(azure.data("GET", "/secrets?maxresults=26")) == (400, "BadParameter")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("under_score", {"value": "x"}),
        ("n" * 128, {"value": "x"}),
        ("n", {}),
        ("n", ["value"]),
        ("n", {"value": "x" * (25 * 1024 + 1)}),
        ("n", {"value": "x", "contentType": "t" * 256}),
        ("n", {"value": "x", "tags": {str(number): "" for number in range(16)}}),
        ("n", {"value": "x", "attributes": {"exp": "tomorrow"}}),
    ],
)
def test_refused_secrets(cloud: LocalCloud, name: str, body: object) -> None:
    assert error(AzureRaw(cloud).with_secrets().data("PUT", f"/secrets/{name}", body)) == (400, "BadParameter")


def test_an_unknown_version_is_refused(cloud: LocalCloud) -> None:
    assert error(AzureRaw(cloud).with_secrets().data("GET", "/secrets", version="1999-01-01")) == (400, "BadParameter")


# --- who may come in -----------------------------------------------------


def test_the_challenge(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    answer = azure.data("PUT", "/secrets/a", {"value": "b"}, token=None)
    assert error(answer) == (401, "Unauthorized")
    expected = f'Bearer authorization="https://login.microsoftonline.com/{azure.tenant}", resource="https://vault.azure.net"'
    assert answer.headers["WWW-Authenticate"] == expected
    for token, code in ((azure.token(), "AKV10022"), ("a.b.c", "AKV10046")):
        answer = azure.data("GET", "/secrets", token=token)
        assert answer.status_code == 401
        assert code in answer.json()["error"]["message"]
    foreign = azure.ask_token(tenant="0d9e7b35-42f6-4a18-b1c9-7e58a3d6f021", scope=f"{VAULT}/.default").json()["access_token"]
    assert "AKV10032" in azure.data("GET", "/secrets", token=foreign).json()["error"]["message"]


def test_a_contributor_reads_no_secret_until_the_role_is_in_force(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    refused = azure.data("PUT", "/secrets/a", {"value": "b"})
    body = refused.json()["error"]
    assert (refused.status_code, body["code"], body["innererror"]) == (403, "Forbidden", {"code": "ForbiddenByRbac"})
    assert "Action: 'Microsoft.KeyVault/vaults/secrets/setSecret/action'" in body["message"]
    assert "/resourcegroups/FinancialAgent/providers/microsoft.keyvault/vaults/klinematrix-test-kv/secrets/a'" in body["message"]

    with cloud.state() as state:
        me = state["azure"]["credentials"]["object_id"]
    role = f"{azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/{SECRETS_OFFICER}"
    made = azure.arm(
        "PUT",
        f"{azure.vault}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
        {"properties": {"roleDefinitionId": role, "principalId": me, "principalType": "ServicePrincipal"}},
    )
    assert made.status_code == 201
    assert azure.data("GET", "/secrets").status_code == 403
    wait_for(lambda: azure.data("PUT", "/secrets/a", {"value": "b"}).status_code == 200)


def test_access_policies_where_a_vault_has_them(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    with cloud.state() as state:
        me = state["azure"]["credentials"]["object_id"]
    policy = {"tenantId": azure.tenant, "objectId": me, "permissions": {"secrets": ["get", "set"]}}
    azure.with_vault(enableRbacAuthorization=False, accessPolicies=[policy])
    assert azure.data("PUT", "/secrets/a", {"value": "b"}).status_code == 200
    refused = azure.data("GET", "/secrets")
    assert (refused.status_code, refused.json()["error"]["innererror"]["code"]) == (403, "AccessDenied")
    assert "does not have secrets list permission" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("settings", "inner_code"),
    [
        ({"publicNetworkAccess": "Disabled"}, "ForbiddenByConnection"),
        ({"networkAcls": {"defaultAction": "Deny"}}, "ForbiddenByFirewall"),
        ({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}}, None),
    ],
)
def test_the_firewall(cloud: LocalCloud, settings: dict[str, object], inner_code: str | None) -> None:
    answer = AzureRaw(cloud).with_secrets(**settings).data("GET", "/secrets")
    found = answer.json().get("error", {}).get("innererror", {}).get("code")
    assert (answer.status_code, found) == ((403, inner_code) if inner_code else (200, None))


def test_secrets_survive_the_vaults_deletion_and_not_its_purge(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    azure.data("PUT", "/secrets/a", {"value": "b"})
    azure.arm("DELETE", azure.vault)
    deleted = f"{azure.subscription}/providers/Microsoft.KeyVault/locations/koreacentral/deletedVaults/klinematrix-test-kv"
    azure.arm("PUT", azure.vault, azure.vault_body(createMode="recover"))
    wait_for(lambda: azure.arm("GET", azure.vault).json()["properties"]["provisioningState"] == "Succeeded")
    assert azure.data("GET", "/secrets/a").status_code == 403  # the role assignments went with the vault
    with cloud.state() as state:
        assert state["azure"]["vault"]["secrets"]["klinematrix-test-kv"]["a"]["versions"][0]["value"] == "b"
    azure.arm("DELETE", azure.vault)
    azure.arm("POST", f"{deleted}/purge")
    wait_for(lambda: azure.arm("GET", deleted).status_code == 404)
    with cloud.state() as state:
        assert state["azure"]["vault"]["secrets"] == {}


def test_faults_in_the_vaults_words(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_secrets()
    azure.token(VAULT)
    cloud.fault("status", cloud="azure", path="/secrets*", status=429, retry_after=1)
    assert error(azure.data("GET", "/secrets")) == (429, "Throttled")
    cloud.fault("expired_token", cloud="azure", path="/secrets*")
    answer = azure.data("GET", "/secrets")
    assert (error(answer), "resource=" in answer.headers["WWW-Authenticate"]) == ((401, "Unauthorized"), True)
