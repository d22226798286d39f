# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys of Model Studio. A value is shown when it is made, and never again."""

from __future__ import annotations

import ipaddress
import secrets
import time
import typing as t

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.modelstudio.catalogue import MODELS
from sandbox.clouds.alibaba.modelstudio.service import SDK, ModelStudio, answer, fail, listed, page
from sandbox.http import Reply

ANYWHERE = ["0.0.0.0/0", "::/0"]
ApiKey = dict[str, t.Any]


@ModelStudio.routes.add("POST", "/modelstudio/apikeys", "CreateApiKey", verified="sdk", source=SDK)
def create(studio: ModelStudio, call: Call) -> Reply:
    workspace = studio.workspace(call, call.args.get("workspaceId"))
    key: ApiKey = {
        "apiKeyId": studio.new_id(),
        "apiKeyValue": _new_value(),
        "workspaceId": workspace["workspaceId"],
        "description": _description(call) or "",
        "createdBy": _owner(studio, call),
        "gmtCreate": int(time.time() * 1000),
        "disabled": 0,
        "auth": _auth(call) or {"type": "All"},
    }
    studio.region(call)["keys"][str(key["apiKeyId"])] = key
    shown = {name: value for name, value in key.items() if name not in ("auth", "disabled")}
    return answer(call, {"apiKey": shown})


@ModelStudio.routes.add("GET", "/modelstudio/apikeys", "ListApiKeys", verified="sdk", source=SDK)
def list_keys(studio: ModelStudio, call: Call) -> Reply:
    args = call.args
    order, by = args.get("order", "DESC"), args.get("orderBy", "gmtCreate")
    if order not in ("ASC", "DESC") or by not in ("apiKeyId", "gmtCreate"):
        raise fail(call, 400, "InvalidParameter.order", "The parameter order or orderBy is invalid.")
    if args.get("workspaceId"):
        studio.workspace(call, args["workspaceId"])
    found = [
        each
        for each in _own(studio, call)
        if args.get("workspaceId") in (None, "", each["workspaceId"])
        and args.get("apiKeyId") in (None, "", str(each["apiKeyId"]))
        # The description is matched loosely: a part is enough, in any case of letters.
        and args.get("description", "").lower() in each["description"].lower()
    ]
    found.sort(key=lambda each: (each[by], each["apiKeyId"]), reverse=order == "DESC")
    rows, paging = page(call, found)
    return answer(call, {"apiKeys": [_shown(studio, call, each) for each in rows], **paging})


@ModelStudio.routes.add("GET", "/modelstudio/apikeys/{key_id}", "GetApiKey", verified="sdk", source=SDK)
def get(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    return answer(call, {"apiKey": _shown(studio, call, _existing(studio, call, key_id))})


@ModelStudio.routes.add("PUT", "/modelstudio/apikeys/{key_id}", "UpdateApiKey", verified="sdk", source=SDK)
def update(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    """Auth is left out or given completely (says the SDK): what is left out of it is reset."""
    key = _existing(studio, call, key_id)
    description, auth = _description(call), _auth(call)
    key.update({"description": key["description"] if description is None else description, "auth": auth or key["auth"]})
    return answer(call)


@ModelStudio.routes.add("PUT", "/modelstudio/apikeys/{key_id}/enable", "EnableApiKey", verified="sdk", source=SDK)
def enable(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    _existing(studio, call, key_id)["disabled"] = 0
    return answer(call)


@ModelStudio.routes.add("PUT", "/modelstudio/apikeys/{key_id}/disable", "DisableApiKey", verified="sdk", source=SDK)
def disable(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    _existing(studio, call, key_id)["disabled"] = 1
    return answer(call)


@ModelStudio.routes.add("PUT", "/modelstudio/apikeys/{key_id}/reset", "ResetApiKey", verified="sdk", source=SDK)
def reset(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    """The old value is dead at once."""
    key = _existing(studio, call, key_id)
    key["apiKeyValue"] = _new_value()
    return answer(call, {"apiKey": {name: key[name] for name in ("apiKeyId", "apiKeyValue", "workspaceId")}})


@ModelStudio.routes.add("DELETE", "/modelstudio/apikeys/{key_id}", "DeleteApiKey", verified="sdk", source=SDK)
def delete(studio: ModelStudio, call: Call, key_id: str) -> Reply:
    _existing(studio, call, key_id)
    del studio.region(call)["keys"][key_id]
    return answer(call)


def _new_value() -> str:
    return f"sk-ws-{secrets.token_urlsafe(36).replace('-', 'A').replace('_', 'B')}"


def _owner(studio: ModelStudio, call: Call) -> str:
    """The RAM user behind the call, by id."""
    user = call.caller.user or call.caller.role or ""
    return str(studio.cloud.data.get("ram", {}).get("users", {}).get(user, {}).get("UserId", user))


def _own(studio: ModelStudio, call: Call) -> list[ApiKey]:
    """An Alibaba Cloud account sees all keys, a RAM user only its own (and the callers here are RAM users)."""
    return [each for each in studio.region(call)["keys"].values() if each["createdBy"] == _owner(studio, call)]


def _existing(studio: ModelStudio, call: Call, key_id: str) -> ApiKey:
    for each in _own(studio, call):
        if str(each["apiKeyId"]) == key_id:
            return each
    raise fail(call, 404, "ApiKeyNotFound", "The API key does not exist.")


def _shown(studio: ModelStudio, call: Call, key: ApiKey) -> ApiKey:
    value = key["apiKeyValue"]
    masked = f"{value[:6]}{'*' * 12}{value[-4:]}"
    return {**key, "apiKeyValue": masked, "workspaceName": studio.workspace(call, key["workspaceId"])["workspaceName"]}


def _description(call: Call) -> str | None:
    text = call.args.get("description")
    if text is not None and len(text) > 200:
        raise fail(call, 400, "InvalidParameter.description", "The parameter description is beyond the length limit.")
    return text


def _auth(call: Call) -> dict[str, t.Any] | None:
    """The `auth.*` fields of the form; None when there are none."""
    args = {name.removeprefix("auth."): value for name, value in call.args.items() if name.startswith("auth.")}
    if "auth" in call.args:
        raise fail(call, 400, "InvalidParameter.auth", "The parameter auth is invalid.")
    if not args:
        return None
    if args.get("type") not in ("All", "Custom"):
        raise fail(call, 400, "InvalidParameter.auth.type", "The parameter auth.type is invalid.")
    if args["type"] == "All":
        return {"type": "All"}
    ips = listed(args, "accessIps")
    if not all(_is_network(each) for each in ips):
        raise fail(call, 400, "InvalidParameter.auth.accessIps", "The parameter auth.accessIps is invalid.")
    every = args.get("modelAccessScope.allowAllModels", "true").lower()
    models = listed(args, "modelAccessScope.accessibleModels")
    if every not in ("true", "false") or not set(models) <= MODELS.keys():
        raise fail(call, 400, "InvalidParameter.auth.modelAccessScope", "The parameter auth.modelAccessScope is invalid.")
    # "If the whitelist is not specified, the server sets it to 0.0.0.0/0 and ::/0."
    scope = {"allowAllModels": every == "true", "accessibleModels": sorted(models)}
    return {"type": "Custom", "accessIps": ips or ANYWHERE, "modelAccessScope": scope}


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
