# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Buckets: made, listed, described and deleted."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.oss.call import Bucket, Call, iso
from sandbox.clouds.alibaba.oss.errors import Refused, access_denied, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Node, Text
from sandbox.clouds.alibaba.oss.place import REGIONS
from sandbox.clouds.alibaba.oss.replication import live_rules
from sandbox.clouds.alibaba.oss.rights import PUBLIC_ACLS, blocks_public_access
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

ACLS = ("private", *PUBLIC_ACLS)
CLASSES = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
MOST_BUCKETS = 100  # in one region
NOT_AVAILABLE = (
    "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
    "Please select a different name and try again."
)
CONFIGURATION = Node({"StorageClass": Text(choices=CLASSES), "DataRedundancyType": Text(choices=("LRS", "ZRS"))})


@table.add("PUT", "bucket", "PutBucket", verified="sdk")
def put_bucket(call: Call) -> Reply:
    acl = wanted_acl(call, "x-oss-acl")
    wanted = call.document("CreateBucketConfiguration", CONFIGURATION) if call.request.body.strip() else {}
    existing = call.buckets.get(call.name)
    if existing is not None:
        _check_unchanged(call, existing, wanted)
    if acl in PUBLIC_ACLS and blocks_public_access(call, existing):
        raise access_denied("Put public bucket acl is not allowed")
    if existing is not None:
        existing["acl"] = acl or existing["acl"]
        return Reply(200, headers={"Location": f"/{call.name}"})
    region = call.place.region
    if region is None:
        raise invalid_argument("A bucket cannot be created by the transfer acceleration endpoint.")
    if sum(bucket["region"] == region and bucket["owner"] == call.account for bucket in call.buckets.values()) >= MOST_BUCKETS:
        raise Refused(400, "TooManyBuckets", "You have attempted to create more buckets than allowed.")
    call.buckets[call.name] = new_bucket(call, region) | {
        "acl": acl or "private",
        "storage_class": wanted.get("StorageClass", "Standard"),
        "redundancy": wanted.get("DataRedundancyType", "LRS"),
        "resource_group": call.header("x-oss-resource-group-id") or default_group(call),
    }
    return Reply(200, headers={"Location": f"/{call.name}"})


def new_bucket(call: Call, region: str) -> Bucket:
    """Block Public Access is on in every new bucket since 2025-10-13."""
    return {
        "region": region,
        "owner": call.account,
        "created": call.now,
        "settings": {"publicAccessBlock": {"BlockPublicAccess": True}},
        "stale": {},
        "objects": {},
        "uploads": {},
        "replication": [],
        "outgoing": [],
        "cnames": {},
        "cname_tokens": {},
    }


def default_group(call: Call) -> str:
    return f"rg-acfm{call.account[:11]}"


def wanted_acl(call: Call, header: str) -> str:
    acl = call.header(header)
    if header in call.request.headers and acl not in ACLS:
        raise invalid_argument("no such bucket access control exists", ArgumentName=header, ArgumentValue=acl)
    return acl


def _check_unchanged(call: Call, bucket: Bucket, wanted: t.Mapping[str, str]) -> None:
    """help.aliyun.com/en/oss/user-guide/http-status-code-409"""

    def conflict(message: str, ec: str | None = None) -> Refused:
        return Refused(409, "BucketAlreadyExists", message, ec, BucketName=call.name)

    if bucket["owner"] != call.account:
        raise conflict(NOT_AVAILABLE, "0015-00000102")
    if call.place.region not in (None, bucket["region"]):
        raise conflict("Bucket already exists can't modify location.")
    if wanted.get("StorageClass", bucket["storage_class"]) != bucket["storage_class"]:
        raise conflict("Cannot modify existing bucket's storage class")
    if wanted.get("DataRedundancyType", bucket["redundancy"]) != bucket["redundancy"]:
        raise conflict("Bucket already exists can't modify data redundancy type")


@table.add("DELETE", "bucket", "DeleteBucket", verified="sdk")
def delete_bucket(call: Call) -> Reply:
    """Objects, old versions, delete markers and unfinished uploads all count; replication rules go with the bucket."""
    if call.bucket["objects"] or call.bucket["uploads"]:
        raise Refused(409, "BucketNotEmpty", "The bucket has objects. Please delete them first.", "0015-00000301", BucketName=call.name)
    del call.buckets[call.name]
    return Reply(204)


@table.add("GET", "service", "ListBuckets", verified="sdk")
def list_buckets(call: Call) -> Reply:
    """Every region's buckets, by name. The paging elements are there only when something is left out."""
    prefix, marker = call.params.get("prefix", ""), call.params.get("marker", "")
    limit = page_size(call, 100)
    group = call.header("x-oss-resource-group-id")
    names = [
        name
        for name, bucket in sorted(call.buckets.items())
        if bucket["owner"] == call.account and name.startswith(prefix) and name > marker and _tagged(call, bucket)
        if group in ("", bucket["resource_group"])
    ]
    shown = names[:limit]
    paging: dict[str, t.Any] = {}
    if len(names) > limit:
        paging = {"Prefix": prefix, "Marker": marker, "MaxKeys": limit, "IsTruncated": True, "NextMarker": shown[-1]}
    found = [_summary(call.buckets[name]) | {"Name": name} for name in shown]
    return call.answer("ListAllMyBucketsResult", {"Owner": owner(call), **paging, "Buckets": {"Bucket": found}})


