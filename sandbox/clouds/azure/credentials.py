# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an application proves who it is: a client secret, or an assertion that a federated credential trusts."""

from __future__ import annotations

import hmac
import typing as t
from collections.abc import Mapping

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.tokens import claims_of

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.entra import Entra

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FEDERATION_HELP = (
    "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion. "
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
)


class Denied(Exception):
    """Entra says no: HTTP status, OAuth error, AADSTS number and its text.

    Numbers: learn.microsoft.com/entra/identity-platform/reference-error-codes; texts as users quote them in public issue threads.
    """

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(number)
        self.status, self.error, self.number, self.text = status, error, number, text


def check(entra: Entra, tenant_id: str, form: Mapping[str, str]) -> str:
    """The client id of a request that proves itself; raises Denied."""
    if "grant_type" not in form:
        raise missing_parameter("grant_type")
    if form["grant_type"] != "client_credentials":
        raise Denied(400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{form['grant_type']}'.")
    if "client_id" not in form:
        raise missing_parameter("client_id")
    client_id = form["client_id"].lower()
    application = entra.data["applications"].get(client_id)
    if application is None:
        raise Denied(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory '{account.SUBSCRIPTION_NAME}'. This can "
            "happen if the "
            "application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have "
            "sent your authentication request to the wrong tenant.",
        )
    if "client_assertion" in form:
        _check_assertion(entra, client_id, application, form)
    elif "client_secret" in form:
        _check_secret(entra, client_id, application, form["client_secret"])
    else:
        raise Denied(
            401,
            "invalid_client",
            7000216,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        )
    return client_id


def _check_secret(entra: Entra, client_id: str, application: Mapping[str, t.Any], secret: str) -> None:
    known = entra.azure.credentials["client_secret"] if client_id == account.DEPLOYER_APP_ID else ""
    ends = entra.azure.graph.secret_ends(client_id, secret)
    if ends is None and (not known or not hmac.compare_digest(secret.encode(), known.encode())):
        raise Denied(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the "
            "client secret ID, "
            f"for a secret added to app '{client_id}'.",
        )
    ends = application.get("secret_expires") if ends is None else ends
    if ends is not None and ends <= now():
        raise secret_expired(client_id)


def _check_assertion(entra: Entra, client_id: str, application: Mapping[str, t.Any], form: Mapping[str, str]) -> None:
    """Issuer, audience and subject must be those of one federated credential, to the letter.

    Whether the issuer signed the assertion is not checked: no issuer is emulated here.
    """
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise missing_parameter("client_assertion_type")
    claims = claims_of(form["client_assertion"])
    if claims is None:
        raise Denied(400, "invalid_request", 50027, "JWT token is invalid or malformed.")
    if not float(claims.get("nbf", 0)) - 300 <= now() < float(claims.get("exp", 0)):
        raise Denied(401, "invalid_client", 700024, "Client assertion is not within its valid time range.")
    trusted = [*application["federated_credentials"], *entra.azure.arm.federated_credentials(client_id)]
    if not trusted:
        raise Denied(
            401,
            "invalid_client",
            70025,
            f"The client '{client_id}'({application['name']}) has no configured federated identity credentials.",
        )
    offered = claims.get("aud")
    audiences = offered if isinstance(offered, list) else [offered]
    tests: tuple[tuple[int, str, t.Any, t.Callable[[Mapping[str, t.Any]], bool]], ...] = (
        (700211, "issuer", claims.get("iss"), lambda each: each["issuer"] == claims.get("iss")),
        (700212, "audience", offered, lambda each: bool(set(audiences) & set(each["audiences"]))),
        (700213, "subject", claims.get("sub"), lambda each: each["subject"] == claims.get("sub")),
    )
    for number, what, value, fits in tests:
        trusted = [each for each in trusted if fits(each)]
        if not trusted:
            raise Denied(
                401,
                "invalid_client",
                number,
                f"No matching federated identity record found for presented assertion {what} '{value}'. {FEDERATION_HELP}",
            )


def missing_parameter(name: str) -> Denied:
    return Denied(400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'.")


def secret_expired(client_id: str) -> Denied:
    return Denied(
        401,
        "invalid_client",
        7000222,
        f"The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create new keys for your app: "
        "https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
    )


def no_such_tenant(named: str) -> Denied:
    return Denied(
        400,
        "invalid_request",
        90002,
        f"Tenant '{named}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with "
        "your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
    )
