# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of RAM users. A secret is shown when the key is made, and never again."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.keys import alnum
from sandbox.clouds.alibaba.ram.service import DOCUMENT, Ram, now
from sandbox.http import Reply

MOST = 2


@Ram.actions.add("CreateAccessKey", write=True, verified="spec", source=DOCUMENT)
def create_key(ram: Ram, call: Call) -> Reply:
    user = _user(ram, call)
    if len(_of(ram, user)) >= MOST:
        message = "The access key count of the user access keys beyond the current limits."
        raise call.refuse(409, "LimitExceeded.User.AccessKey", message)
    key_id = f"LTAI5t{alnum(18)}"
    key = {"secret": alnum(30), "user": user, "status": "Active", "created": now()}
    ram.data["access_keys"][key_id] = key
    facts = {"AccessKeyId": key_id, "AccessKeySecret": key["secret"], "Status": "Active", "CreateDate": key["created"]}
    return call.reply({"AccessKey": facts})


@Ram.actions.add("ListAccessKeys", write=False, verified="spec", source=DOCUMENT)
def list_keys(ram: Ram, call: Call) -> Reply:
    found = _of(ram, _user(ram, call))
    rows = [{"AccessKeyId": name, "Status": each["status"], "CreateDate": each["created"]} for name, each in found.items()]
    return call.reply({"AccessKeys": {"AccessKey": rows}})


@Ram.actions.add("UpdateAccessKey", write=True, verified="spec", source=DOCUMENT)
def update_key(ram: Ram, call: Call) -> Reply:
    key_id, status = call.need("UserAccessKeyId", "Status")
    if status not in ("Active", "Inactive"):
        raise call.refuse(400, "InvalidParameter.Status", 'The parameter - "Status" is incorrect.')
    _key(ram, call, key_id)["status"] = status
    return call.reply()


@Ram.actions.add("DeleteAccessKey", write=True, verified="spec", source=DOCUMENT)
def delete_key(ram: Ram, call: Call) -> Reply:
    (key_id,) = call.need("UserAccessKeyId")
    _key(ram, call, key_id)
    del ram.data["access_keys"][key_id]
    return call.reply()


def _user(ram: Ram, call: Call) -> str:
    """Without a name, the caller's own keys are meant."""
    name = call.args.get("UserName") or call.caller.user or ""
    ram.user(call, name)
    return name


def _of(ram: Ram, user: str) -> dict[str, dict[str, t.Any]]:
    """The user's keys; those that the account came with count too, and cannot be changed."""
    first = {
        key_id: {"status": "Active" if each.get("active", True) else "Inactive", "created": "2025-01-15T02:00:00Z"}
        for key_id, each in ram.cloud.credentials["access_keys"].items()
        if each.get("user") == user
    }
    return first | {key_id: each for key_id, each in ram.data["access_keys"].items() if each["user"] == user}


def _key(ram: Ram, call: Call, key_id: str) -> dict[str, t.Any]:
    key = ram.data["access_keys"].get(key_id)
    if key is None or key["user"] != _user(ram, call):
        raise call.refuse(404, "EntityNotExist.User.AccessKey", "The user access key does not exist.")
    return t.cast("dict[str, t.Any]", key)
