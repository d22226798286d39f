# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions, providers and resource groups, by the pipeline client that every Azure SDK is built on, and by hand."""

from __future__ import annotations

import pytest
from azure.core.pipeline.policies import RequestIdPolicy
from azure.core.polling import LROPoller
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.core.polling.arm_polling import ARMPolling

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import MANAGEMENT, AzureRaw, error, wait_for


def pipeline(azure: AzureRaw) -> ARMPipelineClient:
    credential = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret)
    return ARMPipelineClient(
        MANAGEMENT, policies=[RequestIdPolicy(), ARMChallengeAuthenticationPolicy(credential, f"{MANAGEMENT}/.default")]
    )


def test_a_new_subscription(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    listed = azure.arm("GET", "/subscriptions", version="2022-12-01").json()["value"]
    assert [each["id"] for each in listed] == [azure.subscription]
    assert azure.arm("GET", "/tenants", version="2022-12-01").json()["value"][0]["tenantId"] == azure.tenant
    assert azure.arm("GET", f"{azure.subscription}/resourcegroups").json() == {"value": []}
    places = azure.arm("GET", f"{azure.subscription}/locations", version="2022-12-01").json()["value"]
    assert {each["name"]: each["displayName"] for each in places}["koreacentral"] == "Korea Central"


def test_every_call_says_its_version(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    assert error(azure.arm("GET", azure.subscription, version=None)) == (400, "MissingApiVersionParameter")
    wrong = azure.arm("GET", azure.group, version="2000-01-01")
    assert error(wrong) == (400, "InvalidApiVersionParameter")
    assert "2024-03-01" in wrong.json()["error"]["message"]
    wrong = azure.arm("GET", azure.vault, version="2000-01-01")
    assert error(wrong) == (400, "NoRegisteredProviderFound")
    assert "The supported api-versions are" in wrong.json()["error"]["message"]


def test_every_answer_can_be_traced(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    answer = azure.arm(
        "GET",
        azure.group,
        **{"x-ms-correlation-request-id": "mine", "x-ms-client-request-id": "too", "x-ms-return-client-request-id": "true"},
    )
    assert answer.status_code == 404
    assert answer.headers["x-ms-correlation-request-id"] == "mine"
    assert answer.headers["x-ms-client-request-id"] == "too"
    assert len(answer.headers["x-ms-request-id"]) == 36
    reads = [int(azure.arm("GET", azure.group).headers["x-ms-ratelimit-remaining-subscription-reads"]) for _ in range(2)]
    assert all(0 < left < 250 for left in reads)
    assert int(azure.arm("DELETE", azure.group).headers["x-ms-ratelimit-remaining-subscription-deletes"]) < 200


def test_other_subscriptions_are_not_there(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    assert error(azure.arm("GET", "/subscriptions/nonsense", version="2022-12-01")) == (400, "InvalidSubscriptionId")
    assert error(azure.arm("GET", "/subscriptions/00000000-0000-4000-8000-000000000000", version="2022-12-01")) == (
        404,
        "SubscriptionNotFound",
    )


def test_a_namespace_must_be_registered(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    assert azure.arm("PUT", azure.group, {"location": "koreacentral"}).status_code == 201
    refused = azure.arm("PUT", azure.vault, azure.vault_body())
    assert error(refused) == (409, "MissingSubscriptionRegistration")
    assert refused.json()["error"]["details"][0]["target"] == "Microsoft.KeyVault"
    provider = f"{azure.subscription}/providers/microsoft.keyvault"
    assert azure.arm("GET", provider, version="2021-04-01").json()["registrationState"] == "NotRegistered"
    registering = azure.arm("POST", f"{provider}/register", version="2021-04-01").json()
    assert (registering["namespace"], registering["registrationState"]) == ("Microsoft.KeyVault", "Registering")
    assert error(azure.arm("PUT", azure.vault, azure.vault_body())) == (409, "MissingSubscriptionRegistration")
    azure.register("Microsoft.KeyVault")
    assert azure.arm("PUT", azure.vault, azure.vault_body()).status_code == 200
    kinds = azure.arm("GET", provider, version="2021-04-01").json()["resourceTypes"]
    assert {each["resourceType"] for each in kinds} == {"vaults"}
    assert error(azure.arm("GET", f"{azure.subscription}/providers/Microsoft.Nothing", version="2021-04-01")) == (
        404,
        "InvalidResourceNamespace",
    )
    listed = azure.arm("GET", f"{azure.subscription}/providers", version="2021-04-01").json()["value"]
    assert {each["namespace"]: each["registrationState"] for each in listed}["Microsoft.Resources"] == "Registered"


def test_a_group_by_the_pipeline_client(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    client = pipeline(azure)
    url = f"{MANAGEMENT}{azure.group}?api-version=2024-03-01"
    made = client.send_request(HttpRequest("PUT", url, json={"location": "Korea Central", "tags": {"a": "b"}}))
    assert made.status_code == 201
    assert made.json() == {
        "id": azure.group,
        "name": "FinancialAgent",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "koreacentral",
        "tags": {"a": "b"},
        "properties": {"provisioningState": "Succeeded"},
    }
    assert client.send_request(HttpRequest("HEAD", url)).status_code == 204
    first = client.send_request(HttpRequest("DELETE", url), _return_pipeline_response=True)
    assert first.http_response.status_code == 202
    poller: LROPoller[None] = LROPoller(client, first, lambda response: None, ARMPolling(timeout=0.1))
    poller.result(timeout=20)
    assert poller.status() == "Succeeded"
    assert client.send_request(HttpRequest("HEAD", url)).status_code == 404


def test_a_put_replaces_a_patch_merges(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    assert azure.arm("PATCH", azure.group, {"tags": {"x": "1"}}).json()["tags"] == {"x": "1"}
    assert (
        "tags" not in azure.arm("PUT", azure.group.upper().replace("/SUBSCRIPTIONS", "/subscriptions"), {"location": "koreacentral"}).json()
    )
    assert azure.arm("GET", azure.group.lower()).json()["name"] == "FinancialAgent"


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("rg", {}, (400, "LocationRequired")),
        ("rg", {"location": "atlantis"}, (400, "LocationNotAvailableForResourceGroup")),
        ("rg", {"location": "koreacentral", "colour": "red"}, (400, "InvalidRequestContent")),
        ("rg", ["koreacentral"], (400, "InvalidRequestContent")),
        ("r%20g", {"location": "koreacentral"}, (400, "InvalidResourceGroup")),
        ("rg.", {"location": "koreacentral"}, (400, "InvalidResourceGroup")),
        ("FinancialAgent", {"location": "japaneast"}, (409, "InvalidResourceGroupLocation")),
    ],
)
def test_refused_groups(cloud: LocalCloud, name: str, body: object, expected: tuple[int, str]) -> None:
    azure = AzureRaw(cloud).with_group()
    assert error(azure.arm("PUT", f"{azure.subscription}/resourceGroups/{name}", body)) == expected


def test_deleting_a_group_takes_everything_along(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_vault()
    identity = f"{azure.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app"
    azure.arm("PUT", identity, {"location": "koreacentral"})
    listed = azure.arm("GET", f"{azure.group}/resources").json()["value"]
    assert {each["type"] for each in listed} == {"Microsoft.KeyVault/vaults", "Microsoft.ManagedIdentity/userAssignedIdentities"}
    only = azure.arm("GET", f"{azure.group}/resources?$filter=resourceType eq 'Microsoft.KeyVault/vaults'").json()["value"]
    assert [each["name"] for each in only] == ["klinematrix-test-kv"]
    assert error(azure.arm("GET", f"{azure.group}/resources?$filter=colour eq 'red'")) == (400, "InvalidFilterInQueryString")

    started = azure.arm("DELETE", azure.group)
    assert started.status_code == 202
    assert azure.arm("GET", azure.group).json()["properties"]["provisioningState"] == "Deleting"
    assert error(azure.arm("PUT", identity, {"location": "koreacentral"})) == (409, "ResourceGroupBeingDeleted")
    assert azure.arm("GET", started.headers["Location"]).status_code == 202
    wait_for(lambda: azure.arm("GET", started.headers["Location"]).status_code == 200)
    assert error(azure.arm("GET", azure.group)) == (404, "ResourceGroupNotFound")
    assert error(azure.arm("DELETE", azure.group)) == (404, "ResourceGroupNotFound")
    deleted = azure.arm("GET", f"{azure.subscription}/providers/Microsoft.KeyVault/deletedVaults").json()["value"]
    assert [each["name"] for each in deleted] == ["klinematrix-test-kv"]


def test_lists_come_in_pages(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    for number in range(30):
        azure.arm("PUT", f"{azure.subscription}/resourceGroups/rg{number}", {"location": "koreacentral"})
    first = azure.arm("GET", f"{azure.subscription}/resourcegroups").json()
    second = azure.arm("GET", first["nextLink"], version=None).json()
    assert (len(first["value"]), len(second["value"]), "nextLink" in second) == (25, 5, False)
    some = azure.arm("GET", f"{azure.subscription}/resourcegroups?$top=2").json()
    assert [each["name"] for each in some["value"]] == ["rg0", "rg1"]


def test_what_is_not_emulated_says_so(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    answer = azure.arm("GET", f"{azure.group}/providers/Microsoft.Compute/virtualMachines/x")
    assert error(answer) == (501, "Sandbox.NotEmulated")


def test_faults_in_resource_managers_words(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud).with_group()
    azure.token()
    cloud.fault("status", cloud="azure", status=429, retry_after=3)
    throttled = azure.arm("GET", azure.group)
    assert (error(throttled), throttled.headers["Retry-After"]) == ((429, "TooManyRequests"), "3")
    cloud.fault("status", cloud="azure", status=409, code="OperationNotAllowed", write=True)
    assert error(azure.arm("PATCH", azure.group, {"tags": {}})) == (409, "OperationNotAllowed")
    cloud.fault("expired_token", cloud="azure")
    assert error(azure.arm("GET", azure.group)) == (401, "ExpiredAuthenticationToken")
    cloud.fault("slow_operation", action="ResourceGroups_Delete", seconds=60)
    assert azure.arm("GET", azure.arm("DELETE", azure.group).headers["Location"], version=None).status_code == 202