def page_size(call: Call, usual: int) -> int:
    text = call.params.get("max-keys", str(usual))
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise invalid_argument("Argument max-keys must be an integer between 1 and 1000.", ArgumentName="max-keys", ArgumentValue=text)
    return int(text)


def _tagged(call: Call, bucket: Bucket) -> bool:
    key, value = call.params.get("tag-key"), call.params.get("tag-value")
    tags = bucket["settings"].get("tagging", {}).get("TagSet", {}).get("Tag", [])
    return key is None or any(tag["Key"] == key and value in (None, tag["Value"]) for tag in tags)


def _summary(bucket: Bucket) -> dict[str, t.Any]:
    return {
        "CreationDate": iso(bucket["created"]),
        **_endpoints(bucket),
        "Location": f"oss-{bucket['region']}",
        "Region": bucket["region"],
        "ResourceGroupId": bucket["resource_group"],
        "StorageClass": bucket["storage_class"],
    }


def _endpoints(bucket: Bucket) -> dict[str, str]:
    region = bucket["region"]
    return {"ExtranetEndpoint": f"oss-{region}.aliyuncs.com", "IntranetEndpoint": f"oss-{region}-internal.aliyuncs.com"}


def owner(call: Call) -> dict[str, str]:
    return {"DisplayName": call.account, "ID": call.account}


@table.add("GET", "bucket", "GetBucketInfo", "bucketInfo", verified="sdk")
def get_bucket_info(call: Call) -> Reply:
    """`None` means no encryption rule; `Versioning` is absent until versioning was set once."""
    bucket = call.bucket
    logging = (call.setting("logging") or {}).get("LoggingEnabled", {})
    encryption = (call.setting("encryption") or {}).get("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "None"})
    return call.answer(
        "BucketInfo",
        {
            "Bucket": {
                "AccessMonitor": (call.setting("accessmonitor") or {}).get("Status", "Disabled"),
                "BlockPublicAccess": bool((call.setting("publicAccessBlock") or {}).get("BlockPublicAccess")),
                "Comment": "",
                "CreationDate": iso(bucket["created"]),
                "CrossRegionReplication": "Enabled" if live_rules(call, bucket) else "Disabled",
                "DataRedundancyType": bucket["redundancy"],
                **_endpoints(bucket),
                "Location": f"oss-{bucket['region']}",
                "Name": call.name,
                "ResourceGroupId": bucket["resource_group"],
                "StorageClass": bucket["storage_class"],
                "TransferAcceleration": "Enabled" if (call.setting("transferAcceleration") or {}).get("Enabled") else "Disabled",
                "Versioning": (call.setting("versioning") or {}).get("Status"),
                "Owner": owner(call),
                "AccessControlList": {"Grant": bucket["acl"]},
                "ServerSideEncryptionRule": encryption,
                "BucketPolicy": {"LogBucket": logging.get("TargetBucket", ""), "LogPrefix": logging.get("TargetPrefix", "")},
            }
        },
    )


@table.add("GET", "bucket", "GetBucketLocation", "location", verified="sdk")
def get_bucket_location(call: Call) -> Reply:
    return call.answer("LocationConstraint", f"oss-{call.bucket['region']}")


@table.add("GET", "bucket", "GetBucketStat", "stat", verified="sdk")
def get_bucket_stat(call: Call) -> Reply:
    versions = [version for each in call.bucket["objects"].values() for version in each]
    whole = [version for version in versions if not version["marker"]]
    current = [each[0] for each in call.bucket["objects"].values() if not each[0]["marker"]]
    sizes = {
        name: (
            sum(version["size"] for version in whole if version["storage_class"] == name),
            sum(v["storage_class"] == name for v in current),
        )
        for name in CLASSES
    }
    value: dict[str, t.Any] = {
        "Storage": sum(version["size"] for version in whole),
        "ObjectCount": len(current),
        "MultipartUploadCount": len(call.bucket["uploads"]),
        "LiveChannelCount": 0,
        "LastModifiedTime": int(max((version["time"] for version in versions), default=0)),
        "StandardStorage": sizes["Standard"][0],
        "StandardObjectCount": sizes["Standard"][1],
    }
    for name, title in zip(CLASSES[1:], ("InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive"), strict=True):
        size, count = sizes[name]
        value |= {f"{title}Storage": size, f"{title}RealStorage": size, f"{title}ObjectCount": count}
    return call.answer("BucketStat", value | {"DeleteMarkerCount": len(versions) - len(whole)})


@table.add("GET", "service", "DescribeRegions", "regions", verified="sdk")
def describe_regions(call: Call) -> Reply:
    wanted = call.params["regions"].removeprefix("oss-")
    if wanted and wanted not in REGIONS:
        raise Refused(404, "NoSuchRegion", f"oss-{wanted}")
    regions = [
        {
            "Region": f"oss-{region}",
            "InternetEndpoint": f"oss-{region}.aliyuncs.com",
            "InternalEndpoint": f"oss-{region}-internal.aliyuncs.com",
            "AccelerateEndpoint": "oss-accelerate.aliyuncs.com",
        }
        for region in ([wanted] if wanted else REGIONS)
    ]
    return call.answer("RegionInfoList", {"RegionInfo": regions})
