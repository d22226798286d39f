# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource groups: containers whose deletion takes everything in them along."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm import engine, operations
from sandbox.clouds.azure.arm.api import body_of, operation, page, refuse
from sandbox.clouds.azure.arm.regions import REGIONS, canonical
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/resources/resource-groups"
VERSIONS = (
    "2016-06-01",
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2019-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
)
ACTION = "Microsoft.Resources/subscriptions/resourceGroups"
SHORT = ("id", "name", "type", "kind", "sku", "identity", "location", "tags")  # what a list of mixed types shows
PATH = "/subscriptions/{subscription}/resourceGroups/{group}"

Group = dict[str, t.Any]


def settle(arm: Arm) -> None:
    """Finish what has come due: groups and resources whose deletion has ended."""
    for name, group in list(arm.data["groups"].items()):
        if group["gone"] and group["gone"] <= now():
            prefix = f"{group['id']}/".lower()
            for record in [each for key, each in list(arm.data["resources"].items()) if key.startswith(prefix)]:
                if record["id"].lower() in arm.data["resources"]:
                    engine.remove(arm, record)
            arm.forget_assignments(group["id"])
            del arm.data["groups"][name]
    for record in list(arm.data["resources"].values()):
        if record["gone"] and record["gone"] <= now() and record["id"].lower() in arm.data["resources"]:
            engine.remove(arm, record)


