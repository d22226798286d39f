# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container registries and Log Analytics, driven by management SDKs that the collection does not use."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.loganalytics import LogAnalyticsManagementClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.steps import direct

GROUP = "FinancialAgent"


def signed_in(azure: AzureRaw) -> tuple[ClientSecretCredential, str]:
    return ClientSecretCredential(azure.tenant, azure.client_id, azure.secret), azure.subscription.rpartition("/")[2]


def test_the_life_of_a_registry(cloud: LocalCloud) -> None:
    client = ContainerRegistryManagementClient(*signed_in(AzureRaw(cloud).with_group()), polling_interval=0.1)
    wanted = {"name": "financialAgent", "type": "Microsoft.ContainerRegistry/registries"}
    assert client.registries.check_name_availability(wanted).name_available is True
    with pytest.raises(ResourceNotFoundError):
        client.registries.get(GROUP, "financialAgent")
    made = client.registries.begin_create(GROUP, "financialAgent", {"location": "Korea Central", "sku": {"name": "Basic"}}).result()
    assert (made.login_server, made.location, made.sku.tier) == ("financialagent.azurecr.io", "koreacentral", "Basic")
    assert client.registries.check_name_availability({**wanted, "name": "FINANCIALAGENT"}).name_available is False
    with pytest.raises(HttpResponseError, match="admin user is disabled"):
        client.registries.list_credentials(GROUP, "financialAgent")
    client.registries.begin_update(GROUP, "financialAgent", {"properties": {"adminUserEnabled": True}}).result()
    assert len({each.value for each in client.registries.list_credentials(GROUP, "financialAgent").passwords}) == 2
    assert [each.name for each in client.registries.list()] == ["financialAgent"]
    client.registries.begin_delete(GROUP, "financialAgent").result()
    assert list(client.registries.list_by_resource_group(GROUP)) == []


def test_the_life_of_a_workspace(cloud: LocalCloud) -> None:
    client = LogAnalyticsManagementClient(*signed_in(AzureRaw(cloud).with_group()), polling_interval=0.1)
    body = {"location": "koreacentral", "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 30}}
    made = client.workspaces.begin_create_or_update(GROUP, "logs", body).result()
    assert (made.retention_in_days, made.workspace_capping.daily_quota_gb) == (30, -1.0)
    assert client.shared_keys.get_shared_keys(GROUP, "logs").primary_shared_key
    client.workspaces.begin_delete(GROUP, "logs").result()
    again = client.workspaces.begin_create_or_update(GROUP, "logs", body).result()
    assert again.customer_id == made.customer_id  # within two weeks it is the same one


def test_what_they_build_is_adopted_without_a_change(cloud: LocalCloud) -> None:
    login = signed_in(AzureRaw(cloud).with_group())
    registries = ContainerRegistryManagementClient(*login, polling_interval=0.1).registries
    registries.begin_create(GROUP, "financialAgent", {"location": "koreacentral", "sku": {"name": "Basic"}, "tags": {"a": "b"}}).result()
    workspaces = LogAnalyticsManagementClient(*login, polling_interval=0.1).workspaces
    workspaces.begin_create_or_update(GROUP, "logs", {"location": "koreacentral", "properties": {"retentionInDays": 60}}).result()
    items = [
        {"type": "Microsoft.ContainerRegistry/registries", "name": "financialAgent", "sku": {"name": "basic"}, "tags": {"A": "b"}},
        {"type": "Microsoft.OperationalInsights/workspaces", "name": "logs", "properties": {"retentionInDays": 60}},
    ]
    done = direct(cloud, "azure_resources", resources=items, resource_group=GROUP, location="Korea Central")
    assert (done.result["changes"], done.writes) == ([], [])
