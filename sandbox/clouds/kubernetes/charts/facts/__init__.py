# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of the real charts, each file with its version, date and source: the values that they take, the kinds that they
bring, and the fields of the custom resources that the estate uses.
"""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent

# A type by its name, or what stands below. The key `*` is for any name.
Tree = dict[str, t.Any]

_ANY_NAME = "*"
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
}


class Kind(t.NamedTuple):
    """A kind of custom resource. versions: `stored` (and served), `served`, or `known` only."""

    group: str
    kind: str
    plural: str
    scope: str
    short_names: list[str]
    versions: dict[str, str]


def charts() -> list[str]:
    """The charts of which the values are known."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "kinds")


@functools.cache
def chart(name: str) -> Tree:
    """Everything about a chart; raises FileNotFoundError for one that is not known."""
    return t.cast(Tree, yaml.safe_load((FOLDER / f"{name}.yaml").read_text()))


@functools.cache
def values(name: str) -> Tree:
    """The values of a chart as a tree with a type's name at each end, also those that are not set by default."""
    return _merged(chart(name)["values"], chart(name).get("further", {}))


def owners() -> list[str]:
    """The projects whose kinds are known."""
    return sorted(_kinds())


@functools.cache
def kinds(owner: str) -> list[Kind]:
    """The kinds that a project brings: external-secrets, cert-manager, traefik, gateway-api."""
    groups = _kinds()[owner]["kinds"]
    return [
        Kind(group, each["kind"], each["plural"], each["scope"], each.get("short_names", []), each["versions"])
        for group, members in groups.items()
        for each in members
    ]


@functools.cache
def fields(kind: str) -> Tree | None:
    """The OpenAPI schema of a kind in the versions that are served; None where it is not known."""
    path = FOLDER / "fields" / f"{kind}.yaml"
    return t.cast(Tree, yaml.safe_load(path.read_text())["schema"]) if path.exists() else None


def problems(name: str, given: t.Any) -> list[str]:
    """What the chart of that name does not know, or not with that type, by path. A null takes a default away: it always fits."""
    return list(_problems(values(name), given, ""))


def child(tree: Tree, name: str) -> t.Any:
    """What is known below a name; None when it is not known."""
    return tree.get(name, tree.get(_ANY_NAME))


@functools.cache
def _kinds() -> Tree:
    return t.cast(Tree, yaml.safe_load((FOLDER / "kinds.yaml").read_text()))


def _problems(known: t.Any, given: t.Any, path: str) -> t.Iterator[str]:
    if given is None or known == "any":
        return
    if isinstance(known, str):
        if not _fits(known, given):
            yield f"{path}: {known} expected, not {type(given).__name__}"
    elif not isinstance(given, dict):
        yield f"{path}: map expected, not {type(given).__name__}"
    else:
        for name, value in given.items():
            below = f"{path}.{name}" if path else str(name)
            if child(known, name) is None:
                yield f"{below}: not a value of this chart"
            else:
                yield from _problems(child(known, name), value, below)


def _fits(kind: str, value: t.Any) -> bool:
    """A bool is an int for Python, not for a schema."""
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _merged(one: Tree, other: Tree) -> Tree:
    both = {name: _merged(one[name], other[name]) if isinstance(one[name], dict) else one[name] for name in one.keys() & other.keys()}
    return {**one, **other, **both}
