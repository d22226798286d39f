# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases and collections of an account with the API for MongoDB, and their throughput.

learn.microsoft.com/rest/api/cosmos-db-resource-provider/mongo-db-resources
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure.arm import engine, operations
from sandbox.clouds.azure.arm.api import body_of, failure, operation, refuse
from sandbox.clouds.azure.arm.document_db import VERSIONS, Accounts
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/cosmos-db-resource-provider/mongo-db-resources"
LEAST, STEP = 1000, 1000  # request units of an autoscale maximum


class Child(ResourceType):
    """What is in an account. It is written while nothing else is under way there, and does not echo the options of its creation."""

    versions = VERSIONS
    source = SOURCE
    verbs = ("GET", "PUT", "DELETE")
    tracked = False
    created_status = 200
    seconds = {"create": 0.2, "update": 0.2, "delete": 0.2}
    name_pattern = r"[^/\\#?]{1,255}"

    def begin(self, arm: Arm, target: Target) -> None:
        engine.TYPES[Accounts.name.lower()].begin(arm, target)

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        if at(fresh, "properties/resource/id") != target.name:
            raise refuse(400, "BadRequest", "The resource id in the body must match the name in the URL.")
        asked = _throughput(at(sent, "properties/options") or {})
        return {**fresh, "throughput": asked} if kept is None and asked else fresh

    def created(self, arm: Arm, record: Record) -> None:
        """Its throughput is a resource of its own from now on."""
        if "throughput" in record["body"]:
            record["throughput"] = record["body"].pop("throughput")


class Databases(Child):
    name = "Microsoft.DocumentDB/databaseAccounts/mongodbDatabases"
    operations = "MongoDBDatabases"
    fields = (Field("properties/resource/id", required=True), Field("properties/options", kind=dict, write_only=True))


class Collections(Child):
    name = "Microsoft.DocumentDB/databaseAccounts/mongodbDatabases/collections"
    operations = "MongoDBCollections"
    fields = (
        Field("properties/resource/id", required=True),
        Field("properties/resource/shardKey", kind=dict, immutable=True),
        Field("properties/resource/indexes", kind=list),
        Field("properties/resource/analyticalStorageTtl", kind=int),
        Field("properties/options", kind=dict, write_only=True),
    )

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        fresh = super().prepare(arm, caller, target, sent, fresh, kept)
        indexes = at(fresh, "properties/resource/indexes") or []
        if not any(at(each, "key/keys") == ["_id"] for each in indexes):
            indexes = [*indexes, {"key": {"keys": ["_id"]}}]
        # `_id` is always there, and the newest stands first.
        fresh["properties"]["resource"]["indexes"] = list(reversed(indexes))
        return fresh


engine.register(Databases())
engine.register(Collections())


def _throughput(options: Body) -> Body | None:
    """What was asked for, either manual or with a maximum; None for neither."""
    most, manual = at(options, "autoscaleSettings/maxThroughput"), at(options, "throughput")
    if most is not None and manual is not None:
        raise refuse(400, "BadRequest", "Throughput and autoscaleSettings cannot both be given.")
    if most is not None:
        if not isinstance(most, int) or most < LEAST or most % STEP:
            raise refuse(400, "BadRequest", f"The autoscale maximum throughput must be {LEAST} or more, in steps of {STEP}; it is {most}.")
        return {"autoscaleSettings": {"maxThroughput": most}}
    if manual is not None:
        if not isinstance(manual, int) or manual < 400 or manual % 100:
            raise refuse(400, "BadRequest", f"The throughput must be 400 or more, in steps of 100; it is {manual}.")
        return {"throughput": manual}
    return None


DATABASE = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{account}/mongodbDatabases/{name}"
)


def _database(arm: Arm, request: Request, verb: str, subscription: str, group: str, account: str, name: str) -> Record:
    kind = engine.TYPES[Databases.name.lower()]
    target = engine.target_of(kind, arm, request, subscription, group, [account, name])
    arm.authorize(request, f"{Databases.name}/throughputSettings/{verb}", target.id)
    if verb == "write":
        kind.begin(arm, target)
    return engine.existing(kind, arm, target)


def _shown(record: Record) -> Body:
    throughput = record["throughput"]
    most = at(throughput, "autoscaleSettings/maxThroughput")
    resource = {"throughput": most // 10, "autoscaleSettings": {"maxThroughput": most}} if most else dict(throughput)
    return {
        "id": f"{record['id']}/throughputSettings/default",
        "name": "default",
        "type": f"{Databases.name}/throughputSettings",
        "properties": {"resource": {**resource, "minimumThroughput": str(most // 10 if most else 400), "offerReplacePending": "false"}},
    }


_FACTS: dict[str, t.Any] = {"versions": VERSIONS, "verified": "sdk", "source": SOURCE, "kind": "databaseAccounts/mongodbDatabases"}


@operation("GET", f"{DATABASE}/throughputSettings/default", "MongoDBDatabases_GetThroughput", **_FACTS)
def read_throughput(arm: Arm, request: Request, **where: str) -> Reply:
    record = _database(arm, request, "read", **where)
    if "throughput" not in record:
        return failure(404, "NotFound", "Reading or replacing offers is not supported for databases without throughput of their own.")
    return Reply.of_json(_shown(record))


@operation("PUT", f"{DATABASE}/throughputSettings/default", "MongoDBDatabases_UpdateThroughput", **_FACTS)
def write_throughput(arm: Arm, request: Request, **where: str) -> Reply:
    record = _database(arm, request, "write", **where)
    fresh = _throughput(at(body_of(request), "properties/resource") or {})
    kept = record.get("throughput")
    if fresh is None or kept is None:
        raise refuse(400, "BadRequest", "Throughput cannot be added to a database that was created without.")
    if fresh.keys() != kept.keys():
        raise refuse(
            400, "BadRequest", "Manual and autoscale throughput are exchanged by migrateToAutoscale and migrateToManualThroughput."
        )
    record["throughput"] = fresh
    seconds = arm.seconds("MongoDBDatabases_UpdateThroughput", 0.2)
    started = operations.start(arm, where["subscription"], "Microsoft.DocumentDB", "koreacentral", seconds)
    return Reply.of_json(_shown(record), 202, started.headers("status"))
