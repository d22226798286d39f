# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Who the credentials are, and whether they have the rights that this collection needs. Nothing is tried out by writing."""

from __future__ import annotations

import typing as t
from abc import abstractmethod
from dataclasses import dataclass

from .errors import PlanError
from .host import Host
from .inspect import Inspector
from .plan import Kind, State, States
from .rules import Leaf, Map
from .spec import ArgumentSpec
from .traffic import Traffic

PURPOSES = ("manage", "preview", "read")
ACCESS = ArgumentSpec(
    {
        "roles": {"type": "list", "elements": "str"},
        "purpose": {"type": "str", "choices": list(PURPOSES), "default": "manage"},
        "on_missing": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
    }
)


@dataclass(frozen=True)
class Right:
    """One right, by the vendor's word. roles: those of this collection that need it. write: looking can do without it."""

    name: str
    roles: tuple[str, ...]
    write: bool


@dataclass(frozen=True)
class Verdict:
    """What is known of a right. granted: None if nobody can tell, and then `why` says why."""

    granted: bool | None
    why: str = ""


GRANTED, MISSING = Verdict(True), Verdict(False)


def unknown(why: str) -> Verdict:
    return Verdict(None, why)


def _by_reason(found: t.Iterable[tuple[str, str]]) -> list[dict[str, t.Any]]:
    rights: dict[str, list[str]] = {}
    for name, why in found:
        rights.setdefault(why, []).append(name)
    return [{"why": why, "rights": names} for why, names in rights.items()]


class Access(Inspector):
    """The access of one identity at one cloud. A subclass tells who it is and judges rights.

    rights: all that the roles of this collection need. policy, reader_policy: the files that grant them.
    """

    cloud: t.ClassVar[str]
    rights: t.ClassVar[tuple[Right, ...]]
    policy: t.ClassVar[str]
    reader_policy: t.ClassVar[str]

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic.beside(self.cloud))
        traffic.read_only = True
        self.kind = Kind(self.cloud, "access", Map(other=Leaf()))
        self.libraries: dict[str, str] = {}

    @abstractmethod
    def identify(self) -> dict[str, t.Any]:
        """Who the credentials are; never a secret. Raises for credentials that are not there, or not good."""

    @abstractmethod
    def judge(self, rights: t.Sequence[Right]) -> list[Verdict]:
        """A verdict for each right, in order."""

    def wanted(self) -> list[Right]:
        """The rights that this task is about. Raises PlanError for a role that there is not."""
        roles, reading = self.host.params["roles"], self.host.params["purpose"] == "read"
        known = {role for right in self.rights for role in right.roles}
        strange = sorted(set(roles or ()) - known)
        if strange:
            raise PlanError(
                f"{', '.join(strange)}: no role of this collection that calls {self.cloud}",
                cloud=self.cloud,
                hint=f"There are {', '.join(sorted(known))}",
            )
        return [right for right in self.rights if not (reading and right.write) and (roles is None or {*roles} & {*right.roles})]

    def read(self) -> dict[str, State]:
        identity = self.identify()
        rights = self.wanted()
        judged = list(zip(rights, self.judge(rights), strict=True))
        policy = self.reader_policy if self.host.params["purpose"] == "read" else self.policy
        return {
            self.cloud: {
                "cloud": self.cloud,
                "identity": identity,
                "granted": [right.name for right, verdict in judged if verdict.granted],
                "missing": [
                    {"right": right.name, "needed_for": list(right.roles), "write": right.write, "policy": policy}
                    for right, verdict in judged
                    if verdict.granted is False
                ],
                "unknown": _by_reason((right.name, verdict.why) for right, verdict in judged if verdict.granted is None),
                "libraries": self.libraries,
            }
        }

    def result(self, after: States) -> dict[str, t.Any]:
        access = after[self.cloud]
        missing = access["missing"]
        # A preview lives without rights to write; it says that the real run will not.
        fatal = [] if self.host.params["on_missing"] == "warn" else missing
        if self.host.params["purpose"] == "preview":
            fatal = [each for each in fatal if not each["write"]]
        if fatal:
            message, hint = self._complaint(fatal), self._way_out(fatal)
            failure = {"cloud": self.cloud, "code": "missing_rights", "status": None, "request_id": None, "retryable": False, "hint": hint}
            self.host.fail(
                f"{message}. {hint}", {"access": access, "failure": failure, "changed": False, "changes": [], "io": self.traffic.as_json()}
            )
        if missing:
            self.host.warn(f"{self._complaint(missing)}. {self._way_out(missing)}")
        return {"access": access}

    def _complaint(self, missing: t.Sequence[t.Mapping[str, t.Any]]) -> str:
        listed = "; ".join(f"{each['right']} (for {', '.join(each['needed_for'])})" for each in missing)
        return f"{self.cloud}: the credentials lack {len(missing)} of the rights that are needed: {listed}"

    def _way_out(self, missing: t.Sequence[t.Mapping[str, t.Any]]) -> str:
        return f"Apply the policy roles/preflight/files/policies/{missing[0]['policy']}; docs/policies.md says how"
