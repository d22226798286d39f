# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles, as far as STS needs them."""

from __future__ import annotations

import json

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.ram.service import DOCUMENT, Entity, Ram, check_name, document, new_role
from sandbox.http import Reply


@Ram.actions.add("CreateRole", write=True, verified="spec", source=DOCUMENT)
def create_role(ram: Ram, call: Call) -> Reply:
    name, text = call.need("RoleName", "AssumeRolePolicyDocument")
    check_name(call, "RoleName", name)
    if name in ram.data["roles"]:
        raise call.refuse(409, "EntityAlreadyExists.Role", "The role does already EXIST.")
    seconds = call.integer("MaxSessionDuration", 3600, 3600, 43200)
    role = new_role(name, document(call, text, trust=True), call.args.get("Description", ""), seconds)
    ram.data["roles"][name] = role
    return call.reply({"Role": _shown(ram, role)})


@Ram.actions.add("GetRole", write=False, verified="spec", source=DOCUMENT)
def get_role(ram: Ram, call: Call) -> Reply:
    return call.reply({"Role": _shown(ram, ram.role(call, call.need("RoleName")[0]))})


@Ram.actions.add("DeleteRole", write=True, verified="spec", source=DOCUMENT)
def delete_role(ram: Ram, call: Call) -> Reply:
    (name,) = call.need("RoleName")
    if ram.role(call, name)["policies"]:
        raise call.refuse(409, "DeleteConflict.Role.Policy", "The role CAN NOT has any attached policy while deleting the role.")
    del ram.data["roles"][name]
    return call.reply()


def _shown(ram: Ram, role: Entity) -> Entity:
    fields = ("RoleId", "RoleName", "Description", "MaxSessionDuration", "CreateDate", "UpdateDate")
    arn = f"acs:ram::{ram.account}:role/{role['RoleName'].lower()}"
    trust = json.dumps(role["AssumeRolePolicyDocument"])
    return {**{field: role[field] for field in fields}, "Arn": arn, "AssumeRolePolicyDocument": trust}
