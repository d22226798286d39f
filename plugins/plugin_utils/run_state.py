# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What one ansible-playbook run keeps in memory between its tasks. Nothing here touches the disk.

Tasks run in forked workers that forget everything when they end. The callback creates, before the first fork, a small
piece of shared memory and a ledger in the parent; workers inherit both. Without the callback there are only stand-ins
that forget, and everything still works.
"""

from __future__ import annotations

import json
import mmap
import multiprocessing
import typing as t
from dataclasses import dataclass, field

SIZE = 1 << 20
LOCK_SECONDS = 2.0


class SharedMapping(t.MutableMapping[str, t.Any]):
    """A small mapping of JSON values in anonymous memory that all workers see.

    It is a cache: when it is full, or a worker was killed while it held the lock, values are forgotten, never waited for.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SIZE)
        self._lock = multiprocessing.get_context("fork").Lock()
        self._store({})

    def _load(self) -> dict[str, t.Any]:
        self._memory.seek(0)
        length = int.from_bytes(self._memory.read(8), "big")
        return t.cast("dict[str, t.Any]", json.loads(self._memory.read(length)))

    def _store(self, values: dict[str, t.Any]) -> None:
        data = json.dumps(values).encode()
        if len(data) + 8 > SIZE:
            data = b"{}"
        self._memory.seek(0)
        self._memory.write(len(data).to_bytes(8, "big") + data)

    def _locked(self, act: t.Callable[[dict[str, t.Any]], t.Any], fallback: t.Any = None) -> t.Any:
        if not self._lock.acquire(timeout=LOCK_SECONDS):
            return fallback
        try:
            return act(self._load())
        finally:
            self._lock.release()

    def __getitem__(self, key: str) -> t.Any:
        return self._locked(lambda values: values, {})[key]

    def __setitem__(self, key: str, value: t.Any) -> None:
        self._locked(lambda values: self._store({**values, key: value}))

    def __delitem__(self, key: str) -> None:
        self._locked(lambda values: self._store({name: value for name, value in values.items() if name != key}))

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._locked(lambda values: values, {}))

    def __len__(self) -> int:
        return len(self._locked(lambda values: values, {}))

    def add(self, key: str, amount: int) -> None:
        """Add to a counter."""
        self._locked(lambda values: self._store({**values, key: values.get(key, 0) + amount}))


@dataclass(frozen=True)
class Outcome:
    """How one task of this collection ended on one host.

    status: ok, failed, unreachable or skipped. changes and io are the module's, masked already.
    """

    host: str
    task: str
    action: str
    status: str
    changes: tuple[dict[str, t.Any], ...] = ()
    io: t.Mapping[str, int] = field(default_factory=dict)
    message: str = ""

    def as_text(self) -> str:
        """One line: where, what, how it ended and why."""
        return f"{self.host}: {self.task.rpartition(' : ')[2]}: {self.status}" + (f": {self.message}" if self.message else "")


@dataclass
class Ledger:
    """What the callback has seen in this run.

    verdict: the gate's, in one line, if there was one. seconds: how long tasks of ours took, added up (hosts go side by side).
    """

    outcomes: list[Outcome] = field(default_factory=list)
    verdict: str = ""
    seconds: float = 0.0

    @property
    def changes(self) -> list[dict[str, t.Any]]:
        """What differs, each thing once: two tasks may look after different sides of one thing, or look at it twice."""
        found: dict[tuple[str | None, ...], dict[str, t.Any]] = {}
        for change in (change for outcome in self.outcomes for change in outcome.changes):
            key = (change["cloud"], change["kind"], change["name"], change["id"])
            known = found.setdefault(key, {**change, "fields": []})
            paths = {field["path"] for field in known["fields"]}
            known["fields"] = known["fields"] + [field for field in change["fields"] if field["path"] not in paths]
        return list(found.values())


SHARED: t.MutableMapping[str, t.Any] = {}
LEDGER: Ledger | None = None
TASKS = "tasks begun"


def open_run() -> Ledger:
    """Called once, by the callback, in the parent process and before the first fork."""
    global SHARED, LEDGER
    SHARED = SharedMapping()
    LEDGER = Ledger()
    return LEDGER


def count_task() -> None:
    """Called in the worker when a task of ours begins, so that lost results can be told from clean ones."""
    if isinstance(SHARED, SharedMapping):
        SHARED.add(TASKS, 1)
