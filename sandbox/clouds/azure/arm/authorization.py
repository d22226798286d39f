# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft.Authorization: who has which role where, and what a caller may do at a scope."""

from __future__ import annotations

import re
import typing as t
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm import rbac
from sandbox.clouds.azure.arm.api import body_of, operation, page, refuse
from sandbox.clouds.azure.arm.role_definitions import NAMESPACE, VERSIONS
from sandbox.clouds.azure.arm.roles import ROLES
from sandbox.clouds.azure.arm.rules import at
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/rest/api/authorization"
ASSIGNMENT = f"/{{scope:path}}{NAMESPACE}/roleAssignments/{{name}}"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")

Assignment = dict[str, t.Any]


def seed() -> dict[str, Assignment]:
    """The deployer may manage everything and hand out roles, but reads no secret: no role of his reaches into a vault."""
    scope = f"/subscriptions/{account.SUBSCRIPTION_ID}"
    given = ("Contributor", "Role Based Access Control Administrator")
    return dict(_seeded(scope, role.id) for role in ROLES.values() if role.name in given)


def _seeded(scope: str, role: str) -> tuple[str, Assignment]:
    assignment = _assignment(scope, str(uuid4()), role, account.DEPLOYER_OBJECT_ID, "ServicePrincipal", account.USER_OBJECT_ID, 0)
    return _key(scope, assignment["name"]), assignment


def _assignment(scope: str, name: str, role: str, principal: str, principal_type: str, by: str, effective: float) -> Assignment:
    return {
        "scope": scope,
        "name": name,
        "role": role,
        "principal": principal,
        "type": principal_type,
        "description": None,
        "condition": None,
        "version": None,
        "created": now(),
        "updated": now(),
        "by": by,
        "effective": effective,
    }


def _key(scope: str, name: str) -> str:
    return f"{scope}{NAMESPACE}/roleAssignments/{name}".lower()


def _render(assignment: Assignment, *, fresh: bool = False) -> dict[str, t.Any]:
    """As the service returns it; right after the creation `createdBy` is null."""
    return {
        "properties": {
            "roleDefinitionId": f"/subscriptions/{account.SUBSCRIPTION_ID}{NAMESPACE}/roleDefinitions/{assignment['role']}",
            "principalId": assignment["principal"],
            "principalType": assignment["type"],
            "scope": assignment["scope"],
            "condition": assignment["condition"],
            "conditionVersion": assignment["version"],
            "createdOn": timestamp(assignment["created"]),
            "updatedOn": timestamp(assignment["updated"]),
            "createdBy": None if fresh else assignment["by"],
            "updatedBy": assignment["by"],
            "delegatedManagedIdentityResourceId": None,
            "description": assignment["description"],
        },
        "id": f"{assignment['scope']}{NAMESPACE}/roleAssignments/{assignment['name']}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment["name"],
    }


