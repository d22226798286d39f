# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cosmos DB, driven by a management SDK that the collection does not use."""

from __future__ import annotations

import typing as t

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.cosmosdb import CosmosDBManagementClient

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw
from tests.steps import direct

GROUP, NAME = "FinancialAgent", "financialagent-mongodb"
ACCOUNTS = "Microsoft.DocumentDB/databaseAccounts"
KOREA = {"locationName": "koreacentral", "failoverPriority": 0}
JAPAN = {"locationName": "japaneast", "failoverPriority": 1}
BODY: dict[str, t.Any] = {
    "location": "koreacentral",
    "kind": "MongoDB",
    "properties": {
        "databaseAccountOfferType": "Standard",
        "locations": [KOREA],
        "apiProperties": {"serverVersion": "7.0"},
        "backupPolicy": {"type": "Continuous"},
    },
}


@pytest.fixture
def client(cloud: LocalCloud) -> CosmosDBManagementClient:
    azure = AzureRaw(cloud).with_group()
    login = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return CosmosDBManagementClient(login, azure.subscription.rpartition("/")[2], polling_interval=0.1)


def test_the_life_of_an_account(client: CosmosDBManagementClient) -> None:
    accounts = client.database_accounts
    with pytest.raises(ResourceNotFoundError):
        accounts.get(GROUP, NAME)
    made = accounts.begin_create_or_update(GROUP, NAME, BODY).result()
    assert (made.kind, made.locations[0].location_name, made.provisioning_state) == ("MongoDB", "Korea Central", "Succeeded")
    assert [each.name for each in made.capabilities] == ["EnableMongo"]
    with pytest.raises(HttpResponseError, match="in the same request is not supported"):
        accounts.begin_update(GROUP, NAME, {"properties": {"locations": [KOREA, JAPAN], "minimalTlsVersion": "Tls11"}}).result()
    accounts.begin_update(GROUP, NAME, {"properties": {"locations": [KOREA, JAPAN]}}).result()
    assert sorted(each.location_name for each in accounts.get(GROUP, NAME).read_locations) == ["Japan East", "Korea Central"]
    found = accounts.list_connection_strings(GROUP, NAME).connection_strings
    assert {each.key_kind for each in found} == {"Primary", "Secondary", "PrimaryReadOnly", "SecondaryReadOnly"}
    assert accounts.list_keys(GROUP, NAME).primary_master_key


def test_databases_collections_and_throughput(client: CosmosDBManagementClient) -> None:
    client.database_accounts.begin_create_or_update(GROUP, NAME, BODY).result()
    mongo = client.mongo_db_resources
    scale = {"autoscaleSettings": {"maxThroughput": 4000}}
    mongo.begin_create_update_mongo_db_database(GROUP, NAME, "app", {"properties": {"resource": {"id": "app"}, "options": scale}}).result()
    body = {"properties": {"resource": {"id": "users", "shardKey": {"tenant": "Hash"}}}}
    mongo.begin_create_update_mongo_db_collection(GROUP, NAME, "app", "users", body).result()
    assert mongo.get_mongo_db_database_throughput(GROUP, NAME, "app").resource.autoscale_settings.max_throughput == 4000
    assert mongo.get_mongo_db_collection(GROUP, NAME, "app", "users").resource.shard_key == {"tenant": "Hash"}


def test_what_it_builds_is_adopted_without_a_change(cloud: LocalCloud, client: CosmosDBManagementClient) -> None:
    client.database_accounts.begin_create_or_update(GROUP, NAME, BODY).result()
    done = direct(
        cloud,
        "azure_resource",
        type=ACCOUNTS,
        name=NAME,
        resource_group=GROUP,
        location="Korea Central",
        kind="MongoDB",
        properties={
            "locations": [{"locationName": "Korea Central", "failoverPriority": 0}],
            "apiProperties": {"serverVersion": "7.0"},
            "capabilities": [{"name": "EnableMongo"}],
            "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "backupPolicy": {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}},
        },
    )
    assert (done.result["changes"], done.writes) == ([], [])
