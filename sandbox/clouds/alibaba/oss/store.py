# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as they lie in a bucket: a list of versions for each key, the newest first, delete markers among them."""

from __future__ import annotations

import base64
import hashlib
import secrets
import typing as t

from sandbox.clouds.alibaba.oss import copies
from sandbox.clouds.alibaba.oss.call import Bucket, Call
from sandbox.clouds.alibaba.oss.errors import Refused

Version = dict[str, t.Any]
NULL = "null"  # the version id of what was written without versioning

_POLYNOMIAL = 0xC96C5795D7870F42  # ECMA-182, reflected


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _table()


def crc64(data: bytes) -> int:
    """The checksum of `x-oss-hash-crc64ecma` (CRC-64/XZ)."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFFFFFFFFFF


def new_version(call: Call, body: bytes, **facts: t.Any) -> Version:
    return {
        "marker": False,
        "time": call.now,
        "size": len(body),
        "body": base64.b64encode(body).decode(),
        "etag": hashlib.md5(body).hexdigest().upper(),
        "crc": str(crc64(body)),
        "type": "Normal",
        "storage_class": call.bucket["storage_class"],
        "acl": "default",
        "headers": {},
        "tags": [],
        **facts,
    }


def body_of(version: Version) -> bytes:
    return base64.b64decode(version["body"])


def put(call: Call, key: str, version: Version) -> dict[str, str]:
    """Make `version` the newest of `key`; returns the headers that say which version it is."""
    version["version_id"] = _version_id(call.bucket)
    _place(call.bucket, key, version)
    copies.schedule(call, key)
    return version_header(call.bucket, version)


def delete(call: Call, key: str, version_id: str | None) -> dict[str, str]:
    """Delete as OSS does: without a version id a versioned bucket only gets a delete marker. Deleting nothing is no error."""
    bucket = call.bucket
    versions = bucket["objects"].get(key, [])
    if version_id is None and versioning(bucket):
        marker: Version = {"marker": True, "time": call.now, "size": 0, "version_id": _version_id(bucket)}
        _place(bucket, key, marker)
        copies.schedule(call, key, delete=True)
        return version_header(bucket, marker) | {"x-oss-delete-marker": "true"}
    gone = next((each for each in versions if each["version_id"] == (version_id or NULL)), None)
    if gone is None:
        return {}
    versions.remove(gone)
    if not versions:
        del bucket["objects"][key]
    if version_id is None:
        copies.schedule(call, key, delete=True)
    marked = {"x-oss-delete-marker": "true"} if gone["marker"] else {}
    return version_header(bucket, gone) | marked


def find(call: Call, key: str, version_id: str | None = None) -> Version:
    """The wanted version, or the newest."""
    versions = call.bucket["objects"].get(key, [])
    if version_id is not None:
        for version in versions:
            if version["version_id"] == version_id:
                return t.cast(Version, version)
        raise Refused(404, "NoSuchVersion", "The specified version does not exist.", Key=key, VersionId=version_id)
    if not versions or versions[0]["marker"]:
        raise Refused(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001", Key=key)
    return t.cast(Version, versions[0])


def versioning(bucket: Bucket) -> str | None:
    return t.cast("str | None", bucket["settings"].get("versioning", {}).get("Status"))


def version_header(bucket: Bucket, version: Version) -> dict[str, str]:
    return {"x-oss-version-id": version["version_id"]} if versioning(bucket) else {}


def _version_id(bucket: Bucket) -> str:
    return "CAEQ" + secrets.token_urlsafe(40).replace("-", "x").replace("_", "y") if versioning(bucket) == "Enabled" else NULL


def _place(bucket: Bucket, key: str, version: Version) -> None:
    """There is only one `null` version."""
    versions = bucket["objects"].setdefault(key, [])
    if version["version_id"] == NULL:
        versions[:] = [each for each in versions if each["version_id"] != NULL]
    versions.insert(0, version)
