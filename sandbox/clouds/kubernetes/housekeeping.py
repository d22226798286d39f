# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small controllers that every cluster has: what each namespace is given, and roles that are the sum of others."""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.kubernetes import registry
from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.selectors import object_fits

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

MANAGER = "kube-controller-manager"
ROOT = "kube-root-ca.crt"
DESCRIPTION = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints."
RBAC = "rbac.authorization.k8s.io/v1"
_ROLES = "clusterroles.rbac.authorization.k8s.io"


class Namespaces:
    """Each namespace has a service account `default` and a ConfigMap with the certificate that the API server is to be trusted by."""

    def __init__(self) -> None:
        self._seen: tuple[int, ...] = ()

    def reconcile(self, cluster: Cluster, now: float) -> None:
        changed = tuple(cluster.store.changed(each) for each in ("namespaces", "serviceaccounts", "configmaps"))
        if changed == self._seen:
            return
        authority = cluster.api.cloud.world.authority.certificate.read_text()
        for namespace in cluster.list("v1", "namespaces"):
            name = namespace["metadata"]["name"]
            if namespace["metadata"].get("deletionTimestamp"):
                continue
            if cluster.get("v1", "serviceaccounts", name, "default") is None:
                cluster.write("v1", "serviceaccounts", {"metadata": {"name": "default", "namespace": name}}, manager=MANAGER)
            if cluster.get("v1", "configmaps", name, ROOT) is None:
                why = {"kubernetes.io/description": DESCRIPTION}
                meta = {"name": ROOT, "namespace": name, "annotations": why}
                cluster.write("v1", "configmaps", {"metadata": meta, "data": {"ca.crt": authority}}, manager=MANAGER)
        self._seen = tuple(cluster.store.changed(each) for each in ("namespaces", "serviceaccounts", "configmaps"))


class AggregatedRoles:
    """The rules of a role with an aggregation rule are those of the roles that it selects."""

    def __init__(self) -> None:
        self._seen = -1

    def reconcile(self, cluster: Cluster, now: float) -> None:
        if cluster.store.changed(_ROLES) == self._seen:
            return
        roles = cluster.list(RBAC, "clusterroles")
        for role in roles:
            selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors")
            if not selectors:
                continue
            rules: list[Json] = []
            for other in roles:
                if other is not role and any(object_fits(each, other["metadata"].get("labels")) for each in selectors):
                    rules += [rule for rule in other.get("rules") or () if rule not in rules]
            if rules != role.get("rules"):
                fresh = copy.deepcopy(role)
                fresh["rules"] = rules
                cluster.write(RBAC, "clusterroles", fresh, manager="clusterrole-aggregation-controller")
        self._seen = cluster.store.changed(_ROLES)


registry.CONTROLLERS += [Namespaces, AggregatedRoles]
