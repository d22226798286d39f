# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an applied object fits its schema: server-side apply takes nothing that it does not know, whatever fieldValidation says.

The words are those of sigs.k8s.io/structured-merge-diff.
"""

from __future__ import annotations

import typing as t

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.fields import BadElement, Path, step_of, written
from sandbox.clouds.kubernetes.nodes import Node


def problems(node: Node, declared: Json) -> list[str]:
    found: list[str] = []
    _check(node, declared, (), found)
    return found


def _check(node: Node, value: t.Any, path: Path, found: list[str]) -> None:
    if value is None or node.kind == "any":
        return
    if node.kind == "object":
        if not isinstance(value, dict):
            found.append(f"{written(path)}: expected map, got {_shown(value)}")
            return
        for name, each in value.items():
            below = node.known(name)
            if below is None:
                found.append(f"{written((*path, f'f:{name}'))}: field not declared in schema")
            else:
                _check(below, each, (*path, f"f:{name}"), found)
    elif node.kind == "array":
        _check_list(node, value, path, found)
    else:
        _check_scalar(node, value, path, found)


def _check_list(node: Node, value: t.Any, path: Path, found: list[str]) -> None:
    if not isinstance(value, list):
        found.append(f"{written(path)}: expected list, got {_shown(value)}")
        return
    seen: set[str] = set()
    for index, each in enumerate(value):
        step = f"i:{index}"
        if node.list_type != "atomic":
            try:
                step = step_of(node, each, index)
            except BadElement as error:
                found.append(f"{written(path)}: {error}")
                continue
            if step in seen:
                found.append(f"{written(path)}: duplicate entries for key {written((step,))}")
            seen.add(step)
        place = (*path, step) if not step.startswith("i:") else path
        _check(node.items, each, place, found)


def _check_scalar(node: Node, value: t.Any, path: Path, found: list[str]) -> None:
    if node.kind == "int-or-string" or node.format == "quantity":
        good, wanted = isinstance(value, (str, int, float)), ""
    elif node.kind in ("integer", "number"):
        good, wanted = isinstance(value, (int, float)) and not isinstance(value, bool), "numeric (int or float)"
    elif node.kind == "boolean":
        good, wanted = isinstance(value, bool), "boolean"
    else:
        good, wanted = isinstance(value, str), "string"
    if good:
        return
    if wanted.startswith("numeric"):
        found.append(f"{written(path)}: expected {wanted}, got {_go_type(value)}")
    else:
        found.append(f"{written(path)}: expected {wanted or 'string, or numeric'}, got {_shown(value)}")


def _go_type(value: t.Any) -> str:
    kinds: dict[type, str] = {dict: "map[string]interface {}", list: "[]interface {}", str: "string", bool: "bool", float: "float64"}
    return kinds.get(type(value), "int64")


def _shown(value: t.Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f"&value.valueUnstructured{{Value:{text}}}"
