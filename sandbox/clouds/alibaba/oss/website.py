# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static website hosting: index and error documents, and redirects (mirroring back to an origin is not emulated)."""

from __future__ import annotations

from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.errors import Refused, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text, Whole
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

CONDITION = Node(
    {
        "KeyPrefixEquals": Text(),
        "KeySuffixEquals": Text(),
        "HttpErrorCodeReturnedEquals": Whole(400, 599),
        "IncludeHeader": Many(Node({"Key": Text(), "Equals": Text(), "StartsWith": Text(), "EndsWith": Text()}, required=("Key",)), 10),
    }
)
REDIRECT = Node(
    {
        "RedirectType": Text(choices=("External", "AliCDN", "Internal")),
        "Protocol": Text(choices=("http", "https")),
        "HostName": Text(),
        "HttpRedirectCode": Whole(301, 307),
        "ReplaceKeyPrefixWith": Text(),
        "ReplaceKeyWith": Text(),
        "PassQueryString": Flag(),
        "EnableReplacePrefix": Flag(),
    },
    required=("RedirectType",),
)
RULE = Node({"RuleNumber": Whole(1, 20), "Condition": CONDITION, "Redirect": REDIRECT}, required=("RuleNumber", "Redirect"))
WEBSITE = Node(
    {
        "IndexDocument": Node({"Suffix": Text(pattern=".+"), "SupportSubDir": Flag(), "Type": Whole(0, 2)}, required=("Suffix",)),
        "ErrorDocument": Node({"Key": Text(pattern=".+"), "HttpStatus": Whole(200, 599)}, required=("Key",)),
        "RoutingRules": Node({"RoutingRule": Many(RULE, 20)}),
    }
)


@table.add("PUT", "bucket", "PutBucketWebsite", "website", verified="sdk")
def put_website(call: Call) -> Reply:
    wanted = call.document("WebsiteConfiguration", WEBSITE)
    if not wanted:
        raise invalid_argument("The website configuration is empty.", ArgumentName="WebsiteConfiguration")
    if "/" in wanted.get("IndexDocument", {}).get("Suffix", ""):
        raise invalid_argument("The IndexDocument Suffix is not well formed", ArgumentName="Suffix")
    rules = wanted.get("RoutingRules", {}).get("RoutingRule", [])
    if len({rule["RuleNumber"] for rule in rules}) < len(rules):
        raise invalid_argument("RuleNumber must be unique.", ArgumentName="RuleNumber")
    if rules:
        wanted["RoutingRules"]["RoutingRule"] = sorted(rules, key=lambda rule: int(rule["RuleNumber"]))
    return call.keep("website", wanted)


@table.add("GET", "bucket", "GetBucketWebsite", "website", verified="sdk")
def get_website(call: Call) -> Reply:
    setting = call.setting("website")
    if setting is None:
        message = "The specified bucket does not have a website configuration."
        raise Refused(404, "NoSuchWebsiteConfiguration", message, BucketName=call.name)
    return call.answer("WebsiteConfiguration", setting)


@table.add("DELETE", "bucket", "DeleteBucketWebsite", "website", verified="sdk")
def delete_website(call: Call) -> Reply:
    return call.drop("website")
