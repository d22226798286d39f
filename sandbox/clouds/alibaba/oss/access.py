# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may see a bucket: ACL, policy, Block Public Access (of the bucket and of the account), and Referer rules."""

from __future__ import annotations

import json
import typing as t

from sandbox.clouds.alibaba.oss.buckets import owner, wanted_acl
from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.errors import Refused, access_denied, invalid_argument
from sandbox.clouds.alibaba.oss.markup import Flag, Many, Node, Text
from sandbox.clouds.alibaba.oss.rights import PUBLIC_ACLS, as_list, blocks_public_access, is_public
from sandbox.clouds.alibaba.oss.table import table
from sandbox.http import Reply

# --- ACL ---------------------------------------------------------------------


@table.add("PUT", "bucket", "PutBucketAcl", "acl", verified="sdk")
def put_acl(call: Call) -> Reply:
    acl = wanted_acl(call, "x-oss-acl")
    if not acl:
        raise Refused(400, "MissingArgument", "Missing Some Required Arguments.", ArgumentName="x-oss-acl")
    if acl in PUBLIC_ACLS and blocks_public_access(call, call.bucket):
        raise access_denied("Put public bucket acl is not allowed")
    call.bucket["acl"] = acl
    return Reply(200)


@table.add("GET", "bucket", "GetBucketAcl", "acl", verified="sdk")
def get_acl(call: Call) -> Reply:
    return call.answer("AccessControlPolicy", {"Owner": owner(call), "AccessControlList": {"Grant": call.bucket["acl"]}})


# --- Block Public Access -------------------------------------------------------

BLOCK = Node({"BlockPublicAccess": Flag()})


@table.add("PUT", "bucket", "PutBucketPublicAccessBlock", "publicAccessBlock", verified="sdk")
def put_block(call: Call) -> Reply:
    return call.keep("publicAccessBlock", {"BlockPublicAccess": False} | call.document("PublicAccessBlockConfiguration", BLOCK))


@table.add("GET", "bucket", "GetBucketPublicAccessBlock", "publicAccessBlock", verified="sdk")
def get_block(call: Call) -> Reply:
    return call.answer("PublicAccessBlockConfiguration", call.setting("publicAccessBlock") or {"BlockPublicAccess": False})


@table.add("DELETE", "bucket", "DeleteBucketPublicAccessBlock", "publicAccessBlock", verified="sdk")
def delete_block(call: Call) -> Reply:
    return call.drop("publicAccessBlock")


@table.add("PUT", "service", "PutPublicAccessBlock", "publicAccessBlock", verified="sdk")
def put_account_block(call: Call) -> Reply:
    call.service.data["public_access_block"] = call.document("PublicAccessBlockConfiguration", BLOCK).get("BlockPublicAccess", False)
    return Reply(200)


@table.add("GET", "service", "GetPublicAccessBlock", "publicAccessBlock", verified="sdk")
def get_account_block(call: Call) -> Reply:
    return call.answer("PublicAccessBlockConfiguration", {"BlockPublicAccess": bool(call.service.data["public_access_block"])})


@table.add("DELETE", "service", "DeletePublicAccessBlock", "publicAccessBlock", verified="sdk")
def delete_account_block(call: Call) -> Reply:
    call.service.data["public_access_block"] = None
    return Reply(204)


# --- policy --------------------------------------------------------------------

LARGEST_POLICY = 16 * 1024
PARTS = {"Sid", "Effect", "Action", "Principal", "NotPrincipal", "Resource", "Condition"}


@table.add("PUT", "bucket", "PutBucketPolicy", "policy", verified="sdk")
def put_policy(call: Call) -> Reply:
    policy = _policy(call)
    if is_public(policy) and blocks_public_access(call, call.bucket):
        raise access_denied("Put public bucket policy is not allowed")
    return call.keep("policy", policy)


