# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls: which operation on which resource a request means, and its journal name."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from sandbox.clouds.kubernetes import protobuf
from sandbox.clouds.kubernetes.discovery import BELOW
from sandbox.http import Operation, Request

SOURCE = "kubernetes.io/docs/reference/using-api/api-concepts"
_READING_KINDS = (
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "selfsubjectreviews",
    "subjectaccessreviews",
    "localsubjectaccessreviews",
    "tokenreviews",
)
# What kubectl, helm or the Python client drive in the tests; the others follow the same document.
_DRIVEN = frozenset(
    (
        *("configmaps", "secrets", "services", "serviceaccounts", "namespaces", "pods", "events", "deployments", "jobs", "cronjobs"),
        *("ingresses", "poddisruptionbudgets", "horizontalpodautoscalers", "resourcequotas", "priorityclasses", "roles", "rolebindings"),
        *("clusterroles", "clusterrolebindings", "customresourcedefinitions", "selfsubjectaccessreviews", "selfsubjectrulesreviews"),
        *("selfsubjectreviews", "statefulsets", "daemonsets", "replicasets", "nodes"),
    )
)
_BY_METHOD = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True)
class Call:
    """One call on a resource. `group` is empty for the core; `name` is empty for a collection."""

    verb: str
    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def gv(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


def call_of(request: Request) -> Call | None:
    """The call that a path means; None for what is no resource: discovery, health, documents."""
    parts = [unquote(part) for part in request.path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not (not group and len(rest) == 3 and rest[2] in ("status", "finalize")):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "")[:3]
    return Call(_verb(request, name), group, version, plural, namespace, name, "/".join(rest[2:]) or subresource)


def _verb(request: Request, name: str) -> str:
    if request.method in ("GET", "HEAD"):
        watching = request.params.get("watch", "") in ("1", "true")
        return "watch" if watching else "get" if name else "list"
    if request.method == "DELETE":
        return "delete" if name else "deletecollection"
    return _BY_METHOD.get(request.method, request.method.lower())


def operation_of(request: Request, call: Call | None) -> Operation:
    if call is None:
        return operation(_document(request.path), False)
    what = f"{call.plural}/{call.subresource}" if call.subresource else call.plural
    reading = call.verb in ("get", "list", "watch") or call.plural in _READING_KINDS or call.subresource == "token"
    dry = not reading and is_dry(request)
    return operation(f"{call.gv} {what} {call.verb}{' (dry run)' if dry else ''}", not reading and not dry)


@lru_cache(maxsize=1000)
def operation(name: str, write: bool) -> Operation:
    words = name.split()
    driven = len(words) < 3 or words[1].partition("/")[0] in _DRIVEN or words[0].partition("/")[0].count(".") == 1
    return Operation(name, write, "sdk" if driven else "spec", SOURCE)


def is_dry(request: Request) -> bool:
    """Whether nothing is to be kept. For deletions it may stand in the body."""
    if "All" in [value for name, value in request.query if name == "dryRun"]:
        return True
    if request.method != "DELETE" or b"All" not in request.body:
        return False
    try:
        body = protobuf.decode(request.body) if request.body.startswith(protobuf.MAGIC) else request.json()
    except ValueError:
        return False
    return "All" in (body.get("dryRun") or ())


def _document(path: str) -> str:
    first = path.strip("/").partition("/")[0]
    return {"api": "discovery", "apis": "discovery", "openapi": "openapi", "version": "version"}.get(first, first or "paths")


def every_operation(resources: t.Iterable[t.Any]) -> list[Operation]:
    """Every operation on the resources of a new cluster, for `python -m sandbox status`."""
    found = [operation(name, False) for name in ("discovery", "openapi", "version", "livez", "readyz", "healthz")]
    for each in resources:
        for verb in each.verbs:
            found.append(
                operation(f"{each.gv} {each.plural} {verb}", verb not in ("get", "list", "watch") and each.plural not in _READING_KINDS)
            )
        for name in each.subresources:
            found += [operation(f"{each.gv} {each.plural}/{name} {verb}", verb != "get") for verb in BELOW[name][3]]
    return found
