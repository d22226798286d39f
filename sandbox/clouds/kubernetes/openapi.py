# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenAPI v3, as kubectl and helm ask for it: which parameters PATCH takes, and the schemas of custom resources."""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections.abc import Iterable, Mapping
from functools import lru_cache

from sandbox.clouds.kubernetes import built_in
from sandbox.clouds.kubernetes.built_in import Structures
from sandbox.clouds.kubernetes.errors import Json, no_such_path
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.http import Reply

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")


def index(resources: Iterable[Resource], version: str) -> Json:
    """Where the document of each group and version is; the hash changes with what it says."""
    versions = dict.fromkeys(each.gv for each in resources)
    known = list(resources)
    return {"paths": {_place(gv): {"serverRelativeURL": f"/openapi/v3/{_place(gv)}?hash={_hash(known, gv, version)}"} for gv in versions}}


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
    structures = built_in.structures(version)
    for each in found:
        kind = {"group": each.group, "version": each.version, "kind": each.kind}
        inside = "namespaces/{namespace}/" if each.namespaced else ""
        reference = {"$ref": f"#/components/schemas/{_component(each, structures)}"}
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
        _describe(each, structures, schemas)
    info = {"title": "Kubernetes", "version": f"v{version}"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _describe(each: Resource, structures: Structures, schemas: Json) -> None:
    """A custom resource as it was defined, a built-in kind as the vendor describes it, with all that it refers to."""
    name = _component(each, structures)
    if each.custom:
        schemas[name] = {"type": "object", **(((each.definition or {}).get("schema") or {}).get("openAPIV3Schema") or {})}
    else:
        _add(name, structures, schemas)
    schemas[name]["x-kubernetes-group-version-kind"] = [{"group": each.group, "version": each.version, "kind": each.kind}]


def _add(name: str, structures: Structures, schemas: Json) -> None:
    if name in schemas:
        return
    wanted: set[str] = set()
    schemas[name] = _written(structures.definitions.get(name, {"type": "object"}), wanted)
    for each in sorted(wanted):
        _add(each, structures, schemas)


def _written(schema: t.Any, wanted: set[str]) -> t.Any:
    """As version 3 of OpenAPI writes it: the package that carries it lets everything be null too, and has another place for definitions."""
    if isinstance(schema, list):
        return [_written(each, wanted) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    # `enum` and `$ref` are fields too, of CustomResourceDefinitions; the package adds enumerations, of versions and kinds.
    found = {
        name: _written(each, wanted)
        for name, each in schema.items()
        if not (name == "$ref" and isinstance(each, str)) and not (name == "enum" and isinstance(each, list))
    }
    if isinstance(schema.get("type"), list):
        found["type"] = built_in.type_of(schema)
    if isinstance(schema.get("$ref"), str):
        name = schema["$ref"].rpartition("/")[2]
        wanted.add(name)
        found["allOf"] = [{"$ref": f"#/components/schemas/{name}"}]
    return found


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


def _component(each: Resource, structures: Structures) -> str:
    """What its schema is called."""
    name = structures.name_of(each)
    if name:
        return name
    turned = ".".join(reversed(each.group.split("."))) if each.group else "io.k8s.api.core"
    return f"{turned}.{each.version}.{each.kind}"


def _hash(resources: t.Iterable[Resource], gv: str, version: str) -> str:
    text = repr([version, *((each.plural, each.definition) for each in resources if each.gv == gv)])
    return hashlib.sha512(text.encode()).hexdigest().upper()
