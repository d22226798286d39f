# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cross-origin rules: kept, shown with their defaults filled in, and obeyed by object requests."""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase

from sandbox.clouds.alibaba.oss.call import Bucket, Call
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument, malformed_xml
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text, Whole
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

MOST_RULES = 20
RULE = Node(
    {
        "AllowedOrigin": Many(Text(pattern=r".+")),
        "AllowedMethod": Many(Text(choices=("GET", "PUT", "DELETE", "POST", "HEAD"))),
        "AllowedHeader": Many(Text(pattern=r".+")),
        "ExposeHeader": Many(Text(pattern=r"[^*]+")),
        "MaxAgeSeconds": Whole(0, 999_999_999),
    },
    required=("AllowedOrigin", "AllowedMethod"),
)
CORS = Node({"CORSRule": Many(RULE), "ResponseVary": Flag()}, required=("CORSRule",))


@table.add("PUT", "bucket", "PutBucketCors", "cors", verified="sdk")
def put_cors(call: Call) -> Reply:
    """Replaces every rule. The first rule that fits a request wins, so their order is kept."""
    wanted = call.document("CORSConfiguration", CORS)
    if len(wanted["CORSRule"]) > MOST_RULES:
        raise Refused(400, "CORSRuleBeyondLimit", "The CORS Rules num is beyond limit.")
    for rule in wanted["CORSRule"]:
        if any(each.count("*") > 1 for each in rule["AllowedOrigin"] + rule.get("AllowedHeader", [])):
            raise malformed_xml()
    return call.keep("cors", {"CORSRule": wanted["CORSRule"], "ResponseVary": wanted.get("ResponseVary", False)})


@table.add("GET", "bucket", "GetBucketCors", "cors", verified="sdk")
def get_cors(call: Call) -> Reply:
    setting = call.setting("cors")
    if setting is None:
        raise Refused(404, "NoSuchCORSConfiguration", "The CORS Configuration does not exist.", BucketName=call.name)
    return call.answer("CORSConfiguration", setting)


@table.add("DELETE", "bucket", "DeleteBucketCors", "cors", verified="sdk")
def delete_cors(call: Call) -> Reply:
    return call.drop("cors")


@table.add("OPTIONS", "object", "OptionObject", verified="sdk", source="help.aliyun.com/en/oss/developer-reference/options")
def preflight(call: Call) -> Reply:
    origin, method = call.header("origin"), call.header("access-control-request-method")
    if not origin or not method:
        raise invalid_argument("Origin and Access-Control-Request-Method are required.", ArgumentName="Origin")
    names = [name.strip() for name in call.header("access-control-request-headers").split(",") if name.strip()]
    rule = _rule(call.bucket, origin, method, names)
    if rule is None:
        raise Refused(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.", "0003-00000602")
    allowed = {"Access-Control-Allow-Headers": ", ".join(names)} if names else {}
    return Reply(200, headers=_headers(rule, origin) | allowed)


def response_headers(call: Call) -> dict[str, str]:
    """What an answer about an object carries for a browser."""
    cors = call.bucket["settings"].get("cors")
    origin = call.header("origin")
    if not cors:
        return {}
    vary = {"Vary": "Origin"} if cors["ResponseVary"] else {}
    rule = _rule(call.bucket, origin, call.request.method, []) if origin else None
    return vary | (_headers(rule, origin) if rule else {})


def _rule(bucket: Bucket, origin: str, method: str, names: list[str]) -> dict[str, t.Any] | None:
    for rule in (bucket["settings"].get("cors") or {"CORSRule": []})["CORSRule"]:
        if method not in rule["AllowedMethod"] or not any(fnmatchcase(origin, each) for each in rule["AllowedOrigin"]):
            continue
        if all(any(fnmatchcase(name.lower(), each.lower()) for each in rule.get("AllowedHeader", [])) for name in names):
            return t.cast("dict[str, t.Any]", rule)
    return None


def _headers(rule: dict[str, t.Any], origin: str) -> dict[str, str]:
    headers = {
        "Access-Control-Allow-Origin": "*" if "*" in rule["AllowedOrigin"] else origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethod"]),
        "Access-Control-Max-Age": str(rule.get("MaxAgeSeconds", 0)),
    }
    exposed = ", ".join(rule.get("ExposeHeader", []))
    return headers | ({"Access-Control-Expose-Headers": exposed} if exposed else {})
