# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cosmos DB for MongoDB: one kind of change per call, drift by path, and the connection string that nobody sees."""

from __future__ import annotations

import copy
import json
import time
import typing as t
from urllib.parse import quote

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.arm import record
from tests.steps import BOTH_WAYS, Done, direct, four_steps, paths

NAME, VAULT = "financialagent-mongodb", "klinematrix-test-kv"
ACCOUNTS = "Microsoft.DocumentDB/databaseAccounts"
DATABASES = f"{ACCOUNTS}/mongodbDatabases"
THROUGHPUT, COLLECTIONS = f"{DATABASES}/throughputSettings", f"{DATABASES}/collections"
KOREA = {"locationName": "Korea Central", "failoverPriority": 0, "isZoneRedundant": False}
JAPAN = {"locationName": "Japan East", "failoverPriority": 1, "isZoneRedundant": False}
PROPERTIES: dict[str, t.Any] = {
    "apiProperties": {"serverVersion": "7.0"},
    "capabilities": [{"name": "EnableMongoRoleBasedAccessControl"}],
    "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
    "enableAutomaticFailover": True,
    "enableMultipleWriteLocations": False,
    "locations": [JAPAN, KOREA],
    "backupPolicy": {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}},
    "publicNetworkAccess": "Enabled",
    "ipRules": [{"ipAddressOrRange": "203.0.113.7"}, {"ipAddressOrRange": "198.51.100.0/24"}],
    "minimalTlsVersion": "Tls12",
    "disableLocalAuth": False,
}
# Path → what stands there behind everybody's back, at the same path of what the local cloud keeps.
ACCOUNT_MUTATIONS: dict[str, t.Any] = {
    "/properties/apiProperties/serverVersion": "6.0",
    "/properties/capabilities": [{"name": "EnableMongo"}],
    "/properties/consistencyPolicy/defaultConsistencyLevel": "Eventual",
    "/properties/enableAutomaticFailover": False,
    "/properties/enableMultipleWriteLocations": True,
    "/properties/backupPolicy/continuousModeProperties/tier": "Continuous7Days",
    "/properties/publicNetworkAccess": "Disabled",
    "/properties/minimalTlsVersion": "Tls11",
    "/properties/disableLocalAuth": True,
    "/tags/owner": "somebody",
}
OPTIONS = {"autoscaleSettings": {"maxThroughput": 4000}}
INDEXES = [{"key": {"keys": ["email"]}, "options": {"unique": True}}, {"key": {"keys": ["tenant", "created"]}}]
PARTS: list[dict[str, t.Any]] = [
    {"type": DATABASES, "name": f"{NAME}/financialagent", "properties": {"resource": {"id": "financialagent"}, "options": OPTIONS}},
    {"type": THROUGHPUT, "name": f"{NAME}/financialagent/default", "properties": {"resource": OPTIONS}},
    {
        "type": COLLECTIONS,
        "name": f"{NAME}/financialagent/users",
        "properties": {"resource": {"id": "users", "shardKey": {"tenant": "Hash"}, "indexes": INDEXES}},
    },
]


def account(cloud: LocalCloud, *, check: bool = False, kind: str = "MongoDB", location: str = "Korea Central", **changed: t.Any) -> Done:
    return direct(
        cloud,
        "azure_resource",
        check=check,
        type=ACCOUNTS,
        name=NAME,
        resource_group="FinancialAgent",
        location=location,
        kind=kind,
        tags={"owner": "platform"},
        properties=copy.deepcopy(PROPERTIES | changed),
    )


def parts(cloud: LocalCloud, items: t.Sequence[dict[str, t.Any]] = PARTS, *, check: bool = False) -> Done:
    return direct(cloud, "azure_resources", check=check, resources=copy.deepcopy(list(items)), resource_group="FinancialAgent")


def ground(cloud: LocalCloud) -> None:
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    assert direct(cloud, "azure_resource", **group).status == "ok"


@pytest.fixture
def estate(cloud: LocalCloud) -> LocalCloud:
    def make() -> None:
        ground(cloud)
        assert account(cloud).status == "ok"
        assert parts(cloud).status == "ok"
        vault = {"name": VAULT, "resource_group": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "key_vault", **vault, deployer_role="Key Vault Secrets Officer").status == "ok"
        assert secret(cloud).status == "ok"

    cloud.once("an account, its databases and its secret", make)
    return cloud


def id_of(cloud: LocalCloud) -> str:
    return t.cast(str, record(cloud.ask("GET", "state"), ACCOUNTS)["id"])


def secret(cloud: LocalCloud, *, check: bool = False, **options: t.Any) -> Done:
    given = {"account_id": id_of(cloud), "vault": VAULT, "name": "mongodb-url", **options}
    return direct(cloud, "cosmos_db_connection_secret", check=check, **given)


def sent(done: Done) -> list[str]:
    return [call.split()[-1] for call in done.writes]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cloud: LocalCloud, in_process: bool) -> None:
    ground(cloud)
    declared = {"type": ACCOUNTS, "name": NAME, "resource_group": "FinancialAgent", "location": "Korea Central", "kind": "MongoDB"}
    four_steps(cloud, "azure_resource", in_process=in_process, **declared, properties=PROPERTIES)


