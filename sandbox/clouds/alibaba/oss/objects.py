# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Single objects: written, read, described, copied and deleted."""

from __future__ import annotations

import re
import typing as t
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, quote, unquote

from sandbox.clouds.alibaba.oss import cors, store
from sandbox.clouds.alibaba.oss.buckets import owner
from sandbox.clouds.alibaba.oss.call import Call, http_date, iso
from sandbox.clouds.alibaba.oss.errors import Refused, access_denied, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text
from sandbox.clouds.alibaba.oss.rights import PUBLIC_ACLS, authorize, blocks_public_access
from sandbox.clouds.alibaba.oss.store import Version
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

ACLS = ("default", "private", *PUBLIC_ACLS)
KEPT = ("content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires")
OVERRIDES = ("content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding")


# --- writing -----------------------------------------------------------------------


@table.add("PUT", "object", "PutObject", verified="sdk", data=True)
def put_object(call: Call) -> Reply:
    key = call.place.key
    if "x-oss-copy-source" in call.request.headers:
        return _copy(call)
    if len(key.encode()) > 1023 or key[0] in "/\\":
        raise Refused(400, "InvalidObjectName", "The specified object is not valid.", ObjectName=key)
    body = call.checked_body()
    if call.header("x-oss-forbid-overwrite") == "true" and not _absent(call, key):
        raise Refused(409, "FileAlreadyExists", "The object you specified already exists and can not be overwritten.")
    version = store.new_version(call, body, **facts_of(call))
    headers = store.put(call, key, version)
    return Reply(200, headers=headers | _sums(version) | cors.response_headers(call))


def facts_of(call: Call) -> dict[str, t.Any]:
    """What the headers of a write say about the object."""
    headers = {name: value for name, value in call.request.headers.items() if name in KEPT or name.startswith("x-oss-meta-")}
    headers.setdefault("content-type", "application/octet-stream")
    facts: dict[str, t.Any] = {"headers": headers, "acl": object_acl(call) or "default"}
    if "x-oss-storage-class" in call.request.headers:
        facts["storage_class"] = call.header("x-oss-storage-class")
    if call.header("x-oss-tagging"):
        facts["tags"] = [{"Key": key, "Value": value} for key, value in parse_qsl(call.header("x-oss-tagging"), keep_blank_values=True)]
    rule = (call.bucket["settings"].get("encryption") or {}).get("ApplyServerSideEncryptionByDefault", {})
    algorithm = call.header("x-oss-server-side-encryption") or rule.get("SSEAlgorithm")
    return facts | ({"encryption": algorithm} if algorithm else {})


def object_acl(call: Call) -> str:
    acl = call.header("x-oss-object-acl")
    if "x-oss-object-acl" in call.request.headers and acl not in ACLS:
        raise invalid_argument("no such object access control exists", ArgumentName="x-oss-object-acl", ArgumentValue=acl)
    if acl in PUBLIC_ACLS and blocks_public_access(call, call.bucket):
        raise access_denied("Put public object acl is not allowed")
    return acl


def _copy(call: Call) -> Reply:
    source = re.fullmatch(r"/([^/]+)/([^?]+)(?:\?versionId=(.+))?", call.header("x-oss-copy-source"))
    if source is None:
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.", ArgumentName="x-oss-copy-source"
        )
    bucket, key, version_id = source[1], unquote(source[2]), source[3]
    authorize(call, "oss:GetObject", f"{bucket}/{key}")
    if bucket not in call.buckets or call.buckets[bucket]["region"] != call.bucket["region"]:
        raise access_denied("Target object does not reside in the same data center as source object.")
    versions = [each for each in call.buckets[bucket]["objects"].get(key, []) if version_id in (None, each["version_id"])]
    if not versions or versions[0]["marker"]:
        raise Refused(404, "NoSuchKey", "The specified key does not exist.", "0026-00000001", Key=key)
    facts = facts_of(call) if call.header("x-oss-metadata-directive").upper() == "REPLACE" else {"headers": versions[0]["headers"]}
    version = store.new_version(call, store.body_of(versions[0]), **facts)
    headers = store.put(call, call.place.key, version)
    result = {"ETag": f'"{version["etag"]}"', "LastModified": iso(version["time"])}
    return call.answer("CopyObjectResult", result).with_headers(headers)


