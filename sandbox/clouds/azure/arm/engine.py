# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Resource Manager does with every resource type: create, replace, merge, read, list and delete, at once or slowly."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from sandbox.clouds.azure.account import now
from sandbox.clouds.azure.arm import operations
from sandbox.clouds.azure.arm.api import body_of, operation, page, refuse, version_of
from sandbox.clouds.azure.arm.regions import REGIONS, canonical
from sandbox.clouds.azure.arm.rules import Body, accept, at, merge
from sandbox.clouds.azure.arm.types import Record, ResourceType, Target
from sandbox.http import Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

TYPES: dict[str, ResourceType] = {}


def register(kind: ResourceType) -> ResourceType:
    """Add a type with its operations: those of one resource, and its lists."""
    TYPES[kind.name.lower()] = kind
    if kind.extension:
        return _register_extension(kind)
    segments = kind.kind.split("/")
    group = "/subscriptions/{subscription}/resourceGroups/{group}"
    provider = f"/providers/{kind.namespace}"
    *parents, last = [f"/{segment}/{{name{index}}}" for index, segment in enumerate(segments)]
    facts = _register_verbs(kind, f"{group}{provider}{''.join(parents)}{last}")
    if parents:
        operation("GET", f"{group}{provider}{''.join(parents)}/{segments[-1]}", f"{kind.operations}_List", **facts)(partial(children, kind))
    else:
        operation("GET", f"{group}{provider}/{kind.kind}", f"{kind.operations}_ListByResourceGroup", **facts)(partial(in_group, kind))
        everywhere = f"/subscriptions/{{subscription}}{provider}/{kind.kind}"
        operation("GET", everywhere, f"{kind.operations}_ListBySubscription", **facts)(partial(in_subscription, kind))
    return kind


def _register_verbs(kind: ResourceType, one: str) -> dict[str, t.Any]:
    """The operations of one resource. Returns what the type's other operations say of themselves, too."""
    facts: dict[str, t.Any] = {"versions": kind.versions, "verified": kind.verified, "source": kind.source, "kind": kind.kind}
    for verb, name, handler in (
        ("GET", "Get", read),
        ("PUT", "CreateOrUpdate", write),
        ("PATCH", "Update", change),
        ("DELETE", "Delete", delete),
    ):
        if verb in kind.verbs:
            operation(verb, one, f"{kind.operations}_{name}", **facts)(partial(handler, kind))
    return facts


def _register_extension(kind: ResourceType) -> ResourceType:
    """A type that stands at any resource: its operations, and the list of those at one resource."""
    every = f"/{{scope:path}}/providers/{kind.namespace}/{kind.kind}"
    facts = _register_verbs(kind, f"{every}/{{name}}")
    operation("GET", every, f"{kind.operations}_ListByResource", **facts)(partial(at_scope, kind))
    return kind


def scope_of(arm: Arm, scope: str) -> Target:
    """What an extension stands at: a resource that is there, under the id that its own provider gave it."""
    path = "/" + scope.strip("/")
    parts = path.split("/")
    group = parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else ""
    found = arm.data["resources"].get(path.lower())
    names = tuple(parts[8::2])
    if found is None:
        arm.require_group(group)
        raise refuse(404, "ResourceNotFound", f"The Resource '{'/'.join(parts[6:])}' under resource group '{group}' was not found.")
    return Target("", parts[2], group.lower(), arm.group_name(group), names, found["id"])


def target_of(kind: ResourceType, arm: Arm, request: Request, subscription: str, group: str, names: t.Iterable[str]) -> Target:
    group_name = arm.group_name(group)
    pairs = "".join(f"/{segment}/{name}" for segment, name in zip(kind.kind.split("/"), names, strict=False))
    path = f"/subscriptions/{subscription}/resourceGroups/{group_name}/providers/{kind.namespace}{pairs}"
    return Target(version_of(request), subscription, group.lower(), group_name, tuple(names), path)


def _target(kind: ResourceType, arm: Arm, request: Request, **where: str) -> Target:
    if kind.extension:
        at_resource = scope_of(arm, where["scope"])
        path = f"{at_resource.id}/providers/{kind.namespace}/{kind.kind}/{where['name']}"
        return replace(at_resource, version=version_of(request), names=(where["name"],), id=path)
    names = [name for key, name in where.items() if key not in ("subscription", "group")]
    return target_of(kind, arm, request, where["subscription"], where["group"], names)


