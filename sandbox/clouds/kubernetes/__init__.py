# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes: the API servers of AKS clusters, with what runs in them."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.kubernetes import controllers, definitions, housekeeping  # noqa: F401  they register
from sandbox.clouds.kubernetes.api import Api
from sandbox.clouds.kubernetes.edge import Edge


class Kubernetes(Cloud):
    name = "kubernetes"
    service_types = (Api, Edge)

    def new_credentials(self) -> dict[str, t.Any]:
        """None of its own: who may log in to a cluster is told by its AKS record."""
        return {}

    def environment(self) -> dict[str, str]:
        return {}

    @property
    def api(self) -> Api:
        return t.cast(Api, self.services[0])
