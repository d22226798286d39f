# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys of sub-users, two each at most. Source: CreateAccessKey and its siblings of the CAM API document."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.tencent import account
from sandbox.clouds.tencent.api import Call
from sandbox.clouds.tencent.cam.service import Cam, actions
from sandbox.clouds.tencent.clock import beijing
from sandbox.clouds.tencent.parameters import number, text
from sandbox.http import Reply

_DESCRIPTION = re.compile(r"[\w+=,.@:/-]{0,1024}")


@actions.add("CreateAccessKey", write=True, verified="spec", takes={"TargetUin": number(), "Description": text()})
def create(cam: Cam, call: Call) -> Reply:
    """The only answer that ever shows the secret."""
    uin = _target(cam, call)
    description = call.params.get("Description", "")
    if not _DESCRIPTION.fullmatch(description):
        raise call.refusal("InvalidParameter.ParamError")
    if len(cam.keys(uin)) >= 2:
        raise call.refusal("OperationDenied.AccessKeyOverLimit")
    owner = call.key["user"] if uin == call.uin else cam.user(call, uin)["name"]
    secret_id, key = account.new_secret_id(), account.new_key(owner, uin, description)
    cam.data["access_keys"][secret_id] = key
    return call.reply({"AccessKey": {**_shown(secret_id, key), "SecretAccessKey": key["key"]}})


@actions.add("ListAccessKeys", write=False, verified="spec", takes={"TargetUin": number()})
def list_all(cam: Cam, call: Call) -> Reply:
    keys = cam.keys(_target(cam, call))
    return call.reply({"AccessKeys": [_shown(secret_id, key) for secret_id, key in keys.items()]})


@actions.add(
    "UpdateAccessKey",
    write=True,
    verified="spec",
    takes={"AccessKeyId": text(True), "Status": text(True), "TargetUin": number()},
)
def update(cam: Cam, call: Call) -> Reply:
    if call.params["Status"] not in ("Active", "Inactive"):
        raise call.refusal("InvalidParameter.ParamError")
    _find(cam, call)["status"] = call.params["Status"]
    return call.reply()


@actions.add("DeleteAccessKey", write=True, verified="spec", takes={"AccessKeyId": text(True), "TargetUin": number()})
def delete(cam: Cam, call: Call) -> Reply:
    _find(cam, call)
    for keys in (cam.data["access_keys"], cam.cloud.credentials["secret_ids"]):
        keys.pop(call.params["AccessKeyId"], None)
    return call.reply()


def _target(cam: Cam, call: Call) -> int:
    """The user that is meant: the caller unless another is named."""
    uin = int(call.params.get("TargetUin", call.uin))
    return uin if uin == call.uin else int(cam.user(call, uin)["uin"])


def _find(cam: Cam, call: Call) -> dict[str, t.Any]:
    uin = _target(cam, call)
    key = account.find_key(cam.cloud.data, call.params["AccessKeyId"])
    if key is None:
        raise call.refusal("ResourceNotFound.SecretNotExist")
    if account.uin_of(cam.cloud.data, key) != uin:
        raise call.refusal("OperationDenied.UinNotMatch")
    return key


def _shown(secret_id: str, key: dict[str, t.Any]) -> dict[str, t.Any]:
    return {
        "AccessKeyId": secret_id,
        "Status": key.get("status", "Active"),
        "CreateTime": beijing(key.get("created", 0)),
        "Description": key.get("description", ""),
    }