def _policy(call: Call) -> dict[str, t.Any]:
    """The document, checked as help.aliyun.com/en/oss/developer-reference/putbucketpolicy says; the messages are assumed."""

    def invalid(message: str) -> Refused:
        return Refused(400, "InvalidPolicyDocument", message)

    body = call.checked_body()
    if len(body) > LARGEST_POLICY:
        raise invalid("The policy is too large.")
    try:
        policy = json.loads(body)
    except ValueError as error:
        raise invalid("unknown char e") from error
    if not isinstance(policy, dict) or set(policy) - {"Version", "Statement"} or policy.get("Version") != "1":
        raise invalid("invalid Version")
    if not isinstance(policy.get("Statement"), list) or not policy["Statement"]:
        raise invalid("invalid Statement")
    for statement in policy["Statement"]:
        if not isinstance(statement, dict) or set(statement) - PARTS or not {"Effect", "Action", "Principal", "Resource"} <= set(statement):
            raise invalid("invalid Statement")
        if statement["Effect"] not in ("Allow", "Deny"):
            raise invalid("invalid Effect")
        if not all(isinstance(each, str) and (each == "*" or each.startswith("oss:")) for each in as_list(statement["Action"])):
            raise invalid("invalid Action")
        if not all(isinstance(each, str) and each for each in as_list(statement["Principal"])):
            raise invalid("invalid Principal")
        if not all(_is_of(each, call.name) for each in as_list(statement["Resource"])):
            raise invalid("invalid Resource")
    return policy


def _is_of(resource: t.Any, bucket: str) -> bool:
    """`acs:oss:{region}:{owner}:{bucket}[/object]` of this very bucket."""
    parts = str(resource).split(":", 4)
    return len(parts) == 5 and parts[:2] == ["acs", "oss"] and parts[4].partition("/")[0] == bucket


@table.add("GET", "bucket", "GetBucketPolicy", "policy", verified="sdk")
def get_policy(call: Call) -> Reply:
    """The same document, in another layout: whitespace does not survive."""
    policy = call.setting("policy")
    if policy is None:
        raise Refused(404, "NoSuchBucketPolicy", "The specified bucket policy does not exist.", BucketName=call.name)
    return Reply(200, json.dumps(policy, separators=(",", ":")).encode(), {"Content-Type": "application/json"})


@table.add("GET", "bucket", "GetBucketPolicyStatus", "policyStatus", verified="sdk")
def get_policy_status(call: Call) -> Reply:
    return call.answer("PolicyStatus", {"IsPublic": is_public(call.setting("policy") or {})})


@table.add("DELETE", "bucket", "DeleteBucketPolicy", "policy", verified="sdk")
def delete_policy(call: Call) -> Reply:
    return call.drop("policy")


# --- Referer -------------------------------------------------------------------

REFERERS = Node({"Referer": Many(Text())})
REFERER = Node(
    {
        "AllowEmptyReferer": Flag(),
        "AllowTruncateQueryString": Flag(),
        "TruncatePath": Flag(),
        "RefererList": REFERERS,
        "RefererBlacklist": REFERERS,
    },
    required=("AllowEmptyReferer", "RefererList"),
)
NO_REFERER_RULE: dict[str, t.Any] = {
    "AllowEmptyReferer": True,
    "AllowTruncateQueryString": True,
    "TruncatePath": False,
    "RefererList": {},
}


@table.add("PUT", "bucket", "PutBucketReferer", "referer", verified="sdk")
def put_referer(call: Call) -> Reply:
    given = call.document("RefererConfiguration", REFERER)
    if given.get("TruncatePath") and given.get("AllowTruncateQueryString") is False:
        raise invalid_argument("AllowTruncateQueryString must be true when TruncatePath is true.")
    return call.keep("referer", {name: given.get(name, NO_REFERER_RULE.get(name)) for name in REFERER.children})


@table.add("GET", "bucket", "GetBucketReferer", "referer", verified="sdk")
def get_referer(call: Call) -> Reply:
    """There is no deleting: a bucket without a rule shows the one that lets everybody in."""
    return call.answer("RefererConfiguration", call.setting("referer") or NO_REFERER_RULE)
