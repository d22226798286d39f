# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Multipart uploads: begun, filled, completed or aborted. An unfinished one keeps its bucket from being deleted."""

from __future__ import annotations

import base64
import hashlib
import secrets
import typing as t

from sandbox.clouds.alibaba.oss import store
from sandbox.clouds.alibaba.oss.buckets import owner
from sandbox.clouds.alibaba.oss.call import Call, iso
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Many, Node, Text, Whole
from sandbox.clouds.alibaba.oss.objects import facts_of, listed
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

SMALLEST_PART = 100 * 1024  # but for the last
COMPLETE = Node({"Part": Many(Node({"PartNumber": Whole(1, 10000), "ETag": Text()}, required=("PartNumber", "ETag")), 10000)})
NO_UPLOAD = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."


@table.add("POST", "object", "InitiateMultipartUpload", "uploads", verified="sdk", action="PutObject", data=True)
def initiate(call: Call) -> Reply:
    upload = secrets.token_hex(16).upper()
    call.bucket["uploads"][upload] = {"key": call.place.key, "begun": call.now, "facts": facts_of(call), "parts": {}}
    return call.answer("InitiateMultipartUploadResult", {"Bucket": call.name, "Key": listed(call, call.place.key), "UploadId": upload})


def _upload(call: Call) -> dict[str, t.Any]:
    upload = call.bucket["uploads"].get(call.params["uploadId"])
    if upload is None or upload["key"] != call.place.key:
        raise Refused(404, "NoSuchUpload", NO_UPLOAD, UploadId=call.params["uploadId"])
    return t.cast("dict[str, t.Any]", upload)


@table.add("PUT", "object", "UploadPart", "partNumber&uploadId", verified="sdk", action="PutObject", data=True)
def upload_part(call: Call) -> Reply:
    upload = _upload(call)
    number = call.params["partNumber"]
    if not number.isdecimal() or not 1 <= int(number) <= 10000:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive.", ArgumentName="partNumber", ArgumentValue=number
        )
    body = call.checked_body()
    etag = hashlib.md5(body).hexdigest().upper()
    upload["parts"][str(int(number))] = {"body": base64.b64encode(body).decode(), "etag": etag, "time": call.now}
    return Reply(200, headers={"ETag": f'"{etag}"', "x-oss-hash-crc64ecma": str(store.crc64(body))})


@table.add("POST", "object", "CompleteMultipartUpload", "uploadId", verified="sdk", action="PutObject", data=True)
def complete(call: Call) -> Reply:
    upload = _upload(call)
    if call.header("x-oss-complete-all") == "yes":
        chosen = [(int(number), part["etag"]) for number, part in upload["parts"].items()]
    else:
        wanted = call.document("CompleteMultipartUpload", COMPLETE).get("Part", [])
        chosen = [(part["PartNumber"], part["ETag"].strip('"')) for part in wanted]
        if chosen != sorted(chosen) or not chosen:
            raise Refused(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    bodies = []
    for number, etag in sorted(chosen):
        part = upload["parts"].get(str(number))
        if part is None or part["etag"] != etag:
            raise Refused(400, "InvalidPart", "One or more of the specified parts could not be found.", PartNumber=str(number))
        bodies.append(base64.b64decode(part["body"]))
    if any(len(body) < SMALLEST_PART for body in bodies[:-1]):
        raise Refused(400, "EntityTooSmall", "Your proposed upload smaller than the minimum allowed size.")
    digest = hashlib.md5(b"".join(hashlib.md5(body).digest() for body in bodies)).hexdigest().upper()
    version = store.new_version(call, b"".join(bodies), **upload["facts"], type="Multipart")
    version["etag"] = f"{digest}-{len(bodies)}"
    headers = store.put(call, call.place.key, version)
    del call.bucket["uploads"][call.params["uploadId"]]
    result = {
        "EncodingType": call.params.get("encoding-type"),
        "Location": f"https://{call.request.host}/{call.place.key}",
        "Bucket": call.name,
        "Key": listed(call, call.place.key),
        "ETag": f'"{version["etag"]}"',
    }
    return call.answer("CompleteMultipartUploadResult", result, **{"x-oss-hash-crc64ecma": version["crc"], **headers})


@table.add("DELETE", "object", "AbortMultipartUpload", "uploadId", verified="sdk", data=True)
def abort(call: Call) -> Reply:
    _upload(call)
    del call.bucket["uploads"][call.params["uploadId"]]
    return Reply(204)


@table.add("GET", "object", "ListParts", "uploadId", verified="sdk", data=True)
def list_parts(call: Call) -> Reply:
    parts = [
        {
            "PartNumber": int(number),
            "LastModified": iso(part["time"]),
            "ETag": f'"{part["etag"]}"',
            "Size": len(base64.b64decode(part["body"])),
        }
        for number, part in sorted(_upload(call)["parts"].items(), key=lambda each: int(each[0]))
    ]
    head = {"Bucket": call.name, "Key": listed(call, call.place.key), "UploadId": call.params["uploadId"]}
    encoding = {"EncodingType": call.params.get("encoding-type")}
    numbers = {
        "PartNumberMarker": 0,
        "NextPartNumberMarker": parts[-1]["PartNumber"] if parts else 0,
        "MaxParts": 1000,
        "IsTruncated": False,
    }
    return call.answer("ListPartsResult", encoding | head | numbers | {"Part": parts})


@table.add("GET", "bucket", "ListMultipartUploads", "uploads", verified="sdk", data=True)
def list_uploads(call: Call) -> Reply:
    prefix = call.params.get("prefix", "")
    uploads = [
        {
            "Key": listed(call, upload["key"]),
            "UploadId": name,
            "Initiated": iso(upload["begun"]),
            "StorageClass": "Standard",
            "Owner": owner(call),
        }
        for name, upload in sorted(call.bucket["uploads"].items(), key=lambda each: (each[1]["key"], each[0]))
        if upload["key"].startswith(prefix)
    ]
    head = {"EncodingType": call.params.get("encoding-type"), "Bucket": call.name, "KeyMarker": "", "UploadIdMarker": ""}
    markers = {"NextKeyMarker": "", "NextUploadIdMarker": "", "Delimiter": "", "Prefix": prefix, "MaxUploads": 1000, "IsTruncated": False}
    return call.answer("ListMultipartUploadsResult", head | markers | {"Upload": uploads})