def _render(group: Group) -> dict[str, t.Any]:
    return {
        "id": group["id"],
        "name": group["name"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": group["location"],
        **({"managedBy": group["managedBy"]} if group.get("managedBy") else {}),
        **({"tags": group["tags"]} if group["tags"] is not None else {}),
        "properties": {"provisioningState": "Deleting" if group["gone"] else "Succeeded"},
    }


def _find(arm: Arm, name: str) -> Group:
    arm.require_group(name)
    return t.cast(Group, arm.data["groups"][name.lower()])


@operation("PUT", PATH, "ResourceGroups_CreateOrUpdate", versions=VERSIONS, verified="sdk", source=SOURCE)
def put_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.authorize(request, f"{ACTION}/write", f"/subscriptions/{subscription}/resourceGroups/{group}")
    body = body_of(request, "ResourceGroupDefinition")
    _check_name(group)
    location = body.get("location")
    if not isinstance(location, str) or not location:
        raise refuse(400, "LocationRequired", "The location property is required for this definition.")
    if canonical(location) not in REGIONS:
        text = (
            f"The provided location '{location}' is not available for resource group. List of available regions is '{','.join(REGIONS)}'."
        )
        raise refuse(400, "LocationNotAvailableForResourceGroup", text)
    kept = arm.data["groups"].get(group.lower())
    if kept:
        arm.require_group(group, writing=True)
        if kept["location"] != canonical(location):
            text = f"Invalid resource group location '{location}'. The Resource group already exists in location '{kept['location']}'."
            raise refuse(409, "InvalidResourceGroupLocation", text)
        kept["tags"] = body.get("tags")
        return Reply.of_json(_render(kept))
    fresh = {
        "id": f"/subscriptions/{subscription}/resourceGroups/{group}",
        "name": group,
        "location": canonical(location),
        "tags": body.get("tags"),
        "managedBy": body.get("managedBy"),
        "gone": None,
    }
    arm.data["groups"][group.lower()] = fresh
    return Reply.of_json(_render(fresh), 201)


def _check_name(name: str) -> None:
    wrong = re.sub(r"[\w.()-]", "", name)
    if wrong:
        raise refuse(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{name}' has these invalid characters: '{wrong}'. "
            "The name can only be a letter, digit, '-', '.', '(', ')' or '_'.",
        )
    if len(name) > 90 or name.endswith("."):
        raise refuse(
            400, "InvalidResourceGroup", f"The provided resource group name '{name}' is longer than 90 characters or ends with a period."
        )


@operation("GET", PATH, "ResourceGroups_Get", versions=VERSIONS, verified="sdk", source=SOURCE)
def get_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.authorize(request, f"{ACTION}/read", f"/subscriptions/{subscription}/resourceGroups/{group}")
    return Reply.of_json(_render(_find(arm, group)))


@operation("HEAD", PATH, "ResourceGroups_CheckExistence", versions=VERSIONS, verified="sdk", source=SOURCE)
def head_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.authorize(request, f"{ACTION}/read", f"/subscriptions/{subscription}/resourceGroups/{group}")
    return Reply(204 if group.lower() in arm.data["groups"] else 404)


@operation("PATCH", PATH, "ResourceGroups_Update", versions=VERSIONS, verified="sdk", source=SOURCE)
def patch_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.authorize(request, f"{ACTION}/write", f"/subscriptions/{subscription}/resourceGroups/{group}")
    body = body_of(request, "ResourceGroupDefinition")
    found = _find(arm, group)
    if "tags" in body:
        found["tags"] = body["tags"]
    return Reply.of_json(_render(found))


@operation("DELETE", PATH, "ResourceGroups_Delete", versions=VERSIONS, verified="sdk", source=SOURCE)
def delete_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.authorize(request, f"{ACTION}/delete", f"/subscriptions/{subscription}/resourceGroups/{group}")
    found = _find(arm, group)
    if not found["gone"]:
        seconds = arm.seconds("ResourceGroups_Delete", 1.0)
        found["gone"] = now() + seconds
        found["operation"] = operations.start(arm, subscription, "", found["location"], seconds).result
    started = operations.Started(found["operation"], found["operation"])
    return Reply(202, headers=started.headers("result"))


@operation("GET", "/subscriptions/{subscription}/resourceGroups", "ResourceGroups_List", versions=VERSIONS, verified="sdk", source=SOURCE)
def list_groups(arm: Arm, request: Request, subscription: str) -> Reply:
    caller = arm.caller(request)
    found = [_render(each) for each in arm.data["groups"].values() if arm.allows(caller, f"{ACTION}/read", each["id"])]
    return page(request, found)


# --- what is in a group --------------------------------------------------


@operation("GET", f"{PATH}/resources", "Resources_ListByResourceGroup", versions=VERSIONS, verified="sdk", source=SOURCE)
def list_in_group(arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.require_group(group)
    return _resources(arm, request, f"/subscriptions/{subscription}/resourcegroups/{group}/".lower())


@operation("GET", "/subscriptions/{subscription}/resources", "Resources_List", versions=VERSIONS, verified="sdk", source=SOURCE)
def list_everything(arm: Arm, request: Request, subscription: str) -> Reply:
    return _resources(arm, request, f"/subscriptions/{subscription}/".lower())


def _resources(arm: Arm, request: Request, prefix: str) -> Reply:
    """Tracked resources in short form; `$filter=resourceType eq '…'` is understood, with `and name eq '…'`."""
    caller = arm.caller(request)
    wanted = _filter(request.params.get("$filter", ""))
    found = []
    for key, record in arm.data["resources"].items():
        kind = engine.TYPES[record["type"].lower()]
        if not key.startswith(prefix) or not kind.tracked or not arm.allows(caller, f"{kind.name}/read", record["id"]):
            continue
        if (
            wanted.get("resourcetype", kind.name.lower()) != kind.name.lower()
            or wanted.get("name", record["name"].lower()) != record["name"].lower()
        ):
            continue
        whole = kind.render(arm, record)
        short: dict[str, t.Any] = {name: whole[name] for name in SHORT if name in whole}
        if "createdtime" in request.params.get("$expand", "").lower():
            short |= {"createdTime": timestamp(record["created"]), "changedTime": timestamp(record["changed"])}
        found.append(short)
    return page(request, found)


def _filter(text: str) -> dict[str, str]:
    if not text:
        return {}
    terms = re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE)
    found = [re.fullmatch(r"(resourceType|name)\s+eq\s+'([^']*)'", term.strip(), re.IGNORECASE) for term in terms]
    if not all(found):
        raise refuse(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
    return {each[1].lower(): each[2].lower() for each in found if each}
