# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security Token Service: who am I, and temporary keys of a role."""

from __future__ import annotations

import json
import re
import time
import typing as t
from datetime import UTC, datetime

from sandbox.clouds.alibaba.gateway import Call, Rpc, expect
from sandbox.clouds.alibaba.keys import alnum
from sandbox.http import Actions, Reply

SDK = "alibabacloud-sts20150401 and help.aliyun.com/ram/developer-reference/api-sts-2015-04-01"


class Sts(Rpc):
    name = "sts"
    product = "Sts"
    version = "2015-04-01"
    hosts = ("sts.aliyuncs.com", "sts.*.aliyuncs.com")
    actions: t.ClassVar[Actions] = Actions()

    def seed(self) -> dict[str, t.Any]:
        return {"sessions": {}}

    def resource(self, call: Call) -> str:
        """AssumeRole is granted on the role; asking who one is needs no right."""
        return call.args.get("RoleArn") or super().resource(call)

    def _authorize(self, call: Call, action: str) -> None:
        if action == "sts:GetCallerIdentity":
            _ = call.caller  # the signature must be good all the same
        else:
            super()._authorize(call, action)


@Sts.actions.add("GetCallerIdentity", write=False, verified="sdk", source=SDK)
def get_caller_identity(sts: Sts, call: Call) -> Reply:
    key, ram = call.caller, sts.cloud.data.get("ram", {})
    if key.role:
        role_id = ram["roles"][key.role]["RoleId"]
        who = {
            "IdentityType": "AssumedRoleUser",
            "PrincipalId": f"{role_id}:{key.session}",
            "RoleId": role_id,
            "Arn": f"acs:ram::{sts.account}:assumed-role/{key.role}/{key.session}",
        }
    else:
        user_id = ram.get("users", {}).get(key.user, {}).get("UserId", "200000000000000000")
        who = {"IdentityType": "RAMUser", "PrincipalId": user_id, "UserId": user_id, "Arn": f"acs:ram::{sts.account}:user/{key.user}"}
    return call.reply({"AccountId": sts.account, **who})


@Sts.actions.add("AssumeRole", write=False, verified="sdk", source=SDK)
def assume_role(sts: Sts, call: Call) -> Reply:
    arn, session = call.need("RoleArn", "RoleSessionName")
    found = re.fullmatch(r"acs:ram::(\d+):role/([\w.-]{1,64})", arn)
    if not found:
        raise call.refuse(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    if not re.fullmatch(r"[\w.@-]{2,64}", session, re.ASCII):
        raise call.refuse(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
    name = found[2]
    role = sts.cloud.data.get("ram", {}).get("roles", {}).get(name) if found[1] == sts.account else None
    if role is None:
        raise call.refuse(404, "EntityNotExist.Role", "The specified Role not exists.")
    seconds = call.args.get("DurationSeconds") or str(min(3600, role["MaxSessionDuration"]))
    if not seconds.isdigit() or not 900 <= int(seconds) <= role["MaxSessionDuration"]:
        message = f"The Min/Max value of DurationSeconds is 15min/{role['MaxSessionDuration'] // 60}min."
        raise call.refuse(400, "InvalidParameter.DurationSeconds", message)
    if not _trusts(role["AssumeRolePolicyDocument"], sts.account, call.caller.user):
        raise call.refuse(403, *sts.denied)
    expires = time.time() + int(seconds)
    key_id, token = f"STS.{alnum(24)}", f"CAIS{alnum(160)}"
    sts.data["sessions"][key_id] = {
        "secret": alnum(44),
        "role": name,
        "session": session,
        "policy": _policy(call),
        "token": token,
        "expires": expires,
    }
    credentials = {
        "AccessKeyId": key_id,
        "AccessKeySecret": sts.data["sessions"][key_id]["secret"],
        "SecurityToken": token,
        "Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    who = {"AssumedRoleId": f"{role['RoleId']}:{session}", "Arn": f"acs:ram::{sts.account}:assumed-role/{name}/{session}"}
    return call.reply({"Credentials": credentials, "AssumedRoleUser": who})


def _policy(call: Call) -> dict[str, t.Any] | None:
    text = call.args.get("Policy")
    if not text:
        return None
    try:
        document: dict[str, t.Any] = json.loads(text)
        expect(document["Statement"])
    except (ValueError, KeyError, TypeError):
        raise call.refuse(400, "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check.") from None
    return document


def _trusts(document: dict[str, t.Any], account: str, user: str | None) -> bool:
    """Whether a role's trust policy names the account or the user."""
    wanted = {f"acs:ram::{account}:root", f"acs:ram::{account}:user/{user}"}
    principals = [each.get("Principal", {}).get("RAM", []) for each in document["Statement"] if each["Effect"] == "Allow"]
    return any(wanted & set([each] if isinstance(each, str) else each) for each in principals)
