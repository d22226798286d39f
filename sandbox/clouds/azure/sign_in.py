# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sign-in hosts of tenants for customers: `{name}.ciamlogin.com` of External ID, `{name}.b2clogin.com` of Azure AD B2C.

They publish metadata without asking who wants to know; nobody signs in here.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import AzureService
from sandbox.clouds.azure.credentials import Denied
from sandbox.clouds.azure.entra import failure, tenant_of
from sandbox.http import Match, Operation, Refusal, Reply, Request, Routes

EXTERNAL_ID = "learn.microsoft.com/entra/external-id/customers/concept-authentication-methods-customers"
B2C = "learn.microsoft.com/azure/active-directory-b2c/tokens-overview"

routes = Routes()


class SignIn(AzureService):
    """Its state: names of tenants and the user flows of Azure AD B2C."""

    name = "sign_in"
    hosts = ("*.ciamlogin.com", "*.b2clogin.com")

    def seed(self) -> dict[str, t.Any]:
        return {"names": {account.TENANT_DOMAIN.partition(".")[0]: account.TENANT_ID}, "user_flows": ["B2C_1_signup_signin"]}

    def resolves(self, host: str) -> bool:
        return host.partition(".")[0] in self.data["names"]

    def match(self, request: Request) -> Match | None:
        return routes.match(self, request)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        return failure(Denied(status, code or "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."))

    def expired(self, request: Request) -> Reply:
        return self.error(request, 401)

    @property
    def operations(self) -> list[Operation]:
        return routes.operations


def document(issuer: str, base: str) -> Reply:
    return Reply.of_json(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code", "id_token", "code id_token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def _check(service: SignIn, host: str, tenant: str, policy: str | None) -> str:
    """The id of the tenant that a URL speaks of. A user flow that is not there is told as B2C tells it."""
    known = tenant_of(service.azure.entra, tenant)
    if (policy is None) != host.endswith(".ciamlogin.com"):
        raise Refusal(
            Reply(404, b"The resource you are looking for has been removed, had its name changed, or is temporarily unavailable.")
        )
    if policy is not None and policy.casefold() not in (each.casefold() for each in service.data["user_flows"]):
        text = f"The policy '{policy}' specified in the request does not exist in tenant '{tenant}'."
        raise Refusal(failure(Denied(400, "invalid_request", 90087, text)))
    return known


@routes.add("GET", "/{tenant}/v2.0/.well-known/openid-configuration", "SignIn.OpenIdConfiguration", verified="assumed", source=EXTERNAL_ID)
def external_id(service: SignIn, request: Request, tenant: str) -> Reply:
    known = _check(service, request.host, tenant, None)
    return document(f"https://{known}.ciamlogin.com/{known}/v2.0", f"https://{request.host}/{known}")


@routes.add("GET", "/{tenant}/{policy}/v2.0/.well-known/openid-configuration", "SignIn.UserFlowConfiguration", verified="spec", source=B2C)
def user_flow(service: SignIn, request: Request, tenant: str, policy: str) -> Reply:
    known = _check(service, request.host, tenant, policy)
    # The issuer carries the tenant's id, whatever the URL was, and ends with a slash.
    return document(f"https://{request.host}/{known}/v2.0/", f"https://{request.host}/{tenant}/{policy.casefold()}")


@routes.add("GET", "/{tenant}/discovery/v2.0/keys", "SignIn.Keys", verified="assumed", source=EXTERNAL_ID)
def keys(service: SignIn, request: Request, tenant: str) -> Reply:
    _check(service, request.host, tenant, None)
    return _keys()


@routes.add("GET", "/{tenant}/{policy}/discovery/v2.0/keys", "SignIn.UserFlowKeys", verified="spec", source=B2C)
def user_flow_keys(service: SignIn, request: Request, tenant: str, policy: str) -> Reply:
    _check(service, request.host, tenant, policy)
    return _keys()


def _keys() -> Reply:
    return Reply.of_json({"keys": [{"kid": "emulated", "use": "sig", "kty": "RSA", "e": "AQAB", "n": "AQAB"}]})
