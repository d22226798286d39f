# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may get a token, driven by azure-identity and by hand."""

from __future__ import annotations

import base64
import json
import time
import typing as t
from pathlib import Path

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, CredentialUnavailableError, ManagedIdentityCredential, WorkloadIdentityCredential

from tests.cloud import LocalCloud
from tests.integration.clients.azure_raw import MANAGEMENT, AzureRaw, error, wait_for

SCOPE = f"{MANAGEMENT}/.default"
OTHER_TENANT = "0d9e7b35-42f6-4a18-b1c9-7e58a3d6f021"
ISSUER = "https://koreacentral.oic.prod-aks.azure.com/tenant/cluster/"
SUBJECT = "system:serviceaccount:external-secrets:external-secrets"


def claims(token: str) -> dict[str, t.Any]:
    part = token.split(".")[1]
    return t.cast("dict[str, t.Any]", json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def assertion(**changes: t.Any) -> str:
    """What a cluster's service account token looks like to Entra."""
    told = {"iss": ISSUER, "sub": SUBJECT, "aud": ["api://AzureADTokenExchange"], "exp": time.time() + 600} | changes
    parts = [{"alg": "RS256", "typ": "JWT"}, told]
    return ".".join([base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + ["c2lnbmF0dXJl"])


def number(answer: requests.Response) -> tuple[int, str, int]:
    body = answer.json()
    assert f"AADSTS{body['error_codes'][0]}: " in body["error_description"]
    return answer.status_code, body["error"], body["error_codes"][0]


# --- client secret -------------------------------------------------------


def test_a_client_secret_gives_a_token_for_its_scope(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    found = ClientSecretCredential(azure.tenant, azure.client_id, azure.secret).get_token(SCOPE)
    told = claims(found.token)
    assert (told["aud"], told["tid"], told["appid"]) == (MANAGEMENT, azure.tenant, azure.client_id)
    assert 3000 < found.expires_on - time.time() < 3700
    assert [(entry["action"], entry["write"]) for entry in cloud.journal] == [("OpenIdConfiguration", False), ("Token", False)]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, (400, "unauthorized_client", 700016)),
        ({"tenant": "00000000-0000-4000-8000-000000000000"}, (400, "invalid_request", 90002)),
        ({"grant_type": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"client_secret": ""}, (401, "invalid_client", 7000216)),
        ({"scope": "https://management.azure.com/user_impersonation"}, (400, "invalid_scope", 1002012)),
        ({"scope": "https://nothing.example/.default"}, (400, "invalid_resource", 500011)),
    ],
)
def test_refused_token_requests(cloud: LocalCloud, form: dict[str, str], expected: tuple[int, str, int]) -> None:
    assert number(AzureRaw(cloud).ask_token(**form)) == expected


