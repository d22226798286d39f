# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Authorization/roleDefinitions: the roles that there are, as the service lists them."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.azure import account
from sandbox.clouds.azure.arm.api import operation, page, refuse
from sandbox.clouds.azure.arm.roles import Role
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/authorization/role-definitions"
VERSIONS = (
    "2015-07-01",
    "2018-01-01-preview",
    "2018-09-01-preview",
    "2020-04-01-preview",
    "2020-08-01-preview",
    "2020-10-01",
    "2022-04-01",
    "2022-05-01-preview",
)
NAMESPACE = "/providers/Microsoft.Authorization"


def _definition(role: Role) -> dict[str, t.Any]:
    return {
        "properties": {
            "roleName": role.name,
            "type": role.type,
            "description": role.description,
            "assignableScopes": ["/"] if role.type == "BuiltInRole" else [f"/subscriptions/{account.SUBSCRIPTION_ID}"],
            "permissions": [role.permissions],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2025-11-11T20:14:01.7613811Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"/subscriptions/{account.SUBSCRIPTION_ID}{NAMESPACE}/roleDefinitions/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }


def list_definitions(arm: Arm, request: Request, scope: str = "") -> Reply:
    if scope:
        arm.authorize(request, "Microsoft.Authorization/roleDefinitions/read", f"/{scope}")
    found = list(arm.roles.values())
    text = request.params.get("$filter", "")
    for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else []:
        parsed = re.fullmatch(r"(roleName|type)\s+eq\s+'([^']*)'|atScopeAndBelow\(\)|atScope\(\)", term.strip(), re.IGNORECASE)
        if parsed is None:
            raise refuse(400, "BadRequestFormat", "The request was incorrectly formatted.")
        if parsed[1] and parsed[1].lower() == "rolename":
            found = [role for role in found if role.name.lower() == parsed[2].lower()]
        elif parsed[1]:
            found = [role for role in found if role.type.lower() == parsed[2].lower()]
    return page(request, [_definition(role) for role in found], size=1000)


def get_definition(arm: Arm, request: Request, name: str, scope: str = "") -> Reply:
    if scope:
        arm.authorize(request, "Microsoft.Authorization/roleDefinitions/read", f"/{scope}")
    role = arm.roles.get(name.lower())
    if role is None:
        raise refuse(404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{name}' does not exist.")
    return Reply.of_json(_definition(role))


_SCOPED: dict[str, t.Any] = {"versions": VERSIONS, "verified": "sdk", "source": SOURCE}
operation("GET", f"/{{scope:path}}{NAMESPACE}/roleDefinitions", "RoleDefinitions_List", **_SCOPED)(list_definitions)
operation("GET", f"/{{scope:path}}{NAMESPACE}/roleDefinitions/{{name}}", "RoleDefinitions_Get", **_SCOPED)(get_definition)
# Without a scope the built-in ones are anybody's to read.
_ROOT = _SCOPED | {"verified": "spec"}
operation("GET", f"{NAMESPACE}/roleDefinitions", "RoleDefinitions_List", **_ROOT)(list_definitions)
operation("GET", f"{NAMESPACE}/roleDefinitions/{{name}}", "RoleDefinitions_Get", **_ROOT)(get_definition)
