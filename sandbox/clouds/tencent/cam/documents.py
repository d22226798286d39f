# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies, and which users have them. Source: CreatePolicy and its siblings of the CAM API document.

Attaching twice and detaching what is not attached are assumed to succeed; limits of length are assumed.
"""

from __future__ import annotations

import json
import re
import typing as t

from sandbox.clouds.tencent.account import digits
from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.cam.service import Cam, actions
from sandbox.clouds.tencent.clock import beijing, now
from sandbox.clouds.tencent.parameters import array, number, text, thing
from sandbox.clouds.tencent.policies import as_list
from sandbox.http import Reply

Policy = dict[str, t.Any]

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,128}")
_ACTION = re.compile(r"(\*|(name/)?([a-z0-9_]+|\*):[A-Za-z0-9*]+)")
_CUSTOM, _PRESET = 1, 2


@actions.add(
    "CreatePolicy",
    write=True,
    verified="spec",
    takes={
        "PolicyName": text(True),
        "PolicyDocument": text(True),
        "Description": text(),
        "Tags": array(thing({"Key": text(True), "Value": text(True)})),
    },
)
def create(cam: Cam, call: Call) -> Reply:
    name = call.params["PolicyName"]
    if not _NAME.fullmatch(name):
        raise call.refusal("InvalidParameter.PolicyNameError")
    document = _document(call)
    if any(policy["name"] == name for policy in cam.data["policies"].values()):
        raise call.refusal("FailedOperation.PolicyNameInUse")
    policy = {
        "name": name,
        "document": document,
        "description": _description(call),
        "tags": call.params.get("Tags", []),
        "preset": False,
        "created": now(),
        "updated": now(),
    }
    policy_id = digits(9)
    cam.data["policies"][policy_id] = policy
    return call.reply({"PolicyId": int(policy_id)})


@actions.add("GetPolicy", write=False, verified="spec", takes={"PolicyId": number(True)})
def get(cam: Cam, call: Call) -> Reply:
    policy = _find(cam, call, call.params["PolicyId"], "ResourceNotFound.PolicyIdNotFound")
    # PHP's JSON: a stored document comes back compact, with every slash escaped.
    document = json.dumps(policy["document"], separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")
    return call.reply(
        {
            "PolicyName": policy["name"],
            "Description": policy["description"],
            "Type": _type(policy),
            "AddTime": beijing(policy["created"]),
            "UpdateTime": beijing(policy["updated"]),
            "PolicyDocument": document,
            "PresetAlias": "",
            "IsServiceLinkedRolePolicy": 0,
            "Tags": policy.get("tags", []),
        }
    )


@actions.add(
    "UpdatePolicy",
    write=True,
    verified="spec",
    takes={"PolicyId": number(), "PolicyName": text(), "Description": text(), "PolicyDocument": text(), "Alias": text()},
)
def update(cam: Cam, call: Call) -> Reply:
    """Found by its number or by its name; the number is only told to who gave the name."""
    policies = cam.data["policies"]
    by_name = [policy_id for policy_id, policy in policies.items() if policy["name"] == call.params.get("PolicyName")]
    policy_id = call.params.get("PolicyId") or (by_name[0] if by_name else 0)
    policy = _find(cam, call, policy_id, "ResourceNotFound.PolicyIdNotFound")
    if policy["preset"]:
        raise call.refusal("InvalidParameter.ParamError")
    if "PolicyDocument" in call.params:
        policy["document"] = _document(call)
    if "Description" in call.params:
        policy["description"] = _description(call)
    policy["updated"] = now()
    return call.reply({} if "PolicyId" in call.params else {"PolicyId": int(policy_id)})


@actions.add("DeletePolicy", write=True, verified="spec", takes={"PolicyId": array(number(), required=True)})
def delete(cam: Cam, call: Call) -> Reply:
    wanted = [str(each) for each in call.params["PolicyId"]]
    if any(_find(cam, call, each, "ResourceNotFound.PolicyIdNotFound")["preset"] for each in wanted):
        raise call.refusal("InvalidParameter.ParamError")
    for policy_id in wanted:
        del cam.data["policies"][policy_id]
        for user in cam.users.values():
            user["policies"] = [each for each in user["policies"] if each != policy_id]
    return call.reply()


@actions.add("ListPolicies", write=False, verified="spec", takes={"Rp": number(), "Page": number(), "Scope": text(), "Keyword": text()})
def list_all(cam: Cam, call: Call) -> Reply:
    """Newest first. Scope QCS is the presets, Local one's own; Keyword is found anywhere in the name."""
    scope, keyword = call.params.get("Scope", "All"), call.params.get("Keyword", "")
    if scope not in ("All", "QCS", "Local"):
        raise call.refusal("InvalidParameter.ScopeError")
    found = [
        {
            "PolicyId": int(policy_id),
            "PolicyName": policy["name"],
            "AddTime": beijing(policy["created"]),
            "UpdateTime": beijing(policy["updated"]),
            "Type": _type(policy),
            "Description": policy["description"],
            "CreateMode": 2,
            "Attachments": sum(policy_id in user["policies"] for user in cam.users.values()),
            "ServiceType": "",
            "IsAttached": None,
            "Deactived": 0,
            "DeactivedDetail": [],
            "IsServiceLinkedPolicy": 0,
            "Tags": policy.get("tags", []),
        }
        for policy_id, policy in reversed(cam.data["policies"].items())
        if keyword.lower() in policy["name"].lower() and scope in ("All", "QCS" if policy["preset"] else "Local")
    ]
    return call.reply({"TotalNum": len(found), "List": _page(call, found), "ServiceTypeList": []})


