# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs inside a cluster besides its API server: controllers, and what is asked before a write is accepted."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.resources import Resource

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster


class Controller(t.Protocol):
    """Brings about what objects declare, a step at a time: it never blocks, and keeps due times in `cluster.data`."""

    def reconcile(self, cluster: Cluster, now: float) -> None: ...


class Attempt(t.NamedTuple):
    """A write that is about to happen. `after` may be changed (as a mutating webhook does); it is None for a deletion."""

    resource: Resource
    verb: str  # CREATE, UPDATE, DELETE
    subresource: str
    before: Json | None
    after: Json | None
    dry: bool
    user: str
    warnings: list[str]  # what the writer is told besides


# Called as `(cluster, attempt)` before each write; raises errors.ApiError to refuse it.
Admission = Callable[["Cluster", Attempt], None]

CONTROLLERS: list[Callable[[], Controller]] = []  # one of each is made for each cluster
ADMISSION: list[Admission] = []
