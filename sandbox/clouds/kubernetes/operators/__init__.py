# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What add-ons do inside a cluster once their charts are installed: External Secrets, cert-manager, and the webhooks of all of them.

Importing this package makes them known to every cluster. From outside they work like the real ones: field managers, reasons, messages and
events are those of the versions that the charts install. Where the real thing takes seconds or minutes, they take tenths of a second.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes import registry
from sandbox.clouds.kubernetes.controllers import programs
from sandbox.clouds.kubernetes.operators.admission import checking, review
from sandbox.clouds.kubernetes.operators.cert_manager import CertManager
from sandbox.clouds.kubernetes.operators.external_secrets import ExternalSecrets
from sandbox.clouds.kubernetes.operators.injection import Cainjector, CertController, Certgen
from sandbox.clouds.kubernetes.operators.work import next_turn

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


class Operators:
    """All of them as one: they look again only when something was written or a turn has come."""

    def __init__(self) -> None:
        self._parts = (CertController(), Cainjector(), Certgen(), ExternalSecrets(), CertManager())
        self._seen, self._due = -1, 0.0

    def reconcile(self, cluster: Cluster, now: float) -> None:
        if cluster.store.version == self._seen and now < self._due:
            return
        self._seen = cluster.store.version
        for each in self._parts:
            each.reconcile(cluster, now)
        self._due = next_turn(cluster, now)


registry.CONTROLLERS.append(Operators)
registry.ADMISSION.append(review)
programs.BUSY.append(checking)
