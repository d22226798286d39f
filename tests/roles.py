# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of a role as its tasks see them, without a run."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.plain import plain
from tests.cloud import ROOT


class Role:
    """given: variables of the user, by the names of the role's interface."""

    def __init__(self, name: str, **given: t.Any) -> None:
        self._loader = DataLoader()
        defaults, internal = (self._load(ROOT / "roles" / name / part / "main.yml") for part in ("defaults", "vars"))
        self._variables = {**defaults, **given, **internal, "omit": "__omitted"}

    def value(self, name: str, of_each: str | None = None) -> t.Any:
        """A variable, evaluated as for a task, as plain data. of_each: of a list of mappings only what stands under this key."""
        written = self._variables[name]
        wanted = written if of_each is None else [each[of_each] for each in written]
        return plain(Templar(self._loader, variables=self._variables).template(wanted))

    def _load(self, file: Path) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self._loader.load_from_file(str(file), trusted_as_template=True) or {}) if file.exists() else {}


def of_inventory(environment: str, group: str) -> dict[str, t.Any]:
    """The variables that an inventory gives to a group, as they are written."""
    loader = DataLoader()
    inventory = InventoryManager(loader, sources=[str(ROOT / "inventories" / environment)])
    host = inventory.groups[group].get_hosts()[0]
    return t.cast("dict[str, t.Any]", VariableManager(loader, inventory).get_vars(host=host))
