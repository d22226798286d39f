# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entra ID: the discovery documents and the token endpoint, with the directory of who exists."""

from __future__ import annotations

import secrets
import typing as t
from uuid import uuid4

from sandbox.clouds.azure import account, credentials
from sandbox.clouds.azure.account import AzureService, now, timestamp
from sandbox.clouds.azure.credentials import Denied
from sandbox.clouds.azure.tokens import issue
from sandbox.http import Match, Operation, Refusal, Reply, Request, Routes

HOST = "https://login.microsoftonline.com"
PROTOCOL = "learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"
DISCOVERY = "learn.microsoft.com/entra/identity-platform/v2-protocols-oidc"

# The resources that a tenant knows without doing anything: application id URIs and application ids.
RESOURCES = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://vault.azure.net",
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",  # Microsoft Graph
    "https://containerregistry.azure.net",
    "6dae42f8-4368-4678-94ff-3960e28e3630",  # Azure Kubernetes Service AAD Server
)

routes = Routes()


class Entra(AzureService):
    """login.microsoftonline.com. Its state is the directory: principals by object id, applications by application id."""

    name = "entra"
    hosts = ("login.microsoftonline.com",)

    def seed(self) -> dict[str, t.Any]:
        application, user = "ServicePrincipal", "User"
        return {
            "tenants": [account.TENANT_ID, account.OTHER_TENANT_ID],
            "token_seconds": 3599,
            "principals": {
                account.DEPLOYER_OBJECT_ID: {"type": application, "name": "deployer", "replicated": 0},
                account.USER_OBJECT_ID: {"type": user, "name": f"admin@{account.TENANT_DOMAIN}", "replicated": 0},
                account.MACHINE_OBJECT_ID: {"type": application, "name": "controller", "replicated": 0},
            },
            # secret_expires: when the deployer's secret (kept with the credentials) runs out.
            "applications": {
                account.DEPLOYER_APP_ID: {
                    "object_id": account.DEPLOYER_OBJECT_ID,
                    "name": "deployer",
                    "secret_expires": None,
                    "federated_credentials": [],
                }
            },
        }

    def add_managed_identity(self, client_id: str, object_id: str, name: str, seconds: float) -> None:
        """A new service principal (of an identity or an application), which the rest of the cloud sees only when it has been replicated."""
        self.data["principals"][object_id] = {"type": "ServicePrincipal", "name": name, "replicated": now() + seconds}
        self.data["applications"][client_id] = {"object_id": object_id, "name": name, "federated_credentials": []}

    def remove_managed_identity(self, client_id: str, object_id: str) -> None:
        self.data["principals"].pop(object_id, None)
        self.data["applications"].pop(client_id, None)

    def token_for(self, audience: str, object_id: str, app_id: str, tenant_id: str = account.TENANT_ID) -> tuple[str, float]:
        """A token and how long it lives."""
        seconds = float(self.data["token_seconds"])
        key = self.azure.credentials["signing_key"]
        roles = self.azure.graph.roles(audience, object_id)
        token = issue(key, tenant_id=tenant_id, audience=audience, object_id=object_id, app_id=app_id, seconds=seconds, roles=roles)
        return token, seconds

    def match(self, request: Request) -> Match | None:
        return routes.match(self, request)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        return failure(Denied(status, code or "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."))

    def expired(self, request: Request) -> Reply:
        return failure(credentials.secret_expired(request.form.get("client_id", account.DEPLOYER_APP_ID)))

    @property
    def operations(self) -> list[Operation]:
        return routes.operations