def _absent(call: Call, key: str) -> bool:
    versions = call.bucket["objects"].get(key)
    return not versions or versions[0]["marker"]


def _sums(version: Version) -> dict[str, str]:
    encryption = {"x-oss-server-side-encryption": version["encryption"]} if version.get("encryption") else {}
    return {"ETag": f'"{version["etag"]}"', "x-oss-hash-crc64ecma": version["crc"], **encryption}


# --- reading -----------------------------------------------------------------------


@table.add("GET", "object", "GetObject", verified="sdk", data=True)
def get_object(call: Call) -> Reply:
    version = store.find(call, call.place.key, call.params.get("versionId"))
    if version["marker"]:
        raise Refused(405, "MethodNotAllowed", "The specified method is not allowed against this resource.", Key=call.place.key)
    conditional = _conditional(call, version)
    if conditional:
        return conditional
    headers = _described(call, version)
    headers |= {name.title(): call.params[f"response-{name}"] for name in OVERRIDES if f"response-{name}" in call.params}
    headers |= _forced_download(call)
    body = store.body_of(version)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", call.header("range"))
    if not found or not (found[1] or found[2]):
        return Reply(200, body, headers)
    first = int(found[1]) if found[1] else max(0, len(body) - int(found[2]))
    last = min(int(found[2]), len(body) - 1) if found[1] and found[2] else len(body) - 1
    if first >= len(body) or first > last:
        if call.header("x-oss-range-behavior") == "standard":
            raise Refused(416, "InvalidRange", "The requested range cannot be satisfied")
        return Reply(200, body, headers)  # OSS ignores a range it cannot serve, unless told to keep to the standard
    return Reply(206, body[first : last + 1], headers | {"Content-Range": f"bytes {first}-{last}/{len(body)}"})


@table.add("HEAD", "object", "HeadObject", verified="sdk", action="GetObject", data=True)
def head_object(call: Call) -> Reply:
    version = store.find(call, call.place.key, call.params.get("versionId"))
    return _conditional(call, version) or Reply(200, store.body_of(version), _described(call, version))


@table.add("HEAD", "object", "GetObjectMeta", "objectMeta", verified="sdk", action="GetObject", data=True)
def get_object_meta(call: Call) -> Reply:
    version = store.find(call, call.place.key, call.params.get("versionId"))
    described = _described(call, version)
    kept = ("ETag", "Last-Modified", "x-oss-hash-crc64ecma", "x-oss-version-id")
    return Reply(200, store.body_of(version), {name: value for name, value in described.items() if name in kept})


def _described(call: Call, version: Version) -> dict[str, str]:
    headers = {name if name.startswith("x-oss-") else name.title(): value for name, value in version["headers"].items()}
    headers |= _sums(version) | store.version_header(call.bucket, version) | cors.response_headers(call)
    headers |= {
        "Last-Modified": http_date(version["time"]),
        "Accept-Ranges": "bytes",
        "x-oss-object-type": version["type"],
        "x-oss-storage-class": version["storage_class"],
    }
    return headers | ({"x-oss-tagging-count": str(len(version["tags"]))} if version["tags"] else {})


def _forced_download(call: Call) -> dict[str, str]:
    """Default domains make browsers save what they get (help.aliyun.com/en/oss/user-guide/faq-preview)."""
    return {} if call.place.internal else {"x-oss-force-download": "true", "Content-Disposition": "attachment"}


