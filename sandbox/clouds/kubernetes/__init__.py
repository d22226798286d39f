# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes: what clusters need beside the clouds that they run in."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.kubernetes.charts import Charts


class Kubernetes(Cloud):
    name = "kubernetes"
    service_types = (Charts,)

    def new_credentials(self) -> dict[str, t.Any]:
        """None: charts are public."""
        return {}

    def environment(self) -> dict[str, str]:
        return {}
