# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources that an API server offers of itself: names, kinds, scopes, subresources, as `kubectl api-resources` lists them.

kubernetes.io/docs/reference/kubernetes-api. One version of each group is served: the one that a supported cluster stores.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
REVIEW = ("create",)


@dataclass(frozen=True)
class Resource:
    """One resource of one group and version. `group` is empty for the core."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    singular: str = ""
    custom: bool = False
    definition: t.Mapping[str, t.Any] | None = field(
        default=None, compare=False, hash=False
    )  # this version in its CustomResourceDefinition

    @property
    def gv(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`: how errors and the state call it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def list_kind(self) -> str:
        names = (self.definition or {}).get("listKind")
        return str(names) if names else f"{self.kind}List"

    def has(self, subresource: str) -> bool:
        return subresource in self.subresources


# group version | plural Kind scope(n|c) short,names subresources categories ; ...   ("-": none)
_TABLE = """
 v1 | bindings Binding n - - - ; componentstatuses ComponentStatus c cs - - ; configmaps ConfigMap n cm - - ; endpoints Endpoints n ep - -
 v1 | events Event n ev - - ; limitranges LimitRange n limits - - ; namespaces Namespace c ns status,finalize - ; nodes Node c no status -
 v1 | persistentvolumeclaims PersistentVolumeClaim n pvc status - ; persistentvolumes PersistentVolume c pv status -
 v1 | pods Pod n po status,log,eviction,binding,ephemeralcontainers all ; podtemplates PodTemplate n - - -
 v1 | replicationcontrollers ReplicationController n rc status,scale all ; resourcequotas ResourceQuota n quota status -
 v1 | secrets Secret n - - - ; serviceaccounts ServiceAccount n sa token - ; services Service n svc status all
 admissionregistration.k8s.io v1 | mutatingwebhookconfigurations MutatingWebhookConfiguration c - - api-extensions
 admissionregistration.k8s.io v1 | validatingwebhookconfigurations ValidatingWebhookConfiguration c - - api-extensions
 admissionregistration.k8s.io v1 | validatingadmissionpolicies ValidatingAdmissionPolicy c - status api-extensions
 admissionregistration.k8s.io v1 | validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding c - - api-extensions
 apiextensions.k8s.io v1 | customresourcedefinitions CustomResourceDefinition c crd,crds status api-extensions
 apiregistration.k8s.io v1 | apiservices APIService c - status api-extensions
 apps v1 | controllerrevisions ControllerRevision n - - - ; daemonsets DaemonSet n ds status all
 apps v1 | deployments Deployment n deploy status,scale all ; replicasets ReplicaSet n rs status,scale all
 apps v1 | statefulsets StatefulSet n sts status,scale all
 authentication.k8s.io v1 | tokenreviews TokenReview c - - - ; selfsubjectreviews SelfSubjectReview c - - -
 authorization.k8s.io v1 | localsubjectaccessreviews LocalSubjectAccessReview n - - - ; subjectaccessreviews SubjectAccessReview c - - -
 authorization.k8s.io v1 | selfsubjectaccessreviews SelfSubjectAccessReview c - - - ; selfsubjectrulesreviews SelfSubjectRulesReview c - - -
 autoscaling v2 | horizontalpodautoscalers HorizontalPodAutoscaler n hpa status all
 batch v1 | cronjobs CronJob n cj status all ; jobs Job n - status all
 certificates.k8s.io v1 | certificatesigningrequests CertificateSigningRequest c csr status,approval -
 coordination.k8s.io v1 | leases Lease n - - -
 discovery.k8s.io v1 | endpointslices EndpointSlice n - - -
 networking.k8s.io v1 | ingressclasses IngressClass c - - - ; ingresses Ingress n ing status -
 networking.k8s.io v1 | networkpolicies NetworkPolicy n netpol - -
 node.k8s.io v1 | runtimeclasses RuntimeClass c - - -
 policy v1 | poddisruptionbudgets PodDisruptionBudget n pdb status -
 rbac.authorization.k8s.io v1 | clusterrolebindings ClusterRoleBinding c - - - ; clusterroles ClusterRole c - - -
 rbac.authorization.k8s.io v1 | rolebindings RoleBinding n - - - ; roles Role n - - -
 scheduling.k8s.io v1 | priorityclasses PriorityClass c pc - -
 storage.k8s.io v1 | csidrivers CSIDriver c - - - ; csinodes CSINode c - - - ; storageclasses StorageClass c sc - -
 storage.k8s.io v1 | volumeattachments VolumeAttachment c - status -
"""
_ONLY_CREATED = ("Binding", "TokenReview", "SelfSubjectReview", "SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview")


def _rows() -> t.Iterator[Resource]:
    for line in _TABLE.strip().splitlines():
        where, _, entries = line.partition("|")
        group, version = where.split() if len(where.split()) == 2 else ("", where.strip())
        for entry in entries.split(";"):
            plural, kind, scope, *rest = entry.split()
            short, subresources, categories = (() if each == "-" else tuple(each.split(",")) for each in rest)
            verbs = (
                REVIEW if kind in (*_ONLY_CREATED, "LocalSubjectAccessReview") else ("get", "list") if kind == "ComponentStatus" else VERBS
            )
            yield Resource(group, version, plural, kind, scope == "n", short, subresources, categories, verbs, kind.lower())


BUILT_IN: t.Final[dict[tuple[str, str], Resource]] = {(each.gv, each.plural): each for each in _rows()}
