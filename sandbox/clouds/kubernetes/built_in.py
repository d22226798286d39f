# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The structure of the built-in kinds in each version of Kubernetes, from the vendor's own description: the definitions of its OpenAPI
document, which the package kubernetes-validate carries for every version.

What that document leaves out stands here as a fact of the vendor's Go types (k8s.io/api v0.35): which structures are no pointers.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from sandbox.clouds.kubernetes.nodes import ANY, Kind, Node
from sandbox.clouds.kubernetes.resources import Resource

# Structures that are there although nobody gave them.
_EMBEDDED = frozenset(
    (
        *("PodSpec.containers", "DeploymentSpec.strategy", "DeploymentSpec.template", "StatefulSetSpec.template"),
        *("StatefulSetSpec.updateStrategy", "DaemonSetSpec.template", "DaemonSetSpec.updateStrategy", "ReplicaSetSpec.template"),
        *("JobSpec.template", "CronJobSpec.jobTemplate", "Container.resources"),
        *("ServiceStatus.loadBalancer", "IngressStatus.loadBalancer", "HorizontalPodAutoscalerSpec.scaleTargetRef"),
        *("CustomResourceDefinitionSpec.names", "CustomResourceDefinitionStatus.acceptedNames", "PersistentVolumeClaimSpec.resources"),
        *("MutatingWebhook.clientConfig", "ValidatingWebhook.clientConfig", "NetworkPolicySpec.podSelector"),
        *("RoleBinding.roleRef", "ClusterRoleBinding.roleRef"),
    )
)
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
# Definitions that are one value, whatever the document says of their form.
_VALUES: t.Final[dict[str, tuple[Kind, str]]] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ("string", "quantity"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ("int-or-string", ""),
}
_SCALARS: t.Final[dict[str, Kind]] = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}

Schema = Mapping[str, t.Any]


class Structures:
    """The built-in kinds of one version.

    definitions: JSON schemas by the vendor's names, such as `io.k8s.api.apps.v1.DeploymentSpec`.
    """

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self.definitions = definitions
        self._nodes: dict[str, Node] = {}
        self._kinds = {
            (each["group"], each["version"], each["kind"]): name
            for name, schema in definitions.items()
            for each in schema.get("x-kubernetes-group-version-kind", ())
        }

    def name_of(self, resource: Resource) -> str | None:
        """The definition of a kind; None if this version has no such kind."""
        return self._kinds.get((resource.group, resource.version, resource.kind))

    def node(self, name: str) -> Node:
        """The structure of a definition."""
        if name not in self._nodes:
            schema = self.definitions[name]
            bare = name.rpartition(".")[2]
            self._nodes[name] = Node(
                "object",
                properties=lambda: self._fields(bare, schema),
                atomic_map=_is_atomic(schema),
                required=frozenset(schema.get("required", ())),
                model=bare,
            )
        return self._nodes[name]

    def _fields(self, owner: str, schema: Schema) -> Mapping[str, Node]:
        return {name: self._field(f"{owner}.{name}", below) for name, below in schema["properties"].items()}

    def _field(self, place: str, schema: Schema) -> Node:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name in _VALUES:
            kind, format = _VALUES[name]
            return Node(kind, format=format)
        described = self.definitions[name] if name else schema
        if "properties" in described:
            return self._structure(place, name, schema)
        type_ = type_of(described)
        if type_ == "array":
            return self._list(place, schema)
        if type_ == "object" and isinstance(described.get("additionalProperties"), Mapping):
            inner: Schema = described["additionalProperties"]
            return Node("object", additional=lambda: self._field(f"{place}{{}}", inner), atomic_map=_is_atomic(schema))
        if type_ in _SCALARS:
            return Node(_SCALARS[type_], format=described.get("format", ""))
        return ANY

    def _structure(self, place: str, name: str, schema: Schema) -> Node:
        found = self.node(name)
        granular = schema.get("x-kubernetes-map-type") == "granular"
        return Node(
            "object",
            properties=lambda: found.properties,
            atomic_map=_is_atomic(schema) or (found.atomic_map and not granular),
            embedded=place in _EMBEDDED or place.endswith((".metadata", ".spec", ".status")),
            required=found.required,
            model=found.model,
        )

    def _list(self, place: str, schema: Schema) -> Node:
        merged = "merge" in schema.get("x-kubernetes-patch-strategy", "")
        return Node(
            "array",
            items=lambda: self._field(f"{place}[]", schema["items"]),
            list_type=schema.get("x-kubernetes-list-type", "atomic"),
            keys=tuple(schema.get("x-kubernetes-list-map-keys", ())),
            merge_key=schema.get("x-kubernetes-patch-merge-key", "") if merged else None,
            embedded=place in _EMBEDDED,
        )


def type_of(schema: Schema) -> str:
    """Empty if it has none. The package lets everything be null too."""
    said = schema.get("type", "")
    return said if isinstance(said, str) else next(each for each in said if each != "null")


def _is_atomic(schema: Schema) -> bool:
    return schema.get("x-kubernetes-map-type") == "atomic"


@cache
def structures(version: str) -> Structures:
    """Of a version such as `1.35.1`, or the next older one that is described."""
    wanted = tuple(int(each) for each in version.split(".")[:2])
    return _read(max((each for each in _versions() if each <= wanted), default=min(_versions())))


@cache
def _versions() -> dict[tuple[int, ...], Path]:
    folder = Path(str(metadata.distribution("kubernetes-validate").locate_file("kubernetes_validate/kubernetes-json-schema")))
    found = {path: path.name.removeprefix("v").removesuffix("-local").split(".") for path in folder.glob("v*-local")}
    return {(int(major), int(minor)): path / "_definitions.json" for path, (major, minor, _) in found.items()}


@cache
def _read(version: tuple[int, ...]) -> Structures:
    return Structures(json.loads(_versions()[version].read_text())["$defs"])


@cache
def meta() -> Node:
    """The metadata of custom resources. It is the same in all these versions."""
    return _read(max(_versions())).node(_META)


def node_of(resource: Resource, version: str) -> Node | None:
    """The structure of a built-in kind; None if that version of Kubernetes has no such kind."""
    found = structures(version)
    name = found.name_of(resource)
    return found.node(name) if name else None
