# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers with objects: one, a page of many, or a watch, whole or as a Table or as metadata alone."""

from __future__ import annotations

import base64
import json
import typing as t

from sandbox.clouds.kubernetes import selectors
from sandbox.clouds.kubernetes.asked import number_of
from sandbox.clouds.kubernetes.calls import Call
from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.tables import partial, table
from sandbox.clouds.kubernetes.watch import bad_version, too_large, watch
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


def form_of(request: Request) -> str:
    """In which form objects are wanted: `Table`, `PartialObjectMetadata`, `PartialObjectMetadataList`, or "" for whole ones."""
    for wanted in request.headers.get("accept", "").split(","):
        words = dict(part.strip().partition("=")[::2] for part in wanted.split(";")[1:])
        if words.get("as") in ("Table", "PartialObjectMetadata", "PartialObjectMetadataList") and words.get("g") == "meta.k8s.io":
            return words["as"]
        if "json" in wanted or "*/*" in wanted:
            return ""
    return ""


def answer_one(request: Request, resource: Resource, each: Json, status: int = 200) -> Reply:
    form = form_of(request)
    if form == "Table":
        meta = {"resourceVersion": each["metadata"].get("resourceVersion", "")}
        return Reply.of_json(table(resource, [each], meta, request.params.get("includeObject", "Metadata")), status)
    return Reply.of_json(partial(each) if form else each, status)


def fitting(cluster: Cluster, request: Request, call: Call, resource: Resource) -> t.Callable[[Json], bool]:
    """Whether an object is at the place and has the labels and fields that a call asks for."""
    labels, fields = request.params.get("labelSelector"), request.params.get("fieldSelector")
    allowed = ("metadata.name", "metadata.namespace", *selectors.FIELDS.get(resource.qualified, ()))
    allowed += tuple(each["jsonPath"].lstrip(".") for each in (resource.definition or {}).get("selectableFields") or ())
    selectors.labels_fit(labels, {})
    selectors.fields_fit(fields, {"kind": resource.kind}, allowed)

    def fits(each: Json) -> bool:
        meta = each["metadata"]
        return (
            (not call.namespace or meta.get("namespace") == call.namespace)
            and (not call.name or meta["name"] == call.name)
            and selectors.labels_fit(labels, meta.get("labels"))
            and selectors.fields_fit(fields, each, allowed)
        )

    return fits


def selected(cluster: Cluster, request: Request, call: Call, resource: Resource) -> list[Json]:
    fits = fitting(cluster, request, call, resource)
    return [cluster.shown(resource, each) for each in cluster.store.all(resource.qualified, call.namespace or None) if fits(each)]


def answer_list(cluster: Cluster, request: Request, call: Call, resource: Resource) -> Reply:
    _check_version(cluster, request.params.get("resourceVersion", ""))
    found = selected(cluster, request, call, resource)
    version = cluster.store.version
    found, version, meta = _page(cluster, request, found, version)
    form = form_of(request)
    if form == "Table":
        headers = not request.params.get("continue")
        return Reply.of_json(table(resource, found, meta, request.params.get("includeObject", "Metadata"), headers=headers))
    if form:
        items = [partial(each) for each in found]
        return Reply.of_json({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "items": items})
    # Elements of a list of a built-in kind do not repeat what they are.
    items = (
        found
        if resource.custom
        else [{name: value for name, value in each.items() if name not in ("kind", "apiVersion")} for each in found]
    )
    return Reply.of_json({"kind": resource.list_kind, "apiVersion": resource.gv, "metadata": meta, "items": items})


def _check_version(cluster: Cluster, text: str) -> None:
    """Refuses a version that is none (400), and one that is yet to come (504)."""
    if text and not text.isdecimal():
        wrong = bad_version(text)
        raise bad_request(f"invalid resource version: {wrong.field}: {wrong.text}")
    if int(text or 0) > cluster.store.version:
        raise too_large(int(text), cluster.store.version)


def _page(cluster: Cluster, request: Request, found: list[Json], version: int) -> tuple[list[Json], int, Json]:
    """A piece of a list: `continue` says after which object it goes on."""
    token, limit = request.params.get("continue"), number_of(request, "limit")
    if token:
        version, after = _continued(cluster, token)
        found = [each for each in found if _place(each) > after]
    meta: Json = {"resourceVersion": str(version)}
    if limit and len(found) > limit:
        last = _place(found[limit - 1])
        text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": list(last)}, separators=(",", ":"))
        meta |= {"continue": base64.urlsafe_b64encode(text.encode()).decode().rstrip("="), "remainingItemCount": len(found) - limit}
        if request.params.get("labelSelector") or request.params.get("fieldSelector"):
            del meta["remainingItemCount"]
        found = found[:limit]
    return found, version, meta


def _continued(cluster: Cluster, token: str) -> tuple[int, tuple[str, str]]:
    try:
        known = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, after = int(known["rv"]), (str(known["start"][0]), str(known["start"][1]))
    except (ValueError, KeyError, IndexError, TypeError):
        raise bad_request("continue key is not valid: illegal base64 data") from None
    if not cluster.store.knows(version):
        text = (
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
            "parameter, or use the continue token in this response to retrieve the remainder of the results."
        )
        raise ApiError(410, "Expired", text)
    return version, after


def _place(each: Json) -> tuple[str, str]:
    return each["metadata"].get("namespace", ""), each["metadata"]["name"]


def watching(cluster: Cluster, request: Request, call: Call, resource: Resource) -> Reply:
    params, form = request.params, form_of(request)

    def shown(each: Json) -> Json:
        whole = cluster.shown(resource, each)
        if form == "Table":
            return table(
                resource, [whole], {"resourceVersion": each["metadata"]["resourceVersion"]}, params.get("includeObject", "Metadata")
            )
        return partial(whole) if form else whole

    stream = watch(
        cluster,
        resource,
        fitting(cluster, request, call, resource),
        shown,
        start=params.get("resourceVersion", ""),
        seconds=number_of(request, "timeoutSeconds"),
        initial=params.get("sendInitialEvents") == "true",
        bookmarks=params.get("allowWatchBookmarks") == "true",
    )
    return Reply(200, headers={"Content-Type": "application/json"}, stream=stream)
