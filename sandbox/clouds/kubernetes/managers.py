# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns which fields: server-side apply, and the bookkeeping of every other write.

kubernetes.io/docs/reference/using-api/server-side-apply; messages as k8s.io/apimachinery/pkg/util/managedfields words them.
"""

from __future__ import annotations

import copy
import json
import typing as t
from dataclasses import dataclass, field

from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.fields import BadElement, Path, compare, decode, encode, paths_of, with_parents, written
from sandbox.clouds.kubernetes.merging import merge, without
from sandbox.clouds.kubernetes.nodes import Node
from sandbox.clouds.kubernetes.times import stamp

# Nobody's fields: the server keeps them.
_SERVERS = frozenset({("f:apiVersion",), ("f:kind",), ("f:metadata",)}) | {
    ("f:metadata", f"f:{name}")
    for name in (
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    )
}


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Who(t.NamedTuple):
    """A manager. Its version counts only for updates: an applier is the same one in every version."""

    manager: str
    operation: str  # Apply or Update
    version: str
    subresource: str


@dataclass
class Ownership:
    """The managers of one object, what each owns, and since when."""

    sets: dict[Who, set[Path]] = field(default_factory=dict)
    times: dict[Who, str] = field(default_factory=dict)
    versions: dict[Who, str] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: Json | None) -> Ownership:
        found = cls()
        for entry in ((kept or {}).get("metadata") or {}).get("managedFields") or ():
            applies = entry.get("operation") == "Apply"
            version = entry.get("apiVersion", "")
            who = Who(entry.get("manager", ""), entry.get("operation", ""), "" if applies else version, entry.get("subresource", ""))
            found.sets[who] = decode(entry.get("fieldsV1"))
            found.times[who], found.versions[who] = entry.get("time", ""), version
        return found

    def entries(self) -> list[Json]:
        """Appliers first, then by time and name, as the server sorts them."""
        order = sorted(
            (who for who, paths in self.sets.items() if paths),
            key=lambda who: (who.operation != "Apply", self.times.get(who, ""), who.manager, who.version, who.subresource),
        )
        return [
            {
                "manager": who.manager,
                "operation": who.operation,
                "apiVersion": self.versions[who],
                **({"time": self.times[who]} if self.times.get(who) else {}),
                "fieldsType": "FieldsV1",
                "fieldsV1": encode(self.sets[who]),
                **({"subresource": who.subresource} if who.subresource else {}),
            }
            for who in order
        ]

    def others(self, who: Who) -> set[Path]:
        return set().union(*(paths for other, paths in self.sets.items() if other != who))


def sent(books: t.Any) -> list[Json] | None:
    """The books that a client sends along, which count instead of those that are kept. None: these stay.

    Source: k8s.io/apimachinery/pkg/util/managedfields/internal/fieldmanager.go (decodeLiveOrNew, isResetManagedFields): an empty list or
    one of a single empty entry strikes all of them, and what cannot be read counts as nothing sent.
    """
    if not isinstance(books, list) or not all(isinstance(entry, dict) for entry in books):
        return None
    if books in ([], [{}]):
        return []
    return books if all(entry.get("fieldsType") == "FieldsV1" and isinstance(entry.get("fieldsV1"), dict) for entry in books) else None


def ours(paths: t.Iterable[Path], reset: t.Collection[Path] = ()) -> set[Path]:
    """Without what nobody can own, and without what this endpoint does not write (`reset`)."""
    return {path for path in paths if path not in _SERVERS and not any(path[: len(each)] == each for each in reset)}


def update(node: Node, live: Json | None, fresh: Json, who: Who, reset: t.Collection[Path] = ()) -> None:
    """Keep the books of a write that is no apply: the writer takes what it has changed. `fresh` gets its managedFields."""
    owners = Ownership.of(live)
    found = compare(node, {} if live is None else _bare(live), _bare(fresh))
    taken = ours(found.added | found.modified, reset)
    lost = ours(found.removed, reset)
    for other in list(owners.sets):
        owners.sets[other] = owners.sets[other] - lost - taken
    if taken:
        owners.sets[who] = owners.sets.get(who, set()) | taken
        owners.times[who], owners.versions[who] = stamp(), who.version
    _keep(fresh, owners)


def apply(
    node: Node, live: Json | None, declared: Json, manager: str, subresource: str, *, force: bool, reset: t.Collection[Path] = ()
) -> Json:
    """What the object becomes. Refuses with 409 and every conflict when others own fields at other values."""
    owners = Ownership.of(live)
    if live is not None and not owners.sets:
        _own_what_is_there(node, live, owners)
    who = Who(manager, "Apply", "", subresource)
    before: Json = {} if live is None else _bare(live)
    meta = {name: value for name, value in (declared.get("metadata") or {}).items() if name != "managedFields"}
    wanted = {**declared, "metadata": meta}
    try:
        mine = ours(paths_of(node, wanted), reset)
        merged = merge(node, before, wanted)
    except BadElement as error:
        raise typed_failure(declared, [f": {error}"]) from None
    last = owners.sets.get(who, set())
    former = {each: set(paths) for each, paths in owners.sets.items()}
    owners.sets[who] = mine
    gone = with_parents(last) - with_parents(mine | owners.others(who))
    merged = without(node, merged, gone)
    _settle_conflicts(node, owners, who, before, merged, force=force, reset=reset)
    owners.versions[who] = declared["apiVersion"]
    if merged != before or owners.sets != former or who not in owners.times:
        owners.times[who] = stamp()
    fresh: Json = copy.deepcopy(merged)
    _keep(fresh, owners)
    return fresh


def _settle_conflicts(
    node: Node, owners: Ownership, who: Who, before: Json, merged: Json, *, force: bool, reset: t.Collection[Path]
) -> None:
    found = compare(node, before, merged)
    changed, lost = ours(found.modified | found.added, reset), ours(found.removed, reset)
    clashes = {other: paths & changed for other, paths in owners.sets.items() if other != who and paths & changed}
    if clashes and not force and who.manager == "kubectl":
        allowed = _last_applied(node, before)
        left = {other: paths - allowed for other, paths in clashes.items() if paths - allowed}
        force, clashes = not left, left or clashes
    if clashes and not force:
        raise conflicts([(other, path) for other in sorted(clashes) for path in sorted(clashes[other])])
    for other in owners.sets:
        if other != who:
            owners.sets[other] = owners.sets[other] - clashes.get(other, set()) - lost


def _own_what_is_there(node: Node, live: Json, owners: Ownership) -> None:
    """An object without books: what is in it belongs to whoever was there before."""
    before = Who("before-first-apply", "Update", live["apiVersion"], "")
    owners.sets[before], owners.times[before], owners.versions[before] = ours(paths_of(node, _bare(live))), stamp(), live["apiVersion"]


def _last_applied(node: Node, live: Json) -> set[Path]:
    """What `kubectl apply` on the client has set and nobody has changed since: kubectl may take it over on the server."""
    try:
        applied = json.loads((live["metadata"].get("annotations") or {})[LAST_APPLIED])
        found = compare(node, applied, live)
        return set(paths_of(node, applied)) - found.modified - found.added - found.removed
    except (KeyError, ValueError, BadElement):
        return set()


def conflicts(found: list[tuple[Who, Path]]) -> ApiError:
    if len(found) == 1:
        text = f"Apply failed with 1 conflict: conflict with {_shown(found[0][0])}: {written(found[0][1])}"
    else:
        lines: list[str] = []
        for who in dict.fromkeys(who for who, _ in found):
            lines.append(f"conflicts with {_shown(who)}:")
            lines += [f"- {written(path)}" for other, path in found if other == who]
        text = f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
    causes = [{"reason": "FieldManagerConflict", "message": f"conflict with {_shown(who)}", "field": written(path)} for who, path in found]
    return ApiError(409, "Conflict", text, {"causes": causes})


def _shown(who: Who) -> str:
    text = f'"{who.manager}"'
    if who.subresource:
        text += f' with subresource "{who.subresource}"'
    return f"{text} using {who.version}" if who.operation == "Update" else text


def typed_failure(declared: Json, problems: list[str]) -> ApiError:
    """An applied object that does not fit its schema: the server fails instead of refusing (500, no reason)."""
    meta, version = declared.get("metadata") or {}, declared.get("apiVersion", "")
    about = f"{meta.get('namespace', '')}/{meta.get('name', '')}; {version}, Kind={declared.get('kind', '')}"
    words = problems[0] if len(problems) == 1 else "errors:\n" + "".join(f"  {each}\n" for each in problems)
    return ApiError(500, "", f"failed to create typed patch object ({about}): {words}")


def _bare(kept: Json) -> Json:
    """Without its own books."""
    meta = {name: value for name, value in (kept.get("metadata") or {}).items() if name != "managedFields"}
    return {**kept, "metadata": meta}


def _keep(fresh: Json, owners: Ownership) -> None:
    fresh["metadata"] = {**fresh.get("metadata", {}), "managedFields": owners.entries()}
