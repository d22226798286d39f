# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: RAM policies, bucket policies, ACLs, and Block Public Access over all of them.

Order of the decision: help.aliyun.com/en/oss/user-guide/how-oss-works-with-ram (an explicit Deny wins, then an Allow, else no).
Statements with a Condition are kept and shown but never take effect here.
"""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase
from secrets import token_urlsafe

from sandbox.clouds.alibaba import rights as ram
from sandbox.clouds.alibaba.oss import markup
from sandbox.clouds.alibaba.oss.call import Bucket, Call
from sandbox.clouds.alibaba.oss.errors import Refused, access_denied

NOT_YOURS = "The bucket you access does not belong to you."
NO_RIGHT = "You have no right to access this object because of bucket acl."
NO_LIST = "You are forbidden to list buckets."

PUBLIC_ACLS = ("public-read", "public-read-write")
READS = frozenset({"oss:GetObject", "oss:ListObjects", "oss:GetObjectAcl", "oss:ListObjectVersions"})
WRITES = frozenset(
    {"oss:PutObject", "oss:DeleteObject", "oss:AbortMultipartUpload", "oss:ListParts", "oss:ListMultipartUploads", "oss:PutObjectTagging"}
)


def authorize(call: Call, action: str, resource: str) -> None:
    """Raises Refused unless the caller may do `action` (`oss:PutBucket`) on `resource` (`bucket`, `bucket/key`, or `` for the service)."""
    bucket = None if action == "oss:PutBucket" else call.buckets.get(call.name)  # a name that is taken is no question of rights
    policy = (bucket["settings"].get("policy") if bucket else None) or {}
    if _speaks(call, policy, "Deny", action, resource):
        raise access_denied("Access denied by bucket policy.", "0003-00000101")
    ours = call.key is not None and (bucket is None or bucket["owner"] == call.account)
    if ours and _granted(call, action, resource):
        return
    if bucket is not None and _allowed_to_all(call, bucket, policy, action, resource):
        return
    refusal = _refusal(action)
    if ours:
        _add_detail(call, refusal, action)
    raise refusal


def _granted(call: Call, action: str, resource: str) -> bool:
    """What the key's owner was granted in RAM. A key planted by a test may carry a whole RAM policy document as its `policy`."""
    assert call.key is not None
    planted = call.service.cloud.credentials["access_keys"].get(call.key.id, {}).get("policy")
    if isinstance(planted, dict):
        return _matches(planted, "Allow", action, resource) and not _matches(planted, "Deny", action, resource)
    arn = f"acs:oss:{call.place.region or '*'}:{call.account}:{resource or '*'}"
    return ram.allows(call.service.cloud, call.key, action, arn)


def blocks_public_access(call: Call, bucket: Bucket | None) -> bool:
    """Block Public Access of the account or of the bucket; a bucket that does not exist yet will have its own."""
    if call.service.data["public_access_block"]:
        return True
    return True if bucket is None else bool(bucket["settings"].get("publicAccessBlock", {}).get("BlockPublicAccess"))


def is_public(policy: t.Mapping[str, t.Any]) -> bool:
    """Whether a bucket policy grants something to everybody (help.aliyun.com/en/oss/user-guide/block-public-access)."""
    return any(
        statement["Effect"] == "Allow" and "*" in as_list(statement["Principal"]) and not statement.get("Condition")
        for statement in policy.get("Statement", [])
    )


def as_list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else [value]


def _allowed_to_all(call: Call, bucket: Bucket, policy: t.Mapping[str, t.Any], action: str, resource: str) -> bool:
    if _speaks(call, policy, "Allow", action, resource, everybody=False):
        return True  # a grant to a named account or user is not public
    if blocks_public_access(call, bucket):
        return False
    acl = bucket["acl"]
    versions = bucket["objects"].get(call.place.key)
    if versions and versions[0].get("acl", "default") != "default" and action in READS:
        acl = versions[0]["acl"]
    allowed = READS | WRITES if acl == "public-read-write" else READS if acl == "public-read" else frozenset()
    return action in allowed or _speaks(call, policy, "Allow", action, resource)


def _speaks(call: Call, policy: t.Mapping[str, t.Any], effect: str, action: str, resource: str, everybody: bool = True) -> bool:
    """Whether a bucket policy's statement names this caller, action and resource."""
    names = {"*"} if everybody else set()
    if call.key is not None:
        names |= {call.account, f"{call.account}:{call.key.user}", call.key.user or ""}
    statements = [each for each in policy.get("Statement", []) if names & {*as_list(each["Principal"])}]
    return _matches({"Statement": statements}, effect, action, resource)


def _matches(policy: t.Mapping[str, t.Any], effect: str, action: str, resource: str) -> bool:
    for statement in policy.get("Statement", []):
        if statement.get("Effect") != effect or statement.get("Condition"):
            continue
        actions = any(fnmatchcase(action.lower(), str(each).lower()) for each in as_list(statement.get("Action", [])))
        if actions and any(_covers(str(each), resource) for each in as_list(statement.get("Resource", []))):
            return True
    return False


def _covers(pattern: str, resource: str) -> bool:
    """`acs:oss:*:*:bucket/prefix*` against `bucket/key`: region and owner are not compared."""
    if pattern == "*":
        return True
    parts = pattern.split(":", 4)
    return len(parts) == 5 and parts[:2] == ["acs", "oss"] and fnmatchcase(resource, parts[4])


def _refusal(action: str) -> Refused:
    if action == "oss:ListBuckets":
        return access_denied(NO_LIST)
    if action == "oss:PutBucket":
        return access_denied(NOT_YOURS, "0003-00000202")
    if action in READS | WRITES or "Object" in action:
        return access_denied(NO_RIGHT, "0003-00000001")
    return access_denied(NOT_YOURS, "0003-00000001")


def _add_detail(call: Call, refusal: Refused, action: str) -> None:
    """The AccessDeniedDetail that RAM adds (help.aliyun.com/en/oss/user-guide/0003-00000201)."""
    assert call.key is not None
    detail = {
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "AuthPrincipalOwnerId": call.account,
        "AuthPrincipalType": "AssumedRoleUser" if call.key.role else "SubUser",
        "AuthPrincipalDisplayName": call.key.session or call.key.user or "",
        "NoPermissionType": "ImplicitDeny",
        "AuthAction": action,
        "EncodedDiagnosticMessage": token_urlsafe(60),
    }
    refusal.raw["AccessDeniedDetail"] = "".join(markup.element(name, value) for name, value in detail.items())
    if call.place.bucket:
        refusal.raw["Bucket"] = call.place.bucket
