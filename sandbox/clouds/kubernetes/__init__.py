# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes: the API servers of AKS clusters with what runs in them, where charts come from, and what answers at the estate's names."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.kubernetes import controllers, definitions, housekeeping, operators  # noqa: F401  they register
from sandbox.clouds.kubernetes.api import Api
from sandbox.clouds.kubernetes.charts import Charts
from sandbox.clouds.kubernetes.edge import Edge


class Kubernetes(Cloud):
    name = "kubernetes"
    service_types = (Api, Charts, Edge)

    def new_credentials(self) -> dict[str, t.Any]:
        """None of its own: who may log in to a cluster is told by its AKS record, and charts are public."""
        return {}

    def environment(self) -> dict[str, str]:
        return {}

    @property
    def api(self) -> Api:
        return t.cast(Api, self.services[0])

    @property
    def edge(self) -> Edge:
        return next(each for each in self.services if isinstance(each, Edge))
