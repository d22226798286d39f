# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trouble on demand: a fault is a rule that hits the calls it matches, a counted number of times."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase

from sandbox.journal import Entry

Kind = t.Literal["status", "latency", "reset", "hold", "expired_token", "slow_operation"]
KINDS: tuple[str, ...] = t.get_args(Kind)


@dataclass
class Fault:
    """Which calls are hit, and how.

    kind: `status` answers with `status` in the cloud's own words; `latency` waits `seconds` first; `reset` drops the connection;
        `hold` never answers (until the fault is removed); `expired_token` refuses the credential as expired;
        `slow_operation` makes the long-running operation named by `action` take `seconds`.
    cloud, method, path, action: what is hit; `path` and `action` are shell patterns, None hits all. `write` picks writes or reads.
    when: `before` the operation is carried out, or `after` it (the change is made, the answer is lost).
    skip, count: let the first `skip` matching calls pass, then hit `count` calls (None: until removed).
    code, retry_after: the error code inside a `status` answer, and its Retry-After header (seconds).
    """

    kind: Kind
    cloud: str | None = None
    method: str | None = None
    path: str | None = None
    action: str | None = None
    write: bool | None = None
    when: t.Literal["before", "after"] = "before"
    skip: int = 0
    count: int | None = 1
    status: int = 500
    code: str | None = None
    retry_after: float | None = None
    seconds: float = 0.0
    hits: int = 0

    def matches(self, entry: Entry) -> bool:
        return (
            self.cloud in (None, entry.cloud)
            and self.method in (None, entry.method)
            and self.write in (None, entry.write)
            and fnmatchcase(entry.path, self.path or "*")
            and fnmatchcase(entry.action or "", self.action or "*")
        )

    @property
    def spent(self) -> bool:
        return self.count is not None and self.hits >= self.count


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, wanted: dict[str, t.Any]) -> Fault:
        """Raises ValueError with the reason when the rule is not understood."""
        unknown = sorted(set(wanted) - {each.name for each in fields(Fault)} | {"hits"} & set(wanted))
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}")
        if wanted.get("kind") not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        fault = Fault(**wanted)
        self._faults.append(fault)
        return fault

    def take(self, entry: Entry, when: str) -> Fault | None:
        """The first fault due for this call, counted as used."""
        for fault in self._faults:
            if fault.kind == "slow_operation" or fault.when != when or fault.spent or not fault.matches(entry):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.hits += 1
            return fault
        return None

    def seconds(self, cloud: str, operation: str, usual: float) -> float:
        """How long the long-running `operation` takes now: `usual` unless a slow_operation fault says otherwise."""
        for fault in reversed(self._faults):
            if fault.kind == "slow_operation" and fault.cloud in (None, cloud) and fnmatchcase(operation, fault.action or "*"):
                fault.hits += 1
                return fault.seconds
        return usual

    def active(self, fault: Fault) -> bool:
        return fault in self._faults

    def clear(self) -> None:
        self._faults.clear()

    def as_json(self) -> list[dict[str, t.Any]]:
        return [asdict(fault) for fault in self._faults]
