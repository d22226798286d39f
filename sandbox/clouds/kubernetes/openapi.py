# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenAPI v3, as kubectl and helm ask for it: which parameters PATCH takes, and the schemas of custom resources."""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections.abc import Iterable
from functools import lru_cache

from sandbox.clouds.kubernetes import built_in
from sandbox.clouds.kubernetes.errors import Json, no_such_path
from sandbox.clouds.kubernetes.nodes import Node
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.http import Reply

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")


def index(resources: Iterable[Resource]) -> Json:
    """Where the document of each group and version is; the hash changes with what it says."""
    versions = dict.fromkeys(each.gv for each in resources)
    known = list(resources)
    return {"paths": {_place(gv): {"serverRelativeURL": f"/openapi/v3/{_place(gv)}?hash={_hash(known, gv)}"} for gv in versions}}


def document(resources: Iterable[Resource], place: str, version: str) -> Reply:
    found = tuple(each for each in resources if _place(each.gv) == place)
    if not found:
        raise no_such_path()
    if any(each.custom for each in found):
        return Reply.of_json(_document(found, place, version))
    return Reply(200, _built_in(found, place, version), {"Content-Type": "application/json"})


@lru_cache(maxsize=100)
def _built_in(found: tuple[Resource, ...], place: str, version: str) -> bytes:
    """Always the same, and long: written once."""
    return json.dumps(_document(found, place, version)).encode()


def _document(found: Iterable[Resource], place: str, version: str) -> Json:
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
        schemas[_component(each)] = {**_schema(each, schemas), "x-kubernetes-group-version-kind": [kind]}
    info = {"title": "Kubernetes", "version": f"v{version}"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _schema(each: Resource, schemas: Json) -> Json:
    """Of a custom resource as it was defined, of a built-in kind from its structure."""
    if each.custom:
        return {"type": "object", **(((each.definition or {}).get("schema") or {}).get("openAPIV3Schema") or {})}
    node = built_in.node_of(each)
    return _described(node, schemas) if node else {"type": "object"}


def _described(node: Node, schemas: Json) -> Json:
    """A structure with the structures that it refers to, each a component of its own."""
    if node.kind == "array":
        return {"type": "array", "items": _reference(node.items, schemas), **_list_type(node)}
    if node.kind == "object" and node.is_struct:
        properties = {name: _reference(below, schemas) for name, below in node.properties.items()}
        return {"type": "object", "properties": properties}
    if node.kind == "object":
        return {"type": "object", **({"additionalProperties": _reference(node.additional, schemas)} if node.additional else {})}
    if node.kind == "int-or-string":
        return {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}
    return {} if node.kind == "any" else {"type": node.kind, **({"format": node.format} if node.format else {})}


def _reference(node: Node, schemas: Json) -> Json:
    if not (node.kind == "object" and node.is_struct):
        return _described(node, schemas)
    name = f"io.k8s.api.{node.model}"
    if name not in schemas:
        schemas[name] = {}  # before what is in it: some structures contain themselves
        schemas[name] = _described(node, schemas)
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


def _list_type(node: Node) -> Json:
    keys = {"x-kubernetes-list-map-keys": list(node.keys)} if node.keys else {}
    return {"x-kubernetes-list-type": node.list_type, **keys}


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
