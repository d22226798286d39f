# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sub-users. Source: AddUser, GetUser, UpdateUser, DeleteUser of the CAM API document.

Which characters a name may have is assumed.
"""

from __future__ import annotations

import re

from sandbox.clouds.tencent import account
from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.cam.service import Cam, User, actions
from sandbox.clouds.tencent.clock import now
from sandbox.clouds.tencent.parameters import number, text
from sandbox.http import Reply

_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
_CHANGEABLE = {"Remark": "remark", "ConsoleLogin": "console", "PhoneNum": "phone", "CountryCode": "country", "Email": "email"}


@actions.add(
    "AddUser",
    write=True,
    verified="spec",
    takes={
        "Name": text(True),
        "Remark": text(),
        "ConsoleLogin": number(),
        "UseApi": number(),
        "Password": text(),
        "NeedResetPassword": number(),
        "PhoneNum": text(),
        "CountryCode": text(),
        "Email": text(),
    },
)
def add(cam: Cam, call: Call) -> Reply:
    """With UseApi the first access key comes along; its secret is shown here and never again."""
    name = call.params["Name"]
    if not _NAME.fullmatch(name):
        raise call.refusal("InvalidParameter.UserNameIllegal")
    if name in cam.users or any(key.get("user") == name for key in cam.cloud.credentials["secret_ids"].values()):
        raise call.refusal("InvalidParameter.SubUserNameInUse")
    console = call.params.get("ConsoleLogin", 0)
    user: User = {
        "name": name,
        "uin": int("1000" + account.digits(8)),
        "uid": int(account.digits(8)),
        "remark": call.params.get("Remark", ""),
        "console": console,
        "phone": call.params.get("PhoneNum", ""),
        "country": call.params.get("CountryCode", ""),
        "email": call.params.get("Email", ""),
        "created": now(),
        "policies": [],
    }
    cam.users[name] = user
    secret_id = secret_key = ""
    if call.params.get("UseApi"):
        secret_id, key = account.new_secret_id(), account.new_key(name, user["uin"])
        cam.data["access_keys"][secret_id] = key
        secret_key = key["key"]
    password = account.alnum(28) + "aA1!" if console and not call.params.get("Password") else ""
    return call.reply(
        {
            "Uin": user["uin"],
            "Name": name,
            "Uid": user["uid"],
            "Password": password,
            "SecretId": secret_id,
            "SecretKey": secret_key,
            "PhoneNumVerifyLink": "",
        }
    )


@actions.add("GetUser", write=False, verified="spec", takes={"Name": text(True)})
def get(cam: Cam, call: Call) -> Reply:
    user = _find(cam, call)
    return call.reply(
        {
            "Uin": user["uin"],
            "Name": user["name"],
            "Uid": user["uid"],
            "Remark": user["remark"],
            "ConsoleLogin": user["console"],
            "PhoneNum": user["phone"],
            "CountryCode": user["country"],
            "Email": user["email"],
            "RecentlyLoginIP": "",
            "RecentlyLoginTime": "",
        }
    )


@actions.add(
    "UpdateUser",
    write=True,
    verified="spec",
    takes={
        "Name": text(True),
        "Remark": text(),
        "ConsoleLogin": number(),
        "Password": text(),
        "NeedResetPassword": number(),
        "PhoneNum": text(),
        "CountryCode": text(),
        "Email": text(),
    },
)
def update(cam: Cam, call: Call) -> Reply:
    """What is not given stays. The name says who is meant, and cannot be changed."""
    user = _find(cam, call)
    for field, name in _CHANGEABLE.items():
        user[name] = call.params.get(field, user[name])
    return call.reply()


@actions.add("DeleteUser", write=True, verified="spec", takes={"Name": text(True), "Force": number()})
def delete(cam: Cam, call: Call) -> Reply:
    """A user that has keys goes only with Force, and the keys with it."""
    user = _find(cam, call)
    keys = cam.keys(user["uin"])
    if keys and not call.params.get("Force"):
        raise call.refusal("OperationDenied.HaveKeys")
    for secret_id in keys:
        cam.data["access_keys"].pop(secret_id, None)
    del cam.users[user["name"]]
    return call.reply()


@actions.add(
    "ListGroupsForUser",
    write=False,
    verified="spec",
    takes={"Uid": number(), "SubUin": number(), "Rp": number(), "Page": number()},
)
def groups(cam: Cam, call: Call) -> Reply:
    """Groups are not emulated: nobody is in one."""
    return call.reply({"TotalNum": 0, "GroupInfo": []})


def _find(cam: Cam, call: Call) -> User:
    user = cam.users.get(call.params["Name"])
    if user is None:
        raise call.refusal("ResourceNotFound.UserNotExist")
    return user
