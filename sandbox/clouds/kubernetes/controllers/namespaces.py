# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every namespace gets: its default account, and the authority by which pods know the API server."""

from __future__ import annotations

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import ACCOUNTS, CONFIG_MAPS, NAMESPACES, leaving, name_of

NOTE = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP "
NOTE += "or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."


def reconcile(desk: Desk) -> None:
    for namespace in desk.all(NAMESPACES):
        if leaving(namespace):
            continue
        name = name_of(namespace)
        if desk.get(ACCOUNTS, name, "default") is None:
            desk.write(ACCOUNTS, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}})
        if desk.get(CONFIG_MAPS, name, "kube-root-ca.crt") is None:
            metadata = {"name": "kube-root-ca.crt", "namespace": name, "annotations": {"kubernetes.io/description": NOTE}}
            data = {"ca.crt": desk.cluster.api.cloud.world.authority.certificate.read_text()}
            desk.write(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
