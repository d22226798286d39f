# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of operations: OSS tells them apart by verb, by what the host and path name, and by sub-resources in the query."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.clouds.alibaba.oss.call import Call
from sandbox.clouds.alibaba.oss.place import Level
from sandbox.http import READING_VERBS, Operation, Reply, Verified

Handler = Callable[[Call], Reply]
DOCS = "help.aliyun.com/en/oss/developer-reference"

# Query names that choose an operation, emulated or not: a request with one of these is never taken for a plainer one.
SUBRESOURCES = frozenset((
    "acl", "accessPoint", "accessPointPolicy", "accessmonitor", "append", "asyncFetch", "bucketArchiveDirectRead", "bucketInfo",
    "callback", "cleanRestoredObject", "cname", "comp", "cors", "delete", "encryption", "httpsConfig", "inventory", "lifecycle",
    "live", "location", "logging", "metaQuery", "metadataConfiguration", "objectMeta", "objectWorm", "overwriteConfig", "partNumber",
    "policy", "policyStatus", "position", "publicAccessBlock", "qos", "redundancyTransition", "referer", "regions", "rename",
    "replication", "replicationLocation", "replicationProgress", "requestPayment", "resourceGroup", "responseHeader", "restore",
    "rtc", "seal", "select", "stat", "style", "styleName", "symlink", "tagging", "transferAcceleration", "uploadId", "uploads",
    "userDefinedLogFieldsConfig", "versioning", "versions", "website", "worm", "wormExtend", "wormId", "x-oss-async-process",
    "x-oss-process",
))  # fmt: skip


@dataclass(frozen=True)
class Route:
    """`action` is the RAM action that the caller needs; `data` marks the object APIs, which some default domains refuse."""

    method: str
    level: Level
    query: t.Mapping[str, str | None]
    operation: Operation
    action: str
    data: bool
    handler: Handler

    def fits(self, method: str, level: Level, params: t.Mapping[str, str]) -> bool:
        if (method, level) != (self.method, self.level) or {*params} & SUBRESOURCES - {*self.query}:
            return False
        return all(name in params and value in (None, params[name]) for name, value in self.query.items())


class Table:
    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(
        self,
        method: str,
        level: Level,
        name: str,
        query: str = "",
        *,
        verified: Verified,
        source: str = "",
        action: str = "",
        data: bool = False,
        write: bool | None = None,
    ) -> Callable[[Handler], Handler]:
        """Register the decorated handler. `query` reads `replication&comp=add`; the source defaults to the operation's own page."""
        wanted = {key: value or None for key, _, value in (part.partition("=") for part in query.split("&") if part)}
        operation = Operation(name, method not in READING_VERBS if write is None else write, verified, source or f"{DOCS}/{name.lower()}")

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, level, wanted, operation, f"oss:{action or name}", data, handler))
            return handler

        return register

    def find(self, method: str, level: Level, params: t.Mapping[str, str]) -> Route | None:
        """The route that names most of the query."""
        fitting = [route for route in self.routes if route.fits(method, level, params)]
        return max(fitting, key=lambda route: len(route.query), default=None)


table = Table()
