# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource Manager driven by management SDKs that the collection does not use."""

from __future__ import annotations

import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import SECRETS_OFFICER, AzureRaw, wait_for

authorization = pytest.importorskip("azure.mgmt.authorization")
msi = pytest.importorskip("azure.mgmt.msi")
resources = pytest.importorskip("azure.mgmt.resource.resources")
subscriptions = pytest.importorskip("azure.mgmt.resource.subscriptions")

GROUP = "FinancialAgent"
ISSUER = "https://koreacentral.oic.prod-aks.azure.com/tenant/cluster/"


def credential(azure: AzureRaw) -> ClientSecretCredential:
    return ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)


def subscription(azure: AzureRaw) -> str:
    return azure.subscription.rpartition("/")[2]


def code(caught: pytest.ExceptionInfo[HttpResponseError]) -> tuple[int | None, str | None]:
    assert caught.value.error is not None
    return caught.value.status_code, caught.value.error.code


def test_subscriptions(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    client = subscriptions.SubscriptionClient(credential(azure))
    assert [each.subscription_id for each in client.subscriptions.list()] == [subscription(azure)]
    assert client.subscriptions.get(subscription(azure)).tenant_id == azure.tenant
    assert [each.tenant_id for each in client.tenants.list()] == [azure.tenant]
    paired = {each.name: each.metadata.paired_region[0].name for each in client.subscriptions.list_locations(subscription(azure))}
    assert paired["koreacentral"] == "koreasouth"


def test_groups_and_providers(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    client = resources.ResourceManagementClient(credential(azure), subscription(azure), polling_interval=0.1)
    assert client.resource_groups.check_existence(GROUP) is False
    made = client.resource_groups.create_or_update(GROUP, {"location": "Korea Central"})
    assert (made.location, made.properties.provisioning_state) == ("koreacentral", "Succeeded")
    assert client.resource_groups.check_existence(GROUP) is True
    assert client.resource_groups.update(GROUP, {"tags": {"a": "b"}}).tags == {"a": "b"}
    assert [each.name for each in client.resource_groups.list()] == [GROUP]

    assert client.providers.register("Microsoft.ManagedIdentity").registration_state == "Registering"
    wait_for(lambda: client.providers.get("Microsoft.ManagedIdentity").registration_state == "Registered")
    assert "Microsoft.KeyVault" in {each.namespace for each in client.providers.list()}

    identity = f"{azure.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app"
    azure.arm("PUT", identity, {"location": "koreacentral"})
    found = client.resources.get_by_id(identity, api_version="2024-11-30")
    assert found.type == "Microsoft.ManagedIdentity/userAssignedIdentities"
    assert [each.name for each in client.resources.list_by_resource_group(GROUP, expand="createdTime")] == ["app"]
    assert [each.name for each in client.resources.list(filter="resourceType eq 'Microsoft.KeyVault/vaults'")] == []
    client.resource_groups.begin_delete(GROUP).result(timeout=20)
    assert client.resource_groups.check_existence(GROUP) is False


def test_identities_and_federated_credentials(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    client = msi.ManagedServiceIdentityClient(credential(azure), subscription(azure))
    made = client.user_assigned_identities.create_or_update(GROUP, "external-secrets", {"location": "Korea Central"})
    # This provider writes the group's segment in small letters.
    assert (
        made.id
        == f"{azure.subscription}/resourcegroups/{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/external-secrets"
    )
    assert (made.location, made.isolation_scope) == ("koreacentral", "None")
    again = client.user_assigned_identities.update(GROUP, "external-secrets", {"tags": {"a": "b"}})
    assert (again.client_id, again.tags) == (made.client_id, {"a": "b"})
    assert [each.name for each in client.user_assigned_identities.list_by_resource_group(GROUP)] == ["external-secrets"]
    assert [each.name for each in client.user_assigned_identities.list_by_subscription()] == ["external-secrets"]

    body = {"properties": {"issuer": ISSUER, "subject": "system:serviceaccount:a:b", "audiences": ["api://AzureADTokenExchange"]}}
    credentials = client.federated_identity_credentials
    assert credentials.create_or_update(GROUP, "external-secrets", "cluster", body).issuer == ISSUER
    assert credentials.get(GROUP, "external-secrets", "cluster").subject == "system:serviceaccount:a:b"
    assert [each.name for each in credentials.list(GROUP, "external-secrets")] == ["cluster"]
    with pytest.raises(HttpResponseError) as caught:
        credentials.create_or_update(GROUP, "external-secrets", "twin", body)
    assert code(caught) == (409, "Conflict")
    with pytest.raises(HttpResponseError) as caught:
        credentials.create_or_update(GROUP, "nobody", "cluster", body)
    assert code(caught) == (404, "ParentResourceNotFound")
    credentials.delete(GROUP, "external-secrets", "cluster")
    with pytest.raises(ResourceNotFoundError):
        credentials.get(GROUP, "external-secrets", "cluster")
    client.user_assigned_identities.delete(GROUP, "external-secrets")
    with pytest.raises(ResourceNotFoundError):
        client.user_assigned_identities.get(GROUP, "external-secrets")


def test_roles(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    client = authorization.AuthorizationManagementClient(credential(azure), subscription(azure))
    found = list(client.role_definitions.list(azure.group, filter="roleName eq 'Key Vault Secrets Officer'"))
    assert [each.name for each in found] == [SECRETS_OFFICER]
    assert client.role_definitions.get(azure.group, SECRETS_OFFICER).role_name == "Key Vault Secrets Officer"
    assert client.role_definitions.get_by_id(found[0].id).permissions[0].data_actions == ["Microsoft.KeyVault/vaults/secrets/*"]
    with cloud.state() as state:
        me = state["azure"]["credentials"]["object_id"]
    name = str(uuid.uuid4())
    body = {"properties": {"roleDefinitionId": found[0].id, "principalId": me, "principalType": "ServicePrincipal"}}
    made = client.role_assignments.create(azure.group, name, body)
    assert (made.scope, made.principal_id) == (azure.group, me)
    mine = list(client.role_assignments.list_for_scope(azure.group, filter=f"principalId eq '{me}'"))
    assert name in {each.name for each in mine}
    assert len(mine) == 3
    assert client.role_assignments.get(azure.group, name).id == made.id
    assert client.role_assignments.delete(azure.group, name).name == name
    held = list(client.permissions.list_for_resource_group(GROUP))
    assert ["*"] in [each.actions for each in held]
