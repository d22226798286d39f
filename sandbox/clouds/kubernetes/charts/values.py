# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in's values.yaml and values.schema.json, made from the facts about the real chart and what we set by default."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml

from sandbox.clouds.kubernetes.charts import facts

STAND_INS = Path(__file__).parent / "stand_ins"

_EMPTY: dict[str, t.Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "list": [], "map": {}, "any": None}
_SCHEMAS: dict[str, dict[str, t.Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "list": {"type": "array"},
    "map": {"type": "object"},
    "any": {},
}


@functools.cache
def overrides(chart: str) -> facts.Tree:
    """What we set by default in a stand-in."""
    return t.cast(facts.Tree, yaml.safe_load((STAND_INS / chart / "defaults.yaml").read_text()))


def defaults(chart: str) -> facts.Tree:
    """Every value that the real chart sets by default, with ours or an empty one."""
    return _filled(facts.chart(chart)["values"], overrides(chart))


def schema(chart: str) -> facts.Tree:
    """A JSON schema that takes the values of the facts and nothing else."""
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"Values of {chart}", **_closed(facts.values(chart))}


def _filled(known: facts.Tree, ours: facts.Tree) -> facts.Tree:
    filled: facts.Tree = {}
    for name, kind in known.items():
        if isinstance(kind, dict):
            filled[name] = _filled(kind, ours.get(name, {}))
        else:
            filled[name] = ours.get(name, _EMPTY[kind])
    return filled | {name: value for name, value in ours.items() if name not in known}


def _closed(known: t.Any) -> dict[str, t.Any]:
    if isinstance(known, str):
        return _SCHEMAS[known]
    rest = _closed(known["*"]) if "*" in known else False
    return {
        "type": "object",
        "properties": {name: _closed(below) for name, below in known.items() if name != "*"},
        "additionalProperties": rest,
    }