def test_four_steps_with_databases_in_one_set(cloud: LocalCloud) -> None:
    ground(cloud)
    whole = {"type": ACCOUNTS, "name": NAME, "location": "koreacentral", "kind": "MongoDB", "properties": PROPERTIES}
    four_steps(cloud, "azure_resources", in_process=True, resource_group="FinancialAgent", resources=[*reversed(PARTS), whole])


def test_what_the_service_makes_of_it_is_no_difference(estate: LocalCloud) -> None:
    """Regions re-ordered and spelled otherwise, EnableMongo, the index on _id, options that are not told again."""
    places = [{**JAPAN, "locationName": "japaneast"}, {**KOREA, "locationName": "koreacentral"}]
    capabilities = [*reversed(PROPERTIES["capabilities"]), {"name": "EnableMongo"}]
    for given in ({}, {"locations": places}, {"locations": [KOREA, JAPAN]}, {"capabilities": capabilities}):
        assert account(estate, check=True, location="koreacentral", **given).result["changes"] == []
    assert parts(estate, check=True).result["changes"] == []
    assert estate.writes == []


@pytest.mark.parametrize("path", ACCOUNT_MUTATIONS)
def test_each_declared_value_is_found_by_its_path_and_put_back(estate: LocalCloud, path: str) -> None:
    with estate.state() as state:
        place = record(state, ACCOUNTS)["body"]
        *parents, last = path.split("/")[1:]
        for part in parents:
            place = place[part]
        assert place[last] != ACCOUNT_MUTATIONS[path]
        place[last] = ACCOUNT_MUTATIONS[path]
    for check in (True, False):
        assert paths(account(estate, check=check)) == [path]
    assert account(estate, check=True).result["changes"] == []


def test_a_region_a_rule_a_collection_s_index_and_a_throughput_are_found(estate: LocalCloud) -> None:
    with estate.state() as state:
        kept = record(state, ACCOUNTS)["body"]["properties"]
        kept["locations"].remove(next(each for each in kept["locations"] if each["locationName"] == "japaneast"))
        kept["ipRules"].pop()
        record(state, COLLECTIONS)["body"]["properties"]["resource"]["indexes"].pop()
        record(state, DATABASES)["throughput"]["autoscaleSettings"]["maxThroughput"] = 9000
    found = [path.rpartition("/")[0] for path in paths(account(estate, check=True))]
    assert list(dict.fromkeys(found)) == ["/properties/locations/Japan East", "/properties/ipRules/198.51.100.0~124"]
    assert paths(parts(estate, check=True)) == ["/properties/resource/autoscaleSettings/maxThroughput", "/properties/resource/indexes"]
    assert sent(account(estate)) == ["DatabaseAccounts_Update", "DatabaseAccounts_Update"]
    assert sorted(sent(parts(estate))) == ["MongoDBCollections_CreateOrUpdate", "MongoDBDatabases_UpdateThroughput"]
    assert account(estate, check=True).result["changes"] == parts(estate, check=True).result["changes"] == []


def test_everything_at_once_is_written_one_kind_of_thing_in_a_call(estate: LocalCloud) -> None:
    """Properties, regions, writing everywhere: the service refuses them together. One plan, several calls, in this order."""
    third = {"locationName": "East US", "failoverPriority": 2, "isZoneRedundant": False}
    changed = {"minimalTlsVersion": "Tls11", "locations": [KOREA, JAPAN, third], "enableMultipleWriteLocations": True}
    preview, applied = account(estate, check=True, **changed), account(estate, **changed)
    assert preview.result["changes"] == applied.result["changes"]
    assert sent(applied) == ["DatabaseAccounts_Update"] * 3
    assert account(estate, check=True, **changed).result["changes"] == []


def test_a_failure_between_the_calls_says_what_was_applied(estate: LocalCloud) -> None:
    estate.fault("status", action="DatabaseAccounts_Update", write=True, skip=1, status=400, code="BadRequest")
    changed = {"minimalTlsVersion": "Tls11", "enableMultipleWriteLocations": True}
    done = account(estate, **changed)
    assert done.status == "failed"
    assert [title.rpartition(" ")[2] for title in done.result["applied"]] == ["/properties/minimalTlsVersion"]
    assert [title.rpartition(" ")[2] for title in done.result["not_applied"]] == ["/properties/enableMultipleWriteLocations"]
    estate.heal()
    assert paths(account(estate, **changed)) == ["/properties/enableMultipleWriteLocations"]


def test_a_region_that_somebody_added_is_found_and_removed_by_itself(estate: LocalCloud) -> None:
    """It costs money, so it is drift; and it goes in a call of its own."""
    with estate.state() as state:
        kept = record(state, ACCOUNTS)["body"]["properties"]
        kept["locations"].append({"locationName": "eastus", "failoverPriority": 2, "isZoneRedundant": False})
    assert paths(account(estate, check=True)) == ["/properties/locations/East US"]
    assert sent(account(estate, minimalTlsVersion="Tls11")) == ["DatabaseAccounts_Update"] * 2
    assert len(record(estate.ask("GET", "state"), ACCOUNTS)["body"]["properties"]["locations"]) == 2


