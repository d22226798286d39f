# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.ManagedIdentity: user-assigned identities and the federated credentials that let others be them."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import refuse
from sandbox.clouds.azure.arm.rules import Body, Field
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/managedidentity"
FEDERATED = (
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
    "2026-04-30",
    "2026-05-31",
)
MOST_CREDENTIALS = 20


class Identities(ResourceType):
    name = "Microsoft.ManagedIdentity/userAssignedIdentities"
    operations = "UserAssignedIdentities"
    versions = ("2015-08-31-preview", "2018-11-30", "2021-09-30-preview", *FEDERATED)
    source = f"{SOURCE}/user-assigned-identities"
    fields = (
        Field("properties/isolationScope", one_of=("None", "Regional"), default="None"),
        Field("properties/tenantId", read_only=True),
        Field("properties/principalId", read_only=True),
        Field("properties/clientId", read_only=True),
    )
    name_pattern = r"[A-Za-z0-9][\w-]{2,127}"

    def created(self, arm: Arm, record: Record) -> None:
        record["client_id"], record["principal_id"] = str(uuid4()), str(uuid4())
        seconds = arm.seconds("UserAssignedIdentities_Replication", 1.0)
        arm.azure.entra.add_managed_identity(record["client_id"], record["principal_id"], record["name"], seconds)

    def deleted(self, arm: Arm, record: Record) -> None:
        arm.azure.entra.remove_managed_identity(record["client_id"], record["principal_id"])

    def extra(self, arm: Arm, record: Record) -> Body:
        return {"tenantId": account.TENANT_ID, "principalId": record["principal_id"], "clientId": record["client_id"]}

    def written_id(self, record: Record) -> str:
        """This provider writes `resourcegroups` (see the examples of its specification)."""
        return t.cast(str, record["id"]).replace("/resourceGroups/", "/resourcegroups/")


class FederatedCredentials(ResourceType):
    name = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    operations = "FederatedIdentityCredentials"
    versions = FEDERATED
    source = f"{SOURCE}/federated-identity-credentials"
    verbs = ("GET", "PUT", "DELETE")
    tracked = False
    fields = (
        Field("properties/issuer", required=True, pattern=r"https://\S+", between=(1, 600)),
        Field("properties/subject", required=True, between=(1, 600)),
        Field("properties/audiences", kind=list, required=True),
    )
    name_pattern = r"[A-Za-z0-9][\w-]{2,119}"

    def begin(self, arm: Arm, target: Target) -> None:
        identity = arm.data["resources"][_parent(target)]
        if identity.get("busy", 0) > now():
            raise refuse(
                409,
                "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
                "Too many Federated Identity Credentials are written concurrently for the managed identity "
                f"'{identity['id'].lower()}'. Concurrent Federated Identity Credentials writes under the same managed identity are not "
                "supported.",
            )

    def end(self, arm: Arm, target: Target) -> float:
        """A write takes a moment, and a second one on the same identity in that moment is refused."""
        seconds = arm.seconds("FederatedIdentityCredentials_CreateOrUpdate", 0.05)
        arm.data["resources"][_parent(target)]["busy"] = now() + seconds
        return seconds

    def written(self, arm: Arm, record: Record) -> None:
        record["known"] = now() + arm.seconds("FederatedIdentityCredentials_Replication", 0.5)

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        if len(properties["audiences"]) != 1 or not isinstance(properties["audiences"][0], str):
            raise refuse(400, "BadRequest", "The property 'audiences' must hold exactly one string.")
        siblings = [each for key, each in _credentials(arm, _parent(target)) if key != target.key]
        if any((each["issuer"], each["subject"]) == (properties["issuer"], properties["subject"]) for each in siblings):
            raise refuse(409, "Conflict", "Issuer and subject combination already exists for this Managed Identity.")
        if kept is None and len(siblings) >= MOST_CREDENTIALS:
            raise refuse(
                400,
                "BadRequest",
                f"Too many Federated Identity Credentials: at most {MOST_CREDENTIALS} are allowed for a managed identity.",
            )
        return fresh

    def written_id(self, record: Record) -> str:
        return t.cast(str, record["id"]).replace("/resourceGroups/", "/resourcegroups/")


engine.register(Identities())
engine.register(FederatedCredentials())


def _parent(target: Target) -> str:
    return target.key.rsplit("/", 2)[0]


def identities(arm: Arm) -> Iterator[tuple[str, dict[str, t.Any]]]:
    """Every identity: its key, and its read-only properties."""
    for key, record in arm.data["resources"].items():
        if record["type"] == Identities.name:
            yield key, {"clientId": record["client_id"], "principalId": record["principal_id"]}


def federated_credentials(arm: Arm, client_id: str) -> list[dict[str, t.Any]]:
    """What Entra trusts for this identity; a credential that has just been written is not known there yet."""
    key = next((key for key, properties in identities(arm) if properties["clientId"] == client_id), None)
    return [properties for child, properties in _credentials(arm, key) if arm.data["resources"][child]["known"] <= now()] if key else []


def _credentials(arm: Arm, identity: str) -> Iterator[tuple[str, dict[str, t.Any]]]:
    for key, record in arm.data["resources"].items():
        if record["type"] == FederatedCredentials.name and key.startswith(identity + "/"):
            yield key, record["body"]["properties"]
