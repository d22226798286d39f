# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles: definitions, assignments, permissions, and that they decide who may do what."""

from __future__ import annotations

import uuid

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import SECRETS_OFFICER, AzureRaw, error, wait_for

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
USER = "38f5c0d1-9e64-4b87-a2d3-51c07b8e6f94"
AUTHORIZATION = "/providers/Microsoft.Authorization"


def definition(azure: AzureRaw, role: str) -> str:
    return f"{azure.subscription}{AUTHORIZATION}/roleDefinitions/{role}"


def assign(azure: AzureRaw, scope: str, principal: str, role: str, name: str = "", **more: str) -> requests.Response:
    body = {"properties": {"roleDefinitionId": definition(azure, role), "principalId": principal} | more}
    return azure.arm("PUT", f"{scope}{AUTHORIZATION}/roleAssignments/{name or uuid.uuid4()}", body)


def identity(azure: AzureRaw, name: str = "app") -> tuple[str, str]:
    """A fresh identity: its principal id and its client id."""
    path = f"{azure.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"
    properties = azure.arm("PUT", path, {"location": "koreacentral"}).json()["properties"]
    return properties["principalId"], properties["clientId"]


def token_of(client_id: str) -> str:
    query = {"api-version": "2018-02-01", "resource": "https://management.azure.com/", "client_id": client_id}
    answer = requests.get("http://169.254.169.254/metadata/identity/oauth2/token", query, headers={"Metadata": "true"}, timeout=10)
    return str(answer.json()["access_token"])


