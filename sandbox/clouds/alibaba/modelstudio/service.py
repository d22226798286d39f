# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The management API of Model Studio: one endpoint, and one set of everything, for each region.

State: `regions`, each with `workspaces`, `keys`, `limits` (workspace → model → limit) and `grants` (workspace → "all" or models).
The operations' shapes come from alibabacloud-modelstudio20260210; the codes of its errors are assumed, in the manner of the one that
its models name (InvalidParameter.maxResults).
"""

from __future__ import annotations

import json
import secrets
import time
import typing as t

from sandbox.clouds.alibaba.gateway import Call, OpenApi, expect
from sandbox.http import Match, Operation, Refusal, Reply, Routes

SDK = "alibabacloud-modelstudio20260210"
REGIONS = ("cn-beijing", "ap-southeast-1", "cn-hongkong", "eu-central-1")
SITES = {"cn-beijing": "cn", "ap-southeast-1": "intl", "cn-hongkong": "hk", "eu-central-1": "eu"}

Region = dict[str, t.Any]


class ModelStudio(OpenApi):
    name = "modelstudio"
    product = "ModelStudio"
    version = "2026-02-10"
    style = "ROA"
    hosts = tuple(f"modelstudio.{region}.aliyuncs.com" for region in REGIONS)
    routes: t.ClassVar[Routes] = Routes()

    def seed(self) -> dict[str, t.Any]:
        return {"last_id": 1204500, "regions": {region: _new_region(region) for region in REGIONS}}

    def find(self, call: Call) -> Match | None:
        match = self.routes.match(self, call)
        named = call.headers.get("x-acs-action")
        return match if match and named in (None, match.operation.name) else None

    @property
    def operations(self) -> list[Operation]:
        return self.routes.operations

    # --- parts of the state ----------------------------------------------

    def region(self, call: Call) -> Region:
        return t.cast(Region, self.data["regions"][call.host.split(".")[1]])

    def workspace(self, call: Call, given: str | None) -> dict[str, t.Any]:
        """A workspace by id; the default one when none is named."""
        workspaces: dict[str, dict[str, t.Any]] = self.region(call)["workspaces"]
        if not given:
            return next(each for each in workspaces.values() if each["default"])
        if given not in workspaces:
            raise fail(call, 404, "WorkSpaceNotFound", "WorkSpace can not be found.")
        return workspaces[given]

    def new_id(self) -> int:
        self.data["last_id"] += 1
        return t.cast(int, self.data["last_id"])


def new_workspace(region: str, name: str, site: str | None = None, *, default: bool = False) -> dict[str, t.Any]:
    workspace_id = f"ws-{secrets.token_hex(8)}"
    return {
        "workspaceId": workspace_id,
        "workspaceName": name,
        "apiHost": f"{workspace_id}.{region}.maas.aliyuncs.com",
        "region": region,
        "serviceSite": site or SITES[region],
        "gmtCreate": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "default": default,
    }


def _new_region(region: str) -> Region:
    first = new_workspace(region, "Default Workspace", default=True)
    # "The default workspace may call every model; another one only those that are granted to it."
    return {"workspaces": {first["workspaceId"]: first}, "keys": {}, "limits": {}, "grants": {first["workspaceId"]: "all"}}


def answer(call: Call, body: dict[str, t.Any] | None = None) -> Reply:
    """The envelope of the operations on keys and workspaces."""
    told = {"success": True, "code": "Success", "message": "Success", "httpStatusCode": 200}
    return call.render({"requestId": call.id, **told, **(body or {})})


def answer_models(call: Call, body: dict[str, t.Any] | None = None) -> Reply:
    """The envelope of the operations on models: other names for the message, and no code when all is well."""
    return call.render({"requestId": call.id, "success": True, "code": "", "errorMessage": "", "httpStatusCode": 200, **(body or {})})


def fail(call: Call, status: int, code: str, message: str) -> Refusal:
    """A refusal by the product itself."""
    told = {"message": message, "errorMessage": message} if "/models" in call.path else {"message": message}
    return Refusal(call.render({"requestId": call.id, "success": False, "code": code, "httpStatusCode": status, **told}, status))


def page(call: Call, rows: list[dict[str, t.Any]], most: int = 100, usual: int = 20) -> tuple[list[dict[str, t.Any]], dict[str, t.Any]]:
    """One page of rows, and what the answer says about paging. The token is an offset, opaque to clients."""
    size = call.args.get("maxResults") or str(usual)
    if not size.isdigit() or int(size) > most:
        raise fail(call, 400, "InvalidParameter.maxResults", f"The parameter maxResults must be in the range of 0 and {most}.")
    token = call.args.get("nextToken") or "0"
    if not token.isdigit():
        raise fail(call, 400, "InvalidParameter.nextToken", "The parameter nextToken is invalid.")
    start, end = int(token), int(token) + int(size)
    told: dict[str, t.Any] = {"totalCount": len(rows), "maxResults": int(size)}
    return rows[start:end], told | ({"nextToken": str(end)} if end < len(rows) else {})


def listed(args: dict[str, str], prefix: str) -> list[str]:
    """A flattened list of a form: `models.1=a&models.2=b`."""
    found = {name: value for name, value in args.items() if name.rpartition(".")[0] == prefix and name.rpartition(".")[2].isdigit()}
    return [found[name] for name in sorted(found, key=lambda each: int(each.rpartition(".")[2]))]


def parsed_list(call: Call, name: str) -> list[dict[str, t.Any]]:
    """A parameter that is a JSON list of objects."""
    try:
        value = json.loads(call.args.get(name) or "null")
        expect(isinstance(value, list) and all(isinstance(each, dict) for each in value))
    except ValueError:
        raise fail(call, 400, f"InvalidParameter.{name}", f"The parameter {name} is invalid.") from None
    return t.cast("list[dict[str, t.Any]]", value)
