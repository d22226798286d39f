# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom resources: what a CustomResourceDefinition adds to the server.

kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from sandbox.clouds.kubernetes.built_in import meta
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.nodes import ANY, STRING, Kind, ListType, Node
from sandbox.clouds.kubernetes.resources import Resource

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def resources_of(definition: Json) -> Iterator[Resource]:
    """The resources of a definition that is established: one for each version that is served."""
    if not is_established(definition):
        return
    spec = definition["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if version.get("served"):
            subresources = tuple(name for name in ("status", "scale") if (version.get("subresources") or {}).get(name) is not None)
            yield Resource(
                group=spec["group"],
                version=version["name"],
                plural=names["plural"],
                kind=names["kind"],
                namespaced=spec["scope"] == "Namespaced",
                short=tuple(names.get("shortNames") or ()),
                subresources=subresources,
                categories=tuple(names.get("categories") or ()),
                singular=names.get("singular") or names["kind"].lower(),
                custom=True,
                definition={**version, "listKind": names.get("listKind"), "preserve": spec.get("preserveUnknownFields", False)},
            )


def is_established(definition: Json) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def storage_version(definition: Json) -> str:
    versions = definition["spec"]["versions"]
    return str(next((each for each in versions if each.get("storage")), versions[0])["name"])


def node_of(resource: Resource) -> Node:
    """The structure of a custom resource in one version."""
    schema = ((resource.definition or {}).get("schema") or {}).get("openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True}
    return _root(schema)


def _root(schema: Mapping[str, t.Any]) -> Node:
    """A whole object: its type and its metadata are the server's, whatever the schema says of them."""
    inner = _node({name: each for name, each in schema.items() if name != "x-kubernetes-embedded-resource"})
    fixed = {"apiVersion": STRING, "kind": STRING, "metadata": meta()}
    return Node(
        "object",
        properties=lambda: {**inner.properties, **fixed},
        additional=lambda: inner.additional,
        preserve=inner.preserve,
        schema=schema,
        resource=True,
    )


def _node(schema: Mapping[str, t.Any]) -> Node:
    if schema.get("x-kubernetes-embedded-resource"):
        return _root(schema)
    kind = _kind(schema)
    preserve = bool(schema.get("x-kubernetes-preserve-unknown-fields")) or kind == "any"
    if kind == "array":
        return Node(
            "array",
            items=lambda: _node(schema.get("items") or {}),
            list_type=t.cast(ListType, schema.get("x-kubernetes-list-type", "atomic")),
            keys=tuple(schema.get("x-kubernetes-list-map-keys") or ()),
            schema=schema,
        )
    if kind != "object":
        return Node(kind, preserve=preserve, format=schema.get("format", ""), schema=schema)
    more = schema.get("additionalProperties")
    return Node(
        "object",
        properties=lambda: {name: _node(each) for name, each in (schema.get("properties") or {}).items()},
        additional=(lambda: _node(more) if isinstance(more, dict) else ANY) if more else None,
        preserve=preserve,
        atomic_map=schema.get("x-kubernetes-map-type") == "atomic",
        schema=schema,
    )


def _kind(schema: Mapping[str, t.Any]) -> Kind:
    if schema.get("x-kubernetes-int-or-string"):
        return "int-or-string"
    known = schema.get("type")
    if known in ("object", "array", "string", "integer", "number", "boolean"):
        return t.cast(Kind, known)
    return "object" if schema.get("properties") else "any"