@operation("PUT", ASSIGNMENT, "RoleAssignments_Create", versions=VERSIONS, verified="sdk", source=SOURCE)
def put_assignment(arm: Arm, request: Request, scope: str, name: str) -> Reply:
    scope = f"/{scope}"
    caller = arm.authorize(request, "Microsoft.Authorization/roleAssignments/write", scope)
    sent = body_of(request)
    if not GUID.fullmatch(name):
        raise refuse(
            400, "InvalidRoleAssignmentId", f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        )
    _check_scope(arm, scope)
    role, principal = _role(arm, at(sent, "properties/roleDefinitionId")), at(sent, "properties/principalId")
    if not isinstance(principal, str) or not GUID.fullmatch(principal):
        raise refuse(400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
    principal = principal.lower()
    kind = _principal_type(arm, principal, at(sent, "properties/principalType"))
    kept = arm.data["role_assignments"].get(_key(scope, name))
    _check_free(arm, scope, name, role, principal, kept)
    wait = arm.seconds("RoleAssignments_Effect", 1.0)
    assignment = kept or _assignment(scope, name, role, principal, kind, caller.object_id, now() + wait)
    assignment |= {
        "description": at(sent, "properties/description"),
        "condition": at(sent, "properties/condition"),
        "version": at(sent, "properties/conditionVersion"),
        "updated": now(),
    }
    arm.data["role_assignments"][_key(scope, name)] = assignment
    return Reply.of_json(_render(assignment, fresh=kept is None), 200 if kept else 201)


def _check_scope(arm: Arm, scope: str) -> None:
    """A subscription, a group, or something at or below a resource."""
    parts = re.fullmatch(
        r"/subscriptions/[^/]+(?:/resourceGroups/([^/]+)(?:/providers/([^/]+/[^/]+)/([^/]+)(?:/.*)?)?)?", scope, re.IGNORECASE
    )
    if parts is None:
        raise refuse(400, "InvalidScope", f"The scope '{scope}' is not valid.")
    group, kind, name = parts.groups()
    if group:
        arm.require_group(group)
    if kind and not any(rbac.at_or_below(scope, key) for key in arm.data["resources"]):
        text = (
            f"The Resource '{kind}/{name}' under resource group '{arm.group_name(group)}' was not found. "
            "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        raise refuse(404, "ResourceNotFound", text)


def _role(arm: Arm, sent: t.Any) -> str:
    if not isinstance(sent, str) or "/roledefinitions/" not in sent.lower():
        raise refuse(400, "BadRequestFormat", "The request was incorrectly formatted.")
    role = sent.rpartition("/")[2].lower()
    if not GUID.fullmatch(role):
        raise refuse(400, "InvalidRoleDefinitionId", f"The role definition ID '{role}' is not valid.")
    if role not in arm.roles:
        raise refuse(404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role}' does not exist.")
    return role


def _principal_type(arm: Arm, principal: str, named: t.Any) -> str:
    """The principal's type. Without one in the request the directory is asked, and a principal that is not replicated yet is not found;
    with one it is believed (learn.microsoft.com/azure/role-based-access-control/role-assignments-template, "new service principal").
    """
    if named is not None and named not in PRINCIPAL_TYPES:
        raise refuse(
            400,
            "InvalidPrincipalType",
            f"The PrincipalType property '{named}' is not valid. It must be 'User', 'Group' or 'ServicePrincipal'.",
        )
    known = arm.azure.entra.data["principals"].get(principal)
    seen = known is not None and known["replicated"] <= now()
    if known is None or not (seen or named):
        raise refuse(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory {account.TENANT_ID}. Check that you have the "
            "correct principal "
            "ID. If you are creating this principal and then immediately assigning a role, this error might be related to a "
            "replication delay. In "
            "this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See "
            "https://aka.ms/docs-principaltype",
        )
    if seen and named and named != known["type"]:
        text = (
            f"The PrincipalId '{principal.replace('-', '')}' has type '{known['type']}' , "
            f"which is different from specified PrinciaplType '{named}'."
        )
        raise refuse(400, "UnmatchedPrincipalType", text)
    return t.cast(str, named or known["type"])


def _check_free(arm: Arm, scope: str, name: str, role: str, principal: str, kept: Assignment | None) -> None:
    if kept:
        if (kept["role"], kept["principal"]) != (role, principal):
            text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise refuse(400, "RoleAssignmentUpdateNotPermitted", text)
        return
    for each in arm.data["role_assignments"].values():
        same_triple = (each["scope"].lower(), each["role"], each["principal"]) == (scope.lower(), role, principal)
        if same_triple:
            conflicting = each["name"].replace("-", "")
            text = f"The role assignment already exists. The ID of the existing role assignment is {conflicting}."
            raise refuse(409, "RoleAssignmentExists", text)
        if each["name"].lower() == name.lower():
            # The name of an assignment is unique in the whole tenant.
            raise refuse(
                400, "RoleAssignmentUpdateNotPermitted", "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            )


@operation("GET", ASSIGNMENT, "RoleAssignments_Get", versions=VERSIONS, verified="sdk", source=SOURCE)
def get_assignment(arm: Arm, request: Request, scope: str, name: str) -> Reply:
    arm.authorize(request, "Microsoft.Authorization/roleAssignments/read", f"/{scope}")
    found = arm.data["role_assignments"].get(_key(f"/{scope}", name))
    if found is None:
        raise refuse(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return Reply.of_json(_render(found))


@operation("DELETE", ASSIGNMENT, "RoleAssignments_Delete", versions=VERSIONS, verified="sdk", source=SOURCE)
def delete_assignment(arm: Arm, request: Request, scope: str, name: str) -> Reply:
    arm.authorize(request, "Microsoft.Authorization/roleAssignments/delete", f"/{scope}")
    found = arm.data["role_assignments"].pop(_key(f"/{scope}", name), None)
    return Reply(204) if found is None else Reply.of_json(_render(found))


@operation(
    "GET", f"/{{scope:path}}{NAMESPACE}/roleAssignments", "RoleAssignments_ListForScope", versions=VERSIONS, verified="sdk", source=SOURCE
)
def list_assignments(arm: Arm, request: Request, scope: str) -> Reply:
    """Everything that touches the scope: at, above and below it; a filter narrows that."""
    scope = f"/{scope}"
    arm.authorize(request, "Microsoft.Authorization/roleAssignments/read", scope)
    found = [
        each
        for each in arm.data["role_assignments"].values()
        if rbac.at_or_below(scope, each["scope"]) or rbac.at_or_below(each["scope"], scope)
    ]
    text = request.params.get("$filter", "")
    for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else []:
        parsed = re.fullmatch(r"(atScope)\(\)|(principalId)\s+eq\s+'?([\w-]+)'?|(assignedTo)\('([\w-]+)'\)", term.strip(), re.IGNORECASE)
        if parsed is None:
            raise refuse(400, "BadRequest", f"The filter '{text}' is not supported.")
        if parsed[1]:
            found = [each for each in found if rbac.at_or_below(scope, each["scope"])]
        else:
            wanted = (parsed[3] or parsed[5]).lower()
            found = [each for each in found if each["principal"] == wanted]
    return page(request, [_render(each) for each in found])


# --- permissions ---------------------------------------------------------


@operation("GET", f"/{{scope:path}}{NAMESPACE}/permissions", "Permissions_List", versions=VERSIONS, verified="sdk", source=SOURCE)
def list_permissions(arm: Arm, request: Request, scope: str) -> Reply:
    """The permissions of the caller's roles that reach this scope, one entry per role."""
    _check_scope(arm, f"/{scope}")
    held = rbac.in_force(arm.data["role_assignments"].values(), arm.caller(request).object_id, f"/{scope}")
    return Reply.of_json({"value": [arm.roles[each["role"]].permissions for each in held], "nextLink": None})
