# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key vaults in Resource Manager, driven by azure-mgmt-keyvault and by hand."""

from __future__ import annotations

import time
import typing as t
from datetime import UTC, datetime

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.keyvault import KeyVaultManagementClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw, error, wait_for

GROUP, NAME = "FinancialAgent", "klinematrix-test-kv"
# learn.microsoft.com/azure/key-vault/general/migrate-api-version
OLD_VERSIONS_END = datetime(2027, 2, 27, tzinfo=UTC).timestamp()


def management(azure: AzureRaw) -> KeyVaultManagementClient:
    credential = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return KeyVaultManagementClient(credential, azure.subscription.rpartition("/")[2], polling_interval=0.1)


def refused(body: dict[str, t.Any], azure: AzureRaw, name: str = NAME, version: str = "2026-02-01") -> tuple[int, str]:
    return error(azure.arm("PUT", f"{azure.group}/providers/Microsoft.KeyVault/vaults/{name}", body, version=version))


def test_a_vault_by_its_sdk(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    client = management(azure)
    poller = client.vaults.begin_create_or_update(GROUP, NAME, azure.vault_body() | {"location": "Korea Central", "tags": {"a": "b"}})
    assert poller.status() == "RegisteringDns"
    made = poller.result(timeout=20)
    assert made.properties.provisioning_state == "Succeeded"
    assert client.vaults.get(GROUP.lower(), NAME.upper()).id == azure.vault
    changed = client.vaults.update(GROUP, NAME, {"properties": {"enabledForDeployment": True}, "tags": {"c": "d"}})
    assert (changed.properties.enabled_for_deployment, changed.tags) == (True, {"c": "d"})
    assert [each.name for each in client.vaults.list_by_resource_group(GROUP)] == [NAME]
    assert [each.name for each in client.vaults.list_by_subscription()] == [NAME]

    client.vaults.delete(GROUP, NAME)
    client.vaults.delete(GROUP, NAME)
    with pytest.raises(ResourceNotFoundError):
        client.vaults.get(GROUP, NAME)
    assert client.vaults.get_deleted(NAME, "koreacentral").properties.vault_id == azure.vault
    assert [each.name for each in client.vaults.list_deleted()] == [NAME]
    client.vaults.begin_purge_deleted(NAME, "koreacentral").result(timeout=20)
    with pytest.raises(ResourceNotFoundError):
        client.vaults.get_deleted(NAME, "koreacentral")


def test_the_form_in_which_a_vault_comes_back(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    found = azure.arm("GET", azure.vault).json()
    data = found.pop("systemData")
    assert data["createdBy"] == azure.client_id
    assert found == {
        "id": azure.vault,
        "name": NAME,
        "type": "Microsoft.KeyVault/vaults",
        "location": "koreacentral",
        "tags": {},
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": azure.tenant,
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enableRbacAuthorization": True,
            "publicNetworkAccess": "Enabled",
            "vaultUri": f"https://{NAME}.vault.azure.net/",
            "provisioningState": "Succeeded",
        },
    }


def test_network_rules_and_policies_come_back_in_another_form(cloud: LocalCloud) -> None:
    subnet = "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/VN/subnets/Default"
    acls = {"ipRules": [{"value": "203.0.113.10"}], "virtualNetworkRules": [{"id": subnet}], "defaultAction": "deny"}
    policy = {"tenantId": "t", "objectId": "o", "permissions": {"secrets": ["get", "LIST"]}, "colour": "red"}
    azure = AzureRaw(cloud).with_vault(networkAcls=acls, accessPolicies=[policy], colour="red")
    properties = azure.arm("GET", azure.vault).json()["properties"]
    assert properties["networkAcls"] == {
        "bypass": "AzureServices",
        "defaultAction": "Deny",
        "ipRules": [{"value": "203.0.113.10/32"}],
        "virtualNetworkRules": [{"id": subnet.lower(), "ignoreMissingVnetServiceEndpoint": False}],
    }
    assert properties["accessPolicies"] == [{"tenantId": "t", "objectId": "o", "permissions": {"secrets": ["Get", "List"]}}]
    assert "colour" not in properties


def test_who_decides_depends_on_the_version(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    if time.time() > OLD_VERSIONS_END:
        assert refused(azure.vault_body(accessPolicies=[]), azure, version="2023-07-01") == (400, "NoRegisteredProviderFound")
        return
    assert refused(azure.vault_body(), azure, version="2023-07-01") == (400, "BadRequest")  # accessPolicies are missing
    made = azure.arm("PUT", azure.vault, azure.vault_body(accessPolicies=[]), version="2023-07-01")
    assert made.json()["properties"]["enableRbacAuthorization"] is False
    # A later update with a newer version does not flip the model.
    again = azure.arm("PUT", azure.vault, azure.vault_body(accessPolicies=[]), version="2026-05-15")
    assert again.json()["properties"]["enableRbacAuthorization"] is False


def test_what_cannot_be_taken_back(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault(softDeleteRetentionInDays=7, enablePurgeProtection=True)
    assert refused(azure.vault_body(softDeleteRetentionInDays=30), azure) == (400, "BadRequest")
    assert refused(azure.vault_body(enablePurgeProtection=False), azure) == (400, "BadRequest")
    assert refused(azure.vault_body(enableSoftDelete=False), azure) == (400, "BadRequest")
    kept = azure.arm("PUT", azure.vault, azure.vault_body()).json()["properties"]
    assert (kept["softDeleteRetentionInDays"], kept["enablePurgeProtection"]) == (7, True)
    assert refused(azure.vault_body() | {"location": "japaneast"}, azure) == (409, "InvalidResourceLocation")
    azure.arm("DELETE", azure.vault)
    deleted = f"{azure.subscription}/providers/Microsoft.KeyVault/locations/koreacentral/deletedVaults/{NAME}"
    assert azure.arm("GET", deleted).json()["properties"]["purgeProtectionEnabled"] is True
    assert error(azure.arm("POST", f"{deleted}/purge")) == (405, "MethodNotAllowed")


@pytest.mark.parametrize(
    "properties",
    [
        {"sku": {"family": "A", "name": "gold"}},
        {"sku": {"family": "A"}},
        {"tenantId": None},
        {"tenantId": "0d9e7b35-42f6-4a18-b1c9-7e58a3d6f021"},
        {"softDeleteRetentionInDays": 6},
        {"softDeleteRetentionInDays": "90"},
        {"publicNetworkAccess": "Perhaps"},
        {"networkAcls": {"ipRules": [{"value": "nowhere"}]}},
        {"networkAcls": {"defaultAction": "Perhaps"}},
        {"accessPolicies": [{"objectId": "o"}]},
        {"accessPolicies": [{"tenantId": "t", "objectId": "o", "permissions": {"secrets": ["steal"]}}]},
    ],
)
def test_refused_settings(cloud: LocalCloud, properties: dict[str, t.Any]) -> None:
    azure = AzureRaw(cloud).with_group()
    assert refused(azure.vault_body(**properties), azure) == (400, "BadRequest")


@pytest.mark.parametrize("name", ["kv", "1vault", "double--hyphen", "ends-", "a" * 25, "under_score"])
def test_refused_names(cloud: LocalCloud, name: str) -> None:
    azure = AzureRaw(cloud).with_group()
    assert refused(azure.vault_body(), azure, name) == (400, "VaultNameNotValid")


def test_refused_places(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    body = azure.vault_body()
    assert refused(body | {"location": None}, azure) == (400, "LocationRequired")
    assert refused(body | {"location": "atlantis"}, azure) == (400, "LocationNotAvailableForResourceType")
    elsewhere = azure.vault.replace("FinancialAgent", "none")
    assert error(azure.arm("PUT", elsewhere, body)) == (404, "ResourceGroupNotFound")
    assert error(azure.arm("GET", elsewhere)) == (404, "ResourceGroupNotFound")
    assert error(azure.arm("GET", azure.vault)) == (404, "ResourceNotFound")


def test_a_name_belongs_to_the_whole_world(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    client = management(azure)
    assert refused(azure.vault_body(), azure, "contoso-vault") == (409, "VaultAlreadyExists")
    other = f"{azure.subscription}/resourceGroups/other"
    azure.arm("PUT", other, {"location": "japaneast"})
    taken = azure.arm("PUT", f"{other}/providers/Microsoft.KeyVault/vaults/{NAME}", azure.vault_body())
    assert error(taken) == (409, "VaultAlreadyExists")

    def available(name: str) -> tuple[bool | None, str | None]:
        found = client.vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"})
        return found.name_available, found.reason

    assert available("something-free") == (True, None)
    assert available(NAME) == (False, "AlreadyExists")
    assert available("x") == (False, "AccountNameInvalid")
    assert not cloud.journal[-1]["write"]


def test_a_deleted_vault_keeps_its_name_and_comes_back_as_it_was(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault(networkAcls={"ipRules": [{"value": "203.0.113.0/24"}]})
    azure.arm("DELETE", azure.vault)
    assert refused(azure.vault_body(), azure) == (409, "ConflictError")
    assert refused(azure.vault_body() | {"location": "japaneast"}, azure) == (409, "VaultAlreadyExists")
    recovered = azure.arm("PUT", azure.vault, azure.vault_body(createMode="recover", networkAcls={"ipRules": []}))
    assert recovered.status_code == 200
    assert recovered.json()["properties"]["networkAcls"]["ipRules"] == [{"value": "203.0.113.0/24"}]
    assert "createMode" not in recovered.json()["properties"]
    assert refused(azure.vault_body(createMode="recover"), azure, "never-deleted") == (404, "DeletedVaultNotFound")


def test_no_name_before_there_is_a_vault(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    cloud.fault("slow_operation", action="Vaults_CreateOrUpdate", seconds=1)
    azure.arm("PUT", azure.vault, azure.vault_body())
    azure.token("https://vault.azure.net")
    cloud.forget()
    with pytest.raises(OSError, match="502"):
        azure.data("GET", "/secrets")
    assert [(entry["cloud"], entry["action"], entry["write"]) for entry in cloud.journal] == [("azure", "dns", False)]
    wait_for(lambda: azure.arm("GET", azure.vault).json()["properties"]["provisioningState"] == "Succeeded")
    assert azure.data("GET", "/secrets").status_code == 403
    with pytest.raises(HttpResponseError) as caught:
        management(azure).vaults.begin_create_or_update(GROUP, "contoso", azure.vault_body())
    assert caught.value.error is not None
    assert caught.value.error.code == "VaultAlreadyExists"
