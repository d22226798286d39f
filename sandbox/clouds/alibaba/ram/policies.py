# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom policies and their versions."""

from __future__ import annotations

import json

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.ram.service import DOCUMENT, POLICY_NAME, Entity, Ram, check_name, document, now
from sandbox.clouds.alibaba.rights import system_document
from sandbox.http import Reply

MOST_VERSIONS = 5


@Ram.actions.add("CreatePolicy", write=True, verified="spec", source=DOCUMENT)
def create_policy(ram: Ram, call: Call) -> Reply:
    name, text = call.need("PolicyName", "PolicyDocument")
    check_name(call, "PolicyName", name, 128, POLICY_NAME)
    if name in ram.data["policies"]:
        raise call.refuse(409, "EntityAlreadyExists.Policy", "The policy does already EXIST.")
    moment = now()
    policy: Entity = {"PolicyName": name, "Description": call.args.get("Description", ""), "CreateDate": moment, "UpdateDate": moment}
    policy |= {"default": "v1", "last": 1, "versions": {"v1": {"document": document(call, text), "CreateDate": moment}}}
    ram.data["policies"][name] = policy
    return call.reply({"Policy": _shown(ram, policy, "Custom", brief=True)})


@Ram.actions.add("GetPolicy", write=False, verified="spec", source=DOCUMENT)
def get_policy(ram: Ram, call: Call) -> Reply:
    name, kind = call.need("PolicyName", "PolicyType")
    policy = ram.policy(call, name, kind)
    found = system_document(name) if kind == "System" else policy["versions"][policy["default"]]["document"]
    version = {"VersionId": policy["default"], "IsDefaultVersion": True, "PolicyDocument": _text(found), "CreateDate": policy["CreateDate"]}
    return call.reply({"Policy": _shown(ram, policy, kind), "DefaultPolicyVersion": version})


@Ram.actions.add("ListPolicies", write=False, verified="spec", source=DOCUMENT)
def list_policies(ram: Ram, call: Call) -> Reply:
    """Custom policies only; the list of system policies is the vendor's."""
    size = call.integer("MaxItems", 100, 1, 1000)
    names = sorted(each for each in ram.data["policies"] if each > call.args.get("Marker", ""))
    more = {"IsTruncated": True, "Marker": names[size - 1]} if len(names) > size else {"IsTruncated": False}
    return call.reply({"Policies": {"Policy": [_shown(ram, ram.data["policies"][each], "Custom") for each in names[:size]]}, **more})


@Ram.actions.add("DeletePolicy", write=True, verified="spec", source=DOCUMENT)
def delete_policy(ram: Ram, call: Call) -> Reply:
    (name,) = call.need("PolicyName")
    policy = ram.policy(call, name, "Custom")
    if ram.holders("Custom", name):
        raise call.refuse(409, "DeleteConflict.Policy.User", "The policy CAN NOT been attached to any user while deleting the policy.")
    if len(policy["versions"]) > 1 and call.args.get("CascadingDelete", "").lower() != "true":
        raise call.refuse(409, "DeleteConflict.Policy.Version", "The policy CAN NOT has any version except the default version.")
    del ram.data["policies"][name]
    return call.reply()


@Ram.actions.add("CreatePolicyVersion", write=True, verified="spec", source=DOCUMENT)
def create_version(ram: Ram, call: Call) -> Reply:
    name, text = call.need("PolicyName", "PolicyDocument")
    policy = ram.policy(call, name, "Custom")
    fresh = document(call, text)
    versions = policy["versions"]
    if len(versions) >= MOST_VERSIONS:
        if call.args.get("RotateStrategy") != "DeleteOldestNonDefaultVersionWhenLimitExceeded":
            raise call.refuse(409, "LimitExceeded.Policy.Version", "The count of policy versions beyond the current limits.")
        del versions[next(each for each in versions if each != policy["default"])]
    policy["last"] += 1
    version_id = f"v{policy['last']}"
    versions[version_id] = {"document": fresh, "CreateDate": now()}
    if call.args.get("SetAsDefault", "").lower() == "true":
        policy["default"] = version_id
    policy["UpdateDate"] = now()
    return call.reply({"PolicyVersion": _version(policy, version_id)})


@Ram.actions.add("ListPolicyVersions", write=False, verified="spec", source=DOCUMENT)
def list_versions(ram: Ram, call: Call) -> Reply:
    name, kind = call.need("PolicyName", "PolicyType")
    policy = ram.policy(call, name, kind)
    versions = [_version(policy, each) for each in policy["versions"]] if kind == "Custom" else []
    return call.reply({"PolicyVersions": {"PolicyVersion": versions}})


@Ram.actions.add("DeletePolicyVersion", write=True, verified="spec", source=DOCUMENT)
def delete_version(ram: Ram, call: Call) -> Reply:
    name, version_id = call.need("PolicyName", "VersionId")
    policy = ram.policy(call, name, "Custom")
    if version_id not in policy["versions"]:
        raise call.refuse(404, "EntityNotExist.Policy.Version", "The policy version does not exist.")
    if version_id == policy["default"]:
        raise call.refuse(409, "DeleteConflict.Policy.Version.Default", "The default policy version CAN NOT been deleted directly.")
    del policy["versions"][version_id]
    return call.reply()


@Ram.actions.add("SetDefaultPolicyVersion", write=True, verified="spec", source=DOCUMENT)
def set_default_version(ram: Ram, call: Call) -> Reply:
    name, version_id = call.need("PolicyName", "VersionId")
    policy = ram.policy(call, name, "Custom")
    if version_id not in policy["versions"]:
        raise call.refuse(404, "EntityNotExist.Policy.Version", "The policy version does not exist.")
    policy.update({"default": version_id, "UpdateDate": now()})
    return call.reply()


def _shown(ram: Ram, policy: Entity, kind: str, *, brief: bool = False) -> Entity:
    fields = ("PolicyName", "Description", "CreateDate") + (() if brief else ("UpdateDate",))
    count = {} if brief else {"AttachmentCount": ram.holders(kind, policy["PolicyName"])}
    return {"PolicyType": kind, "DefaultVersion": policy["default"], **{field: policy[field] for field in fields}, **count}


def _version(policy: Entity, version_id: str) -> Entity:
    version = policy["versions"][version_id]
    facts = {"VersionId": version_id, "IsDefaultVersion": version_id == policy["default"], "CreateDate": version["CreateDate"]}
    return {**facts, "PolicyDocument": _text(version["document"])}


def _text(found: Entity) -> str:
    """Documents come back laid out anew, so that only a comparison as JSON holds."""
    return json.dumps(found, indent=2)