def test_definitions(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    every = azure.arm("GET", f"{azure.subscription}{AUTHORIZATION}/roleDefinitions").json()["value"]
    assert {"Owner", "Contributor", "Key Vault Secrets User", "AcrPull"} <= {each["properties"]["roleName"] for each in every}
    found = azure.arm("GET", f"{azure.subscription}{AUTHORIZATION}/roleDefinitions?$filter=roleName eq 'Key Vault Secrets Officer'").json()[
        "value"
    ]
    assert [(each["name"], each["properties"]["permissions"][0]["dataActions"]) for each in found] == [
        (SECRETS_OFFICER, ["Microsoft.KeyVault/vaults/secrets/*"])
    ]
    assert azure.arm("GET", definition(azure, READER)).json()["properties"]["permissions"][0]["actions"] == ["*/read"]
    assert azure.arm("GET", f"{AUTHORIZATION}/roleDefinitions/{READER}").json()["id"] == definition(azure, READER)
    assert error(azure.arm("GET", definition(azure, str(uuid.uuid4())))) == (404, "RoleDefinitionDoesNotExist")
    assert error(azure.arm("GET", f"{azure.subscription}{AUTHORIZATION}/roleDefinitions?$filter=colour eq 'x'")) == (
        400,
        "BadRequestFormat",
    )


def test_what_the_deployer_may_do(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    found = azure.arm("GET", f"{azure.group}{AUTHORIZATION}/permissions").json()["value"]
    assert sorted(each["actions"] for each in found)[0] == ["*"]
    assert any("Microsoft.Authorization/roleAssignments/write" in each["actions"] for each in found)
    assert [each["dataActions"] for each in found] == [[], []]
    assert error(azure.arm("GET", f"{azure.subscription}/resourceGroups/none{AUTHORIZATION}/permissions")) == (404, "ResourceGroupNotFound")


def test_an_assignment_lives(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    name = str(uuid.uuid4())
    made = assign(azure, azure.group, USER, READER, name)
    assert made.status_code == 201
    properties = made.json()["properties"]
    assert (properties["scope"], properties["principalType"], properties["createdBy"]) == (azure.group, "User", None)
    assert properties["roleDefinitionId"] == definition(azure, READER)
    again = assign(azure, azure.group, USER, READER, name, description="why")
    assert (again.status_code, again.json()["properties"]["description"]) == (200, "why")
    path = f"{azure.group.lower()}{AUTHORIZATION}/roleAssignments/{name}"
    assert azure.arm("GET", path).json()["properties"]["updatedBy"] is not None
    assert azure.arm("DELETE", path).json()["name"] == name
    assert azure.arm("DELETE", path).status_code == 204
    assert error(azure.arm("GET", path)) == (404, "RoleAssignmentNotFound")


def test_refused_assignments(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    name = str(uuid.uuid4())
    assert assign(azure, azure.group, USER, READER, name).status_code == 201
    twice = assign(azure, azure.group, USER, READER)
    assert error(twice) == (409, "RoleAssignmentExists")
    assert name.replace("-", "") in twice.json()["error"]["message"]
    assert error(assign(azure, azure.group, USER, OWNER, name)) == (400, "RoleAssignmentUpdateNotPermitted")
    assert error(assign(azure, azure.subscription, USER, OWNER, name)) == (400, "RoleAssignmentUpdateNotPermitted")
    assert error(assign(azure, azure.group, USER, OWNER, "no-guid")) == (400, "InvalidRoleAssignmentId")
    assert error(assign(azure, azure.group, "no-guid", OWNER)) == (400, "InvalidPrincipalId")
    assert error(assign(azure, azure.group, str(uuid.uuid4()), OWNER)) == (400, "PrincipalNotFound")
    assert error(assign(azure, azure.group, str(uuid.uuid4()), OWNER, principalType="ServicePrincipal")) == (400, "PrincipalNotFound")
    assert error(assign(azure, azure.group, USER, OWNER, principalType="ServicePrincipal")) == (400, "UnmatchedPrincipalType")
    assert error(assign(azure, azure.group, USER, OWNER, principalType="MSI")) == (400, "InvalidPrincipalType")
    assert error(assign(azure, azure.group, USER, str(uuid.uuid4()))) == (404, "RoleDefinitionDoesNotExist")
    assert error(assign(azure, f"{azure.subscription}/resourceGroups/none", USER, READER)) == (404, "ResourceGroupNotFound")
    assert error(assign(azure, azure.vault, USER, READER)) == (404, "ResourceNotFound")
    plain = {"properties": {"roleDefinitionId": READER, "principalId": USER}}
    assert error(azure.arm("PUT", f"{azure.group}{AUTHORIZATION}/roleAssignments/{uuid.uuid4()}", plain)) == (400, "BadRequestFormat")


def test_a_fresh_identity_is_not_known_everywhere(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    first, _ = identity(azure)
    assert error(assign(azure, azure.group, first, READER)) == (400, "PrincipalNotFound")
    # Who names the type is believed at once.
    assert assign(azure, azure.group, first, READER, principalType="ServicePrincipal").status_code == 201
    second, _ = identity(azure, "other")
    wait_for(lambda: assign(azure, azure.group, second, READER).status_code == 201)


def test_lists_by_scope_and_principal(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    for scope, role in ((azure.subscription, READER), (azure.group, OWNER), (azure.vault, SECRETS_OFFICER)):
        assert assign(azure, scope, USER, role).status_code == 201

    def roles(scope: str, text: str) -> set[str]:
        query = f"?$filter={text}" if text else ""
        found = azure.arm("GET", f"{scope}{AUTHORIZATION}/roleAssignments{query}").json()["value"]
        return {each["properties"]["roleDefinitionId"].rpartition("/")[2] for each in found if each["properties"]["principalId"] == USER}

    assert roles(azure.group, "") == {READER, OWNER, SECRETS_OFFICER}
    assert roles(azure.group, "atScope()") == {READER, OWNER}
    assert roles(azure.group, f"principalId eq '{USER}'") == {READER, OWNER, SECRETS_OFFICER}
    assert roles(azure.group, f"atScope() and assignedTo('{USER}')") == {READER, OWNER}
    assert error(azure.arm("GET", f"{azure.group}{AUTHORIZATION}/roleAssignments?$filter=nonsense")) == (400, "BadRequest")


def test_rights_come_from_assignments_late_and_from_above(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    principal, client_id = identity(azure)
    token = token_of(client_id)
    refused = azure.arm("GET", azure.vault, token=token)
    assert error(refused) == (403, "AuthorizationFailed")
    assert "Microsoft.KeyVault/vaults/read" in refused.json()["error"]["message"]
    assert principal in refused.json()["error"]["message"]

    assert assign(azure, azure.group, principal, READER, principalType="ServicePrincipal").status_code == 201
    assert azure.arm("GET", azure.vault, token=token).status_code == 403  # not in force yet
    wait_for(lambda: azure.arm("GET", azure.vault, token=token).status_code == 200)
    assert error(azure.arm("DELETE", azure.vault, token=token)) == (403, "AuthorizationFailed")
    # What a caller may not read is not in its lists.
    assert azure.arm("GET", "/subscriptions", version="2022-12-01", token=token).json()["value"] == []
    groups = azure.arm("GET", f"{azure.subscription}/resourcegroups", token=token).json()["value"]
    assert [each["name"] for each in groups] == ["FinancialAgent"]


@pytest.mark.parametrize("role", [OWNER, SECRETS_OFFICER])
def test_a_contributor_without_the_other_role_assigns_nothing(cloud: LocalCloud, role: str) -> None:
    azure = AzureRaw(cloud).with_group()
    with cloud.state() as state:
        held = state["azure"]["arm"]["role_assignments"]
        keep = {key: each for key, each in held.items() if each["role"].startswith("b24988ac")}
        state["azure"]["arm"]["role_assignments"] = keep
    assert error(assign(azure, azure.group, USER, role)) == (403, "AuthorizationFailed")
    assert azure.arm("PATCH", azure.group, {"tags": {"still": "possible"}}).status_code == 200
