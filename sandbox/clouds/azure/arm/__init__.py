# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Resource Manager: one way in for every call, and the state that all resource types share."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import AzureService, now, timestamp
from sandbox.clouds.azure.arm import (  # noqa: F401  they register
    alerts,
    authorization,
    container_registry,
    container_service_parts,
    dashboards,
    data_collection,
    document_db,
    document_db_mongo,
    engine,
    groups,
    key_vault,
    managed_identity,
    network_addresses,
    network_connections,
    network_gateways,
    network_virtual,
    prometheus_rules,
    rbac,
    role_definitions,
    subscriptions,
    workspaces,
)
from sandbox.clouds.azure.arm.api import failure, refuse, routes
from sandbox.clouds.azure.arm.roles import ROLES, Role
from sandbox.clouds.azure.tokens import Caller, bearer, issuer, read
from sandbox.http import READING_VERBS, Match, Operation, Refusal, Reply, Request

AUDIENCES = (
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "https://management.azure.com/",
    "https://management.azure.com",
)
# Token buckets per principal, subscription and kind of call: how many, and how many more each second
# (learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling).
BUCKETS = {"reads": (250, 25), "writes": (200, 10), "deletes": (200, 10)}


class Arm(AzureService):
    """management.azure.com."""

    name = "arm"
    hosts = ("management.azure.com",)

    def seed(self) -> dict[str, t.Any]:
        return {
            "groups": {},
            "resources": {},
            "operations": {},
            "providers": subscriptions.seed(),
            "role_assignments": authorization.seed(),
            "custom_roles": {},  # by id: name, description, actions, not_actions, data_actions
            "deleted_vaults": {},
            # Vault names are global: these belong to other people.
            "taken_vault_names": ["contoso", "contoso-vault"],
        }

    # --- the way in ------------------------------------------------------

    def match(self, request: Request) -> Match | None:
        """Every operation behind the same door: token, subscription, headers. Clients double the slash before a scope; ARM forgives it."""
        request = replace(request, path="/" + request.path.lstrip("/"))
        found = routes.match(self, request)
        return Match(found.operation, lambda: self._answer(request, found)) if found else None

    def _answer(self, request: Request, found: Match) -> Reply:
        groups.settle(self)
        key_vault.settle(self)
        try:
            self.caller(request)
            self._check_subscription(request)
            reply = found.call()
        except Refusal as refusal:
            reply = refusal.reply
        return reply.with_headers(self._headers(request))

    def caller(self, request: Request) -> Caller:
        """Who calls, by a token for this API; refuses any other."""
        token = bearer(request.headers.get("authorization", ""))
        if token is None:
            raise self._unauthenticated("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        caller = read(self.azure.credentials["signing_key"], token)
        if caller is None:
            raise self._unauthenticated("InvalidAuthenticationToken", "The access token is invalid.")
        if caller.expired:
            raise Refusal(self._expired(caller.expires))
        if caller.audience not in AUDIENCES:
            allowed = ",".join(f"'{each}'" for each in AUDIENCES)
            raise self._unauthenticated(
                "InvalidAuthenticationTokenAudience",
                f"The access token has been obtained for wrong audience or resource '{caller.audience}'. "
                f"It should exactly match with one of the allowed audiences {allowed}.",
            )
        if caller.tenant_id != account.TENANT_ID:
            raise self._unauthenticated(
                "InvalidAuthenticationTokenTenant",
                f"The access token is from the wrong issuer '{issuer(caller.tenant_id)}'. It must match the tenant "
                f"'{issuer(account.TENANT_ID)}' "
                f"associated with this subscription. Please use the authority (URL) 'https://login.windows.net/{account.TENANT_ID}' "
                "to get the "
                "token. Note, if the subscription is transferred to another tenant there is no impact to the services, but "
                "information about new "
                "tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error "
                "message, "
                "please try back later.",
            )
        return caller

    def _unauthenticated(self, code: str, message: str) -> Refusal:
        authority = f"https://login.windows.net/{account.TENANT_ID}"
        challenge = f'Bearer authorization_uri="{authority}", error="invalid_token", error_description="{message}"'
        return Refusal(failure(401, code, message).with_headers({"WWW-Authenticate": challenge}))

    def _expired(self, when: float) -> Reply:
        message = f"The access token expiry UTC time '{timestamp(when, 0)}' is earlier than current UTC time '{timestamp(now(), 0)}'."
        return self._unauthenticated("ExpiredAuthenticationToken", message).reply

    def _check_subscription(self, request: Request) -> None:
        found = re.match(r"/subscriptions/([^/]+)", request.path, re.IGNORECASE)
        if found is None or found[1].lower() == account.SUBSCRIPTION_ID:
            return
        if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", found[1]):
            raise refuse(400, "InvalidSubscriptionId", f"The provided subscription identifier '{found[1]}' is malformed or invalid.")
        raise refuse(404, "SubscriptionNotFound", f"The subscription '{found[1]}' could not be found.")

    def _headers(self, request: Request) -> dict[str, str]:
        correlation = request.headers.get("x-ms-correlation-request-id") or str(uuid4())
        moment = timestamp(now(), 0).replace("-", "").replace(":", "")
        kind = "reads" if request.method in READING_VERBS else "deletes" if request.method == "DELETE" else "writes"
        headers = {
            "x-ms-request-id": str(uuid4()),
            "x-ms-correlation-request-id": correlation,
            "x-ms-routing-request-id": f"KOREACENTRAL:{moment}:{correlation}",
            f"x-ms-ratelimit-remaining-subscription-{kind}": str(self._remaining(kind)),
            f"x-ms-ratelimit-remaining-subscription-global-{kind}": str(self._remaining(kind, 0) * 15),
            "Cache-Control": "no-cache",
            "Pragma": "no-cache",
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
            "X-Content-Type-Options": "nosniff",
        }
        if request.headers.get("x-ms-return-client-request-id", "").lower() == "true" and "x-ms-client-request-id" in request.headers:
            headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        return headers

    def _remaining(self, kind: str, taken: int = 1) -> int:
        """What is left in the bucket. It is counted but never refuses: everything here is faster than the real thing, and "
        "throttling is a fault."""
        size, refill = BUCKETS[kind]
        buckets: dict[str, tuple[float, float]] = self.__dict__.setdefault("_buckets", {})
        left, since = buckets.get(kind, (float(size), now()))
        left = max(1.0, min(float(size), left + (now() - since) * refill) - taken)
        buckets[kind] = (left, now())
        return int(left)

    # --- rights ----------------------------------------------------------

    def allows(self, caller: Caller, action: str, scope: str, *, data: bool = False) -> bool:
        return rbac.allows(self.data["role_assignments"].values(), self.roles, caller.object_id, action, scope, data=data)

    @property
    def roles(self) -> dict[str, Role]:
        """Roles by id: the built-in ones, and those of the subscription's own."""
        return ROLES | {key: Role.custom(key, kept) for key, kept in self.data.get("custom_roles", {}).items()}

    def authorize(self, request: Request, action: str, scope: str) -> Caller:
        """The caller, who may do this here; or 403."""
        caller = self.caller(request)
        if not self.allows(caller, action, scope):
            raise refuse(
                403,
                "AuthorizationFailed",
                f"The client '{caller.app_id}' with object id '{caller.object_id}' does not have authorization to perform action "
                f"'{action}' over "
                f"scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            )
        return caller

    def forget_assignments(self, scope: str) -> None:
        """Role assignments go with what they are at."""
        kept = {key: each for key, each in self.data["role_assignments"].items() if not rbac.at_or_below(each["scope"], scope)}
        self.data["role_assignments"] = kept

    # --- what types ask for ----------------------------------------------

    def group_name(self, group: str) -> str:
        """A group's name as it was created; as it was asked for, if there is none."""
        found = self.data["groups"].get(group.lower())
        return t.cast(str, found["name"]) if found else group

    def require_group(self, group: str, *, writing: bool = False) -> None:
        found = self.data["groups"].get(group.lower())
        if found is None:
            raise refuse(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
        if writing and found["gone"]:
            text = f"The resource group '{found['name']}' is in deprovisioning state and cannot perform this operation."
            raise refuse(409, "ResourceGroupBeingDeleted", text)

    def require_registered(self, namespace: str) -> None:
        if subscriptions.state_of(self, namespace) != "Registered":
            text = (
                f"The subscription is not registered to use namespace '{namespace}'. "
                "See https://aka.ms/rps-not-found for how to register subscriptions."
            )
            detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": text}
            raise refuse(409, "MissingSubscriptionRegistration", text, details=[detail])

    def identities(self) -> Iterator[tuple[str, dict[str, t.Any]]]:
        """Every user-assigned identity: its key, and its read-only properties."""
        return managed_identity.identities(self)

    def federated_credentials(self, client_id: str) -> list[dict[str, t.Any]]:
        """The federated credentials of the managed identity with this client id, as far as Entra has heard of them."""
        return managed_identity.federated_credentials(self, client_id)

    # --- faults ----------------------------------------------------------

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual = {
            429: "TooManyRequests",
            409: "AnotherOperationInProgress",
            404: "ResourceNotFound",
            403: "AuthorizationFailed",
            503: "ServiceUnavailable",
        }
        reply = failure(status, code or usual.get(status, "InternalServerError"), "The request failed. Please retry later.")
        return reply.with_headers(self._headers(request))

    def expired(self, request: Request) -> Reply:
        return self._expired(now() - 1).with_headers(self._headers(request))

    @property
    def operations(self) -> list[Operation]:
        return routes.operations
