# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Role assignments: who may do what at a scope. A role, a principal and a scope together are the thing; its name is our choice."""

from __future__ import annotations

import typing as t
import uuid

from .._core import normal
from .._core.apply import Step, Waves
from .._core.errors import CloudError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .arm import Arm
from .errors import CLOUD, body_of
from .roles import VERSION, role_id

RULE = Map(
    {
        "id": Leaf(normal=normal.arm_id),
        "name": Leaf(),
        "scope": Leaf(normal=normal.arm_id),
        # Returned with another subscription in front, or none.
        "roleDefinitionId": Leaf(normal=normal.last_segment),
        "principalId": Leaf(normal=normal.folded),
        # Only says where to look a new principal up; what is there already knows.
        "principalType": Leaf(create_only=True),
        "description": Leaf(absent=""),
        "condition": Leaf(absent=""),
        "conditionVersion": Leaf(absent=""),
    }
)
KIND = Kind(CLOUD, "role_assignment", RULE, id_field="id")
FIELDS = ("scope", "roleDefinitionId", "principalId", "principalType", "description", "condition", "conditionVersion")


def path_of(scope: str, name: str) -> str:
    return f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{name}"


def name_of(scope: str, role: str, principal: str) -> str:
    """The same name on every machine, so that two runs at once cannot make two assignments."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.rstrip('/')}|{role}|{principal}".casefold()))


def definition_of(arm: Arm, role: str) -> str:
    return f"/subscriptions/{arm.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"


def find(arm: Arm, scope: str, role: str, principal: str) -> State | None:
    """The assignment of a role (its GUID) to a principal at exactly this scope, whatever its name; None also if the scope is not there."""
    path = f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments"
    try:
        found = arm.all(f"read the role assignments at {scope}", path, VERSION, **{"$filter": f"principalId eq '{principal}'"})
    except CloudError as error:
        if error.status == 404:
            return None
        raise
    for each in found:
        there = each["properties"]
        here = normal.arm_id(there["scope"]) == normal.arm_id(scope)
        if (
            here
            and normal.last_segment(there["roleDefinitionId"]) == role
            and normal.folded(there["principalId"]) == normal.folded(principal)
        ):
            return state_of(each)
    return None


def state_of(item: t.Mapping[str, t.Any]) -> State:
    facts = item["properties"]
    return {"id": item["id"], "name": item["name"], **{name: facts[name] for name in FIELDS if facts.get(name) is not None}}


def step(arm: Arm, change: Change) -> Step:
    """What carries out a change of an assignment."""
    return Step(change.title, lambda: _delete(arm, change) if change.action == "delete" else _put(arm, change))


def _put(arm: Arm, change: Change) -> dict[str, State]:
    state = change.after or {}
    scope, role = state["scope"], normal.last_segment(state["roleDefinitionId"])
    path = (change.before or {}).get("id") or path_of(scope, name_of(scope, role, state["principalId"]))
    properties = {name: state[name] for name in FIELDS if name != "scope" and state.get(name) is not None}
    try:
        # A principal made a moment ago is not known everywhere yet: the client is patient with that.
        answer = arm.write(change.title, "PUT", path, VERSION, {"properties": properties})
    except CloudError as error:
        there = find(arm, scope, role, state["principalId"]) if error.code == "RoleAssignmentExists" else None
        if there is None:
            raise
        return {change.name: there}  # somebody else made it meanwhile, under another name
    return {change.name: state_of(body_of(answer))}


def _delete(arm: Arm, change: Change) -> None:
    arm.write(change.title, "DELETE", str(change.id), VERSION)


class RoleAssignment(Reconciler):
    """One assignment."""

    kind = KIND
    identity = ("scope", "principal_id")

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._params = host.params
        self._arm = Arm.of(host, traffic)

    def want(self) -> dict[str, State | None]:
        params = self._params
        self._scope = (params["scope"] or f"/subscriptions/{self._arm.subscription}").rstrip("/")
        self._role = role_id(self._arm, params["role"], f"/subscriptions/{self._arm.subscription}")
        self._principal: str = params["principal_id"] or self._arm.object_id
        self._label = f"{params['role']} for {self._principal} at {self._scope.rpartition('/')[2]}"
        if params["state"] == "absent":
            return {self._label: None}
        state = {
            "scope": self._scope,
            "roleDefinitionId": definition_of(self._arm, self._role),
            "principalId": self._principal,
            "principalType": params["principal_type"],
            "description": params["description"],
            "condition": params["condition"],
            "conditionVersion": "2.0" if params["condition"] else None,
        }
        return {self._label: {name: value for name, value in state.items() if value is not None}}

    def read(self) -> dict[str, State]:
        found = find(self._arm, self._scope, self._role, self._principal)
        return {} if found is None else {self._label: found}

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[step(self._arm, change)] for change in plan]

    def result(self, after: States) -> dict[str, t.Any]:
        state = after.get(self._label)
        if state is None:
            return {"role_assignment": {}}
        name = name_of(self._scope, self._role, self._principal)
        return {"role_assignment": {"id": path_of(self._scope, name), "name": name, **state}}
