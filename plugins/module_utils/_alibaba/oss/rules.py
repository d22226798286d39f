# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""How the settings of a bucket are compared.

A setting that is declared is owned as a whole: what is left out inside it has OSS's default, which stands here as `absent`.
"""

from __future__ import annotations

import json
import typing as t

from ..._core import normal
from ..._core.plan import Kind
from ..._core.rules import Keyed, Leaf, Listed, Map
from ..credentials import CLOUD
from .documents import as_text

ALL_ACTIONS = ("PUT", "DELETE", "ABORT")


def actions(value: t.Any) -> t.Any:
    """What a replication rule copies: ALL stands for the three there are."""
    return frozenset(each for name in value or () for each in (ALL_ACTIONS if name == "ALL" else (name,)))


def policy(value: t.Any) -> t.Any:
    """A bucket policy: a single value is a list of one, and no list of a policy has an order."""

    def flat(each: t.Any) -> t.Any:
        if isinstance(each, dict):
            return {key: flat(inner) if isinstance(inner, dict) else one_or_many(inner) for key, inner in each.items()}
        return each

    def one_or_many(each: t.Any) -> list[str]:
        found = each if isinstance(each, list) else [each]
        return sorted({json.dumps(flat(inner), sort_keys=True) for inner in found})

    return json.dumps(flat(value), sort_keys=True) if isinstance(value, dict) else value


def contains(have: t.Any, want: t.Any) -> bool:
    """Whether everything declared in a website's routing rules is there; OSS fills in defaults of its own."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(contains(have.get(key), value) for key, value in want.items())
    if isinstance(want, list):
        there = have if isinstance(have, list) else [] if have is None else [have]
        return len(there) == len(want) and all(contains(*pair) for pair in zip(there, want, strict=True))
    return not isinstance(have, (dict, list)) and as_text("" if have is None else have) == as_text(want)


SET = Leaf(normal=normal.set_of(), absent=[])
FOLDED_SET = Leaf(normal=normal.set_of(normal.folded), absent=[])
TEXT = Leaf(absent="")
OFF = Leaf(absent=False)
ON = Leaf(absent=True)

CORS_RULE = Map(
    {
        "allowed_origins": SET,
        "allowed_methods": SET,
        "allowed_headers": FOLDED_SET,
        "expose_headers": FOLDED_SET,
        "max_age_seconds": Leaf(absent=0),
    }
)
LIFECYCLE_RULE = Map(
    {
        "id": Leaf(),
        "prefix": TEXT,
        "enabled": ON,
        "tags": Leaf(absent={}),
        "filter": Leaf(absent={}),
        "expiration": Leaf(absent={}),
        "transitions": SET,
        "noncurrent_version_expiration": Leaf(absent={}),
        "noncurrent_version_transitions": SET,
        "abort_multipart_upload": Leaf(absent={}),
    }
)
REPLICATION_RULE = Map(
    {
        "destination": Leaf(),
        "target_bucket": Leaf(),
        "target_region": Leaf(),
        "prefixes": SET,
        "actions": Leaf(normal=actions, absent=["ALL"]),
        "transfer_type": Leaf(absent="internal"),
        "historical_objects": Leaf(create_only=True),
        "sync_role": TEXT,
        "sse_kms_encrypted_objects": OFF,
        "replica_kms_key_id": TEXT,
        "rtc": OFF,
        "id": Leaf(),
        "status": Leaf(),
    }
)
CNAME = Map({"domain": Leaf(), "certificate_id": Leaf(), "status": Leaf(), "verification": Leaf()})


BUCKET = Map(
    {
        "name": Leaf(),
        "region": Leaf(immutable=True),
        "acl": Leaf(),
        "storage_class": Leaf(immutable=True),
        "redundancy": Leaf(immutable=True),
        "resource_group": Leaf(),
        "block_public_access": Leaf(),  # a new bucket may have it on or off: never assumed
        "versioning": Leaf(absent="Suspended"),
        "encryption": Map({"algorithm": Leaf(absent="None"), "kms_master_key_id": TEXT, "kms_data_encryption": TEXT}),
        "transfer_acceleration": OFF,
        "access_monitor": OFF,
        "cors_rules": Listed(CORS_RULE),
        "cors_response_vary": OFF,
        "lifecycle_rules": Keyed("id", LIFECYCLE_RULE),
        "replication": Keyed("destination", REPLICATION_RULE),
        "policy": Leaf(normal=policy, absent={}),
        "tags": Leaf(absent={}),
        "logging": Map({"target_bucket": TEXT, "target_prefix": TEXT, "role": TEXT}),
        "referer": Map(
            {
                "allow_empty": ON,
                "allow_truncate_query_string": ON,
                "truncate_path": OFF,
                "allowed": SET,
                "blocked": SET,
            }
        ),
        "website": Map(
            {
                "index_document": TEXT,
                "support_sub_dir": OFF,
                "index_type": Leaf(absent=0),
                "error_document": TEXT,
                "error_status": Leaf(absent=404),
                "routing_rules": Leaf(same=contains, absent=[]),
            }
        ),
        "https": Map({"tls_versions": SET, "cipher_suite": Leaf()}),
        "cnames": Keyed("domain", CNAME, normal=normal.dns_name),
    }
)


KIND = Kind(CLOUD, "oss_bucket", BUCKET)
