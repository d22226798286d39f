# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merging what is applied into what is there, and taking away what is applied no more."""

from __future__ import annotations

import copy
import typing as t
from collections.abc import Iterable

from sandbox.clouds.kubernetes.fields import Path, elements, is_leaf
from sandbox.clouds.kubernetes.nodes import Node


def merge(node: Node, live: t.Any, declared: t.Any) -> t.Any:
    """The live value with what is declared in it. Neither is changed."""
    if declared is None and live and not is_leaf(node, live):
        # What is null declares nothing in a map or a keyed list (structured-merge-diff, typed/merge.go).
        return copy.deepcopy(live)
    if is_leaf(node, declared) or type(live) is not type(declared) or is_leaf(node, live):
        return copy.deepcopy(declared)
    if isinstance(declared, dict):
        merged = dict(live)
        for name, value in declared.items():
            merged[name] = merge(node.child(name), live[name], value) if name in live else copy.deepcopy(value)
        return merged
    return _merge_lists(node, live, declared)


def _merge_lists(node: Node, live: list[t.Any], declared: list[t.Any]) -> list[t.Any]:
    """Side by side: what is only live comes where it stood, what is declared in the order of the declaration."""
    left, right = elements(node, live), elements(node, declared)
    merged: dict[str, t.Any] = {}
    waiting, coming = list(left), list(right)
    while waiting or coming:
        if waiting and (waiting[0] not in right or waiting[0] in merged):
            step = waiting.pop(0)
            merged.setdefault(step, left[step])
            continue
        step = coming.pop(0)
        merged[step] = merge(node.items, left[step], right[step]) if step in left else copy.deepcopy(right[step])
    return list(merged.values())


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
    for step, each in elements(node, value).items():
        rest = first.get(step)
        if rest is None:
            found.append(each)
        elif () not in rest:
            found.append(without(node.items, each, rest))
    return found
