# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.ContainerRegistry/registries: names that belong to the whole world, and settings that only some SKUs have.

SKUs: learn.microsoft.com/azure/container-registry/container-registry-skus. Error texts: as users quote them in public issue threads
(Azure/azure-cli issues 1898 and 13951).
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.account import timestamp
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

VERSIONS = ("2023-07-01", "2024-11-01-preview", "2025-04-01", "2025-11-01")
SOURCE = "learn.microsoft.com/rest/api/container-registry/registries"
NAME = r"[A-Za-z0-9]{5,50}"
# Registry names are global: these belong to other people.
TAKEN = ("contoso", "contosoregistry")
SWITCH = ("Enabled", "Disabled")


class Registries(ResourceType):
    name = "Microsoft.ContainerRegistry/registries"
    operations = "Registries"
    versions = VERSIONS
    source = SOURCE
    fields = (
        Field("sku/name", one_of=("Basic", "Standard", "Premium"), required=True),
        Field("sku/tier", read_only=True),
        Field("identity", kind=dict),
        Field("properties/adminUserEnabled", kind=bool, default=False),
        Field("properties/anonymousPullEnabled", kind=bool, default=False),
        Field("properties/dataEndpointEnabled", kind=bool, default=False),
        Field("properties/encryption", kind=dict, default={"status": "disabled"}),
        Field("properties/networkRuleBypassOptions", one_of=("AzureServices", "None"), default="AzureServices"),
        Field("properties/networkRuleBypassAllowedForTasks", kind=bool, default=False),
        Field("properties/networkRuleSet", kind=dict),
        Field("properties/policies", kind=dict),
        Field("properties/publicNetworkAccess", one_of=SWITCH, default="Enabled"),
        Field(
            "properties/roleAssignmentMode",
            one_of=("LegacyRegistryPermissions", "AbacRepositoryPermissions"),
            default="LegacyRegistryPermissions",
        ),
        Field("properties/zoneRedundancy", one_of=SWITCH, default="Disabled", immutable=True),
        Field("properties/loginServer", read_only=True),
        Field("properties/creationDate", read_only=True),
        Field("properties/provisioningState", read_only=True),
        Field("properties/privateEndpointConnections", read_only=True),
    )
    created_status = 201
    seconds = {"create": 0.4, "update": 0.1, "delete": 0.2}
    shows_state = True
    shows_system_data = True

    def check_name(self, arm: Arm, target: Target) -> None:
        if not re.fullmatch(NAME, target.name):
            text = "Registry names may contain alpha numeric characters only and must be between 5 and 50 characters."
            raise refuse(400, "InvalidResourceName", text)

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        if kept is None and taken(arm, target.name):
            raise refuse(
                409,
                "AlreadyInUse",
                f"The registry DNS name {target.name.lower()}.azurecr.io is already in use. You can check if the name is already claimed "
                "using following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability",
            )
        properties = fresh["properties"]
        _check_sku(fresh["sku"]["name"], properties)
        fresh["sku"]["tier"] = fresh["sku"]["name"]
        properties["policies"] = _policies(properties.get("policies") or {})
        if "networkRuleSet" in properties:
            properties["networkRuleSet"] = _network_rules(properties["networkRuleSet"])
        return fresh

    def extra(self, arm: Arm, record: Record) -> Body:
        return {
            "loginServer": f"{record['name'].lower()}.azurecr.io",
            "creationDate": timestamp(record["created"]),
            "privateEndpointConnections": [],
            "dataEndpointHostNames": [],
        }


def _check_sku(sku: str, properties: Body) -> None:
    premium = {
        "publicNetworkAccess": "Disabled",
        "zoneRedundancy": "Enabled",
        "dataEndpointEnabled": True,
        "networkRuleSet/defaultAction": "Deny",
        "policies/retentionPolicy/status": "enabled",
    }
    wrong = [path for path, value in premium.items() if str(at(properties, path)).lower() == str(value).lower()]
    if sku == "Basic" and properties["anonymousPullEnabled"]:
        wrong.append("anonymousPullEnabled")
    if sku != "Premium" and wrong:
        text = f"The resource request property {wrong[0]} is not supported for the SKU {sku}. Please upgrade to a SKU that supports it."
        raise refuse(400, "SkuNotSupported", text)


