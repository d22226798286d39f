# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenAPI v3, as kubectl and helm ask for it: which parameters PATCH takes, and the schemas of custom resources."""

from __future__ import annotations

import hashlib
import typing as t
from collections.abc import Iterable

from sandbox.clouds.kubernetes.errors import Json, no_such_path
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.http import Reply

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")


def index(resources: Iterable[Resource]) -> Json:
    """Where the document of each group and version is; the hash changes with what it says."""
    versions = dict.fromkeys(each.gv for each in resources)
    known = list(resources)
    return {"paths": {_place(gv): {"serverRelativeURL": f"/openapi/v3/{_place(gv)}?hash={_hash(known, gv)}"} for gv in versions}}


def document(resources: Iterable[Resource], place: str, version: str) -> Json:
    found = [each for each in resources if _place(each.gv) == place]
    if not found:
        raise no_such_path()
    paths: Json = {}
    schemas: Json = {}
    for each in found:
        kind = {"group": each.group, "version": each.version, "kind": each.kind}
        inside = "namespaces/{namespace}/" if each.namespaced else ""
        reference = {"$ref": f"#/components/schemas/{_component(each)}"}
        content = {"application/merge-patch+json": {"schema": {"type": "object"}}}
        paths[f"/{place}/{inside}{each.plural}/{{name}}"] = {
            "get": {
                "x-kubernetes-action": "get",
                "x-kubernetes-group-version-kind": kind,
                "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
            },
            "patch": {
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": kind,
                "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS],
                "requestBody": {"content": content},
                "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": reference}}}},
            },
        }
        schema = ((each.definition or {}).get("schema") or {}).get("openAPIV3Schema") or {}
        schemas[_component(each)] = {"type": "object", **schema, "x-kubernetes-group-version-kind": [kind]}
    info = {"title": "Kubernetes", "version": f"v{version}"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


def document_v2(accept: str, version: str) -> Reply:
    """The older document, which clients fall back on for kinds that version 3 does not know. It describes nothing more here."""
    if "protobuf" not in accept:
        return Reply.of_json({"swagger": "2.0", "info": {"title": "Kubernetes", "version": f"v{version}"}, "paths": {}, "definitions": {}})
    # openapi_v2.Document: 1 swagger, 2 info (1 title, 2 version), 8 paths.
    info = _text(1, "Kubernetes") + _text(2, f"v{version}")
    body = _text(1, "2.0") + bytes((2 << 3 | 2, len(info))) + info + bytes((8 << 3 | 2, 0))
    return Reply(200, body, {"Content-Type": V2_PROTOBUF})


def _text(number: int, text: str) -> bytes:
    return bytes((number << 3 | 2, len(text))) + text.encode()


def _place(gv: str) -> str:
    return f"apis/{gv}" if "/" in gv else f"api/{gv}"


def _component(each: Resource) -> str:
    turned = ".".join(reversed(each.group.split("."))) if each.group else "io.k8s.api.core"
    return f"{turned}.{each.version}.{each.kind}"


def _hash(resources: t.Iterable[Resource], gv: str) -> str:
    text = repr([(each.plural, each.definition) for each in resources if each.gv == gv])
    return hashlib.sha512(text.encode()).hexdigest().upper()
