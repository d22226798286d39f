# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workspaces of Model Studio."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.modelstudio.service import SDK, ModelStudio, answer, fail, new_workspace, page
from sandbox.http import Reply


@ModelStudio.routes.add("GET", "/modelstudio/workspaces", "ListWorkspaces", verified="sdk", source=SDK)
def list_workspaces(studio: ModelStudio, call: Call) -> Reply:
    args = call.args
    found = [
        each
        for each in studio.region(call)["workspaces"].values()
        if args.get("workspaceId") in (None, "", each["workspaceId"])
        and args.get("workspaceName", "").lower() in each["workspaceName"].lower()
    ]
    rows, paging = page(call, found)
    return answer(call, {"workspaces": [_shown(each) for each in rows], **paging})


@ModelStudio.routes.add("POST", "/modelstudio/workspaces", "CreateWorkspace", verified="sdk", source=SDK)
def create_workspace(studio: ModelStudio, call: Call) -> Reply:
    name, site = call.args.get("workspaceName", ""), call.args.get("serviceSite")
    region = call.host.split(".")[1]
    if not 0 < len(name) <= 50:
        raise fail(call, 400, "InvalidParameter.workspaceName", "The parameter workspaceName is invalid.")
    if site and region in ("cn-beijing", "ap-southeast-1"):
        raise fail(call, 400, "InvalidParameter.serviceSite", "The parameter serviceSite is not supported in this region.")
    workspaces = studio.region(call)["workspaces"]
    if any(each["workspaceName"] == name for each in workspaces.values()):
        raise fail(call, 400, "WorkSpaceAlreadyExists", "A workspace with that name already exists.")
    workspace = new_workspace(region, name, site)
    workspaces[workspace["workspaceId"]] = workspace
    return answer(call, {"workspace": _shown(workspace)})


@ModelStudio.routes.add("DELETE", "/modelstudio/workspaces/{workspace_id}", "DeleteWorkspace", verified="sdk", source=SDK)
def delete_workspace(studio: ModelStudio, call: Call, workspace_id: str) -> Reply:
    """What stands in the way is told inside an answer that is a success for HTTP."""
    workspace = studio.workspace(call, workspace_id)
    region = studio.region(call)
    reasons = [
        {"resourceType": "apiKey", "reason": f"The API key {each['apiKeyId']} exists in the workspace."}
        for each in region["keys"].values()
        if each["workspaceId"] == workspace_id
    ]
    if workspace["default"]:
        reasons.append({"resourceType": "workspace", "reason": "The default workspace cannot be deleted."})
    if not reasons:
        del region["workspaces"][workspace_id]
        region["limits"].pop(workspace_id, None)
        region["grants"].pop(workspace_id, None)
    return answer(call, {"isDeleted": not reasons, "failReasons": reasons})


def _shown(workspace: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in workspace.items() if name != "default"}
