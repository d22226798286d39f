# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an emulated cloud is: an account with credentials, and services that answer for host names."""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod

from sandbox.authority import Pair
from sandbox.http import Match, Operation, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.world import World


class Service(ABC):
    """One API of a cloud. Handlers run one at a time on the event loop, so each call is atomic; they never block or sleep:
    what takes time is a due time kept in the state.
    """

    name: t.ClassVar[str]
    hosts: t.ClassVar[tuple[str, ...]]  # shell patterns of those that it always answers for
    plain_http: t.ClassVar[bool] = False  # plain HTTP in reality too (link-local metadata services)

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    @property
    def data(self) -> dict[str, t.Any]:
        """This service's state: JSON values only, kept by the world and written to disk after each write."""
        return t.cast("dict[str, t.Any]", self.cloud.data[self.name])

    @abstractmethod
    def seed(self) -> dict[str, t.Any]:
        """What exists in a new account, before anybody provisions."""

    @abstractmethod
    def match(self, request: Request) -> Match | None:
        """The operation that this request asks for, or None when it is not known here (the world answers 501)."""

    @abstractmethod
    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        """An error in this service's own words, for injected faults."""

    @abstractmethod
    def expired(self, request: Request) -> Reply:
        """The answer to a credential that has run out."""

    @property
    @abstractmethod
    def operations(self) -> list[Operation]:
        """Every operation that is emulated."""

    @property
    def names(self) -> tuple[str, ...]:
        """Shell patterns of the host names that belong to this service now."""
        return self.hosts

    def certificate(self, host: str) -> Pair | None:
        """What is presented for a host name; None: a certificate of the local cloud's own. Raises Dropped when nothing listens there."""
        return None

    def resolves(self, host: str) -> bool:
        """Whether a host name that fits the patterns exists now: some come and go with what is provisioned."""
        return True

    def seconds(self, operation: str, usual: float) -> float:
        """How long a long-running operation takes now (a `slow_operation` fault can stretch it)."""
        seconds = self.cloud.world.faults.seconds(self.cloud.name, operation, usual)
        entry = self.cloud.world.journal.current
        if entry is not None:
            entry.operation_seconds = max(entry.operation_seconds, seconds)
        return seconds


class Cloud(ABC):
    """One provider: an account, and the services on it."""

    name: t.ClassVar[str]
    service_types: t.ClassVar[tuple[type[Service], ...]]

    def __init__(self, world: World) -> None:
        self.world = world
        self.services = [each(self) for each in self.service_types]

    @property
    def data(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self.world.state[self.name])

    @property
    def credentials(self) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self.data["credentials"])

    def seed(self) -> dict[str, t.Any]:
        return {"credentials": self.new_credentials()} | {service.name: service.seed() for service in self.services}

    @abstractmethod
    def new_credentials(self) -> dict[str, t.Any]:
        """Made-up credentials, long and unique, so that a leak can be searched for."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """The environment variables, by the vendor's names, that hold this account's credentials."""

    @property
    def operations(self) -> list[Operation]:
        return [operation for service in self.services for operation in service.operations]