# --- writing -------------------------------------------------------------


def write(kind: ResourceType, arm: Arm, request: Request, **where: str) -> Reply:
    """PUT: create, or replace as a whole."""
    target = _target(kind, arm, request, **where)
    caller = arm.authorize(request, f"{kind.name}/write", target.id)
    sent = body_of(request)
    _check_place(kind, arm, target)
    kept = arm.data["resources"].get(target.key)
    if kind.tracked:
        sent = {**sent, "location": _location(kind, sent, kept, target)}
    kind.check_name(arm, target)
    _check_idle(kind, kept)
    kind.begin(arm, target)
    fresh = accept(kind.fields, sent, kept["body"] if kept else None, kind.complain)
    fresh = _keep_envelope(kind, sent) | kind.prepare(arm, caller, target, sent, fresh, kept)
    return replace(_store(kind, arm, caller.app_id, target, kept, fresh), seconds=kind.end(arm, target))


def change(kind: ResourceType, arm: Arm, request: Request, **where: str) -> Reply:
    """PATCH: merge into what is there."""
    target = _target(kind, arm, request, **where)
    caller = arm.authorize(request, f"{kind.name}/write", target.id)
    sent = body_of(request)
    kept = existing(kind, arm, target)
    _check_idle(kind, kept)
    kind.begin(arm, target)
    sent.pop("location", None)
    merged = merge(kept["body"], sent)
    fresh = accept(kind.fields, merged, kept["body"], kind.complain)
    fresh = _keep_envelope(kind, merged) | kind.prepare(arm, caller, target, sent, fresh, kept)
    return replace(_store(kind, arm, caller.app_id, target, kept, fresh), seconds=kind.end(arm, target))


def _store(kind: ResourceType, arm: Arm, by: str, target: Target, kept: Record | None, fresh: Body) -> Reply:
    moment = now()
    step = "update" if kept else "create"
    name = f"{kind.operations}_{'Update' if kept else 'CreateOrUpdate'}"
    seconds = arm.seconds(name, kind.seconds[step]) if step in kind.seconds else 0.0
    record: Record = kept or {"id": target.id, "type": kind.name, "name": target.name, "created": moment, "created_by": by, "until": moment}
    record |= {"body": fresh, "changed": moment, "changed_by": by}
    if moment + seconds >= record["until"]:  # a quick change does not end a slow creation
        record |= {"doing": "Updating" if kept else kind.creating, "until": moment + seconds}
    if not kept:
        record["gone"] = None
        arm.data["resources"][target.key] = record
        kind.created(arm, record)
    kind.written(arm, record)
    reply = Reply.of_json(kind.render(arm, record), 200 if kept else kind.created_status)
    if seconds and kind.lro == "header":
        where = t.cast(str, fresh.get("location", "koreacentral"))
        reply = reply.with_headers(operations.start(arm, target.subscription, kind.namespace, where, seconds).headers("status"))
    return reply


def delete(kind: ResourceType, arm: Arm, request: Request, **where: str) -> Reply:
    target = _target(kind, arm, request, **where)
    arm.authorize(request, f"{kind.name}/delete", target.id)
    record = arm.data["resources"].get(target.key)
    if record is None:
        return Reply(204)
    _check_idle(kind, record)
    kind.begin(arm, target)
    if "delete" not in kind.seconds:
        remove(arm, record)
        return Reply(200, seconds=kind.end(arm, target))
    seconds = arm.seconds(f"{kind.operations}_Delete", kind.seconds["delete"])
    record |= {"doing": "Deleting", "until": now() + seconds, "gone": now() + seconds}
    started = operations.start(arm, target.subscription, kind.namespace, record["body"].get("location", "koreacentral"), seconds)
    return Reply(202, headers=started.headers("status") | started.headers("result"))


def remove(arm: Arm, record: Record) -> None:
    """Take a resource away, with its children and the role assignments at them."""
    key = record["id"].lower()
    for each in [each for other, each in arm.data["resources"].items() if other == key or other.startswith(key + "/")]:
        del arm.data["resources"][each["id"].lower()]
        TYPES[each["type"].lower()].deleted(arm, each)
    arm.forget_assignments(key)


