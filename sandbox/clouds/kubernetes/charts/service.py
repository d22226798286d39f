# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service of charts: which of its areas answers at a host name."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Service
from sandbox.clouds.kubernetes.charts import registries, repositories
from sandbox.http import Match, Operation, Reply, Request


class Charts(Service):
    """Everything is public and is only read: there is no state."""

    name = "charts"
    hosts = (*repositories.HOSTS, *registries.HOSTS)

    def seed(self) -> dict[str, t.Any]:
        return {}

    def match(self, request: Request) -> Match | None:
        if request.host in registries.HOSTS:
            return registries.match(self, request)
        return repositories.routes.match(self, request)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        if request.host in registries.HOSTS:
            return registries.error(status, code or registries.USUAL.get(status, "UNKNOWN"))
        return repositories.page(status)

    def expired(self, request: Request) -> Reply:
        return registries.unauthorized(request) if request.host in registries.HOSTS else repositories.page(401)

    @property
    def operations(self) -> list[Operation]:
        return [*repositories.routes.operations, *registries.operations()]
