# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Old versions of secrets, turned off. The newest one is never touched, and no value is read."""

from __future__ import annotations

import typing as t
from functools import partial

from .._core.apply import Step, Waves, side_by_side
from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States, make_plan
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .errors import CLOUD
from .secrets import VaultSecrets

KIND = Kind(CLOUD, "secret_version", Map({"enabled": Leaf(), "id": Leaf()}), id_field="id")


class OldVersions(Reconciler):
    """The versions of some secrets, as `name/version`: of those that can be read, all but the newest few are disabled."""

    kind = KIND
    identity = ("vault",)

    def __init__(self, host: Host, traffic: Traffic) -> None:
        self._params = host.params
        self._vault = VaultSecrets.of(host, traffic, vault="vault", auth=None)
        self._old: list[str] = []

    def want(self) -> dict[str, State | None]:
        if self._params["keep"] < 1:
            raise PlanError("keep must be 1 or more: the newest enabled version stays", cloud=CLOUD)
        return {}

    def read(self) -> dict[str, State]:
        there = {each.casefold(): each for each in self._vault.list()}
        names = [there[name.casefold()] for name in self._params["names"] if name.casefold() in there]
        have: dict[str, State] = {}
        for name, versions in zip(names, side_by_side(self._vault.versions, names), strict=True):
            keys = [f"{name}/{each.version}" for each in versions]
            # One that is disabled is no way back: if the newest one is, the last that can be read stays.
            self._old += [key for key, each in zip(keys, versions, strict=True) if each.enabled][self._params["keep"] :]
            for key, each in zip(keys, versions, strict=True):
                have[key] = {"enabled": each.enabled, "id": f"{self._vault.uri}/secrets/{key}"}
        return have

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return make_plan(self.kind, have, {key: {"enabled": False} for key in self._old})

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [[Step(change.title, partial(self._disable, change.name)) for change in plan]]

    def result(self, after: States) -> dict[str, t.Any]:
        versions: dict[str, list[dict[str, t.Any]]] = {}
        for key, state in after.items():
            name, version = key.split("/")
            versions.setdefault(name, []).append({"version": version, "enabled": state["enabled"]})
        return {"secrets": versions}

    def _disable(self, key: str) -> None:
        name, version = key.split("/")
        self._vault.disable(name, version)
