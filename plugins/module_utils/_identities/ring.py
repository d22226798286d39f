# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The two keys of a user: the one in the vault, and the one that it replaced. What each is worth, and what has to become of it. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .._core.plan import State
from .directory import AccessKey
from .kept import MISSING, STORED, Kept

ACTIVE, DISABLED, DELETED, NONE = "active", "disabled", "deleted", "none"


@dataclass(frozen=True)
class Ring:
    """kept: what the vault holds. keys: all keys of the user by id. most: how many he may have. Ages in days."""

    kept: Kept
    keys: t.Mapping[str, AccessKey]
    most: int
    rotate: int | None
    retire: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def current(self) -> AccessKey | None:
        return self.keys.get(self.kept.key_id)

    @property
    def old(self) -> AccessKey | None:
        """The key that the current one replaced, while it is there."""
        return self.keys.get(self.kept.replaced) if self.kept.replaced != self.kept.key_id else None

    @property
    def replaced(self) -> str:
        """The key that a new one would replace."""
        key = self.current or self.old
        return key.id if key else ""

    @property
    def strange(self) -> list[str]:
        """Keys that did not come from the vault's module: left alone."""
        return sorted({*self.keys} - {key.id for key in (self.current, self.old) if key})

    def state(self, accepts: t.Callable[[str, str], bool]) -> State:
        """Of the keys, as far as it is declared or shown. accepts: asks the cloud whether it takes a key."""
        judged, followers, old = self._judge(accepts), self.kept.followers(), self.old
        if judged != STORED:  # a new key takes those along that are there: it is one finding
            followers = {name: words if words == MISSING else STORED for name, words in followers.items()}
        return {
            "secret": judged,
            **followers,
            "old_key": (ACTIVE if old.active else DISABLED) if old else NONE,
            "old_access_key_id": old.id if old else None,
            **self.kept.facts(),
        }

    def _judge(self, accepts: t.Callable[[str, str], bool]) -> str:
        """What the vault holds: `stored` when it is a key of this user that works and is not too old."""
        current = self.current
        if not self.kept.secret:
            return MISSING
        if current is None:
            return f"of access key {self.kept.key_id or 'unknown'}, which is not the user's"
        if not current.active:
            return "of a disabled access key"
        if not accepts(current.id, self.kept.secret):
            return "refused"
        return f"{self._days(current)} days old" if self.rotate and self._days(current) >= self.rotate else STORED

    def due(self, *, renewed: bool) -> str | None:
        """What has to become of the old key, if anything. renewed: there will be another key, which needs a place."""
        old, days = self.old, self._days(self.current) if self.current else 0
        if old is None:
            return None
        if days >= 2 * self.retire or (renewed and len(self.keys) >= self.most and (days >= self.retire or not old.active)):
            return DELETED
        return DISABLED if days >= self.retire else None

    def _days(self, key: AccessKey) -> int:
        return (self.now - key.created).days