def test_databases_that_are_not_declared_stay(estate: LocalCloud) -> None:
    assert parts(estate, PARTS[:1]).writes == []
    assert record(estate.ask("GET", "state"), COLLECTIONS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "GlobalDocumentDB"}, "/kind"),
        ({"location": "Japan East"}, "/location"),
        ({"backupPolicy": {"type": "Periodic"}}, "/properties/backupPolicy/type"),
        ({"enableFreeTier": True}, "/properties/enableFreeTier"),
        ({"locations": [{**KOREA, "failoverPriority": 1}, {**JAPAN, "failoverPriority": 0}]}, "failoverPriority"),
    ],
    ids=lambda each: "" if isinstance(each, dict) else each.rpartition("/")[2],
)
def test_what_cannot_be_changed_is_refused_in_a_preview_too(estate: LocalCloud, changed: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = account(estate, check=check, **changed)
        assert (done.result["failure"]["code"], done.status) == ("immutable", "failed")
        assert words in done.result["msg"]
    assert estate.writes == []


def test_another_shard_key_is_refused_in_a_preview(estate: LocalCloud) -> None:
    users = copy.deepcopy(PARTS[2])
    users["properties"]["resource"]["shardKey"] = {"country": "Hash"}
    assert "shardKey" in parts(estate, [users], check=True).result["msg"]


def test_it_waits_while_regions_settle_and_while_somebody_else_writes(estate: LocalCloud) -> None:
    estate.fault("slow_operation", action="DatabaseAccounts_Regions", seconds=1.0)
    with estate.state() as state:
        record(state, ACCOUNTS)["until"] = time.time() + 1.0
    third = {"locationName": "East US", "failoverPriority": 2, "isZoneRedundant": False}
    done = account(estate, locations=[KOREA, JAPAN, third], minimalTlsVersion="Tls11")
    assert done.status == "ok", done.result["msg"]
    assert account(estate, check=True, locations=[KOREA, JAPAN, third], minimalTlsVersion="Tls11").result["changes"] == []


# --- the connection string ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_the_secret(estate: LocalCloud, in_process: bool) -> None:
    declared = {"account_id": id_of(estate), "vault": VAULT, "name": "other-url", "key": "secondary", "tags": {"owner": "data"}}
    preview, *rest = four_steps(estate, "cosmos_db_connection_secret", in_process=in_process, **declared)
    for done in (preview, *rest):
        assert "mongodb://" not in json.dumps(done.result)


def value(cloud: LocalCloud) -> str:
    return str(cloud.ask("GET", "state")["azure"]["vault"]["secrets"][VAULT]["mongodb-url"]["versions"][-1]["value"])


def test_it_is_the_string_of_the_declared_key(estate: LocalCloud) -> None:
    keys = record(estate.ask("GET", "state"), ACCOUNTS)["keys"]
    assert value(estate).startswith(f"mongodb://{NAME}:{quote(keys['primary'], safe='')}@{NAME}.mongo.cosmos.azure.com:10255/?ssl=true")
    assert paths(secret(estate, key="primary_readonly", database="financialagent")) == ["/value"]
    assert quote(keys["primaryReadonly"], safe="") in value(estate)
    assert ":10255/financialagent?ssl=true" in value(estate)


def test_a_regenerated_key_is_written_once_and_never_shown(estate: LocalCloud) -> None:
    old = value(estate)
    assert secret(estate).writes == []
    with estate.state() as state:
        record(state, ACCOUNTS)["keys"]["primary"] = "bWFkZS11cC1rZXk="
    for check in (True, False):
        done = secret(estate, check=check)
        assert paths(done) == ["/value"]
        shown = json.dumps(done.result)
        assert not [word for word in ("mongodb://", "bWFkZS11cC1rZXk", old) if word in shown]
    assert "bWFkZS11cC1rZXk" in value(estate)
    assert secret(estate).writes == []


def test_without_an_account_a_preview_says_create_and_a_run_says_what_is_missing(estate: LocalCloud) -> None:
    missing = id_of(estate).replace(NAME, "not-there-yet")
    done = secret(estate, check=True, account_id=missing, name="new-url")
    assert [(change["action"], change["name"]) for change in done.result["changes"]] == [("create", "new-url")]
    unknown = secret(estate, check=True, account_id="(known after apply)", name="new-url")
    assert unknown.result["changes"] == done.result["changes"]
    done = secret(estate, account_id=missing, name="new-url")
    assert done.status == "failed"
    assert "not-there-yet" in done.result["msg"]
    assert estate.writes == []


def test_an_id_of_something_else_is_refused_before_any_call(estate: LocalCloud) -> None:
    done = secret(estate, account_id=id_of(estate).replace(ACCOUNTS, "Microsoft.KeyVault/vaults"))
    assert "not the id of a Microsoft.DocumentDB/databaseAccounts" in done.result["msg"]
    assert done.calls == []
