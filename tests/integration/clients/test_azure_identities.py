# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User-assigned identities and federated credentials, by hand: names, limits, and writes that must not overlap."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import AzureRaw, error


def identity(azure: AzureRaw, name: str = "app") -> str:
    return f"{azure.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"


def credential(subject: str = "system:serviceaccount:a:b", **changes: t.Any) -> dict[str, t.Any]:
    usual = {"issuer": "https://issuer.example/", "subject": subject, "audiences": ["api://AzureADTokenExchange"]}
    return {"properties": usual | changes}


def with_identity(cloud: LocalCloud) -> AzureRaw:
    azure = AzureRaw(cloud).with_group()
    assert azure.arm("PUT", identity(azure), {"location": "koreacentral"}).status_code == 201
    return azure


def test_an_identity_keeps_its_ids(cloud: LocalCloud) -> None:
    azure = with_identity(cloud)
    first = azure.arm("GET", identity(azure)).json()
    again = azure.arm(
        "PUT", identity(azure), {"location": "Korea Central", "properties": {"clientId": "mine", "isolationScope": "regional"}}
    )
    assert again.status_code == 200
    assert again.json()["properties"] == first["properties"] | {"isolationScope": "Regional"}
    with cloud.state() as state:
        assert first["properties"]["principalId"] in state["azure"]["entra"]["principals"]
    assert azure.arm("DELETE", identity(azure)).status_code == 200
    assert azure.arm("DELETE", identity(azure)).status_code == 204
    with cloud.state() as state:
        assert first["properties"]["principalId"] not in state["azure"]["entra"]["principals"]


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("ab", {"location": "koreacentral"}, (400, "InvalidResourceName")),
        ("-app", {"location": "koreacentral"}, (400, "InvalidResourceName")),
        ("app", {}, (400, "LocationRequired")),
        ("app", {"location": "japaneast"}, (409, "InvalidResourceLocation")),
        ("app", {"location": "koreacentral", "properties": {"isolationScope": "Galactic"}}, (400, "BadRequest")),
        ("app", {"location": "koreacentral", "tags": {"a": 1}}, (400, "InvalidTagValue")),
    ],
)
def test_refused_identities(cloud: LocalCloud, name: str, body: dict[str, t.Any], expected: tuple[int, str]) -> None:
    azure = with_identity(cloud)
    assert error(azure.arm("PUT", identity(azure, name), body)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://plain.example"},
        {"issuer": None},
        {"subject": None},
        {"audiences": []},
        {"audiences": ["a", "b"]},
        {"audiences": "a"},
    ],
)
def test_refused_credentials(cloud: LocalCloud, changes: dict[str, t.Any]) -> None:
    azure = with_identity(cloud)
    assert error(azure.arm("PUT", f"{identity(azure)}/federatedIdentityCredentials/one", credential(**changes))) == (400, "BadRequest")


def test_at_most_twenty_one_after_the_other(cloud: LocalCloud) -> None:
    azure = with_identity(cloud)
    base = f"{identity(azure)}/federatedIdentityCredentials"
    for number in range(20):
        assert azure.arm("PUT", f"{base}/credential{number}", credential(f"subject {number}")).status_code == 201
    assert error(azure.arm("PUT", f"{base}/credential20", credential("one more"))) == (400, "BadRequest")
    # One that is there can still be changed, and its place can be taken.
    assert azure.arm("PUT", f"{base}/credential0", credential("another")).status_code == 200
    assert azure.arm("DELETE", f"{base}/credential1").status_code == 200
    assert azure.arm("PUT", f"{base}/credential20", credential("one more")).status_code == 201


def test_writes_at_the_same_time_are_refused(cloud: LocalCloud) -> None:
    azure = with_identity(cloud)
    cloud.fault("slow_operation", action="FederatedIdentityCredentials_CreateOrUpdate", seconds=0.5)
    headers = {"Authorization": f"Bearer {azure.token()}"}
    base = f"https://management.azure.com{identity(azure)}/federatedIdentityCredentials"

    def put(number: int) -> requests.Response:
        url = f"{base}/credential{number}?api-version=2024-11-30"
        return requests.put(url, json=credential(f"subject {number}"), headers=headers, timeout=10)

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(put, range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert error(refused) == (409, "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity")
    assert put(7).status_code == 201
