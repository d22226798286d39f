# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The structure of the built-in kinds, from the vendor's own description: the models of the `kubernetes` package, which the vendor
makes from the OpenAPI document.

What the models leave out stands here as facts of that document (x-kubernetes-list-type, x-kubernetes-list-map-keys, x-kubernetes-map-type,
x-kubernetes-patch-merge-key: github.com/kubernetes/kubernetes/tree/v1.35.0/api/openapi-spec/v3).
"""

from __future__ import annotations

import importlib
import re
import typing as t
from collections.abc import Mapping
from functools import cache

from sandbox.clouds.kubernetes.nodes import ANY, Kind, Node
from sandbox.clouds.kubernetes.resources import Resource

# Lists that are merged by keys: model and field, keys of server-side apply, key of a strategic merge patch ("-": none).
_MAPS = """
ObjectMeta.ownerReferences uid uid
PodSpec.volumes name name! ; PodSpec.containers name name ; PodSpec.initContainers name name ; PodSpec.ephemeralContainers name name
PodSpec.imagePullSecrets name name ; PodSpec.hostAliases ip ip ; PodSpec.resourceClaims name name! ; PodSpec.schedulingGates name name
PodSpec.topologySpreadConstraints topologyKey,whenUnsatisfiable topologyKey
Container.ports containerPort,protocol containerPort ; EphemeralContainer.ports containerPort,protocol containerPort
Container.env name name ; EphemeralContainer.env name name ; Container.volumeMounts mountPath mountPath
EphemeralContainer.volumeMounts mountPath mountPath ; Container.volumeDevices devicePath devicePath
EphemeralContainer.volumeDevices devicePath devicePath ; ResourceRequirements.claims name -
ServiceSpec.ports port,protocol port ; ServiceStatus.conditions type type
PodStatus.conditions type type ; PodStatus.podIPs ip ip ; PodStatus.resourceClaimStatuses name name! ; NodeStatus.conditions type type
NodeStatus.addresses type type ; NamespaceStatus.conditions type type ; PersistentVolumeClaimStatus.conditions type type
ReplicationControllerStatus.conditions type type ; ComponentStatus.conditions type type ; ServiceAccount.secrets name name
DeploymentStatus.conditions type type ; ReplicaSetStatus.conditions type type ; StatefulSetStatus.conditions type type
DaemonSetStatus.conditions type type ; PodDisruptionBudgetStatus.conditions type type ; HorizontalPodAutoscalerStatus.conditions type type
MutatingWebhookConfiguration.webhooks name name ; ValidatingWebhookConfiguration.webhooks name name
MutatingWebhook.matchConditions name name ; ValidatingWebhook.matchConditions name name
ValidatingAdmissionPolicySpec.matchConditions name name ; ValidatingAdmissionPolicySpec.variables name name
ValidatingAdmissionPolicyStatus.conditions type - ; CustomResourceDefinitionStatus.conditions type - ; APIServiceStatus.conditions type type
CertificateSigningRequestStatus.conditions type - ; CSINodeSpec.drivers name name ; JSONSchemaProps.x-kubernetes-validations rule rule
"""
# Merged by a strategic merge patch, one whole for server-side apply.
_PATCHED = {"JobStatus.conditions": "type", "PodStatus.hostIPs": "ip", "ServiceAccount.imagePullSecrets": "name", "NodeSpec.taints": "key"}
_SETS = frozenset({"ObjectMeta.finalizers", "NodeSpec.podCIDRs", "CSIDriverSpec.volumeLifecycleModes"})
# Structures and maps with one owner as a whole.
_ATOMIC = frozenset(
    (
        *("LabelSelector", "ObjectReference", "LocalObjectReference", "SecretKeySelector", "ConfigMapKeySelector", "FileKeySelector"),
        *("ObjectFieldSelector", "ResourceFieldSelector", "TypedLocalObjectReference", "SecretReference", "NodeSelector"),
        *("NodeSelectorTerm", "TopologySelectorTerm", "ScopeSelector", "ScopedResourceSelectorRequirement", "RoleRef", "Subject"),
        *("PodSpec.nodeSelector", "ServiceSpec.selector", "ReplicationControllerSpec.selector", "MatchResources"),
    )
)
# Structures that are there although nobody gave them: no pointers in the vendor's Go types.
_EMBEDDED = frozenset(
    (
        *(
            "PodSpec.containers",
            "DeploymentSpec.strategy",
            "DeploymentSpec.template",
            "StatefulSetSpec.template",
            "StatefulSetSpec.updateStrategy",
        ),
        *("DaemonSetSpec.template", "DaemonSetSpec.updateStrategy", "ReplicaSetSpec.template", "JobSpec.template"),
        *("CronJobSpec.jobTemplate", "PodTemplateSpec.spec", "JobTemplateSpec.spec", "Container.resources", "ServiceStatus.loadBalancer"),
        *("IngressStatus.loadBalancer", "HorizontalPodAutoscalerSpec.scaleTargetRef", "CustomResourceDefinitionSpec.names"),
        *("PersistentVolumeClaimSpec.resources", "MutatingWebhook.clientConfig", "ValidatingWebhook.clientConfig"),
        *(
            "NetworkPolicySpec.podSelector",
            "CustomResourceDefinitionStatus.acceptedNames",
            "RoleBinding.roleRef",
            "ClusterRoleBinding.roleRef",
        ),
    )
)
# Text in the models, amounts in reality: fields, and maps of them.
_QUANTITIES = frozenset(
    (
        *("ResourceRequirements.limits", "ResourceRequirements.requests", "VolumeResourceRequirements.limits"),
        *("VolumeResourceRequirements.requests", "ResourceQuotaSpec.hard", "ResourceQuotaStatus.hard", "ResourceQuotaStatus.used"),
        *("PodSpec.overhead", "LimitRangeItem.default", "LimitRangeItem.defaultRequest", "LimitRangeItem.max", "LimitRangeItem.min"),
        *("LimitRangeItem.maxLimitRequestRatio", "PersistentVolumeSpec.capacity", "PersistentVolumeClaimStatus.capacity"),
        *("EmptyDirVolumeSource.sizeLimit", "MetricTarget.averageValue", "MetricTarget.value", "MetricValueStatus.averageValue"),
        *("MetricValueStatus.value", "ResourceFieldSelector.divisor", "NodeStatus.capacity", "NodeStatus.allocatable"),
    )
)
_MODEL = re.compile(r"^V\d+(?:(?:alpha|beta)\d+)?")
_CORE = re.compile(
    r"^(Core|Apiextensions|Admissionregistration|Authentication|Discovery|Events|Storage|Apiregistration|Flowcontrol|Rbac)(?=V\d)"
)
_SCALARS: t.Final[dict[str, Kind]] = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "bytes": "string",
    "datetime": "string",
    "date": "string",
    "bytearray": "string",
}
# Fields that the models give as anything: numbers or names, and quantities which the models give as text.
_INT_OR_STRING = frozenset(("targetPort", "port", "maxSurge", "maxUnavailable", "minAvailable"))


def _maps() -> dict[str, tuple[tuple[str, ...], str | None, bool]]:
    found = {}
    for entry in _MAPS.replace("\n", ";").split(";"):
        if entry.strip():
            place, keys, merge = entry.split()
            found[place] = (tuple(keys.split(",")), None if merge == "-" else merge.rstrip("!"), merge.endswith("!"))
    return found


_LIST_MAPS: t.Final = _maps()


@cache
def _models() -> t.Any:
    """The vendor's models; half a second to import, so only when a cluster is first asked."""
    return importlib.import_module("kubernetes.client.models")


