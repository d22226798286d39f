# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A release that is gone, and one that is as it was."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._core.apply import Step, Waves
from ..._core.errors import PlanError
from ..._core.plan import Change, States
from ..._core.rules import Difference, Leaf
from ..errors import CLOUD
from .base import OfRelease, between
from .rendering import rendered_differences
from .storage import DEPLOYED, SUPERSEDED, UNINSTALLING, Revision


class Absent(OfRelease):
    """One release, uninstalled with all that need not be kept. Definitions of crds/ stay, and so does the namespace."""

    resumes = (UNINSTALLING,)

    def compare(self) -> None:
        if self.current:
            facts = self.current.as_json()
            self.fields = [Difference(f"/{name}", facts[name], None, Leaf()) for name in ("chart", "version", "status")]
            self.compare_objects(self.current.objects, [], uninstalled=True)

    def own_changes(self) -> list[Change]:
        return [Change(self.kind, self.scope.place, "delete", tuple(self.fields), {}, None)] if self.fields else []

    def waves(self, plan: t.Any) -> Waves:
        yield from self.by_helm()

    def by_helm(self) -> Waves:
        if self.current and self.fields:
            uninstall = partial(self.actions.uninstall, self.removed, hooks=self.current.hooks)
            yield [Step(f"delete {CLOUD} {self.kind.name} {self.scope.place}", uninstall)]

    def result(self, after: States) -> dict[str, t.Any]:
        return {"release": None}

    def foreseen(self) -> dict[str, t.Any]:
        return {}


class RolledBack(OfRelease):
    """One release, as it was at an earlier revision."""

    target: Revision

    def compare(self) -> None:
        current = self.current
        if current is None:
            raise PlanError(f"{self.scope}: there is no such release", code="no_release", cloud=CLOUD, hint="Install it: state: present")
        self.target = self._target(current)
        if not (current.status == DEPLOYED and current.same_as(self.target)):
            target = self.target
            self.fields = between(current, target.chart, target.version, target.config, self.secrecy)
            self.fields = self.fields or rendered_differences(current.objects, target.objects, self.scope.namespace)
        self.compare_objects(current.objects, self.target.objects)

    def _target(self, current: Revision) -> Revision:
        """The revision that is meant. Without a number: the one before, unless this one is already a rollback."""
        number = self.params["revision"]
        if number is not None:
            found = next((each for each in self.revisions if each.number == number), None)
        elif current.status == DEPLOYED and current.rolled_back_to is not None:
            found = current
        else:
            good = [each for each in self.revisions if each.status in (DEPLOYED, SUPERSEDED) and each.number < current.number]
            found = good[-1] if good else None
        if found is None:
            listed = ", ".join(f"{each.number} ({each.status})" for each in self.revisions)
            what = "no revision to roll back to" if number is None else f"no revision {number}"
            raise PlanError(f"{self.scope}: there is {what}", code="no_revision", cloud=CLOUD, hint=f"There are {listed}")
        return found

    def by_helm(self) -> Waves:
        roll_back = partial(self.actions.roll_back, self.target.number, hooks=self.target.hooks)
        yield [Step(f"update {CLOUD} {self.kind.name} {self.scope.place}", roll_back)]

    def foreseen(self) -> dict[str, t.Any]:
        facts = self.target.as_json()
        return {name: facts[name] for name in ("chart", "version", "app_version")}