def failure(denied: Denied) -> Reply:
    """An OAuth 2.0 error as Entra words it; the AADSTS number is what people search for."""
    moment = timestamp(now(), 0).replace("T", " ")
    trace, correlation = str(uuid4()), str(uuid4())
    body = {
        "error": denied.error,
        "error_description": f"AADSTS{denied.number}: {denied.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}",
        "error_codes": [denied.number],
        "timestamp": moment,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{HOST}/error?code={denied.number}",
    }
    return Reply.of_json(body, denied.status, {"x-ms-request-id": trace, "Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})


def tenant_of(entra: Entra, named: str) -> str:
    """The tenant id for what a URL says: an id or the tenant's domain."""
    wanted = named.lower()
    if wanted == account.TENANT_DOMAIN:
        return account.TENANT_ID
    if wanted in entra.data["tenants"]:
        return wanted
    raise Refusal(failure(credentials.no_such_tenant(named)))


@routes.add("GET", "/common/discovery/instance", "InstanceDiscovery", verified="spec", source=DISCOVERY)
def discover_instance(entra: Entra, request: Request) -> Reply:
    endpoint = request.params.get("authorization_endpoint", "")
    tenant = endpoint.removeprefix(f"{HOST}/").split("/")[0] or "common"
    aliases = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    metadata = [{"preferred_network": aliases[0], "preferred_cache": aliases[1], "aliases": aliases}]
    url = f"{HOST}/{tenant}/v2.0/.well-known/openid-configuration"
    return Reply.of_json({"tenant_discovery_endpoint": url, "api-version": "1.1", "metadata": metadata})


@routes.add("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "OpenIdConfiguration", verified="sdk", source=DISCOVERY)
def configuration(entra: Entra, request: Request, tenant: str) -> Reply:
    base = f"{HOST}/{tenant_of(entra, tenant)}"
    return Reply.of_json(
        {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
                "self_signed_tls_client_auth",
            ],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "AS",
            "cloud_instance_name": "microsoftonline.com",
        }
    )


@routes.add("GET", "/{tenant}/discovery/v2.0/keys", "SigningKeys", verified="spec", source=DISCOVERY)
def signing_keys(entra: Entra, request: Request, tenant: str) -> Reply:
    known = tenant_of(entra, tenant)
    # Real ones are RSA keys with a certificate; tokens here are signed with a key that nobody is told.
    key = {"kty": "RSA", "use": "sig", "kid": "emulated", "x5t": "emulated", "n": "AQAB", "e": "AQAB", "x5c": []}
    return Reply.of_json({"keys": [{**key, "issuer": f"{HOST}/{known}/v2.0"}]})


@routes.add("GET", "/{tenant}/.well-known/openid-configuration", "OpenIdConfiguration.v1", verified="spec", source=DISCOVERY)
def configuration_v1(entra: Entra, request: Request, tenant: str) -> Reply:
    known = tenant_of(entra, tenant)
    base = f"{HOST}/{known}"
    return Reply.of_json(
        {
            "token_endpoint": f"{base}/oauth2/token",
            "jwks_uri": f"{HOST}/common/discovery/keys",
            "issuer": f"https://sts.windows.net/{known}/",
            "authorization_endpoint": f"{base}/oauth2/authorize",
            "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
            "tenant_region_scope": "AS",
            "cloud_instance_name": "microsoftonline.com",
        }
    )


# A token changes nothing that anybody provisions: for the journal it is a read, although it is a POST.
@routes.add("POST", "/{tenant}/oauth2/v2.0/token", "Token", write=False, verified="sdk", source=PROTOCOL)
def token(entra: Entra, request: Request, tenant: str) -> Reply:
    known = tenant_of(entra, tenant)
    try:
        client_id = credentials.check(entra, known, request.form)
        audience = audience_of(request.form.get("scope", ""))
    except Denied as denied:
        return failure(denied)
    application = entra.data["applications"][client_id]
    text, seconds = entra.token_for(audience, application["object_id"], client_id, known)
    body = {"token_type": "Bearer", "expires_in": int(seconds), "ext_expires_in": int(seconds), "access_token": text}
    return Reply.of_json(body, headers={"x-ms-request-id": secrets.token_hex(16), "Cache-Control": "no-store, no-cache"})


def audience_of(scope: str) -> str:
    """The resource of a client credentials scope: `{resource}/.default`, one only."""
    if not scope.strip():
        raise credentials.missing_parameter("scope")
    resource, found, rest = scope.strip().partition("/.default")
    if not found or rest or " " in resource:
        raise Denied(
            400,
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed "
            "to the resource identifier (application ID URI).",
        )
    if resource.rstrip("/") not in RESOURCES:
        raise Denied(
            400,
            "invalid_resource",
            500011,
            f"The resource principal named {resource} was not found in the tenant named {account.SUBSCRIPTION_NAME}. This can "
            "happen if the "
            "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You "
            "might have "
            "sent your authentication request to the wrong tenant.",
        )
    return resource
