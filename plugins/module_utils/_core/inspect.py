# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Modules that only look: the same way through the house, with nothing declared and every write refused."""

from __future__ import annotations

import typing as t

from .apply import Waves
from .host import Host
from .plan import Change, State
from .reconcile import Reconciler
from .traffic import Traffic


class Inspector(Reconciler):
    """What an `_info` module reads. A subclass gives `kind`, `read()` and `result()`."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        traffic.read_only = True  # not only in check mode: looking never writes
        self.host = host
        self.traffic = traffic

    def want(self) -> dict[str, State | None]:
        return {}

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return []
