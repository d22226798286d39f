# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an operator next has to do with an object: a while after it has changed, again and again while it fails, and at its interval.

Real queues retry after seconds and then minutes. Here the first retry comes after a fifth of a second and none takes longer than a second.
"""

from __future__ import annotations

import math
import typing as t

from sandbox.clouds.kubernetes.errors import Json

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

FIRST, LONGEST = 0.2, 1.0
FORGOTTEN = 60.0  # seconds after which a turn that nobody has taken is that of an object that is gone


def next_turn(cluster: Cluster, now: float) -> float:
    """When an operator next has something to do although nothing is written."""
    kept = cluster.memory("operators")
    for name in [name for name, each in kept.items() if each["due"] is not None and each["due"] < now - FORGOTTEN]:
        del kept[name]
    return min((each["due"] for each in kept.values() if each["due"] is not None), default=math.inf)


class Work:
    """What is kept about one object: what it was when it was last seen, when its turn is, and how often it has failed since.

    operation, usual: how long the operator takes from a change to its turn (a `slow_operation` fault can stretch it).
    """

    def __init__(self, cluster: Cluster, thing: Json, operation: str, usual: float) -> None:
        self._cluster, self._operation, self._usual = cluster, operation, usual
        self._kept: Json = cluster.memory("operators").setdefault(
            f"{operation} {thing['metadata']['uid']}", {"seen": None, "due": None, "tries": 0}
        )

    def due(self, seen: str, now: float) -> bool:
        """Whether the object's turn has come; `seen` tells one state of it from another."""
        if self._kept["seen"] != seen:
            self._kept.update(seen=seen, due=now + self._cluster.api.seconds(self._operation, self._usual), tries=0)
        return self._kept["due"] is not None and self._kept["due"] <= now

    def done(self, now: float, again: float | None = None) -> None:
        """It went well; `again`: the seconds until the next turn, None for no turn before it changes."""
        self._kept.update(due=None if again is None else now + again, tries=0)

    def failed(self, now: float) -> None:
        self._kept["tries"] += 1
        self._kept["due"] = now + min(LONGEST, FIRST * 2 ** (self._kept["tries"] - 1))

    def sleep(self, until: float) -> None:
        """Nothing is to be done before that moment, unless the object changes."""
        self._kept["due"] = until
