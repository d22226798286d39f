# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watching: what happens to the objects of a resource, as it happens.

kubernetes.io/docs/reference/using-api/api-concepts#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import json
import time
import typing as t
from collections.abc import AsyncGenerator, Callable

from sandbox.clouds.kubernetes.errors import ApiError, Cause, Json, invalid
from sandbox.clouds.kubernetes.resources import Resource

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

TICK = 0.1  # seconds between two looks at what is due
LONGEST = 1800.0


def expired(asked: int, oldest: int) -> ApiError:
    return ApiError(410, "Expired", f"too old resource version: {asked} ({oldest})")


def too_large(asked: int, current: int) -> ApiError:
    """A version that is yet to come."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    text = f"Timeout: Too large resource version: {asked}, current: {current}"
    return ApiError(504, "Timeout", text, {"causes": [cause], "retryAfterSeconds": 1}, {"Retry-After": "1"})


def bad_version(text: str) -> Cause:
    """A version that is none."""
    shown = json.dumps(text)
    return Cause("resourceVersion", "FieldValueInvalid", f"Invalid value: {shown}: strconv.ParseUint: parsing {shown}: invalid syntax")


def watch(
    cluster: Cluster,
    resource: Resource,
    fits: Callable[[Json], bool],
    shown: Callable[[Json], Json],
    *,
    start: str,
    seconds: float,
    initial: bool,
    bookmarks: bool,
) -> AsyncGenerator[bytes, None]:
    """Events from version `start` on: "" or "0" begins with what there is. `initial`: what there is, then a bookmark that says so."""
    if start and not start.isdecimal():
        raise invalid(resource.group, resource.plural, "", [bad_version(start)])
    begin = int(start) if start and start != "0" and not initial else None
    if begin is not None and not cluster.store.knows(begin):
        if begin > cluster.store.version:
            raise too_large(begin, cluster.store.version)
        return _only(_line("ERROR", expired(begin, cluster.store.oldest).body))
    return _events(cluster, resource, fits, shown, begin, seconds, initial, bookmarks)


async def _only(line: bytes) -> AsyncGenerator[bytes, None]:
    yield line


async def _events(
    cluster: Cluster,
    resource: Resource,
    fits: Callable[[Json], bool],
    shown: Callable[[Json], Json],
    begin: int | None,
    seconds: float,
    initial: bool,
    bookmarks: bool,
) -> AsyncGenerator[bytes, None]:
    seen = cluster.store.version if begin is None else begin
    if begin is None:
        for each in cluster.store.all(resource.qualified):
            if fits(each):
                yield _line("ADDED", shown(each))
    if initial:
        yield _bookmark(resource, seen, {"k8s.io/initial-events-end": "true"})
    end = time.monotonic() + (seconds or LONGEST)
    while time.monotonic() < end and cluster.alive:
        cluster.api.settle(cluster)
        if not cluster.alive:
            return
        for event in cluster.store.since(seen):
            seen = event.version
            line = _told(resource, event.type, event.qualified, event.object, event.before, fits, shown)
            if line:
                yield line
        if not cluster.resources.get((resource.gv, resource.plural)):
            return
        yield b""  # lets the proxy see whether the client is still there
        await asyncio.sleep(min(TICK, max(0.0, end - time.monotonic())))
    if bookmarks:
        yield _bookmark(resource, cluster.store.version, None)


def _told(
    resource: Resource,
    what: str,
    qualified: str,
    now: Json,
    before: Json | None,
    fits: Callable[[Json], bool],
    shown: Callable[[Json], Json],
) -> bytes | None:
    """An object that begins to fit a selector is added for who watches; one that ceases to is deleted."""
    if qualified != resource.qualified:
        return None
    did, does = before is not None and fits(before), fits(now)
    if what == "DELETED":
        return _line("DELETED", shown(now)) if did else None
    if does:
        return _line("MODIFIED" if did else "ADDED", shown(now))
    if did:
        return _line(
            "DELETED",
            shown(
                {
                    **t.cast(Json, before),
                    "metadata": {**t.cast(Json, before)["metadata"], "resourceVersion": now["metadata"]["resourceVersion"]},
                }
            ),
        )
    return None


def _bookmark(resource: Resource, version: int, annotations: Json | None) -> bytes:
    meta: Json = {"resourceVersion": str(version), "creationTimestamp": None} | ({"annotations": annotations} if annotations else {})
    return _line("BOOKMARK", {"kind": resource.kind, "apiVersion": resource.gv, "metadata": meta})


def _line(what: str, about: Json) -> bytes:
    return json.dumps({"type": what, "object": about}).encode() + b"\n"
