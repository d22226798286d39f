# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models as a workspace sees them: the catalogue, rate limits of its own, and which models it may call."""

from __future__ import annotations

import typing as t

from sandbox.clouds.alibaba.gateway import Call
from sandbox.clouds.alibaba.modelstudio.catalogue import MODELS, Model
from sandbox.clouds.alibaba.modelstudio.service import SDK, ModelStudio, answer_models, fail, page, parsed_list
from sandbox.http import Reply

LIMIT_FIELDS = ("requestLimit", "requestLimitPeriod", "usageLimit", "usageLimitPeriod")


@ModelStudio.routes.add("GET", "/modelstudio/models", "ListModels", verified="sdk", source=SDK)
def list_models(studio: ModelStudio, call: Call) -> Reply:
    rows, paging = page(call, [_described(each) for each in _chosen(call)])
    return answer_models(call, {"models": rows, **paging})


@ModelStudio.routes.add("GET", "/modelstudio/models/limits", "ListModelLimits", verified="sdk", source=SDK)
def list_limits(studio: ModelStudio, call: Call) -> Reply:
    """A model without a limit of the workspace's own has no `workspaceLimit`."""
    workspace_id = studio.workspace(call, call.args.get("workspaceId"))["workspaceId"]
    own: dict[str, dict[str, t.Any]] = studio.region(call)["limits"].get(workspace_id, {})
    rows, paging = page(
        call,
        [
            {"model": each.name, "name": each.title, "workspaceId": workspace_id, "modelLimit": each.limit()}
            | ({"workspaceLimit": own[each.name]} if each.name in own else {})
            for each in _chosen(call)
        ],
        most=200,
    )
    return answer_models(call, {"limits": rows, **paging})


@ModelStudio.routes.add("POST", "/modelstudio/models/limits", "UpdateModelLimits", verified="sdk", source=SDK)
def update_limits(studio: ModelStudio, call: Call) -> Reply:
    """All or nothing."""
    workspace_id = _workspace_id(studio, call)
    wanted = [(each, _limit(call, each)) for each in parsed_list(call, "workspaceLimits")]
    own = studio.region(call)["limits"].setdefault(workspace_id, {})
    for each, limit in wanted:
        if limit is None:
            own.pop(each["model"], None)
        else:
            own[each["model"]] = limit
    return answer_models(call)


@ModelStudio.routes.add("GET", "/modelstudio/models/permissions", "ListModelPermissions", verified="sdk", source=SDK)
def list_permissions(studio: ModelStudio, call: Call) -> Reply:
    workspace_id = _workspace_id(studio, call)
    scope, action = call.args.get("authorizationScope", "AUTHORIZABLE"), call.args.get("modelAction", "INFERENCE")
    if scope not in ("AUTHORIZED", "AUTHORIZABLE") or action != "INFERENCE":
        raise fail(call, 400, "InvalidParameter.authorizationScope", "The parameter authorizationScope or modelAction is invalid.")
    granted = grants(studio.region(call), workspace_id)
    chosen = [each for each in _chosen(call, "filter.") if scope == "AUTHORIZABLE" or each.name in granted]
    rows, paging = page(
        call,
        [
            {"model": each.name, "name": each.title, "permissions": {"inference": each.name in granted, "fineTune": False, "deploy": False}}
            for each in chosen
        ],
    )
    return answer_models(call, {"list": rows, **paging})


@ModelStudio.routes.add("POST", "/modelstudio/models/permissions", "UpdateModelPermissions", verified="sdk", source=SDK)
def update_permissions(studio: ModelStudio, call: Call) -> Reply:
    workspace_id = _workspace_id(studio, call)
    every = call.args.get("accessAllEntities", "KEEP")
    models = call.items("models")
    if every not in ("OPEN", "CLOSE", "KEEP") or any(each.get("model") not in MODELS for each in models):
        raise fail(call, 400, "InvalidParameter.models", "The parameter accessAllEntities or models is invalid.")
    region = studio.region(call)
    granted = set() if every == "CLOSE" else grants(region, workspace_id)
    for each in models:
        if each.get("inference", "").lower() == "true":
            granted.add(each["model"])
        elif "inference" in each:
            granted.discard(each["model"])
    region["grants"][workspace_id] = "all" if every == "OPEN" else sorted(granted)
    return answer_models(call)


def grants(region: dict[str, t.Any], workspace_id: str) -> set[str]:
    """The models that a workspace may call."""
    granted = region["grants"].get(workspace_id, [])
    return set(MODELS) if granted == "all" else set(granted)


def _workspace_id(studio: ModelStudio, call: Call) -> str:
    if not call.args.get("workspaceId"):
        raise fail(call, 400, "InvalidParameter.workspaceId", "The parameter workspaceId is required.")
    return t.cast(str, studio.workspace(call, call.args["workspaceId"])["workspaceId"])


def _chosen(call: Call, prefix: str = "") -> list[Model]:
    """`model` matches exactly, `name` loosely."""
    model, name = call.args.get(f"{prefix}model"), call.args.get(f"{prefix}name", "").lower()
    return [each for each in MODELS.values() if model in (None, "", each.name) and (name in each.name or name in each.title.lower())]


def _limit(call: Call, given: dict[str, t.Any]) -> dict[str, t.Any] | None:
    """The limit that is asked for; None when it is to be deleted."""
    model, operation = MODELS.get(given.get("model", "")), given.get("operationType")
    if model is None or operation not in ("OVERLAY", "DELETE") or not set(given) <= {"model", "operationType", *LIMIT_FIELDS}:
        raise fail(call, 400, "InvalidParameter.workspaceLimits", "The parameter workspaceLimits is invalid.")
    if operation == "DELETE":
        return None
    limit = {name: given[name] for name in LIMIT_FIELDS if given.get(name) is not None}
    pairs = [("requestLimit" in limit) == ("requestLimitPeriod" in limit), ("usageLimit" in limit) == ("usageLimitPeriod" in limit)]
    if not limit or not all(pairs) or not all(isinstance(value, int) and value > 0 for value in limit.values()):
        raise fail(call, 400, "InvalidParameter.workspaceLimits", "The parameter workspaceLimits is invalid.")
    account = model.limit()
    if any(limit.get(name, 0) > account[name] for name in ("requestLimit", "usageLimit")):
        raise fail(call, 400, "InvalidParameter.workspaceLimits", "A limit of the workspace must not exceed the limit of the account.")
    return limit | ({"usageLimitField": account["usageLimitField"]} if "usageLimit" in limit else {})


def _described(model: Model) -> dict[str, t.Any]:
    modality = ["Text", "Image"] if model.sees else ["Text"]
    return {
        "model": model.name,
        "name": model.title,
        "provider": "qwen",
        "inferenceMetadata": {"requestModality": modality, "responseModality": ["Text"]},
        "modelInfo": {"contextWindow": model.context, "maxInputTokens": model.context - model.output, "maxOutputTokens": model.output},
    }
