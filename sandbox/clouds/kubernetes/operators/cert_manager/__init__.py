# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cert-manager 1.21: issuers, certificates with their requests, ACME orders and challenges, and certificates for annotated Ingresses.

It works while its CRDs are served and its Deployment has a ready pod. Each part writes under the field manager and the event source of the
controller of that name. Times are short: an issuance takes 0.2 s (`Certificates_Issue`), a retry at most a second.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.operators.cert_manager import certificates, challenges, issuers, orders, requests, shim
from sandbox.clouds.kubernetes.operators.cert_manager.names import ACME, GROUP, Installation
from sandbox.clouds.kubernetes.operators.objects import running, serves

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


class CertManager:
    def reconcile(self, cluster: Cluster, now: float) -> None:
        if not serves(cluster, GROUP, "certificates") or not serves(cluster, ACME, "challenges"):
            return
        deployment = running(cluster, "cert-manager")
        if deployment is None:
            return
        installation = Installation(cluster, deployment)
        for part in (issuers, shim, certificates, requests, orders, challenges):
            part.reconcile(cluster, installation, now)
