# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each call on a resource does."""

from __future__ import annotations

import copy
import json
import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes import bodies, deleting, pods, reviews, scale, tokens, writing
from sandbox.clouds.kubernetes.asked import change_of, live_of
from sandbox.clouds.kubernetes.calls import Call, is_dry
from sandbox.clouds.kubernetes.errors import ApiError, Cause, Json, bad_request, conflict, invalid, no_such_path, not_found
from sandbox.clouds.kubernetes.lists import answer_list, answer_one, selected, watching
from sandbox.clouds.kubernetes.login import User
from sandbox.clouds.kubernetes.patches import go_map, json_patch, merge_patch, strategic_patch
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.writing import Change
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


_NEEDS_PROGRAMS = frozenset(
    {*(("pods", each) for each in ("attach", "exec", "portforward", "proxy")), ("services", "proxy"), ("nodes", "proxy")}
)
# What nobody replaces without having read it, besides custom resources (AllowUnconditionalUpdate of the vendor's strategies).
_LOCKED = frozenset(
    (
        *("customresourcedefinitions.apiextensions.k8s.io", "leases.coordination.k8s.io", "poddisruptionbudgets.policy"),
        *("mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io"),
        *("apiservices.apiregistration.k8s.io", "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "runtimeclasses.node.k8s.io"),
    )
)
LARGEST = 3 * 1024 * 1024  # bytes of a body


def answer(cluster: Cluster, request: Request, call: Call, user: User) -> Reply:
    resource = cluster.resources.get((call.gv, call.plural))
    if resource is None or (call.namespace and not resource.namespaced):
        raise no_such_path()
    if call.verb not in resource.verbs and not call.subresource:
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})
    if call.subresource and not resource.has(call.subresource):
        raise _not_emulated(call) if (call.plural, call.subresource.partition("/")[0]) in _NEEDS_PROGRAMS else no_such_path()
    if len(request.body) > LARGEST:
        raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {LARGEST}", {})
    if call.plural in reviews.REVIEWS:
        return reviews.answer(cluster, request, call, user)
    if call.subresource == "scale":
        return scale.answer(cluster, request, call, user, resource)
    handler = _HANDLERS.get((call.verb, "status" if call.subresource in _LIKE_STATUS else call.subresource))
    if handler is None:
        raise ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})
    return handler(cluster, request, call, user, resource)


def _not_emulated(call: Call) -> ApiError:
    text = f"{call.plural}/{call.subresource} is not emulated: what runs in the local cloud's clusters are stand-ins, no programs"
    return ApiError(501, "NotEmulated", text, {})


def _done(request: Request, resource: Resource, each: Json, change: Change, status: int = 200) -> Reply:
    reply = answer_one(request, resource, each, status)
    if (resource.definition or {}).get("deprecated"):
        text = (resource.definition or {}).get("deprecationWarning") or f"{resource.gv} {resource.kind} is deprecated"
        change.warnings.append(text)
    told = ", ".join(f"299 - {json.dumps(text)}" for text in change.warnings)
    return reply.with_headers({"Warning": told}) if told else reply


# --- reading ----------------------------------------------------------------------------


