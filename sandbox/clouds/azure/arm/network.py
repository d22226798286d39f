# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the types of Microsoft.Network share: references between them, address ranges, tags, and one write at a time."""

from __future__ import annotations

import ipaddress
import typing as t
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import engine
from sandbox.clouds.azure.arm.api import body_of, operation, refuse
from sandbox.clouds.azure.arm.rules import Body, Field, at
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target, state_of
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

VERSIONS = (
    *("2023-09-01", "2023-11-01", "2024-01-01", "2024-03-01", "2024-05-01", "2024-07-01", "2024-10-01"),
    *("2025-01-01", "2025-03-01", "2025-05-01", "2026-03-01"),
)
# Error codes and texts: learn.microsoft.com/azure/networking/troubleshoot-failed-state, and answers of the service as users quote them.
SOURCE = "learn.microsoft.com/rest/api"
NAME = r"[A-Za-z0-9]([\w.-]{0,78}\w)?"


class NetworkType(ResourceType):
    """A type of this provider: a PATCH takes nothing but tags, a write during another one is refused, and so is to delete what is used.

    fixed: field → code of the refusal to change it. in_use: code of the refusal to delete what something else points to.
    """

    versions = VERSIONS
    verbs = ("GET", "PUT")
    name_pattern = NAME
    shows_state = True
    serial = True
    invalid = "InvalidRequestFormat"
    fixed: t.ClassVar[dict[str, str]] = {}
    in_use: t.ClassVar[str] = "ResourceInUse"

    def complain(self, field: Field, text: str) -> Refusal:
        changing = text.endswith("cannot be changed once it has been set.")
        return refuse(400, self.fixed.get(field.name, "PropertyChangeNotAllowed") if changing else self.invalid, text, details=[])

    def render(self, arm: Arm, record: Record) -> Body:
        return super().render(arm, record) | {"etag": f'W/"{uuid5(NAMESPACE_URL, record["id"] + str(record["changed"]))}"'}

    def users(self, arm: Arm, record: Record) -> list[str]:
        """The ids of what uses it."""
        return users_of(arm, record["id"].lower())

    def check_unused(self, arm: Arm, record: Record) -> None:
        users = self.users(arm, record)
        if users:
            text = f"{self.kind.rpartition('/')[2]} {record['name']} is in use by {users[0]} and cannot be deleted."
            raise refuse(400, self.in_use, text, details=[])


def register(kind: NetworkType) -> NetworkType:
    """A type with its operations: deletions that look for users first, and the update of tags."""
    engine.register(kind)
    *parents, last = [f"/{segment}/{{name{number}}}" for number, segment in enumerate(kind.kind.split("/"))]
    one = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{kind.namespace}{''.join(parents)}{last}"
    facts: dict[str, t.Any] = {"versions": VERSIONS, "kind": kind.kind, "verified": "sdk", "source": kind.source}
    operation("DELETE", one, f"{kind.operations}_Delete", **facts)(partial(_delete, kind))
    if kind.tracked:
        operation("PATCH", one, f"{kind.operations}_UpdateTags", **facts)(partial(_update_tags, kind))
    return kind


def _delete(kind: NetworkType, arm: Arm, request: Request, subscription: str, group: str, **names: str) -> Reply:
    record = arm.data["resources"].get(engine.target_of(kind, arm, request, subscription, group, names.values()).key)
    if record:
        kind.check_unused(arm, record)
    return engine.delete(kind, arm, request, subscription=subscription, group=group, **names)


def _update_tags(kind: NetworkType, arm: Arm, request: Request, **where: str) -> Reply:
    if set(body_of(request)) - {"tags"}:
        raise refuse(400, "InvalidRequestFormat", "Cannot parse the request: only tags can be updated by a PATCH.", details=[])
    engine.change(kind, arm, request, **where)
    record = arm.data["resources"][engine.target_of(kind, arm, request, where["subscription"], where["group"], [where["name0"]]).key]
    record["until"] = now()  # unlike every other write this one is done when it is answered
    return Reply.of_json(kind.render(arm, record))


