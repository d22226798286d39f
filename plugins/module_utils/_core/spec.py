# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Options of a module together with the rules between them, so that both are joined at once."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, fields

_Rules = tuple[t.Any, ...]


@dataclass(frozen=True)
class ArgumentSpec:
    """Options by name, and the rules as AnsibleModule has them; required_by is pairs of an option and a tuple of what it needs."""

    options: t.Mapping[str, t.Mapping[str, t.Any]] = field(default_factory=dict)
    required_if: _Rules = ()
    mutually_exclusive: _Rules = ()
    required_together: _Rules = ()
    required_one_of: _Rules = ()
    required_by: _Rules = ()

    def __or__(self, other: ArgumentSpec) -> ArgumentSpec:
        rules = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self) if each.name != "options"}
        return ArgumentSpec({**self.options, **other.options}, **rules)

    def as_arguments(self) -> dict[str, t.Any]:
        """Keyword arguments of AnsibleModule."""
        rules: dict[str, t.Any] = {each.name: list(getattr(self, each.name)) for each in fields(self) if each.name != "options"}
        rules["required_by"] = dict(self.required_by)
        return {"argument_spec": {name: dict(option) for name, option in self.options.items()}, **rules}


STATE = ArgumentSpec({"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}})
