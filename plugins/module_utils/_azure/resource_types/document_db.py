# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Microsoft.DocumentDB: Cosmos DB accounts, and databases and collections of the API for MongoDB.

Properties: learn.microsoft.com/azure/templates/microsoft.documentdb/databaseaccounts. What may not be mixed in one update, and what
cannot be changed: "How to manage an Azure Cosmos DB account" and the write order of the Terraform provider.
"""

from __future__ import annotations

import typing as t

from ..._core import normal
from ..._core.rules import Keyed, Leaf, Map
from ..resource_type import WORD, ResourceType, body, once_set
from .key_vault import FLAG, address

VERSION = "2026-03-15"
NUMBER = Leaf(normal=normal.number)


def _not_back_to_periodic(have: t.Any, want: t.Any) -> bool:
    return not _is_continuous(have) or _is_continuous(want)


def _is_continuous(kind: t.Any) -> bool:
    return bool(normal.folded(kind) == "continuous")


def capability_names(value: t.Any) -> t.Any:
    """Capabilities as the set of their names. EnableMongo comes with the kind of the account, whoever asked for it."""
    if not isinstance(value, (list, type(None))):
        return value
    names = {str(each.get("name")).casefold() for each in value or () if isinstance(each, t.Mapping)}
    return frozenset(names - {"enablemongo"})


def indexes(value: t.Any) -> t.Any:
    """Indexes without regard to their order; the one on _id is always there."""
    if not isinstance(value, (list, type(None))):
        return value
    found = {normal.json_document(each) for each in value or ()}
    return frozenset(each for each in found if each != normal.json_document({"key": {"keys": ["_id"]}}))


ACCOUNT_PROPERTIES = Map(
    {
        "databaseAccountOfferType": Leaf(normal=normal.folded, create_only=True),
        "apiProperties": Map({"serverVersion": Leaf()}),
        "capabilities": Leaf(normal=capability_names),
        "consistencyPolicy": Map(
            {
                "defaultConsistencyLevel": WORD,
                "maxIntervalInSeconds": NUMBER,
                "maxStalenessPrefix": NUMBER,
            }
        ),
        "enableAutomaticFailover": FLAG,
        "enableMultipleWriteLocations": FLAG,
        "locations": Keyed(
            "locationName",
            Map(
                {
                    "locationName": Leaf(normal=normal.location),
                    # Which region writes is changed by a failover, which nobody wants as a side effect.
                    "failoverPriority": Leaf(normal=normal.number, immutable=once_set),
                    "isZoneRedundant": Leaf(absent=False, immutable=once_set),
                }
            ),
            normal=normal.location,
        ),
        "backupPolicy": Map(
            {
                "type": Leaf(normal=normal.folded, immutable=_not_back_to_periodic),
                "continuousModeProperties": Map({"tier": WORD}),
                "periodicModeProperties": Map(
                    {"backupIntervalInMinutes": NUMBER, "backupRetentionIntervalInHours": NUMBER, "backupStorageRedundancy": WORD}
                ),
            }
        ),
        "minimalTlsVersion": WORD,
        "publicNetworkAccess": Leaf(normal=normal.folded, absent="Enabled"),
        "ipRules": Keyed("ipAddressOrRange", Map({"ipAddressOrRange": Leaf(normal=address)}), normal=address),
        "isVirtualNetworkFilterEnabled": FLAG,
        "virtualNetworkRules": Keyed(
            "id", Map({"id": Leaf(normal=normal.arm_id), "ignoreMissingVNetServiceEndpoint": FLAG}), normal=normal.arm_id
        ),
        "networkAclBypass": Leaf(normal=normal.folded, absent="None"),
        "disableLocalAuth": FLAG,
        "disableKeyBasedMetadataWriteAccess": FLAG,
        "enableFreeTier": Leaf(absent=False, immutable=True),
        "enableAnalyticalStorage": FLAG,
        "createMode": Leaf(create_only=True),
    }
)

ACCOUNT = ResourceType(
    name="Microsoft.DocumentDB/databaseAccounts",
    kind="cosmos_db_account",
    version=VERSION,
    rule=body(
        ACCOUNT_PROPERTIES,
        kind=Leaf(normal=normal.folded, immutable=True),
        identity=Map({"type": WORD, "userAssignedIdentities": Map(other=Leaf(create_only=True))}),
    ),
    outputs=("/properties/documentEndpoint",),
    known=lambda place: {"properties": {"documentEndpoint": f"https://{place.name}.documents.azure.com:443/"}},
    defaults=lambda arm: {"properties": {"databaseAccountOfferType": "Standard"}},
    name_pattern=r"(?=.{3,44}$)[a-z0-9]+(-[a-z0-9]+)*",
    name_rule="3 to 44 lower-case letters, digits and single '-'; account names are global",
    patch=True,
    alone=(
        ("/properties/locations",),
        ("/properties/enableMultipleWriteLocations",),
        ("/properties/backupPolicy",),
        ("/identity",),
    ),
)

OPTIONS = Map(
    {
        "throughput": Leaf(normal=normal.number, create_only=True),
        "autoscaleSettings": Map({"maxThroughput": Leaf(normal=normal.number, create_only=True)}),
    }
)
# An account's children have names without the characters that paths and queries mean something by.
CHILD_NAME = r"[^/\\#?]{1,255}"
CHILD_NAME_RULE = "1 to 255 characters, none of / \\ # ?"

DATABASE = ResourceType(
    name="Microsoft.DocumentDB/databaseAccounts/mongodbDatabases",
    kind="cosmos_db_mongo_database",
    version=VERSION,
    # What it was created with is not told again: from then on its throughput is a resource of its own.
    rule=body(Map({"resource": Map({"id": Leaf(immutable=True)}), "options": OPTIONS}), tracked=False),
    name_pattern=CHILD_NAME,
    name_rule=CHILD_NAME_RULE,
)

COLLECTION = ResourceType(
    name="Microsoft.DocumentDB/databaseAccounts/mongodbDatabases/collections",
    kind="cosmos_db_mongo_collection",
    version=VERSION,
    rule=body(
        Map(
            {
                "resource": Map(
                    {
                        "id": Leaf(immutable=True),
                        "shardKey": Map(other=Leaf(immutable=True)),
                        "indexes": Leaf(normal=indexes),
                        "analyticalStorageTtl": NUMBER,
                    }
                ),
                "options": OPTIONS,
            }
        ),
        tracked=False,
    ),
    name_pattern=CHILD_NAME,
    name_rule=CHILD_NAME_RULE,
)

THROUGHPUT = ResourceType(
    name="Microsoft.DocumentDB/databaseAccounts/mongodbDatabases/throughputSettings",
    kind="cosmos_db_throughput",
    version=VERSION,
    rule=body(
        Map({"resource": Map({"throughput": NUMBER, "autoscaleSettings": Map({"maxThroughput": NUMBER})})}),
        tracked=False,
    ),
    # A tenth of the maximum, where there is one; the service takes one or the other.
    derived=("/properties/resource/throughput",),
    name_pattern="default",
    name_rule="it is always called default",
)


ROWS = (ACCOUNT, DATABASE, COLLECTION, THROUGHPUT)