@actions.add("AttachUserPolicy", write=True, verified="spec", takes={"PolicyId": number(True), "AttachUin": number(True)})
def attach(cam: Cam, call: Call) -> Reply:
    _find(cam, call, call.params["PolicyId"], "InvalidParameter.PolicyIdNotExist")
    user = cam.user(call, call.params["AttachUin"])
    if str(call.params["PolicyId"]) not in user["policies"]:
        user["policies"].append(str(call.params["PolicyId"]))
    return call.reply()


@actions.add("DetachUserPolicy", write=True, verified="spec", takes={"PolicyId": number(True), "DetachUin": number(True)})
def detach(cam: Cam, call: Call) -> Reply:
    _find(cam, call, call.params["PolicyId"], "InvalidParameter.PolicyIdNotExist")
    user = cam.user(call, call.params["DetachUin"])
    user["policies"] = [each for each in user["policies"] if each != str(call.params["PolicyId"])]
    return call.reply()


@actions.add(
    "ListAttachedUserPolicies",
    write=False,
    verified="spec",
    takes={"TargetUin": number(True), "Page": number(), "Rp": number()},
)
def list_attached(cam: Cam, call: Call) -> Reply:
    user = cam.user(call, call.params["TargetUin"])
    policies = cam.data["policies"]
    found = [
        {
            "PolicyId": int(policy_id),
            "PolicyName": policies[policy_id]["name"],
            "AddTime": beijing(policies[policy_id]["created"]),
            "CreateMode": 2,
            "PolicyType": "QCS" if policies[policy_id]["preset"] else "User",
            "Remark": policies[policy_id]["description"],
            "OperateOwnerUin": str(cam.cloud.credentials["uin"]),
            "OperateUin": str(call.uin),
            "OperateUinType": 0,
            "Deactived": 0,
            "DeactivedDetail": [],
        }
        for policy_id in user["policies"]
    ]
    return call.reply({"TotalNum": len(found), "List": _page(call, found)})


def _find(cam: Cam, call: Call, policy_id: int | str, otherwise: str) -> Policy:
    policy = cam.data["policies"].get(str(policy_id))
    if policy is None:
        raise call.refusal(otherwise)
    return t.cast(Policy, policy)


def _type(policy: Policy) -> int:
    return _PRESET if policy["preset"] else _CUSTOM


def _page(call: Call, items: list[Policy]) -> list[Policy]:
    size, page = call.params.get("Rp", 20), call.params.get("Page", 1)
    if not 1 <= size <= 200 or not 1 <= page <= 200:
        raise call.refusal("InvalidParameter.ParamError")
    return items[(page - 1) * size : page * size]


def _description(call: Call) -> str:
    description: str = call.params.get("Description", "")
    if len(description.encode()) > 300:
        raise call.refusal("InvalidParameter.DescriptionLengthOverlimit")
    return description


def _document(call: Call) -> dict[str, t.Any]:
    """A policy document that the syntax allows; each part has its own refusal."""
    written = call.params["PolicyDocument"]
    if len(written) > 6144:
        raise call.refusal("InvalidParameter.PolicyDocumentLengthOverLimit")
    try:
        document = json.loads(written)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise call.refusal("InvalidParameter.PolicyDocumentError")
    if document.get("version") != "2.0":
        raise call.refusal("InvalidParameter.VersionError")
    statements = as_list(document.get("statement"))
    if not statements or not all(isinstance(each, dict) for each in statements):
        raise call.refusal("InvalidParameter.StatementError")
    for statement in statements:
        if statement.get("effect") not in ("allow", "deny"):
            raise call.refusal("InvalidParameter.EffectError")
        actions_ = as_list(statement.get("action"))
        if not actions_ or not all(_ACTION.fullmatch(str(each)) for each in actions_):
            raise call.refusal("InvalidParameter.ActionError")
        resources = as_list(statement.get("resource"))
        if not resources or not all(each == "*" or str(each).startswith("qcs::") for each in resources):
            raise call.refusal("InvalidParameter.ResourceError")
    return document