# --- reading -------------------------------------------------------------


def read(kind: ResourceType, arm: Arm, request: Request, **where: str) -> Reply:
    target = _target(kind, arm, request, **where)
    arm.authorize(request, f"{kind.name}/read", target.id)
    return Reply.of_json(kind.render(arm, existing(kind, arm, target)))


def in_group(kind: ResourceType, arm: Arm, request: Request, subscription: str, group: str) -> Reply:
    arm.require_group(group)
    return _listed(kind, arm, request, f"/subscriptions/{subscription}/resourcegroups/{group}/providers/".lower())


def in_subscription(kind: ResourceType, arm: Arm, request: Request, subscription: str) -> Reply:
    return _listed(kind, arm, request, f"/subscriptions/{subscription}/".lower())


def children(kind: ResourceType, arm: Arm, request: Request, subscription: str, group: str, **names: str) -> Reply:
    parent_kind = TYPES[kind.name.rpartition("/")[0].lower()]
    parent = target_of(parent_kind, arm, request, subscription, group, names.values())
    existing(parent_kind, arm, parent)
    return _listed(kind, arm, request, parent.key + "/")


def at_scope(kind: ResourceType, arm: Arm, request: Request, scope: str) -> Reply:
    return _listed(kind, arm, request, f"{scope_of(arm, scope).key}/providers/")


def _listed(kind: ResourceType, arm: Arm, request: Request, prefix: str) -> Reply:
    """The resources that the caller may read, newest first: no provider promises an order."""
    caller = arm.caller(request)
    found = [
        each
        for key, each in arm.data["resources"].items()
        if key.startswith(prefix) and each["type"] == kind.name and arm.allows(caller, f"{kind.name}/read", each["id"])
    ]
    return page(request, [kind.render(arm, each) for each in reversed(found)])


# --- checks --------------------------------------------------------------


def existing(kind: ResourceType, arm: Arm, target: Target) -> Record:
    arm.require_group(target.group)
    record = arm.data["resources"].get(target.key)
    if record is None:
        raise Refusal(kind.not_found(target))
    return t.cast(Record, record)


def _check_place(kind: ResourceType, arm: Arm, target: Target) -> None:
    """The namespace is registered, the group is there and not on its way out, and so is the parent."""
    arm.require_registered(kind.namespace)
    arm.require_group(target.group, writing=True)
    parent = target.id.rsplit("/", 2)[0]
    if len(target.names) > 1 and parent.lower() not in arm.data["resources"]:
        text = f"Failed to perform 'write' on resource(s) of type '{kind.kind}', because the parent resource '{parent}' could not be found."
        raise refuse(404, "ParentResourceNotFound", text)


def _location(kind: ResourceType, sent: Body, kept: Record | None, target: Target) -> str:
    location = at(sent, "location")
    if not isinstance(location, str) or not location:
        raise refuse(400, "LocationRequired", "The location property is required for this definition.")
    name = canonical(location)
    if name not in REGIONS and name != "global":
        raise refuse(
            400,
            "LocationNotAvailableForResourceType",
            f"The provided location '{location}' is not available for resource type '{kind.name}'. "
            f"List of available regions for the resource type is '{','.join(REGIONS)}'.",
        )
    if kept and kept["body"]["location"] != name:
        raise refuse(
            409,
            "InvalidResourceLocation",
            f"The resource '{target.name}' already exists in location '{kept['body']['location']}' in resource group "
            f"'{target.group_name}'. "
            f"A resource with the same name cannot be created in location '{name}'. Please select a new resource name.",
        )
    return name


def _keep_envelope(kind: ResourceType, sent: Body) -> Body:
    """Location and tags, which Resource Manager keeps for every tracked type."""
    if not kind.tracked:
        return {}
    tags = at(sent, "tags")
    if tags is not None and not (isinstance(tags, dict) and all(isinstance(value, str) for value in tags.values())):
        raise refuse(400, "InvalidTagValue", "The tags must be an object of strings.")
    return {"location": sent["location"], "tags": dict(tags or {})}


def _check_idle(kind: ResourceType, record: Record | None) -> None:
    if record and (record["gone"] or kind.serial) and record["until"] > now():
        raise refuse(409, kind.busy, f"Another operation on this resource is in progress: {record['doing']}.")
