# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RAM service: its state, and the checks that all of its operations share.

State: `users`, `roles` and `policies` by name, `access_keys` by id. A user or role holds `policies`, a list of [type, name].
Source of codes and messages: help.aliyun.com RAM "Error messages".
"""

from __future__ import annotations

import json
import re
import time
import typing as t
from datetime import UTC, datetime

from sandbox.clouds.alibaba.cdn.configs import ORIGIN_ROLE
from sandbox.clouds.alibaba.gateway import Call, Rpc, expect
from sandbox.clouds.alibaba.keys import digits
from sandbox.clouds.alibaba.rights import SYSTEM_POLICIES, statements
from sandbox.http import Actions

DOCUMENT = "help.aliyun.com/ram/developer-reference/api-ram-2015-05-01"
NAME = re.compile(r"[A-Za-z0-9._-]+")
POLICY_NAME = re.compile(r"[A-Za-z0-9-]+")

Entity = dict[str, t.Any]


class Ram(Rpc):
    name = "ram"
    product = "Ram"
    version = "2015-05-01"
    hosts = ("ram.aliyuncs.com",)
    denied = ("NoPermission", "You are not authorized to do this action.")
    actions: t.ClassVar[Actions] = Actions()

    def seed(self) -> dict[str, t.Any]:
        """The deployer is an administrator; CDN has been allowed to read private buckets (a role made by the console)."""
        role = new_role(ORIGIN_ROLE, trusting({"Service": ["cdn.aliyuncs.com"]}), "")
        return {
            "users": {"deployer": new_user("deployer", {}) | {"policies": [["System", "AdministratorAccess"]]}},
            "roles": {ORIGIN_ROLE: role | {"policies": [["System", "AliyunOSSReadOnlyAccess"]]}},
            "policies": {},
            "access_keys": {},
        }

    def resource(self, call: Call) -> str:
        for name, kind in (("UserName", "user"), ("RoleName", "role"), ("PolicyName", "policy")):
            if call.args.get(name):
                return f"acs:ram:*:{self.account}:{kind}/{call.args[name]}"
        return super().resource(call)

    def user(self, call: Call, name: str) -> Entity:
        if name not in self.data["users"]:
            raise call.refuse(404, "EntityNotExist.User", "The user does not exist.")
        return t.cast(Entity, self.data["users"][name])

    def role(self, call: Call, name: str) -> Entity:
        if name not in self.data["roles"]:
            raise call.refuse(404, "EntityNotExist.Role", "The role does not exist.")
        return t.cast(Entity, self.data["roles"][name])

    def policy(self, call: Call, name: str, kind: str) -> Entity:
        """A policy of either kind; a system policy has no state."""
        if kind not in ("System", "Custom"):
            raise call.refuse(400, "InvalidParameter.PolicyType", 'The parameter - "PolicyType" is incorrect.')
        if kind == "System" and name in SYSTEM_POLICIES:
            first = "2015-04-28T06:08:33Z"
            return {"PolicyName": name, "Description": "", "default": "v1", "CreateDate": first, "UpdateDate": first}
        if kind == "Custom" and name in self.data["policies"]:
            return t.cast(Entity, self.data["policies"][name])
        raise call.refuse(404, "EntityNotExist.Policy", "The policy does not exist.")

    def holders(self, kind: str, name: str) -> int:
        """How many users and roles a policy is attached to."""
        every = [*self.data["users"].values(), *self.data["roles"].values()]
        return sum([kind, name] in each["policies"] for each in every)


def new_user(name: str, args: dict[str, str]) -> Entity:
    given = {field: args.get(field, "") for field in ("MobilePhone", "Email", "Comments")}
    moment = now()
    user = {"UserId": digits(18), "UserName": name, "DisplayName": args.get("DisplayName") or name, **given}
    return {**user, "CreateDate": moment, "UpdateDate": moment, "LastLoginDate": "", "policies": []}


def new_role(name: str, document: Entity, description: str, seconds: int = 3600) -> Entity:
    moment = now()
    facts = {"RoleId": digits(18), "RoleName": name, "Description": description, "MaxSessionDuration": seconds}
    return {**facts, "AssumeRolePolicyDocument": document, "CreateDate": moment, "UpdateDate": moment, "policies": []}


def trusting(principal: dict[str, list[str]]) -> Entity:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]}


def now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_name(call: Call, field: str, value: str, most: int = 64, pattern: re.Pattern[str] = NAME) -> None:
    if len(value) > most:
        raise call.refuse(400, f"InvalidParameter.{field}.Length", f'The parameter - "{field}" beyond the length limit.')
    if not pattern.fullmatch(value):
        raise call.refuse(400, f"InvalidParameter.{field}.InvalidChars", f'The parameter - "{field}" contains invalid chars.')


def document(call: Call, text: str, *, trust: bool = False) -> Entity:
    """A policy document, checked for its grammar."""
    if len(text) > 6144:
        raise call.refuse(400, "InvalidParameter.PolicyDocument.Length", 'The parameter - "PolicyDocument" beyond the length limit.')
    try:
        value: Entity = json.loads(text)
        expect(value["Version"] == "1" and value["Statement"])
        for each in statements(value):
            expect(each["Effect"] in ("Allow", "Deny") and ("Action" in each or "NotAction" in each))
            expect("Principal" in each if trust else "Resource" in each)
    except (ValueError, KeyError, TypeError):
        raise call.refuse(400, "MalformedPolicyDocument", "The policy document is malformed.") from None
    return value


def shown(entity: Entity, *hidden: str) -> Entity:
    return {name: value for name, value in entity.items() if name not in ("policies", *hidden)}