def _policies(sent: Body) -> Body:
    """What a registry of any SKU returns, with what was sent laid over it."""
    usual: Body = {
        "quarantinePolicy": {"status": "disabled"},
        "trustPolicy": {"type": "Notary", "status": "disabled"},
        "retentionPolicy": {"days": 7, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
    }
    return {name: {**value, **(at(sent, name) or {})} for name, value in usual.items()}


def _network_rules(sent: Body) -> Body:
    return {
        "defaultAction": str(sent.get("defaultAction") or "Allow").capitalize(),
        "ipRules": [{"action": "Allow", "value": _address(each)} for each in reversed(sent.get("ipRules") or [])],
    }


def _address(rule: t.Any) -> str:
    """An address or range as this provider returns it: a single address without its /32, the newest rule first."""
    text = rule.get("value") if isinstance(rule, dict) else None
    try:
        return str(ipaddress.IPv4Network(text)).removesuffix("/32")
    except ValueError:
        raise refuse(400, "InvalidNetworkRule", f"The IP rule '{text}' is invalid.") from None


def taken(arm: Arm, name: str) -> bool:
    """Whether somebody, anywhere, has a registry of this name."""
    mine = (each["name"].lower() for each in arm.data["resources"].values() if each["type"] == Registries.name)
    return name.lower() in TAKEN or name.lower() in mine


engine.register(Registries())

ONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"


# Admin passwords are read with a POST: nothing changes.
@operation(
    "POST",
    f"{ONE}/listCredentials",
    "Registries_ListCredentials",
    versions=VERSIONS,
    verified="sdk",
    source=SOURCE,
    kind="registries",
    write=False,
)
def list_credentials(arm: Arm, request: Request, subscription: str, group: str, name: str) -> Reply:
    kind = engine.TYPES[Registries.name.lower()]
    target = engine.target_of(kind, arm, request, subscription, group, [name])
    arm.authorize(request, f"{Registries.name}/listCredentials/action", target.id)
    record = engine.existing(kind, arm, target)
    if not record["body"]["properties"]["adminUserEnabled"]:
        raise refuse(
            400,
            "UnAuthorizedForCredentialOperations",
            f"Cannot perform credential operations for {record['id']} as admin user is disabled. Kindly enable admin user as per docs: "
            "https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account",
        )
    passwords = [
        {"name": each, "value": f"{uuid5(NAMESPACE_URL, record['id'] + each)}{record['created']:.0f}"} for each in ("password", "password2")
    ]
    return Reply.of_json({"username": record["name"], "passwords": passwords})


@operation(
    "POST",
    "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
    "Registries_CheckNameAvailability",
    versions=VERSIONS,
    verified="sdk",
    source=SOURCE,
    kind="checkNameAvailability",
    write=False,
)
def check_name(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.ContainerRegistry/checkNameAvailability/read", f"/subscriptions/{subscription}")
    try:
        name, kind = request.json()["name"], request.json()["type"]
    except (ValueError, KeyError, TypeError):
        raise refuse(400, "BadRequest", "The request needs a name and a type.") from None
    if kind.lower() != Registries.name.lower():
        raise refuse(400, "BadRequest", f"The resource type {kind} is not supported.")
    if not re.fullmatch(NAME, name):
        text = "Registry names may contain alpha numeric characters only and must be between 5 and 50 characters."
        return Reply.of_json({"nameAvailable": False, "reason": "Invalid", "message": text})
    if taken(arm, name):
        return Reply.of_json({"nameAvailable": False, "reason": "AlreadyExists", "message": f"The registry {name} is already in use."})
    return Reply.of_json({"nameAvailable": True})