@cache
def _names() -> dict[str, str]:
    """Model names by group and kind are not written anywhere: by the name without what marks the group."""
    return {name: name for name in dir(_models()) if not name.startswith("_")}


def _bare(model: str) -> str:
    """`V1PodSpec` -> `PodSpec`, `CoreV1Event` -> `Event`."""
    return _MODEL.sub("", _CORE.sub("", model))


@cache
def model_node(model: str) -> Node:
    """A structure by the name of its model."""
    name = _bare(model)
    return Node("object", properties=lambda: _fields(model), atomic_map=name in _ATOMIC, model=name)


def _fields(model: str) -> Mapping[str, Node]:
    described = getattr(_models(), model)
    wire: Mapping[str, str] = described.attribute_map
    return {wire[name]: _typed(f"{_bare(model)}.{wire[name]}", written) for name, written in described.openapi_types.items()}


def _typed(place: str, written: str) -> Node:
    """The node of a type as the models write it: `List[V1Container]`, `Dict[str, str]`, `V1PodSpec`, `str`, `object`."""
    of_list = re.fullmatch(r"[Ll]ist\[(.*)\]", written)
    of_map = re.fullmatch(r"[Dd]ict[\[(]str, (.*)[\])]", written)
    if of_list:
        keys, merge, retain = _LIST_MAPS.get(place, ((), _PATCHED.get(place), False))
        kind: t.Literal["map", "set", "atomic"] = "map" if keys else "set" if place in _SETS else "atomic"
        if place in _SETS:
            merge = ""
        return Node(
            "array",
            items=lambda: _typed(f"{place}[]", of_list[1]),
            list_type=kind,
            keys=keys,
            merge_key=merge,
            retain_keys=retain,
            embedded=place in _EMBEDDED,
        )
    if of_map:
        return Node("object", additional=lambda: _typed(f"{place}{{}}", of_map[1]), atomic_map=place in _ATOMIC)
    if place.removesuffix("{}") in _QUANTITIES:
        return Node("string", format="quantity")
    if written in _SCALARS:
        return Node(_SCALARS[written], format={"bytes": "byte", "datetime": "date-time"}.get(written, ""))
    if written == "object":
        return Node("int-or-string") if place.rpartition(".")[2] in _INT_OR_STRING else ANY
    found = model_node(written)
    if place in _EMBEDDED or place.endswith(".metadata") or (place.count(".") == 1 and place.rpartition(".")[2] in ("spec", "status")):
        return Node("object", properties=lambda: found.properties, atomic_map=found.atomic_map, embedded=True, model=found.model)
    return found


META: t.Final = Node("object", properties=lambda: model_node("V1ObjectMeta").properties, embedded=True, model="ObjectMeta")
_PREFIXES = {"": ("Core",), "events.k8s.io": ("Events",)}


@cache
def node_of(resource: Resource) -> Node | None:
    """The structure of a built-in kind; None if the models know none."""
    version = resource.version.replace("v", "V", 1)
    for prefix in ("", *_PREFIXES.get(resource.group, ())):
        if f"{prefix}{version}{resource.kind}" in _names():
            return model_node(f"{prefix}{version}{resource.kind}")
    return None


@cache
def scale_node() -> Node:
    return model_node("V1Scale")