# --- references ------------------------------------------------------------


def referenced(arm: Arm, value: t.Any, kind: str, by: Target) -> Record:
    """The resource that an id names, which must be there and at rest."""
    found = arm.data["resources"].get(str(value).lower().rstrip("/"))
    if found is None or found["type"] != kind or found["gone"]:
        raise refuse(
            400,
            "InvalidResourceReference",
            f"Resource {value} referenced by resource {by.id} was not found. Please make sure that the referenced resource exists, "
            "and that both resources are in the same region.",
            details=[],
        )
    if state_of(found) != "Succeeded":
        raise refuse(
            409,
            "ReferencedResourceNotProvisioned",
            f"Cannot proceed with operation because resource {found['id']} used by resource {by.id} is not in Succeeded state. "
            f"Resource is in {state_of(found)} state and the last operation that updated/is updating the resource is PutOperation.",
            details=[],
        )
    return t.cast(Record, found)


def users_of(arm: Arm, key: str) -> list[str]:
    """The ids of all that points to a resource, from elsewhere."""
    found = []
    for other, each in arm.data["resources"].items():
        related = other == key or other.startswith(key + "/") or key.startswith(other + "/")
        if not related and any(text.lower() == key for text in _ids(each["body"])):
            found.append(each["id"])
    return found


def _ids(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _ids(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ids(each)
    elif isinstance(value, str) and value.startswith("/subscriptions/"):
        yield value


def pointer(value: t.Any) -> Body | None:
    """A reference as this provider writes it: another case than it was sent."""
    found = at(value, "id") if isinstance(value, dict) else None
    return {"id": found.replace("/resourceGroups/", "/resourcegroups/")} if isinstance(found, str) else None


def joined(arm: Arm, caller: Caller, record: Record, by: Target, action: str) -> Record:
    """A resource that another one is put into or takes up: that needs a right at it, too."""
    kind = record["type"]
    if not arm.allows(caller, f"{kind}/join/action", record["id"]):
        raise refuse(
            403,
            "LinkedAuthorizationFailed",
            f"The client '{caller.app_id}' with object id '{caller.object_id}' has permission to perform action '{action}' on scope "
            f"'{by.id}'; however, it does not have permission to perform action(s) '{kind}/join/action' on the linked scope(s) "
            f"'{record['id']}' (respectively) or the linked scope(s) are invalid.",
        )
    return record


# --- addresses ---------------------------------------------------------------


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(values: t.Any, what: str) -> list[Network]:
    """Address ranges, each of them given by its first address."""
    if not isinstance(values, list) or not values:
        raise refuse(400, "InvalidAddressPrefixFormat", f"Address prefix of resource {what} is missing.", details=[])
    found = []
    for each in values:
        try:
            found.append(ipaddress.ip_network(each))
        except ValueError:
            text = f"Address prefix {each} of resource {what} is not formatted correctly. It should follow CIDR notation, e.g. 10.0.0.0/24."
            raise refuse(400, "InvalidCIDRNotation", text, details=[]) from None
    return found


def overlap(one: t.Sequence[Network], other: t.Sequence[Network]) -> tuple[Network, Network] | None:
    return next(((a, b) for a in one for b in other if a.version == b.version and a.overlaps(b)), None)


def inside(inner: Network, outer: t.Sequence[Network]) -> bool:
    return any(each.version == inner.version and inner.subnet_of(t.cast(t.Any, each)) for each in outer)


def busy(arm: Arm, keys: t.Iterable[str]) -> None:
    """Refuse while one of these is being written: this provider does one thing at a time to a network."""
    for key in keys:
        record = arm.data["resources"].get(key)
        if record and record["until"] > now():
            raise refuse(
                409,
                "AnotherOperationInProgress",
                f"Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: "
                f"{record['id']} ({record['doing']}).",
                details=[],
            )
