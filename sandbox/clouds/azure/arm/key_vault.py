# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.KeyVault/vaults: names that belong to the whole world, and settings that cannot be taken back.

Error codes and texts: learn.microsoft.com/azure/key-vault/general/common-error-codes, and as users quote them in public issue threads.
"""

from __future__ import annotations

import ipaddress
import typing as t
from datetime import UTC, datetime

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import deleted_vaults, engine
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target, state_of
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Refusal

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

# learn.microsoft.com/azure/key-vault/general/migrate-api-version: everything older than 2026-02-01 ends on 27 February 2027.
ENDING = (
    "2015-06-01",
    "2016-10-01",
    "2018-02-14",
    "2018-02-14-preview",
    "2019-09-01",
    "2020-04-01-preview",
    "2021-04-01-preview",
    "2021-06-01-preview",
    "2021-10-01",
    "2021-11-01-preview",
    "2022-02-01-preview",
    "2022-07-01",
    "2022-11-01",
    "2023-02-01",
    "2023-07-01",
    "2024-04-01-preview",
    "2024-11-01",
    "2024-12-01-preview",
    "2025-05-01",
)
STAYING = ("2026-02-01", "2026-05-15")
END = datetime(2027, 2, 27, tzinfo=UTC).timestamp()

SECRET_RIGHTS = ("all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge")


class Vaults(ResourceType):
    name = "Microsoft.KeyVault/vaults"
    operations = "Vaults"
    versions = (*ENDING, *STAYING) if now() < END else STAYING
    source = "learn.microsoft.com/rest/api/keyvault/keyvault/vaults"
    fields = (
        Field("properties/sku/family", one_of=("A",), required=True),
        Field("properties/sku/name", one_of=("standard", "premium"), required=True),
        Field("properties/tenantId", required=True),
        Field("properties/networkAcls", kind=dict),
        Field("properties/accessPolicies", kind=list),
        Field("properties/enabledForDeployment", kind=bool, default=False),
        Field("properties/enabledForDiskEncryption", kind=bool),
        Field("properties/enabledForTemplateDeployment", kind=bool),
        Field("properties/enableSoftDelete", kind=bool, default=True),
        Field("properties/softDeleteRetentionInDays", kind=int, between=(7, 90), default=90, immutable=True),
        Field("properties/enableRbacAuthorization", kind=bool),
        Field("properties/enablePurgeProtection", kind=bool),
        Field("properties/publicNetworkAccess", one_of=("Enabled", "Disabled"), default="Enabled"),
        Field("properties/createMode", one_of=("default", "recover"), write_only=True),
        Field("properties/vaultUri", read_only=True),
        Field("properties/hsmPoolResourceId", read_only=True),
        Field("properties/provisioningState", read_only=True),
        Field("properties/privateEndpointConnections", read_only=True),
    )
    created_status = 200
    lro = "body"  # no polling URL: only provisioningState tells
    seconds = {"create": 0.6}
    creating = "RegisteringDns"
    shows_state = True
    shows_system_data = True

    def complain(self, field: Field, text: str) -> Refusal:
        if field.name == "softDeleteRetentionInDays" and "changed" in text:
            text = 'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.'
        return refuse(400, "BadRequest", text)

    def check_name(self, arm: Arm, target: Target) -> None:
        if not deleted_vaults.valid_name(target.name):
            raise refuse(
                400,
                "VaultNameNotValid",
                f"The vault name '{target.name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name "
                "must begin with a "
                "letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more information: "
                "https://go.microsoft.com/fwlink/?linkid=2147742",
            )

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        recovering = str(at(sent, "properties/createMode")).lower() == "recover"
        if kept is None:
            recovered = deleted_vaults.take_back(arm, target, at(sent, "location"), recovering=recovering)
            if recovered is not None:
                return recovered
        _check_irreversible(properties, kept)
        if properties["tenantId"].lower() != account.TENANT_ID:
            text = f"An invalid value was provided for 'tenantId': '{properties['tenantId']}' is not the tenant of the subscription."
            raise refuse(400, "BadRequest", text)
        if "enableRbacAuthorization" not in properties:
            # Updates never flip the model; a new vault gets RBAC from 2026-02-01 on (…/key-vault/general/access-control-default).
            before = at(kept["body"], "properties/enableRbacAuthorization") if kept else target.version in STAYING
            properties["enableRbacAuthorization"] = bool(before)
        if "accessPolicies" not in properties and not properties["enableRbacAuthorization"]:
            raise refuse(400, "BadRequest", "The parameter accessPolicies is required: it may be an empty array.")
        properties["accessPolicies"] = [_policy(each) for each in properties.get("accessPolicies", [])]
        if "networkAcls" in properties:
            properties["networkAcls"] = _network_acls(properties["networkAcls"])
        return fresh

    def created(self, arm: Arm, record: Record) -> None:
        arm.data["deleted_vaults"].pop(record["name"].lower(), None)

    def deleted(self, arm: Arm, record: Record) -> None:
        deleted_vaults.keep(arm, record)

    def extra(self, arm: Arm, record: Record) -> Body:
        return {"vaultUri": f"https://{record['name'].lower()}.vault.azure.net/"}


def _check_irreversible(properties: Body, kept: Record | None) -> None:
    if properties.get("enablePurgeProtection") is False:
        raise refuse(
            400,
            "BadRequest",
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an '
            "irreversible action.",
        )
    if kept and at(kept["body"], "properties/enablePurgeProtection"):
        properties["enablePurgeProtection"] = True
    if not properties["enableSoftDelete"]:
        raise refuse(
            400,
            "BadRequest",
            "The property \"enableSoftDelete\" can be set to false only for creating new vault. Enabling the 'soft delete' "
            "functionality is an "
            "irreversible action.",
        )


def _policy(sent: t.Any) -> Body:
    """An access policy in its normal form: four lists of permissions, capitalised."""
    if not isinstance(sent, dict) or not all(isinstance(sent.get(name), str) for name in ("tenantId", "objectId")):
        raise refuse(400, "BadRequest", "An access policy needs tenantId, objectId and permissions.")
    rights = sent.get("permissions") or {}
    unknown = [right for right in rights.get("secrets") or [] if right.lower() not in SECRET_RIGHTS]
    if unknown:
        raise refuse(400, "BadRequest", f"An invalid value was provided for 'accessPolicies.permissions.secrets': {', '.join(unknown)}.")
    permissions = {
        kind: [right.capitalize() for right in rights.get(kind) or []]
        for kind in ("keys", "secrets", "certificates", "storage")
        if kind in rights
    }
    return {"tenantId": sent["tenantId"], "objectId": sent["objectId"], "permissions": permissions}


def _network_acls(sent: Body) -> Body:
    """Network rules as this provider returns them: addresses as ranges, subnet ids in small letters, defaults filled in."""
    fresh: Body = {}
    for name, words in (("bypass", ("AzureServices", "None")), ("defaultAction", ("Allow", "Deny"))):
        known = {word.lower(): word for word in words}
        word = str(sent.get(name) or words[0]).lower()
        if word not in known:
            raise refuse(400, "BadRequest", f"An invalid value was provided for 'networkAcls.{name}': {sent[name]}.")
        fresh[name] = known[word]
    fresh["ipRules"] = [{"value": _range(rule)} for rule in sent.get("ipRules") or []]
    fresh["virtualNetworkRules"] = [
        {"id": rule["id"].lower(), "ignoreMissingVnetServiceEndpoint": bool(rule.get("ignoreMissingVnetServiceEndpoint"))}
        for rule in sent.get("virtualNetworkRules") or []
    ]
    return fresh


def _range(rule: t.Any) -> str:
    text = rule.get("value") if isinstance(rule, dict) else None
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError:
        raise refuse(400, "BadRequest", f"An invalid value was provided for 'networkAcls.ipRules': {text}.") from None
    return str(found)


def find(arm: Arm, name: str) -> Record | None:
    """The vault of that name, wherever it is, once its DNS name has been registered."""
    record = next(
        (each for each in arm.data["resources"].values() if each["type"] == Vaults.name and each["name"].lower() == name.lower()), None
    )
    return record if record and state_of(record) != Vaults.creating else None


def settle(arm: Arm) -> None:
    deleted_vaults.settle(arm)


engine.register(Vaults())
deleted_vaults.register(Vaults.versions)
