# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Reading buckets: what one is, whether it is empty, and how it is shown."""

from __future__ import annotations

import typing as t

from ..._core.errors import CloudError, PlanError
from ..._core.plan import State
from ..credentials import CLOUD
from .client import Client, OssRefusal, region_of
from .documents import flag, number, parse, text

# What OSS counts in a bucket, where it may not be listed.
COUNTS = {"ObjectCount": "objects", "DeleteMarkerCount": "delete markers", "MultipartUploadCount": "unfinished uploads"}


def read_bucket(client: Client, name: str) -> State | None:
    """GetBucketInfo; None when there is no such bucket. Raises PlanError when it lives in another region."""
    what = f"read the bucket {name}"
    try:
        answer = client.get(what, name, "bucketInfo")
    except OssRefusal as error:
        if error.code == "NoSuchBucket":
            return None
        if error.endpoint:
            raise PlanError(
                f"{what}: it lives at {error.endpoint}, not in the declared region; nothing was changed",
                code="immutable",
                cloud=CLOUD,
                hint="Declare its region, or give the new bucket another name: names are unique over all regions",
            ) from None
        raise
    return _bucket_info(what, answer.body)


def _bucket_info(what: str, body: bytes) -> State:
    """What GetBucketInfo tells of a bucket's settings."""
    found = parse(what, body).find("Bucket")
    if found is None:
        raise CloudError(what, "the answer describes no bucket", cloud=CLOUD, code="bad_answer", retryable=True)
    encryption = "ServerSideEncryptionRule"
    return {
        "name": text(found, "Name"),
        "region": region_of(text(found, "Location")),
        "acl": text(found, "AccessControlList/Grant"),
        "storage_class": text(found, "StorageClass"),
        "redundancy": text(found, "DataRedundancyType", "LRS"),
        "resource_group": text(found, "ResourceGroupId"),
        "block_public_access": flag(found, "BlockPublicAccess"),
        "versioning": text(found, "Versioning", "Suspended"),
        "transfer_acceleration": flag(found, "TransferAcceleration"),
        "access_monitor": flag(found, "AccessMonitor"),
        "encryption": {
            "algorithm": text(found, f"{encryption}/SSEAlgorithm", "None"),
            "kms_master_key_id": text(found, f"{encryption}/KMSMasterKeyID"),
            "kms_data_encryption": text(found, f"{encryption}/KMSDataEncryption"),
        },
    }


def contents(client: Client, name: str) -> list[str]:
    """What a bucket still holds, in words; empty for an empty or a missing bucket.

    Looks at one version and one upload. Accounts that may not list at a public endpoint get OSS's own counts, which may lag.
    """
    what = f"look into the bucket {name}"
    try:
        versions = parse(what, client.get(what, name, "versions", **{"max-keys": "1"}).body)
        uploads = parse(what, client.get(what, name, "uploads", **{"max-uploads": "1"}).body)
    except CloudError as error:
        if error.code == "NoSuchBucket":
            return []
        if error.code != "PublicEndpointForbidden":
            raise
        counted = parse(what, client.get(what, name, "stat").body)
        return [f"{number(counted, element)} {words}" for element, words in COUNTS.items() if number(counted, element)]
    held = {"Version": "objects", "DeleteMarker": "delete markers"}
    return [
        *(words for element, words in held.items() if versions.find(element) is not None),
        *(["unfinished uploads"] if uploads.find("Upload") is not None else []),
    ]


def shown(state: State, rules: t.Mapping[str, State] | None = None, domains: t.Mapping[str, State] | None = None) -> State:
    """A bucket as modules return it: its settings and its addresses.

    rules, domains: what else is known about replication rules (by destination) and custom domains.
    """
    name, region = state["name"], state["region"]
    found = {
        "name": name,
        "region": region,
        "domain": f"{name}.oss-{region}.aliyuncs.com",
        "internal_domain": f"{name}.oss-{region}-internal.aliyuncs.com",
        **{key: value for key, value in state.items() if key not in ("name", "region")},
    }
    for field, key, more in (("replication", "destination", rules or {}), ("cnames", "domain", domains or {})):
        if field in found:
            found[field] = [{**each, **more.get(each[key], {})} for each in found[field]]
    return found
