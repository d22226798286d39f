# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of objects and of versions: by name, a page at a time, grouped by a delimiter."""

from __future__ import annotations

import base64
import binascii
import typing as t

from sandbox.clouds.alibaba.oss.buckets import owner, page_size
from sandbox.clouds.alibaba.oss.call import Call, iso
from sandbox.clouds.alibaba.oss.errors import invalid_argument
from sandbox.clouds.alibaba.oss.objects import listed
from sandbox.clouds.alibaba.oss.store import Version
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

Item = tuple[str, Version | None]  # a key with its version, or a common prefix


@table.add("GET", "bucket", "ListObjectsV2", "list-type=2", verified="sdk", action="ListObjects", data=True)
def list_objects_v2(call: Call) -> Reply:
    token = call.params.get("continuation-token", "")
    after = max(_read_token(token) if token else "", call.params.get("start-after", ""))
    page, more = _page(call, _current(call), after)
    with_owner = call.params.get("fetch-owner") == "true"
    asked = {"StartAfter": "start-after", "ContinuationToken": "continuation-token"}
    return call.answer(
        "ListBucketResult",
        {
            **_head(call),
            **{name: listed(call, call.params[param]) for name, param in asked.items() if call.params.get(param)},
            "IsTruncated": more,
            "KeyCount": len(page),
            "NextContinuationToken": _token(page[-1][0]) if more else None,
            "Contents": [_content(call, key, version, with_owner) for key, version in page if version],
            "CommonPrefixes": [{"Prefix": listed(call, key)} for key, version in page if not version],
        },
    )


@table.add("GET", "bucket", "ListObjects", verified="sdk", source="help.aliyun.com/en/oss/developer-reference/listobjects", data=True)
def list_objects(call: Call) -> Reply:
    marker = call.params.get("marker", "")
    page, more = _page(call, _current(call), marker)
    return call.answer(
        "ListBucketResult",
        {
            **_head(call),
            "Marker": listed(call, marker),
            "IsTruncated": more,
            "NextMarker": listed(call, page[-1][0]) if more else None,
            "Contents": [_content(call, key, version, True) for key, version in page if version],
            "CommonPrefixes": [{"Prefix": listed(call, key)} for key, version in page if not version],
        },
    )


@table.add("GET", "bucket", "ListObjectVersions", "versions", verified="sdk", data=True)
def list_versions(call: Call) -> Reply:
    marker, id_marker = call.params.get("key-marker", ""), call.params.get("version-id-marker", "")
    if id_marker and not marker:
        raise invalid_argument("A version-id-marker cannot be specified without a key-marker.", ArgumentName="version-id-marker")
    everything: list[tuple[str, Version]] = []
    for key, versions in sorted(call.bucket["objects"].items()):
        ids = [version["version_id"] for version in versions]
        start = ids.index(id_marker) + 1 if key == marker and id_marker in ids else len(ids) if key <= marker else 0
        everything += [(key, version | {"latest": index == 0}) for index, version in enumerate(versions) if index >= start]
    page, more = _page(call, everything, "")
    last = page[-1] if more else None
    return call.answer(
        "ListVersionsResult",
        {
            **_head(call),
            "KeyMarker": listed(call, marker),
            "VersionIdMarker": id_marker,
            "IsTruncated": more,
            "NextKeyMarker": listed(call, last[0]) if last else None,
            "NextVersionIdMarker": (last[1] or {}).get("version_id", "") if last else None,
            "Version": [_version(call, key, version) for key, version in page if version and not version["marker"]],
            "DeleteMarker": [_version(call, key, version) for key, version in page if version and version["marker"]],
            "CommonPrefixes": [{"Prefix": listed(call, key)} for key, version in page if not version],
        },
    )


def _current(call: Call) -> list[tuple[str, Version]]:
    return [(key, versions[0]) for key, versions in sorted(call.bucket["objects"].items()) if not versions[0]["marker"]]


def _page(call: Call, entries: list[tuple[str, Version]], after: str) -> tuple[list[Item], bool]:
    """The entries behind `after`, those with the delimiter rolled up; and whether there are more than fit."""
    prefix, delimiter = call.params.get("prefix", ""), call.params.get("delimiter", "")
    limit = page_size(call, 100)
    found: list[Item] = []
    for key, version in entries:
        if not key.startswith(prefix):
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        item: Item = (key, version) if cut < 0 else (key[: cut + len(delimiter)], None)
        if (item[0] <= after and after) or (item[1] is None and found and found[-1] == item):
            continue
        if len(found) == limit:
            return found, True
        found.append(item)
    return found, False


def _head(call: Call) -> dict[str, t.Any]:
    if call.params.get("encoding-type", "url") != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request", ArgumentName="encoding-type")
    encoding = {"EncodingType": "url"} if "encoding-type" in call.params else {}
    return {
        "Name": call.name,
        "Prefix": listed(call, call.params.get("prefix", "")),
        "MaxKeys": page_size(call, 100),
        "Delimiter": listed(call, call.params.get("delimiter", "")),
        **encoding,
    }


def _content(call: Call, key: str, version: Version, with_owner: bool) -> dict[str, t.Any]:
    content = {
        "Key": listed(call, key),
        "LastModified": iso(version["time"]),
        "ETag": f'"{version["etag"]}"',
        "Type": version["type"],
        "Size": version["size"],
        "StorageClass": version["storage_class"],
    }
    return content | ({"Owner": owner(call)} if with_owner else {})


def _version(call: Call, key: str, version: Version) -> dict[str, t.Any]:
    head = {
        "Key": listed(call, key),
        "VersionId": version["version_id"],
        "IsLatest": version["latest"],
        "LastModified": iso(version["time"]),
    }
    if version["marker"]:
        return head | {"Owner": owner(call)}
    return head | {name: value for name, value in _content(call, key, version, True).items() if name not in head}


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _read_token(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_argument("The continuation token provided is incorrect.", ArgumentName="continuation-token") from error
