# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Patches: JSON patch (RFC 6902), JSON merge patch (RFC 7386), and the strategic merge patch of the built-in kinds.

kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch and
github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
"""

from __future__ import annotations

import copy
import json
import typing as t

from sandbox.clouds.kubernetes.errors import ApiError, Json, bad_request
from sandbox.clouds.kubernetes.nodes import Node


def merge_patch(target: t.Any, patch: t.Any) -> t.Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


# --- JSON patch ---------------------------------------------------------------------


def json_patch(document: Json, operations: t.Any) -> Json:
    if not isinstance(operations, list):
        raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    root: t.Any = copy.deepcopy(document)
    for each in operations:
        try:
            root = _step(root, each)
        except (AttributeError, KeyError, IndexError, ValueError, TypeError):
            raise _failed() from None
    return t.cast(Json, root)


def _failed() -> ApiError:
    """The server does not say which operation it was."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def _step(root: t.Any, operation: Json) -> t.Any:
    what, path = operation["op"], _pointer(operation["path"])
    if what in ("move", "copy"):
        source = _pointer(operation["from"])
        value = copy.deepcopy(_at(root, source))
        if what == "move":
            root = _step(root, {"op": "remove", "path": operation["from"]})
        return _step(root, {"op": "add", "path": operation["path"], "value": value})
    if what == "test":
        if _at(root, path) != operation.get("value"):
            raise ValueError("test failed")
        return root
    if not path:
        return operation["value"]
    parent, last = _at(root, path[:-1]), path[-1]
    if isinstance(parent, list):
        _change_list(parent, last, what, operation)
    elif what == "remove":
        del parent[last]
    elif what == "add":
        parent[last] = operation["value"]
    elif what == "replace":
        parent[last]
        parent[last] = operation["value"]
    else:
        raise ValueError(f"Unexpected kind: {what}")
    return root


def _change_list(parent: list[t.Any], last: str, what: str, operation: Json) -> None:
    if what == "add" and last == "-":
        parent.append(operation["value"])
        return
    index = int(last)
    if not 0 <= index < len(parent) + (what == "add"):
        raise IndexError(last)
    if what == "add":
        parent.insert(index, operation["value"])
    elif what == "remove":
        del parent[index]
    else:
        parent[index] = operation["value"]


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(root: t.Any, path: list[str]) -> t.Any:
    for step in path:
        root = root[int(step)] if isinstance(root, list) else root[step]
    return root


# --- strategic merge patch -----------------------------------------------------------


def strategic_patch(node: Node, target: t.Any, patch: t.Any) -> t.Any:
    """Lists of structures are merged by the key that the kind names; `$patch`, `$retainKeys` and the like direct it."""
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    if patch.get("$patch") == "delete":
        return {}
    merged = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        merged = {name: value for name, value in merged.items() if name in patch["$retainKeys"]}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            about = name.partition("/")[2]
            merged[about] = [each for each in merged.get(about) or () if each not in value]
        elif name.startswith("$"):
            continue
        elif value is None:
            merged.pop(name, None)
        elif isinstance(value, list):
            merged[name] = _patch_list(node.child(name), merged.get(name) or [], value)
        else:
            merged[name] = strategic_patch(node.child(name), merged.get(name), value)
    for name, order in patch.items():
        about = name.partition("/")[2]
        key = node.child(about).merge_key
        if name.startswith("$setElementOrder/") and key is not None and isinstance(merged.get(about), list):
            live = (target if isinstance(target, dict) else {}).get(about) or []
            merged[about] = _in_order(live, merged[about], [_told(each, key) for each in order], key)
    return merged


def _patch_list(node: Node, live: list[t.Any], patch: list[t.Any]) -> list[t.Any]:
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [each for each in patch if not (isinstance(each, dict) and each.get("$patch") == "replace")]
    key = node.merge_key
    if key is None:
        return copy.deepcopy(patch)
    if key == "":
        return _in_order(live, live + [each for each in patch if each not in live], [_told(each, key) for each in patch], key)
    merged = list(live)
    for each in patch:
        if not isinstance(each, dict) or key not in each:
            raise bad_request(f"map: {json.dumps(each)} does not contain declared merge key: {key}")
        place = next((index for index, one in enumerate(merged) if one.get(key) == each[key]), None)
        if each.get("$patch") == "delete":
            merged = [one for one in merged if one.get(key) != each[key]]
        elif place is None:
            merged.append(strategic_patch(node.items, {}, each))
        else:
            merged[place] = strategic_patch(node.items, merged[place], each)
    return _in_order(live, merged, [_told(each, key) for each in patch if each.get("$patch") != "delete"], key)


def _in_order(live: list[t.Any], merged: list[t.Any], wanted: list[str], key: str) -> list[t.Any]:
    """What the patch names comes in its order; the rest goes in between, where it stood before what the patch names."""
    stood = [_told(each, key) for each in live]
    named = sorted((each for each in merged if _told(each, key) in wanted), key=lambda each: wanted.index(_told(each, key)))
    rest = [each for each in merged if _told(each, key) not in wanted]
    found: list[t.Any] = []
    while named and rest:
        left, right = _told(rest[0], key), _told(named[0], key)
        before = left in stood and right in stood and stood.index(left) < stood.index(right)
        found.append(rest.pop(0) if before else named.pop(0))
    return found + rest + named


def _told(each: t.Any, key: str) -> str:
    """By what an element is told from others."""
    return json.dumps(each.get(key) if key and isinstance(each, dict) else each)


def go_map(value: t.Any) -> str:
    """A value as Go prints it, for errors that show a patch: `map[spec:map[replicas:2]]`."""
    if isinstance(value, dict):
        return f"map[{' '.join(f'{name}:{go_map(value[name])}' for name in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(go_map(each) for each in value)}]"
    return "<nil>" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