def test_azure_identity_reports_what_entra_says(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        ClientSecretCredential(azure.tenant, azure.client_id, "wrong").get_token(SCOPE)
    with pytest.raises(ClientAuthenticationError, match="AADSTS700016"):
        ClientSecretCredential(azure.tenant, OTHER_TENANT, azure.secret).get_token(SCOPE)


def test_an_expired_secret(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    with cloud.state() as state:
        state["azure"]["entra"]["applications"][azure.client_id]["secret_expires"] = 1
    assert number(azure.ask_token()) == (401, "invalid_client", 7000222)


def test_discovery(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    base = "https://login.microsoftonline.com"
    v1 = requests.get(f"{base}/{azure.tenant}/.well-known/openid-configuration", timeout=10).json()
    assert v1["issuer"] == f"https://sts.windows.net/{azure.tenant}/"
    found = requests.get(
        f"{base}/common/discovery/instance", {"api-version": "1.1", "authorization_endpoint": f"{base}/{azure.tenant}"}, timeout=10
    )
    assert found.json()["tenant_discovery_endpoint"] == f"{base}/{azure.tenant}/v2.0/.well-known/openid-configuration"
    unknown = requests.get(f"{base}/nobody.example/v2.0/.well-known/openid-configuration", timeout=10)
    assert number(unknown) == (400, "invalid_request", 90002)


# --- what a token is good for --------------------------------------------


def test_resource_manager_refuses_other_tokens(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    assert azure.arm("GET", azure.subscription, version="2022-12-01").status_code == 200
    none = azure.arm("GET", azure.subscription, version="2022-12-01", token=None)
    assert error(none) == (401, "AuthenticationFailed")
    assert none.headers["WWW-Authenticate"].startswith("Bearer authorization_uri=")
    assert error(azure.arm("GET", azure.subscription, token="a.b.c")) == (401, "InvalidAuthenticationToken")
    assert error(azure.arm("GET", azure.subscription, token=azure.token()[:-2] + "xx")) == (401, "InvalidAuthenticationToken")
    assert error(azure.arm("GET", azure.subscription, token=azure.token("https://vault.azure.net"))) == (
        401,
        "InvalidAuthenticationTokenAudience",
    )
    foreign = azure.ask_token(tenant=OTHER_TENANT).json()["access_token"]
    assert error(azure.arm("GET", azure.subscription, token=foreign)) == (401, "InvalidAuthenticationTokenTenant")


def test_a_token_runs_out(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    with cloud.state() as state:
        state["azure"]["entra"]["token_seconds"] = 1
    token = azure.token()
    assert azure.arm("GET", azure.subscription, version="2022-12-01", token=token).status_code == 200
    refused = wait_for(lambda: [answer for answer in [azure.arm("GET", azure.subscription, token=token)] if answer.status_code == 401])
    assert error(refused[0]) == (401, "ExpiredAuthenticationToken")


def test_a_token_survives_a_new_account(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    token = azure.token()
    cloud.reset()
    assert azure.arm("GET", azure.subscription, version="2022-12-01", token=token).status_code == 200


# --- workload identity ---------------------------------------------------


def federated(cloud: LocalCloud) -> tuple[AzureRaw, str]:
    """An identity that trusts the service account; its client id."""
    azure = AzureRaw(cloud).with_group()
    identity = f"{azure.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/external-secrets"
    client_id = azure.arm("PUT", identity, {"location": "koreacentral"}).json()["properties"]["clientId"]
    body = {"properties": {"issuer": ISSUER, "subject": SUBJECT, "audiences": ["api://AzureADTokenExchange"]}}
    assert azure.arm("PUT", f"{identity}/federatedIdentityCredentials/cluster", body).status_code == 201
    return azure, client_id


def exchange(azure: AzureRaw, client_id: str, token: str) -> requests.Response:
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return azure.ask_token(client_id=client_id, client_secret="", client_assertion=token, client_assertion_type=kind)


def test_workload_identity(cloud: LocalCloud, tmp_path: Path) -> None:
    azure, client_id = federated(cloud)
    # Entra hears of the credential a little later.
    assert number(exchange(azure, client_id, assertion())) == (401, "invalid_client", 70025)
    wait_for(lambda: exchange(azure, client_id, assertion()).status_code == 200)
    file = tmp_path / "token"
    file.write_text(assertion())
    credential = WorkloadIdentityCredential(tenant_id=azure.tenant, client_id=client_id, token_file_path=str(file))
    told = claims(credential.get_token("https://vault.azure.net/.default").token)
    assert (told["appid"], told["aud"]) == (client_id, "https://vault.azure.net")


def test_an_assertion_must_match_to_the_letter(cloud: LocalCloud) -> None:
    azure, client_id = federated(cloud)
    wait_for(lambda: exchange(azure, client_id, assertion()).status_code == 200)
    wrong = {
        700211: assertion(iss=ISSUER.rstrip("/")),
        700212: assertion(aud="api://something-else"),
        700213: assertion(sub=SUBJECT + "x"),
        700024: assertion(exp=time.time() - 1),
    }
    for code, token in wrong.items():
        assert number(exchange(azure, client_id, token)) == (401, "invalid_client", code)
    assert number(exchange(azure, client_id, "no-jwt")) == (400, "invalid_request", 50027)
    assert number(exchange(azure, azure.client_id, assertion())) == (401, "invalid_client", 70025)


# --- managed identity ----------------------------------------------------


def test_managed_identity(cloud: LocalCloud) -> None:
    azure, client_id = federated(cloud)
    system = claims(ManagedIdentityCredential().get_token(SCOPE).token)
    assert system["aud"].rstrip("/") == MANAGEMENT
    assert claims(ManagedIdentityCredential(client_id=client_id).get_token(SCOPE).token)["appid"] == client_id
    with pytest.raises((CredentialUnavailableError, ClientAuthenticationError), match="Identity not found"):
        ManagedIdentityCredential(client_id=azure.client_id).get_token(SCOPE)


def test_metadata_needs_its_header(cloud: LocalCloud) -> None:
    token, instance = "http://169.254.169.254/metadata/identity/oauth2/token", "http://169.254.169.254/metadata/instance"
    query = {"api-version": "2018-02-01", "resource": MANAGEMENT}
    assert requests.get(token, query, timeout=10).json()["error"] == "invalid_request"
    assert requests.get(token, query | {"resource": ""}, headers={"Metadata": "true"}, timeout=10).status_code == 400
    assert requests.get(token, query, headers={"Metadata": "true"}, timeout=10).json()["token_type"] == "Bearer"
    assert requests.get(instance, {"api-version": "2021-02-01"}, timeout=10).status_code == 400
    found = requests.get(instance, {"api-version": "2021-02-01"}, headers={"Metadata": "true"}, timeout=10).json()
    assert found["compute"]["subscriptionId"] == cloud.environment["AZURE_SUBSCRIPTION_ID"]
    wrong = requests.get(instance, {"api-version": "1"}, headers={"Metadata": "true"}, timeout=10).json()
    assert "2021-12-13" in wrong["newest-versions"]


def test_a_machine_has_no_rights_by_itself(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    token = ManagedIdentityCredential().get_token(SCOPE).token
    assert error(azure.arm("GET", azure.subscription, version="2022-12-01", token=token)) == (403, "AuthorizationFailed")


def test_faults_in_entras_words(cloud: LocalCloud) -> None:
    azure = AzureRaw(cloud)
    cloud.fault("status", cloud="azure", path="*/token", status=503)
    assert number(azure.ask_token()) == (503, "temporarily_unavailable", 90033)
    cloud.fault("expired_token", cloud="azure", path="*/token")
    assert number(azure.ask_token()) == (401, "invalid_client", 7000222)
