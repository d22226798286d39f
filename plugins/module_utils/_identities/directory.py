# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a cloud's access management has to offer, so that one reconciler can keep an application's own user there."""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime

Document = dict[str, t.Any]


@dataclass(frozen=True)
class AccessKey:
    """A key of a user. The secret is known only of one that was made just now."""

    id: str
    active: bool
    created: datetime
    secret: str = field(default="", repr=False)


class Directory(ABC):
    """One user of a cloud account and the one custom policy that is his, by their names.

    cloud: its name in results. most_keys: how many keys a user may have. own: how the policy is named among attached ones.
    """

    cloud: t.ClassVar[str]
    most_keys: t.ClassVar[int]

    def __init__(self, user: str, policy: str) -> None:
        self.user = user
        self.policy = policy

    @property
    @abstractmethod
    def own(self) -> str: ...

    @abstractmethod
    def check(self, document: Document) -> None:
        """Refuse names and documents that the cloud would refuse (PlanError)."""

    # --- reading -----------------------------------------------------------

    @abstractmethod
    def find(self) -> Document | None:
        """The user: `id` and what can be declared of it."""

    @abstractmethod
    def document(self) -> Document | None:
        """The policy's document; None if there is no such policy."""

    @abstractmethod
    def shared(self) -> bool:
        """Whether others have the policy too; asked after `document` and `attached`."""

    @abstractmethod
    def attached(self) -> list[str]:
        """The policies of the user, of any kind; asked after `find`."""

    @abstractmethod
    def keys(self) -> list[AccessKey]:
        """The keys of the user; asked after `find`."""

    @abstractmethod
    def caller(self) -> str:
        """The id of who is asking, as `find` has it."""

    @abstractmethod
    def accepts(self, key_id: str, secret: str) -> bool:
        """Whether the cloud takes a key, asked with the key itself."""

    # --- writing -----------------------------------------------------------

    @abstractmethod
    def create(self, facts: Document) -> Document:
        """Make the user; returns what `find` would."""

    @abstractmethod
    def update(self, facts: Document) -> None: ...

    @abstractmethod
    def delete(self) -> None: ...

    @abstractmethod
    def write_policy(self, document: Document, *, there: bool) -> None:
        """Make the policy, or let it say something else."""

    @abstractmethod
    def delete_policy(self) -> None: ...

    @abstractmethod
    def attach(self) -> None:
        """Attach the user's own policy."""

    @abstractmethod
    def detach(self, policy: str) -> None:
        """Detach a policy, named as in `attached`."""

    @abstractmethod
    def create_key(self) -> AccessKey: ...

    @abstractmethod
    def disable_key(self, key_id: str) -> None: ...

    @abstractmethod
    def delete_key(self, key_id: str) -> None: ...
