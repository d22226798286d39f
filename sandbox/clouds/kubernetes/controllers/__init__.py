# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controllers of what every cluster has of itself: those of kube-controller-manager, kube-scheduler, the kubelets and Azure's cloud
provider.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes import registry
from sandbox.clouds.kubernetes.controllers import (
    add_ons,
    admission,
    autoscaling,
    daemon_sets,
    deployments,
    endpoints,
    gateways,
    ingresses,
    jobs,
    kubelet,
    load_balancers,
    nodes,
    pod_security_labels,
    replica_sets,
    stateful_sets,
)
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import MOVING, qualified

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

ROUNDS = 30  # more than any chain of things that follow from each other has
EVERY: tuple[Callable[[Desk], None], ...] = (
    nodes.reconcile,
    add_ons.reconcile,
    autoscaling.reconcile,
    deployments.reconcile,
    replica_sets.reconcile,
    stateful_sets.reconcile,
    daemon_sets.reconcile,
    jobs.reconcile,
    kubelet.reconcile,
    replica_sets.reconcile,
    deployments.reconcile,
    endpoints.reconcile,
    load_balancers.reconcile,
    ingresses.reconcile,
    gateways.reconcile,
)


class BuiltIn:
    """All of them as one: they look again only when something was written or a due time has come."""

    def __init__(self) -> None:
        self._seen: tuple[int, str] = (-1, "")  # the last write that matters, and what Azure says of the cluster
        self._due = 0.0

    def reconcile(self, cluster: Cluster, now: float) -> None:
        azure = nodes.fingerprint(Desk(cluster, now))
        if (_moved(cluster), azure) == self._seen and now < self._due:
            return
        for _ in range(ROUNDS):
            before, desk = cluster.store.version, Desk(cluster, now)
            for each in EVERY:
                desk.attempt(each)
            if cluster.store.version == before:
                break
        self._seen, self._due = (_moved(cluster), azure), desk.due


def _moved(cluster: Cluster) -> int:
    return max(cluster.store.changed(qualified(kind)) for kind in MOVING)


registry.CONTROLLERS.append(BuiltIn)
registry.ADMISSION += [admission.admit, pod_security_labels.review]
