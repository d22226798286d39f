# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merging what is applied into what is there, and taking away what is applied no more."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Iterable

from sandbox.clouds.kubernetes.fields import Path, elements, is_leaf, step_of
from sandbox.clouds.kubernetes.nodes import Node


def merge(node: Node, live: t.Any, declared: t.Any) -> t.Any:
    """The live value with what is declared in it. Neither is changed."""
    if is_leaf(node, declared) or type(live) is not type(declared) or is_leaf(node, live):
        return copy.deepcopy(declared)
    if isinstance(declared, dict):
        merged = dict(live)
        for name, value in declared.items():
            merged[name] = merge(node.child(name), live[name], value) if name in live else copy.deepcopy(value)
        return merged
    return _merge_lists(node, live, declared)


def _merge_lists(node: Node, live: list[t.Any], declared: list[t.Any]) -> list[t.Any]:
    """In the order of what is declared; what is only live keeps its place between its neighbours."""
    left, right = elements(node, live), elements(node, declared)
    waiting = [step for step in left if step not in right]
    order = list(left)
    merged: list[t.Any] = []
    for step in right:
        if step in left:
            before = [each for each in waiting if order.index(each) < order.index(step)]
            merged += [left[each] for each in before]
            waiting = [each for each in waiting if each not in before]
            merged.append(merge(node.items, left[step], right[step]))
        else:
            merged.append(copy.deepcopy(right[step]))
    return merged + [left[each] for each in waiting]


def without(node: Node, value: t.Any, gone: Iterable[Path]) -> t.Any:
    """The value without these paths; what does not stand there is passed over."""
    first: dict[str, list[Path]] = {}
    for path in gone:
        first.setdefault(path[0], []).append(path[1:])
    if not first or is_leaf(node, value):
        return value
    if isinstance(value, dict):
        kept = {}
        for name, each in value.items():
            rest = first.get(f"f:{name}")
            if rest is None:
                kept[name] = each
            elif () not in rest:
                kept[name] = without(node.child(name), each, rest)
        return kept
    found = []
    for index, each in enumerate(value):
        rest = first.get(step_of(node, each, index))
        if rest is None:
            found.append(each)
        elif () not in rest:
            found.append(without(node.items, each, rest))
    return found
