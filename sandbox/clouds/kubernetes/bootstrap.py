# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new cluster holds before anybody has used it: namespaces, service accounts, the API server's own Service, default roles.

kubernetes.io/docs/reference/access-authn-authz/rbac#default-roles-and-role-bindings
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.errors import Json

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
# learn.microsoft.com/azure/aks/concepts-storage#storage-classes
STORAGE: tuple[tuple[str, str, Json], ...] = (
    ("default", "disk.csi.azure.com", {"skuname": "StandardSSD_LRS"}),
    ("managed-csi", "disk.csi.azure.com", {"skuname": "StandardSSD_LRS"}),
    ("managed-csi-premium", "disk.csi.azure.com", {"skuname": "Premium_LRS"}),
    ("azurefile-csi", "file.csi.azure.com", {"skuName": "Standard_LRS"}),
)
RBAC = "rbac.authorization.k8s.io"
READ = ("get", "list", "watch")
WRITE = ("create", "delete", "deletecollection", "patch", "update")
_DOCUMENTS = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/")
_CORE = (
    *("configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "replicationcontrollers"),
    *("replicationcontrollers/scale", "serviceaccounts", "services", "services/status"),
)
_APPS = (
    "controllerrevisions",
    "daemonsets",
    "deployments",
    "deployments/scale",
    "replicasets",
    "replicasets/scale",
    "statefulsets",
    "statefulsets/scale",
)
_SEEN = {
    "": (*_CORE, "bindings", "events", "limitranges", "namespaces/status", "pods/log", "pods/status", "resourcequotas", "namespaces"),
    "discovery.k8s.io": ("endpointslices",),
    "apps": (*_APPS, "daemonsets/status", "deployments/status", "replicasets/status", "statefulsets/status"),
    "autoscaling": ("horizontalpodautoscalers", "horizontalpodautoscalers/status"),
    "batch": ("cronjobs", "cronjobs/status", "jobs", "jobs/status"),
    "policy": ("poddisruptionbudgets", "poddisruptionbudgets/status"),
    "networking.k8s.io": ("ingresses", "ingresses/status", "networkpolicies"),
}
_EDITED = {
    "": (*_CORE, "secrets", "events", "pods/eviction"),
    "apps": (*_APPS, "deployments/rollback"),
    "autoscaling": ("horizontalpodautoscalers",),
    "batch": ("cronjobs", "jobs"),
    "policy": ("poddisruptionbudgets",),
    "networking.k8s.io": ("ingresses", "networkpolicies"),
}


def fill(cluster: Cluster) -> None:
    for name in NAMESPACES:
        cluster.write("v1", "namespaces", {"metadata": {"name": name}}, manager="kube-apiserver")
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    service: Json = {
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {"type": "ClusterIP", "ports": [port]},
    }
    cluster.write("v1", "services", service, manager="kube-apiserver")
    for name, provisioner, parameters in STORAGE:
        usual = {"storageclass.kubernetes.io/is-default-class": "true"} if name == "default" else {}
        labels = {"addonmanager.kubernetes.io/mode": "EnsureExists", "kubernetes.io/cluster-service": "true"}
        about: Json = {"metadata": {"name": name, "labels": labels, "annotations": usual}, "provisioner": provisioner}
        about |= {"parameters": parameters, "allowVolumeExpansion": True, "volumeBindingMode": "WaitForFirstConsumer"}
        cluster.write("storage.k8s.io/v1", "storageclasses", about, manager="kubectl")
    for plural, each in _roles():
        labels = {"kubernetes.io/bootstrapping": "rbac-defaults", **each["metadata"].get("labels", {})}
        meta = {**each["metadata"], "labels": labels, "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"}}
        cluster.write(f"{RBAC}/v1", plural, {**each, "metadata": meta}, manager="kube-apiserver")


def _roles() -> Iterator[tuple[str, Json]]:
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
    yield _role("cluster-admin", everything)
    yield _role("system:discovery", [{"nonResourceURLs": list(_DOCUMENTS), "verbs": ["get"]}])
    yield _role(
        "system:public-info-viewer", [{"nonResourceURLs": ["/healthz", "/livez", "/readyz", "/version", "/version/"], "verbs": ["get"]}]
    )
    reviews = {
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
        "verbs": ["create"],
    }
    whoami = {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]}
    yield _role("system:basic-user", [reviews, whoami])
    yield _role("system:aggregate-to-view", _rules(_SEEN, READ), {f"{RBAC}/aggregate-to-view": "true"})
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": list(READ)}
    edit = [secrets, {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}, *_rules(_EDITED, WRITE)]
    yield _role("system:aggregate-to-edit", edit, {f"{RBAC}/aggregate-to-edit": "true"})
    binding = {"apiGroups": [RBAC], "resources": ["rolebindings", "roles"], "verbs": [*WRITE, *READ]}
    access = {"apiGroups": ["authorization.k8s.io"], "resources": ["localsubjectaccessreviews"], "verbs": ["create"]}
    yield _role("system:aggregate-to-admin", [access, binding], {f"{RBAC}/aggregate-to-admin": "true"})
    yield _aggregate("view", "view", {f"{RBAC}/aggregate-to-edit": "true"})
    yield _aggregate("edit", "edit", {f"{RBAC}/aggregate-to-admin": "true"})
    yield _aggregate("admin", "admin", {})
    yield _binding("cluster-admin", "system:masters")
    for name in ("system:discovery", "system:public-info-viewer", "system:basic-user"):
        yield _binding(name, "system:authenticated")


def _rules(table: t.Mapping[str, t.Sequence[str]], verbs: t.Sequence[str]) -> list[Json]:
    return [{"apiGroups": [group], "resources": list(names), "verbs": list(verbs)} for group, names in table.items()]


def _role(name: str, rules: list[Json], labels: t.Mapping[str, str] | None = None) -> tuple[str, Json]:
    return "clusterroles", {"metadata": {"name": name, "labels": dict(labels or {})}, "rules": rules}


def _aggregate(name: str, label: str, labels: t.Mapping[str, str]) -> tuple[str, Json]:
    """A role that is the sum of others, found by their label."""
    rule = {"clusterRoleSelectors": [{"matchLabels": {f"{RBAC}/aggregate-to-{label}": "true"}}]}
    return "clusterroles", {"metadata": {"name": name, "labels": dict(labels)}, "aggregationRule": rule, "rules": []}


def _binding(role: str, group: str) -> tuple[str, Json]:
    subject = {"kind": "Group", "apiGroup": RBAC, "name": group}
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
    return "clusterrolebindings", {"metadata": {"name": role}, "roleRef": reference, "subjects": [subject]}
