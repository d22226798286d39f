# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which policies a user or a role holds."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.ram.service import DOCUMENT, Entity, Ram, now
from sandbox.http import Reply

MOST = 20


@Ram.actions.add("AttachPolicyToUser", write=True, verified="spec", source=DOCUMENT)
def attach_to_user(ram: Ram, call: Call) -> Reply:
    return _attach(ram, call, "User", ram.user)


@Ram.actions.add("AttachPolicyToRole", write=True, verified="spec", source=DOCUMENT)
def attach_to_role(ram: Ram, call: Call) -> Reply:
    return _attach(ram, call, "Role", ram.role)


@Ram.actions.add("DetachPolicyFromUser", write=True, verified="spec", source=DOCUMENT)
def detach_from_user(ram: Ram, call: Call) -> Reply:
    return _detach(ram, call, "User", ram.user)


@Ram.actions.add("DetachPolicyFromRole", write=True, verified="spec", source=DOCUMENT)
def detach_from_role(ram: Ram, call: Call) -> Reply:
    return _detach(ram, call, "Role", ram.role)


@Ram.actions.add("ListPoliciesForUser", write=False, verified="spec", source=DOCUMENT)
def list_for_user(ram: Ram, call: Call) -> Reply:
    return _list(ram, call, ram.user(call, call.need("UserName")[0]))


@Ram.actions.add("ListGroupsForUser", write=False, verified="spec", source=DOCUMENT)
def list_groups(ram: Ram, call: Call) -> Reply:
    """Groups are not emulated: nobody is in one."""
    ram.user(call, call.need("UserName")[0])
    return call.reply({"Groups": {"Group": []}})


@Ram.actions.add("ListPoliciesForRole", write=False, verified="spec", source=DOCUMENT)
def list_for_role(ram: Ram, call: Call) -> Reply:
    return _list(ram, call, ram.role(call, call.need("RoleName")[0]))


Finder = t.Callable[[Call, str], Entity]


def _attach(ram: Ram, call: Call, kind: str, find: Finder) -> Reply:
    policy_type, name, holder_name = call.need("PolicyType", "PolicyName", f"{kind}Name")
    ram.policy(call, name, policy_type)
    held = find(call, holder_name)["policies"]
    if [policy_type, name] in held:
        raise call.refuse(409, f"EntityAlreadyExists.{kind}.Policy", f"The {kind.lower()} has already been attached this policy.")
    if len(held) >= MOST:
        raise call.refuse(409, f"LimitExceeded.{kind}.Policy", "The count of attached policies beyond the current limits.")
    held.append([policy_type, name])
    return call.reply()


def _detach(ram: Ram, call: Call, kind: str, find: Finder) -> Reply:
    policy_type, name, holder_name = call.need("PolicyType", "PolicyName", f"{kind}Name")
    held = find(call, holder_name)["policies"]
    if [policy_type, name] not in held:
        raise call.refuse(404, f"EntityNotExist.{kind}.Policy", f"The indicate policy of the {kind.lower()} does not exist.")
    held.remove([policy_type, name])
    return call.reply()


def _list(ram: Ram, call: Call, holder: Entity) -> Reply:
    rows = []
    for kind, name in holder["policies"]:
        policy = ram.policy(call, name, kind)
        facts = {"PolicyName": name, "PolicyType": kind, "Description": policy["Description"]}
        rows.append({**facts, "DefaultVersion": policy["default"], "AttachDate": now()})
    return call.reply({"Policies": {"Policy": rows}})
