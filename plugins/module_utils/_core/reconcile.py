# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The one way through the house: options → declared state → read → plan → apply (unless check mode) → result."""

from __future__ import annotations

import typing as t
from abc import ABC, abstractmethod

from .apply import Waves, carry_out
from .errors import ApplyError, HybridCloudError, PlanError
from .host import Host
from .plan import Change, DeletionGuard, Kind, State, States, after_plan, make_plan, with_outputs
from .traffic import Traffic
from .unknown import has_unknown


class Reconciler(ABC):
    """One managed thing, or one managed set of things of a kind. A cloud's folder has one subclass for each kind.

    identity: options that say which thing it is. While one of them is known only after apply (a preview on an empty
        estate), the thing cannot exist yet: it is not read, and previews as created.
    """

    kind: Kind
    identity: t.ClassVar[tuple[str, ...]] = ()
    purge: bool = False
    guard: DeletionGuard | None = None
    rewrite: bool = False

    @abstractmethod
    def want(self) -> dict[str, State | None]:
        """Declared states by name, None for absent. Raises PlanError for what makes no sense."""

    @abstractmethod
    def read(self) -> dict[str, State]:
        """States as they are, by name. Reads only."""

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        """What has to happen. Pure."""
        return make_plan(self.kind, have, want, purge=self.purge, guard=self.guard, rewrite=self.rewrite)

    @abstractmethod
    def waves(self, plan: t.Sequence[Change]) -> Waves:
        """The steps that carry the plan out."""

    @abstractmethod
    def result(self, after: States) -> dict[str, t.Any]:
        """What the module returns under its kind's name, from masked states."""

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        """Refuse a plan that the cloud would refuse (PlanError), in previews too. Without a word, all plans pass."""
        return


def reconcile(host: Host, make: t.Callable[[Host, Traffic], Reconciler], cloud: str) -> t.NoReturn:
    """Run one module. The only place that reads, plans, writes and reports."""
    traffic = Traffic(cloud, read_only=host.check_mode)
    try:
        result = _run(host, make(host, traffic), traffic)
    except ApplyError as error:
        failure = {"failure": error.failure, "applied": error.applied, "not_applied": error.not_applied}
        host.fail(str(error), {**failure, "changed": bool(error.applied), "io": traffic.as_json()})
    except HybridCloudError as error:
        host.fail(str(error), {"failure": error.failure, "changed": False, "io": traffic.as_json()})
    host.succeed(result)


def _run(host: Host, thing: Reconciler, traffic: Traffic) -> dict[str, t.Any]:
    _refuse_unknown(host)
    want = thing.want()
    nowhere_yet = any(has_unknown(host.params.get(name)) for name in thing.identity)
    have = {} if nowhere_yet else thing.read()
    plan = thing.plan(have, want)
    thing.check(have, plan)
    outputs = {} if host.check_mode or not plan else carry_out(thing.waves(plan))
    after = with_outputs(after_plan(have, plan), outputs)
    result = {
        "changed": bool(plan),
        "changes": [change.as_json() for change in plan],
        **thing.result({name: thing.kind.shown(state) for name, state in after.items()}),
        "io": traffic.as_json(),
    }
    if host.diff:
        result["diff"] = [change.as_diff() for change in plan]
    return result


def _refuse_unknown(host: Host) -> None:
    if host.check_mode:
        return
    for name, value in host.params.items():
        if has_unknown(value):
            raise PlanError(
                f"option {name} holds a value that is known only after apply",
                code="unknown_value",
                hint="The task that provides it did not run, or ran in check mode; run it in the same play",
            )
