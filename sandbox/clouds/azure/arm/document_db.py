# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.DocumentDB/databaseAccounts: accounts in several regions, changed one kind of thing at a time.

What may not be mixed in one update: learn.microsoft.com/azure/cosmos-db/manage-with-powershell ("cannot simultaneously add or remove
regions and change other properties"), and the write order of the Terraform provider. Texts of refusals as users quote them.
"""

from __future__ import annotations

import typing as t
from base64 import b64encode
from secrets import token_bytes
from urllib.parse import quote

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import operation, refuse
from sandbox.clouds.azure.arm.regions import REGIONS, canonical, display
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

VERSIONS = ("2024-08-15", "2024-11-15", "2025-04-15", "2025-10-15", "2026-03-15")
SOURCE = "learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts"
TAKEN = ("contoso", "contoso-mongodb")  # names are global: these belong to other people
SWITCH = ("Enabled", "Disabled", "SecuredByPerimeter")
KEYS = ("primary", "secondary", "primaryReadonly", "secondaryReadonly")
# One update changes one of these; everything else is `properties` (tags go with any).
APART = {
    "regions": ("locations",),
    "multi-region writes": ("enableMultipleWriteLocations",),
    "backup policy": ("backupPolicy",),
}


class Accounts(ResourceType):
    name = "Microsoft.DocumentDB/databaseAccounts"
    operations = "DatabaseAccounts"
    versions = VERSIONS
    source = SOURCE
    fields = (
        Field("kind", one_of=("GlobalDocumentDB", "MongoDB", "Parse"), default="GlobalDocumentDB", immutable=True),
        Field("identity", kind=dict),
        Field("properties/databaseAccountOfferType", one_of=("Standard",), required=True),
        Field("properties/locations", kind=list, required=True),
        Field("properties/apiProperties/serverVersion", one_of=("3.2", "3.6", "4.0", "4.2", "5.0", "6.0", "7.0")),
        Field("properties/capabilities", kind=list),
        Field("properties/consistencyPolicy", kind=dict),
        Field("properties/enableAutomaticFailover", kind=bool, default=False),
        Field("properties/enableMultipleWriteLocations", kind=bool, default=False),
        Field("properties/backupPolicy", kind=dict),
        Field("properties/minimalTlsVersion", one_of=("Tls", "Tls11", "Tls12"), default="Tls12"),
        Field("properties/publicNetworkAccess", one_of=SWITCH, default="Enabled"),
        Field("properties/ipRules", kind=list),
        Field("properties/isVirtualNetworkFilterEnabled", kind=bool, default=False),
        Field("properties/virtualNetworkRules", kind=list),
        Field("properties/networkAclBypass", one_of=("None", "AzureServices"), default="None"),
        Field("properties/disableLocalAuth", kind=bool, default=False),
        Field("properties/disableKeyBasedMetadataWriteAccess", kind=bool, default=False),
        Field("properties/enableFreeTier", kind=bool, default=False, immutable=True),
        Field("properties/enableAnalyticalStorage", kind=bool, default=False),
        Field("properties/defaultIdentity", default="FirstPartyIdentity"),
        Field("properties/createMode", one_of=("Default", "Restore"), write_only=True),
        Field("properties/documentEndpoint", read_only=True),
        Field("properties/readLocations", read_only=True),
        Field("properties/writeLocations", read_only=True),
        Field("properties/provisioningState", read_only=True),
    )
    name_pattern = r"[a-z0-9]+(-[a-z0-9]+)*"
    created_status = 200
    seconds = {"create": 0.6, "update": 0.3, "delete": 0.3}
    shows_state = True
    shows_system_data = True

    def check_name(self, arm: Arm, target: Target) -> None:
        super().check_name(arm, target)
        if not 3 <= len(target.name) <= 44:
            raise refuse(400, "BadRequest", "Account name must be between 3 and 44 characters.")
        elsewhere = [
            each
            for key, each in arm.data["resources"].items()
            if each["type"] == self.name and each["name"] == target.name and key != target.key
        ]
        if target.name in TAKEN or elsewhere:
            raise refuse(409, "Conflict", f"Dns record for {target.name} under zone Document is already taken. Please choose another name.")

    def begin(self, arm: Arm, target: Target) -> None:
        record = arm.data["resources"].get("/".join(target.id.split("/")[:9]).lower())
        if record and max(record["until"], record.get("regions_until", 0)) > now():
            raise refuse(
                412,
                "PreconditionFailed",
                "There is already an operation in progress which requires exclusive lock on this service "
                f"{record['name']}. Please retry the operation after sometime.",
            )

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        properties = fresh["properties"]
        properties["locations"] = _locations(properties["locations"])
        properties["capabilities"] = _capabilities(properties.get("capabilities"), fresh["kind"])
        properties["consistencyPolicy"] = _consistency(properties.get("consistencyPolicy"))
        properties["backupPolicy"] = _backup(properties.get("backupPolicy"), kept)
        if kept:
            _refuse_mixed(kept["body"]["properties"], properties)
            if kept["body"]["properties"]["locations"] != properties["locations"]:
                # The operation may be over before each region says so itself.
                kept["regions_until"] = now() + arm.seconds("DatabaseAccounts_Regions", 0.4)
        return fresh

    def created(self, arm: Arm, record: Record) -> None:
        record["keys"] = {name: b64encode(token_bytes(64)).decode() for name in KEYS}

    def render(self, arm: Arm, record: Record) -> Body:
        """Names of regions as people write them, and the regions in no order that anybody sent."""
        answer = super().render(arm, record)
        places = sorted(record["body"]["properties"]["locations"], key=lambda each: (-each["failoverPriority"], each["locationName"]))
        shown = [self._place(record, each) for each in places]
        writable = shown if record["body"]["properties"]["enableMultipleWriteLocations"] else [shown[-1]]
        policies = [{name: each[name] for name in ("id", "locationName", "failoverPriority")} for each in shown]
        answer["properties"] |= {"locations": shown, "readLocations": shown, "writeLocations": writable, "failoverPolicies": policies}
        answer["properties"] |= {"documentEndpoint": f"https://{record['name']}.documents.azure.com:443/"}
        if record["body"]["kind"] == "MongoDB":
            answer["properties"]["mongoEndpoint"] = f"https://{record['name']}.mongo.cosmos.azure.com:443/"
        return answer

    def _place(self, record: Record, place: Body) -> Body:
        settling = record.get("regions_until", 0) > now() or record["until"] > now()
        return {
            "id": f"{record['name']}-{canonical(place['locationName'])}",
            "locationName": display(place["locationName"]),
            "documentEndpoint": f"https://{record['name']}-{canonical(place['locationName'])}.documents.azure.com:443/",
            "provisioningState": "Creating" if settling else "Succeeded",
            "failoverPriority": place["failoverPriority"],
            "isZoneRedundant": place["isZoneRedundant"],
        }


def _locations(sent: list[t.Any]) -> list[Body]:
    places = [
        {
            "locationName": canonical(str(at(each, "locationName") or "")),
            "failoverPriority": at(each, "failoverPriority") or 0,
            "isZoneRedundant": bool(at(each, "isZoneRedundant")),
        }
        for each in sent
    ]
    unknown = [each["locationName"] for each in places if each["locationName"] not in REGIONS]
    if unknown or not places:
        raise refuse(400, "BadRequest", f"The location '{', '.join(map(str, unknown))}' is not supported for database accounts.")
    if sorted(each["failoverPriority"] for each in places) != list(range(len(places))):
        raise refuse(400, "BadRequest", "Failover priorities must be unique and continuous, beginning with 0 for the write region.")
    if len({each["locationName"] for each in places}) != len(places):
        raise refuse(400, "BadRequest", "A region may be listed once only.")
    return sorted(places, key=lambda each: int(each["failoverPriority"]))


def _capabilities(sent: list[t.Any] | None, kind: str) -> list[Body]:
    """What was asked for, and what the kind of the account brings with it; in no order that anybody sent."""
    names = {str(at(each, "name")) for each in sent or ()} | ({"EnableMongo"} if kind == "MongoDB" else set())
    return [{"name": name} for name in sorted(names, reverse=True)]


def _consistency(sent: Body | None) -> Body:
    levels = ("Eventual", "Session", "BoundedStaleness", "Strong", "ConsistentPrefix")
    level = str(at(sent, "defaultConsistencyLevel") or "Session")
    if level not in levels:
        raise refuse(400, "BadRequest", f"The consistency level '{level}' is invalid.")
    return {
        "defaultConsistencyLevel": level,
        "maxIntervalInSeconds": at(sent, "maxIntervalInSeconds") or 5,
        "maxStalenessPrefix": at(sent, "maxStalenessPrefix") or 100,
    }


def _backup(sent: Body | None, kept: Record | None) -> Body:
    before = at(kept["body"], "properties/backupPolicy") if kept else None
    if sent is None and before is not None:
        return t.cast(Body, before)
    kind = str(at(sent, "type") or "Periodic")
    if kind == "Continuous":
        return {"type": "Continuous", "continuousModeProperties": {"tier": at(sent, "continuousModeProperties/tier") or "Continuous30Days"}}
    if kind != "Periodic":
        raise refuse(400, "BadRequest", f"The backup policy type '{kind}' is invalid.")
    if before and before["type"] == "Continuous":
        raise refuse(400, "BadRequest", "Backup policy cannot be changed from Continuous to Periodic.")
    usual = {"backupIntervalInMinutes": 240, "backupRetentionIntervalInHours": 8, "backupStorageRedundancy": "Geo"}
    return {"type": "Periodic", "periodicModeProperties": {**usual, **(at(sent, "periodicModeProperties") or {})}}


def _refuse_mixed(before: Body, after: Body) -> None:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    groups = [group for group, names in APART.items() if changed & set(names)]
    rest = changed - {name for names in APART.values() for name in names}
    if len(groups) + bool(rest) > 1:
        what = " and ".join([*groups, *(["other properties"] if rest else [])])
        raise refuse(400, "BadRequest", f"Updating {what} of a database account in the same request is not supported.")


engine.register(Accounts())

ONE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{name}"


def _account(arm: Arm, request: Request, action: str, subscription: str, group: str, name: str) -> Record:
    kind = engine.TYPES[Accounts.name.lower()]
    target = engine.target_of(kind, arm, request, subscription, group, [name])
    arm.authorize(request, f"{Accounts.name}/{action}/action", target.id)
    return engine.existing(kind, arm, target)


# Keys and connection strings are read with a POST: nothing changes.
@operation(
    "POST",
    f"{ONE}/listKeys",
    "DatabaseAccounts_ListKeys",
    versions=VERSIONS,
    verified="sdk",
    source=SOURCE,
    kind="databaseAccounts",
    write=False,
)
def list_keys(arm: Arm, request: Request, **where: str) -> Reply:
    keys = _account(arm, request, "listKeys", **where)["keys"]
    return Reply.of_json({f"{name}MasterKey": keys[name] for name in KEYS})


@operation(
    "POST",
    f"{ONE}/listConnectionStrings",
    "DatabaseAccounts_ListConnectionStrings",
    versions=VERSIONS,
    verified="sdk",
    source=SOURCE,
    kind="databaseAccounts",
    write=False,
)
def list_connection_strings(arm: Arm, request: Request, **where: str) -> Reply:
    record = _account(arm, request, "listConnectionStrings", **where)
    words = {"primary": "Primary", "secondary": "Secondary", "primaryReadonly": "PrimaryReadOnly", "secondaryReadonly": "SecondaryReadOnly"}
    found = [
        {
            "connectionString": _connection_string(record["name"], record["keys"][name]),
            "description": f"{word.replace('ReadOnly', ' Read-Only')} MongoDB Connection String",
            "keyKind": word,
            "type": "MongoDB",
        }
        for name, word in words.items()
    ]
    return Reply.of_json({"connectionStrings": list(reversed(found))})


def _connection_string(name: str, key: str) -> str:
    options = f"ssl=true&replicaSet=globaldb&retrywrites=false&maxIdleTimeMS=120000&appName=@{name}@"
    return f"mongodb://{name}:{quote(key, safe='')}@{name}.mongo.cosmos.azure.com:10255/?{options}"
