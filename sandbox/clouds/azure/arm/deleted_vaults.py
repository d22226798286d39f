# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Soft-deleted vaults, and names: a deleted vault keeps its name until somebody recovers or purges it, or its time is over."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm import operations
from sandbox.clouds.azure.arm.api import operation, page, refuse
from sandbox.clouds.azure.arm.regions import canonical
from sandbox.clouds.azure.arm.rules import Body, at
from sandbox.clouds.azure.arm.types import Record, Target
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/keyvault/keyvault/vaults"
PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
DAY = 86400.0


def keep(arm: Arm, record: Record) -> None:
    """A vault that was just deleted goes on existing here, with its settings and its secrets."""
    days = record["body"]["properties"]["softDeleteRetentionInDays"]
    arm.data["deleted_vaults"][record["name"].lower()] = {"record": record, "deleted": now(), "ends": now() + days * DAY, "purged": None}


def settle(arm: Arm) -> None:
    """Vaults whose purge is done, or whose time is over, are gone for good."""
    for name, vault in list(arm.data["deleted_vaults"].items()):
        if min(vault["ends"], vault["purged"] or vault["ends"]) <= now():
            del arm.data["deleted_vaults"][name]
            arm.azure.vault.forget(name)


def take_back(arm: Arm, target: Target, location: str, *, recovering: bool) -> Body | None:
    """What to make of a new vault's name: the body of the deleted vault when it is to be recovered, None when the name is free."""
    deleted = arm.data["deleted_vaults"].get(target.name.lower())
    if recovering:
        if deleted is None or deleted["record"]["id"].lower() != target.key or deleted["purged"]:
            raise refuse(404, "DeletedVaultNotFound", f"The specified deleted vault '{target.name}' does not exist.")
        # It comes back as it was: what this request says about its settings is not looked at.
        return t.cast(Body, deleted["record"]["body"])
    if deleted is not None and deleted["record"]["body"]["location"] == canonical(location):
        raise refuse(
            409,
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. "
            "Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
        )
    if taken(arm, target.name):
        raise refuse(409, "VaultAlreadyExists", _in_use(target.name))
    return None


def taken(arm: Arm, name: str) -> bool:
    """Whether somebody, anywhere, has a vault of this name, be it a deleted one."""
    mine = any(
        each["type"] == "Microsoft.KeyVault/vaults" and each["name"].lower() == name.lower() for each in arm.data["resources"].values()
    )
    return mine or name.lower() in arm.data["deleted_vaults"] or name.lower() in arm.data["taken_vault_names"]


def valid_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]", name) is not None and "--" not in name


def _in_use(name: str) -> str:
    return (
        f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name is already "
        "taken. If you are "
        "sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not "
        "purged after being "
        "placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before "
        "reusing the name. For "
        "more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740."
    )


def register(versions: tuple[str, ...]) -> None:
    """Register the operations, for the api-versions of vaults."""
    facts: dict[str, t.Any] = {"versions": versions, "verified": "sdk", "source": SOURCE}
    one = f"{PROVIDER}/locations/{{location}}/deletedVaults/{{name}}"
    operation("GET", f"{PROVIDER}/deletedVaults", "Vaults_ListDeleted", kind="deletedVaults", **facts)(list_deleted)
    operation("GET", one, "Vaults_GetDeleted", kind="locations/deletedVaults", **facts)(get_deleted)
    operation("POST", f"{one}/purge", "Vaults_PurgeDeleted", kind="locations/deletedVaults", **facts)(purge)
    # A POST that only reads.
    operation(
        "POST", f"{PROVIDER}/checkNameAvailability", "Vaults_CheckNameAvailability", kind="checkNameAvailability", write=False, **facts
    )(check_name)


def _render(arm: Arm, vault: dict[str, t.Any], subscription: str) -> Body:
    record = vault["record"]
    location = record["body"]["location"]
    return {
        "id": f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{record['name']}",
        "name": record["name"],
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": record["id"],
            "location": location,
            "tags": record["body"]["tags"],
            "deletionDate": timestamp(vault["deleted"], 0),
            "scheduledPurgeDate": timestamp(vault["ends"], 0),
            **({"purgeProtectionEnabled": True} if at(record["body"], "properties/enablePurgeProtection") else {}),
        },
    }


def _find(arm: Arm, location: str, name: str) -> dict[str, t.Any]:
    found = arm.data["deleted_vaults"].get(name.lower())
    if found is None or found["record"]["body"]["location"] != canonical(location):
        raise refuse(404, "DeletedVaultNotFound", f"The specified deleted vault '{name}' does not exist.")
    return t.cast("dict[str, t.Any]", found)


def list_deleted(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.KeyVault/deletedVaults/read", f"/subscriptions/{subscription}")
    return page(request, [_render(arm, each, subscription) for each in arm.data["deleted_vaults"].values()])


def get_deleted(arm: Arm, request: Request, subscription: str, location: str, name: str) -> Reply:
    arm.authorize(request, "Microsoft.KeyVault/locations/deletedVaults/read", f"/subscriptions/{subscription}")
    return Reply.of_json(_render(arm, _find(arm, location, name), subscription))


def purge(arm: Arm, request: Request, subscription: str, location: str, name: str) -> Reply:
    arm.authorize(request, "Microsoft.KeyVault/locations/deletedVaults/purge/action", f"/subscriptions/{subscription}")
    found = _find(arm, location, name)
    if at(found["record"]["body"], "properties/enablePurgeProtection"):
        raise refuse(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
    seconds = arm.seconds("Vaults_PurgeDeleted", 0.6)
    found["purged"] = found["purged"] or now() + seconds
    return Reply(202, headers=operations.start(arm, subscription, "Microsoft.KeyVault", canonical(location), seconds).headers("result"))


def check_name(arm: Arm, request: Request, subscription: str) -> Reply:
    arm.authorize(request, "Microsoft.KeyVault/checkNameAvailability/read", f"/subscriptions/{subscription}")
    try:
        body = request.json()
        name, kind = body["name"], body["type"]
    except (ValueError, KeyError, TypeError):
        raise refuse(400, "BadRequest", "The request needs a name and a type.") from None
    if kind.lower() != "microsoft.keyvault/vaults":
        raise refuse(400, "BadRequest", f"An invalid value was provided for 'type': {kind}.")
    if not valid_name(name):
        problem = "The vault name is invalid."
        return Reply.of_json({"nameAvailable": False, "reason": "AccountNameInvalid", "message": problem})
    if taken(arm, name):
        return Reply.of_json({"nameAvailable": False, "reason": "AlreadyExists", "message": _in_use(name)})
    return Reply.of_json({"nameAvailable": True})