def _conditional(call: Call, version: Version) -> Reply | None:
    etag = version["etag"]
    wanted, unwanted = call.header("if-match").strip('"'), call.header("if-none-match").strip('"')
    if wanted and wanted != etag:
        raise Refused(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.", Condition="If-Match")
    since = call.header("if-modified-since")
    if unwanted == etag or (since and not unwanted and parsedate_to_datetime(since).timestamp() >= int(version["time"])):
        return Reply(304, headers={"ETag": f'"{etag}"', "Last-Modified": http_date(version["time"])})
    return None


# --- deleting ----------------------------------------------------------------------

DELETE = Node({"Quiet": Flag(), "Object": Many(Node({"Key": Text(), "VersionId": Text()}, required=("Key",)))}, required=("Object",))


@table.add("DELETE", "object", "DeleteObject", verified="sdk", data=True)
def delete_object(call: Call) -> Reply:
    return Reply(204, headers=store.delete(call, call.place.key, call.params.get("versionId")))


@table.add("POST", "bucket", "DeleteMultipleObjects", "delete", verified="sdk", action="DeleteObject", data=True)
def delete_objects(call: Call) -> Reply:
    wanted = call.document("Delete", DELETE)
    deleted = []
    for each in wanted["Object"]:
        key = each["Key"]
        authorize(call, "oss:DeleteObject", f"{call.name}/{key}")
        headers = store.delete(call, key, each.get("VersionId"))
        shown = {"Key": listed(call, key), "VersionId": each.get("VersionId")}
        if "x-oss-delete-marker" in headers:
            shown |= {"DeleteMarker": True, "DeleteMarkerVersionId": headers["x-oss-version-id"]}
        deleted.append(shown)
    encoding = {"EncodingType": call.params["encoding-type"]} if "encoding-type" in call.params else {}
    return call.answer("DeleteResult", encoding | {"Deleted": [] if wanted.get("Quiet") else deleted})


def listed(call: Call, text: str) -> str:
    """A name as lists show it: percent-encoded when the client asked for that."""
    return quote(text, safe="") if call.params.get("encoding-type") == "url" else text


# --- ACL and tags --------------------------------------------------------------------

TAGGING = Node({"TagSet": Node({"Tag": Many(Node({"Key": Text(), "Value": Text()}, required=("Key",)), 10)})}, required=("TagSet",))


@table.add("PUT", "object", "PutObjectAcl", "acl", verified="sdk", data=True)
def put_acl(call: Call) -> Reply:
    acl = object_acl(call)
    if not acl:
        raise Refused(400, "MissingArgument", "Missing Some Required Arguments.", ArgumentName="x-oss-object-acl")
    store.find(call, call.place.key, call.params.get("versionId"))["acl"] = acl
    return Reply(200)


@table.add("GET", "object", "GetObjectAcl", "acl", verified="sdk", data=True)
def get_acl(call: Call) -> Reply:
    version = store.find(call, call.place.key, call.params.get("versionId"))
    return call.answer("AccessControlPolicy", {"Owner": owner(call), "AccessControlList": {"Grant": version["acl"]}})


@table.add("PUT", "object", "PutObjectTagging", "tagging", verified="sdk", data=True)
def put_tags(call: Call) -> Reply:
    tags = call.document("Tagging", TAGGING)["TagSet"].get("Tag", [])
    store.find(call, call.place.key, call.params.get("versionId"))["tags"] = tags
    return Reply(200)


@table.add("GET", "object", "GetObjectTagging", "tagging", verified="sdk", data=True)
def get_tags(call: Call) -> Reply:
    version = store.find(call, call.place.key, call.params.get("versionId"))
    return call.answer("Tagging", {"TagSet": {"Tag": version["tags"]}})


@table.add("DELETE", "object", "DeleteObjectTagging", "tagging", verified="sdk", data=True)
def delete_tags(call: Call) -> Reply:
    store.find(call, call.place.key, call.params.get("versionId"))["tags"] = []
    return Reply(204)
