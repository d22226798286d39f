# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RAM users."""

from __future__ import annotations

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.ram.service import DOCUMENT, Ram, check_name, new_user, now, shown
from sandbox.http import Reply

MOST = 100


@Ram.actions.add("CreateUser", write=True, verified="spec", source=DOCUMENT)
def create_user(ram: Ram, call: Call) -> Reply:
    (name,) = call.need("UserName")
    check_name(call, "UserName", name)
    users = ram.data["users"]
    if name in users:
        raise call.refuse(409, "EntityAlreadyExists.User", "The user does already EXIST.")
    if len(users) >= MOST:
        raise call.refuse(409, "LimitExceeded.User", "The count of users beyond the current limits.")
    users[name] = new_user(name, call.args)
    return call.reply({"User": shown(users[name], "UpdateDate", "LastLoginDate")})


@Ram.actions.add("GetUser", write=False, verified="spec", source=DOCUMENT)
def get_user(ram: Ram, call: Call) -> Reply:
    return call.reply({"User": shown(ram.user(call, call.need("UserName")[0]))})


@Ram.actions.add("UpdateUser", write=True, verified="spec", source=DOCUMENT)
def update_user(ram: Ram, call: Call) -> Reply:
    (name,) = call.need("UserName")
    user, fresh = ram.user(call, name), call.args.get("NewUserName") or name
    check_name(call, "NewUserName", fresh)
    if fresh != name and fresh in ram.data["users"]:
        raise call.refuse(409, "EntityAlreadyExists.User", "The user does already EXIST.")
    for field in ("DisplayName", "MobilePhone", "Email", "Comments"):
        user[field] = call.args.get(f"New{field}", user[field])
    user.update({"UserName": fresh, "UpdateDate": now()})
    ram.data["users"] = {each["UserName"]: each for each in ram.data["users"].values()}
    for key in ram.data["access_keys"].values():
        key["user"] = fresh if key["user"] == name else key["user"]
    return call.reply({"User": shown(user, "LastLoginDate")})


@Ram.actions.add("DeleteUser", write=True, verified="spec", source=DOCUMENT)
def delete_user(ram: Ram, call: Call) -> Reply:
    (name,) = call.need("UserName")
    user = ram.user(call, name)
    planted = [each for each in ram.cloud.credentials["access_keys"].values() if each.get("user") == name]
    if planted or any(each["user"] == name for each in ram.data["access_keys"].values()):
        raise call.refuse(409, "DeleteConflict.User.AccessKey", "The user CAN NOT has any access key while deleting the user.")
    if user["policies"]:
        raise call.refuse(409, "DeleteConflict.User.Policy", "The user CAN NOT has any attached policy while deleting the user.")
    del ram.data["users"][name]
    return call.reply()


@Ram.actions.add("ListUsers", write=False, verified="spec", source=DOCUMENT)
def list_users(ram: Ram, call: Call) -> Reply:
    """Paged by a marker: the name after which the next page begins."""
    size = call.integer("MaxItems", 100, 1, 1000)
    names = sorted(each for each in ram.data["users"] if each > call.args.get("Marker", ""))
    more = {"IsTruncated": True, "Marker": names[size - 1]} if len(names) > size else {"IsTruncated": False}
    return call.reply({"Users": {"User": [shown(ram.data["users"][each], "LastLoginDate") for each in names[:size]]}, **more})