def _get(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return answer_one(request, resource, live_of(cluster, call, resource))


def _list(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return answer_list(cluster, request, call, resource)


def _watch(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return watching(cluster, request, call, resource)


# --- writing ----------------------------------------------------------------------------


def sent_object(cluster: Cluster, request: Request, call: Call, resource: Resource) -> Json:
    """The object in the body, which must be of the kind and at the place that the path says."""
    body = bodies.object_of(bodies.read(request))
    version, kind = body.get("apiVersion") or resource.gv, body.get("kind") or resource.kind
    if (version, kind) != (resource.gv, resource.kind):
        why = f"converting ({version}).{kind} to ({resource.gv}).{resource.kind}: unknown conversion"
        text = f'{kind} in version "{version.rpartition("/")[2]}" cannot be handled as a {resource.kind}: {why}'
        raise bad_request(text)
    meta = body.setdefault("metadata", {}) or {}
    body["metadata"] = meta
    place(call, resource, meta)
    return body


def place(call: Call, resource: Resource, meta: Json) -> None:
    """Namespace and name of the path, which the body must not contradict."""
    if resource.namespaced:
        if not call.namespace:
            raise bad_request("the namespace of the object must be given in the path")
        if meta.get("namespace") and meta["namespace"] != call.namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        meta["namespace"] = call.namespace
    if call.name and meta.get("name") != call.name:
        if meta.get("name"):
            raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({call.name})")
        meta["name"] = call.name


def _create(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    if call.name:
        raise no_such_path()
    body = sent_object(cluster, request, call, resource)
    change = change_of(request, call, user)
    made = writing.create(cluster, resource, body, change)
    return _done(request, resource, cluster.shown(resource, made), change, 201)


def _update(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    body = sent_object(cluster, request, call, resource)
    live = live_of(cluster, call, resource)
    if not body["metadata"].get("resourceVersion") and (resource.custom or resource.qualified in _LOCKED):
        missing = Cause("metadata.resourceVersion", "FieldValueInvalid", "Invalid value: 0: must be specified for an update")
        raise invalid(resource.group, resource.plural, call.name, [missing])
    change = change_of(request, call, user)
    return _done(request, resource, cluster.shown(resource, writing.replace(cluster, resource, live, body, change)), change)


def _patch(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    kind = bodies.media_type(request)
    if kind == bodies.APPLY:
        return _apply(cluster, request, call, user, resource)
    live = live_of(cluster, call, resource)
    fresh = patched(cluster, request, resource, live, kind)
    fresh = bodies.object_of(fresh)
    place(call, resource, fresh.setdefault("metadata", {}))
    shown = go_map(bodies.read(request)) if kind == bodies.STRATEGIC else json.dumps(fresh, separators=(",", ":"))
    change = change_of(request, call, user, shown)
    return _done(request, resource, cluster.shown(resource, writing.replace(cluster, resource, live, fresh, change)), change)


def patched(cluster: Cluster, request: Request, resource: Resource, live: Json, kind: str) -> t.Any:
    body = bodies.read(request)
    if kind == bodies.JSON_PATCH:
        return json_patch(live, body)
    if kind == bodies.MERGE_PATCH:
        return merge_patch(copy.deepcopy(live), body)
    if kind == bodies.STRATEGIC and not resource.custom:
        return strategic_patch(cluster.node(resource), copy.deepcopy(live), body)
    accepted = [each for each in bodies.ALL_PATCHES if not (resource.custom and each == bodies.STRATEGIC)]
    raise bodies.unsupported(accepted)


def _apply(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    if not request.params.get("fieldManager"):
        text = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
        cause = {"reason": "FieldValueRequired", "message": "Required value: is required for apply patch", "field": "fieldManager"}
        raise ApiError(422, "Invalid", text, {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [cause]})
    body = sent_object(cluster, request, call, resource)
    for name, word in (("apiVersion", "apiVersion"), ("kind", "Kind")):
        if not body.get(name):
            raise bad_request(f"error decoding patch: Object '{word}' is missing")
    live = cluster.store.get(resource.qualified, call.namespace or None, call.name)
    if live is None and call.subresource:
        raise not_found(resource.qualified, call.name)
    change = change_of(request, call, user)
    shown = None if live is None else cluster.shown(resource, live)
    done = writing.apply(cluster, resource, shown, body, change, force=request.params.get("force") in ("true", "1"))
    return _done(request, resource, cluster.shown(resource, done), change, 200 if live else 201)


def _token(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return tokens.answer(cluster, bodies.object_of(bodies.read(request)), live_of(cluster, call, resource))


def _log(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return pods.log(cluster, request, live_of(cluster, call, resource))


def _evict(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    return pods.evict(cluster, request, call, resource, live_of(cluster, call, resource))


# --- deleting ---------------------------------------------------------------------------


def _delete(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    live = live_of(cluster, call, resource)
    options = _options(request)
    wanted = options.get("preconditions") or {}
    for name, what, happened in (("uid", "UID", "deleted and then recreated"), ("resourceVersion", "ResourceVersion", "modified")):
        have = live["metadata"][name]
        if wanted.get(name) and wanted[name] != have:
            about = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
            why = f"the {what} in the precondition ({wanted[name]}) does not match the {what} in record ({have})"
            raise conflict(about, call.name, f"{why}. The object might have been {happened}")
    writing.admit_deletion(cluster, resource, live, change_of(request, call, user))
    last = live if is_dry(request) else deleting.delete(cluster, resource, live, propagation=_propagation(options))
    if last["metadata"].get("finalizers") or resource.kind in ("Namespace", "Pod"):
        return answer_one(request, resource, cluster.shown(resource, last))
    return Reply.of_json(
        _success(
            {
                "name": call.name,
                **({"group": resource.group} if resource.group else {}),
                "kind": resource.plural,
                "uid": live["metadata"]["uid"],
            }
        )
    )


def _delete_all(cluster: Cluster, request: Request, call: Call, user: User, resource: Resource) -> Reply:
    options = _options(request)
    found = selected(cluster, request, call, resource)
    for each in found:
        if not is_dry(request):
            deleting.delete(cluster, resource, each, propagation=_propagation(options))
    return Reply.of_json(
        {"kind": resource.list_kind, "apiVersion": resource.gv, "metadata": {"resourceVersion": str(cluster.store.version)}, "items": found}
    )


def _options(request: Request) -> Json:
    body = bodies.read(request)
    options = dict(body) if isinstance(body, dict) else {}
    for name in ("propagationPolicy", "orphanDependents"):
        if name in request.params:
            options[name] = request.params[name]
    return options


def _propagation(options: Json) -> str:
    chosen = options.get("propagationPolicy")
    if chosen not in (None, "Background", "Foreground", "Orphan"):
        known = '"Foreground", "Background", "Orphan", "nil"'
        text = f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "{chosen}": supported values: {known}'
        raise ApiError(422, "Invalid", text, {})
    return str(chosen or ("Orphan" if str(options.get("orphanDependents")).lower() == "true" else "Background"))


def _success(details: Json) -> Json:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


_LIKE_STATUS = ("status", "approval", "ephemeralcontainers")
Handler = Callable[["Cluster", Request, Call, User, Resource], Reply]
_HANDLERS: dict[tuple[str, str], Handler] = {
    ("get", ""): _get,
    ("list", ""): _list,
    ("watch", ""): _watch,
    ("create", ""): _create,
    ("update", ""): _update,
    ("patch", ""): _patch,
    ("delete", ""): _delete,
    ("deletecollection", ""): _delete_all,
    ("create", "token"): _token,
    ("create", "eviction"): _evict,
    ("get", "log"): _log,
    ("get", "status"): _get,
    ("update", "status"): _update,
    ("patch", "status"): _patch,
}
