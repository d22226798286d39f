# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource types: what differs from one type to the next. The engine does for all of them what is the same."""

from __future__ import annotations

import re
import typing as t
from copy import deepcopy
from dataclasses import dataclass

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm.api import failure, refuse
from sandbox.clouds.azure.arm.rules import Body, Field
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Refusal, Reply, Verified

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

Record = dict[str, t.Any]


@dataclass(frozen=True)
class Target:
    """What a resource URL points at. `id` is as the cloud writes it: the group's own case, the names as sent."""

    version: str  # the api-version of the call: some types behave by it
    subscription: str
    group: str
    group_name: str
    names: tuple[str, ...]
    id: str

    @property
    def key(self) -> str:
        return self.id.lower()

    @property
    def name(self) -> str:
        return self.names[-1]


class ResourceType:
    """A resource type of Resource Manager. A type says its facts in class attributes and its peculiarities in methods.

    name: `Microsoft.KeyVault/vaults`; a child's name goes on: `Microsoft.KeyVault/vaults/keys`.
    operations: the vendor's name of the operation group, for the journal.
    lro: how a slow write shows: `body` only by provisioningState, `header` by an Azure-AsyncOperation URL too.
    seconds: usual durations of `create`, `update`, `delete`; a write without one is done when it is answered.
    serial: a write during another one is refused with `busy`.
    extension: it stands at another resource (`{scope}/providers/…`) and goes with it.
    """

    name: t.ClassVar[str]
    operations: t.ClassVar[str]
    versions: t.ClassVar[tuple[str, ...]]
    source: t.ClassVar[str]
    verified: t.ClassVar[Verified] = "sdk"
    verbs: t.ClassVar[tuple[str, ...]] = ("GET", "PUT", "PATCH", "DELETE")
    fields: t.ClassVar[tuple[Field, ...]] = ()
    name_pattern: t.ClassVar[str] = r"[\w.()-]{1,90}"
    tracked: t.ClassVar[bool] = True
    created_status: t.ClassVar[int] = 201
    invalid: t.ClassVar[str] = "BadRequest"
    lro: t.ClassVar[t.Literal["body", "header"]] = "header"
    seconds: t.ClassVar[dict[str, float]] = {}
    creating: t.ClassVar[str] = "Creating"
    shows_state: t.ClassVar[bool] = False
    serial: t.ClassVar[bool] = False
    busy: t.ClassVar[str] = "AnotherOperationInProgress"
    shows_system_data: t.ClassVar[bool] = False
    extension: t.ClassVar[bool] = False

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def kind(self) -> str:
        """The type without its namespace, as error texts have it."""
        return self.name.partition("/")[2]

    # --- rules -----------------------------------------------------------

    def complain(self, field: Field, text: str) -> Refusal:
        """The refusal of a field that breaks its rule."""
        return refuse(400, self.invalid, text, target=field.path.replace("/", "."))

    def check_name(self, arm: Arm, target: Target) -> None:
        if not re.fullmatch(self.name_pattern, target.name):
            raise refuse(400, "InvalidResourceName", f"The resource name '{target.name}' is invalid. It must match '{self.name_pattern}'.")

    def prepare(self, arm: Arm, caller: Caller, target: Target, sent: Body, fresh: Body, kept: Record | None) -> Body:
        """Rules of its own, and the normal form in which this type keeps what it was sent. `fresh` has passed the fields' rules."""
        return fresh

    # --- life ------------------------------------------------------------

    def begin(self, arm: Arm, target: Target) -> None:
        """Called before anything is written or deleted, to refuse what overlaps with another write."""

    def end(self, arm: Arm, target: Target) -> float:
        """Called when a write or a deletion has been carried out: how long its answer takes."""
        return 0.0

    def created(self, arm: Arm, record: Record) -> None:
        """What else comes into being with a new resource."""

    def written(self, arm: Arm, record: Record) -> None:
        """What else follows from every write."""

    def deleted(self, arm: Arm, record: Record) -> None:
        """What goes, or stays, when a resource has been deleted."""

    # --- form ------------------------------------------------------------

    def written_id(self, record: Record) -> str:
        """The id as this provider writes it."""
        return t.cast(str, record["id"])

    def extra(self, arm: Arm, record: Record) -> Body:
        """Read-only properties, by name."""
        return {}

    def render(self, arm: Arm, record: Record) -> Body:
        """The resource as the cloud returns it."""
        body = deepcopy(record["body"])
        answer: Body = {"id": self.written_id(record), "name": record["name"], "type": self.name}
        if self.tracked:
            answer |= {"location": body.pop("location"), "tags": body.pop("tags", {})}
        answer |= body
        state = {"provisioningState": state_of(record)} if self.shows_state else {}
        properties = answer.pop("properties", {}) | self.extra(arm, record) | state
        if properties:
            answer["properties"] = properties
        if self.shows_system_data:
            answer["systemData"] = {
                "createdBy": record["created_by"],
                "createdByType": "Application",
                "createdAt": timestamp(record["created"], 3),
                "lastModifiedBy": record["changed_by"],
                "lastModifiedByType": "Application",
                "lastModifiedAt": timestamp(record["changed"], 3),
            }
        return answer

    def not_found(self, target: Target) -> Reply:
        text = (
            f"The Resource '{self.name}/{'/'.join(target.names)}' under resource group '{target.group_name}' was not found. "
            "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        return failure(404, "ResourceNotFound", text)


def state_of(record: Record) -> str:
    """provisioningState now: what is under way until its due time, then Succeeded."""
    return t.cast(str, record["doing"]) if record["until"] > now() else "Succeeded"
