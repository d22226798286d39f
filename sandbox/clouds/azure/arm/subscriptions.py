# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions, tenants, locations, and the registration of resource providers."""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, page, refuse
from sandbox.clouds.azure.arm.regions import REGIONS, as_json, display
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/resources"
SUBSCRIPTION_VERSIONS = (
    "2014-04-01",
    "2015-11-01",
    "2016-06-01",
    "2018-06-01",
    "2019-06-01",
    "2019-11-01",
    "2020-01-01",
    "2021-01-01",
    "2022-12-01",
)
PROVIDER_VERSIONS = (
    "2015-11-01",
    "2016-09-01",
    "2018-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-04-01",
    "2022-09-01",
    "2024-03-01",
    "2025-04-01",
)

# A new subscription has these at once; everything else must be registered by somebody.
ALWAYS = ("Microsoft.Resources", "Microsoft.Authorization", "Microsoft.Features", "Microsoft.Portal")
ON_DEMAND = (
    "Microsoft.KeyVault",
    "Microsoft.ManagedIdentity",
    "Microsoft.ContainerService",
    "Microsoft.ContainerRegistry",
    "Microsoft.DocumentDB",
    "Microsoft.Network",
    "Microsoft.Compute",
    "Microsoft.Monitor",
    "Microsoft.Insights",
    "Microsoft.AlertsManagement",
    "Microsoft.Dashboard",
    "Microsoft.OperationalInsights",
    "Microsoft.OperationsManagement",
)


def seed() -> dict[str, t.Any]:
    always = {name: {"state": "Registered", "until": 0} for name in ALWAYS}
    return always | {name: {"state": "NotRegistered", "until": 0} for name in ON_DEMAND}


def state_of(arm: Arm, namespace: str) -> str:
    known = _find(arm, namespace)
    if known is None:
        return "NotRegistered"
    found = arm.data["providers"][known]
    return "Registered" if found["state"] == "Registering" and found["until"] <= now() else t.cast(str, found["state"])


def _find(arm: Arm, namespace: str) -> str | None:
    return next((name for name in arm.data["providers"] if name.lower() == namespace.lower()), None)


# --- subscriptions -------------------------------------------------------


def _subscription() -> dict[str, t.Any]:
    return {
        "id": f"/subscriptions/{account.SUBSCRIPTION_ID}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": account.SUBSCRIPTION_ID,
        "tenantId": account.TENANT_ID,
        "displayName": account.SUBSCRIPTION_NAME,
        "state": "Enabled",
        "subscriptionPolicies": {"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"},
    }


@operation("GET", "/subscriptions", "Subscriptions_List", versions=SUBSCRIPTION_VERSIONS, verified="sdk", source=SOURCE)
def list_subscriptions(arm: Arm, request: Request) -> Reply:
    seen = arm.allows(arm.caller(request), "Microsoft.Resources/subscriptions/read", f"/subscriptions/{account.SUBSCRIPTION_ID}")
    found = [_subscription()] if seen else []
    return page(request, found, extra={"count": {"type": "Total", "value": len(found)}})


@operation("GET", "/subscriptions/{subscription}", "Subscriptions_Get", versions=SUBSCRIPTION_VERSIONS, verified="sdk", source=SOURCE)
def get_subscription(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.Resources/subscriptions/read", f"/subscriptions/{subscription}")
    return Reply.of_json(_subscription())


@operation("GET", "/tenants", "Tenants_List", versions=SUBSCRIPTION_VERSIONS, verified="sdk", source=SOURCE)
def list_tenants(arm: Arm, request: Request) -> Reply:
    tenant = {
        "id": f"/tenants/{account.TENANT_ID}",
        "tenantId": account.TENANT_ID,
        "tenantCategory": "Home",
        "countryCode": "KR",
        "displayName": account.SUBSCRIPTION_NAME,
        "domains": [account.TENANT_DOMAIN],
        "defaultDomain": account.TENANT_DOMAIN,
        "tenantType": "AAD",
    }
    return page(request, [tenant])


@operation(
    "GET",
    "/subscriptions/{subscription}/locations",
    "Subscriptions_ListLocations",
    versions=SUBSCRIPTION_VERSIONS,
    verified="sdk",
    source=SOURCE,
)
def list_locations(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.Resources/subscriptions/locations/read", f"/subscriptions/{subscription}")
    return Reply.of_json({"value": [as_json(name, subscription) for name in REGIONS]})


# --- providers -----------------------------------------------------------


def _provider(arm: Arm, subscription: str, namespace: str) -> dict[str, t.Any]:
    return {
        "id": f"/subscriptions/{subscription}/providers/{namespace}",
        "namespace": namespace,
        "resourceTypes": [
            {
                "resourceType": kind.kind,
                "locations": [display(name) for name in REGIONS] if kind.tracked else [],
                "apiVersions": list(reversed(kind.versions)),
                "capabilities": "SupportsTags, SupportsLocation" if kind.tracked else "None",
            }
            for kind in engine.TYPES.values()
            if kind.namespace == namespace
        ],
        "registrationState": state_of(arm, namespace),
        "registrationPolicy": "RegistrationFree" if namespace in ALWAYS else "RegistrationRequired",
    }


def _known(arm: Arm, namespace: str) -> str:
    found = _find(arm, namespace)
    if found is None:
        raise refuse(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return found


@operation("GET", "/subscriptions/{subscription}/providers", "Providers_List", versions=PROVIDER_VERSIONS, verified="sdk", source=SOURCE)
def list_providers(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.Resources/subscriptions/providers/read", f"/subscriptions/{subscription}")
    return page(request, [_provider(arm, subscription, name) for name in arm.data["providers"]], size=100)


@operation(
    "GET", "/subscriptions/{subscription}/providers/{namespace}", "Providers_Get", versions=PROVIDER_VERSIONS, verified="sdk", source=SOURCE
)
def get_provider(arm: Arm, request: Request, subscription: str, namespace: str) -> Reply:
    arm.authorize(request, "Microsoft.Resources/subscriptions/providers/read", f"/subscriptions/{subscription}")
    return Reply.of_json(_provider(arm, subscription, _known(arm, namespace)))


@operation(
    "POST",
    "/subscriptions/{subscription}/providers/{namespace}/register",
    "Providers_Register",
    versions=PROVIDER_VERSIONS,
    verified="sdk",
    source=SOURCE,
)
def register_provider(arm: Arm, request: Request, subscription: str, namespace: str) -> Reply:
    name = _known(arm, namespace)
    arm.authorize(request, f"{name}/register/action", f"/subscriptions/{subscription}")
    if state_of(arm, name) == "NotRegistered":
        arm.data["providers"][name] = {"state": "Registering", "until": now() + arm.seconds("Providers_Register", 0.8)}
    return Reply.of_json(_provider(arm, subscription, name))
