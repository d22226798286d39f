# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What of an object counts, and how it is compared: bookkeeping left out, lists by their keys, secrets masked. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t
from dataclasses import dataclass, replace
from itertools import zip_longest

from .._core.rules import MASK, Keyed, Leaf, Listed, Map, Rule
from .fields import ITEM, USUAL, Keys, Path
from .names import Manifest
from .secret_names import secret_variables

LONG = 4000  # bytes of a schema that are still shown
UID = "uid"  # stands beside the fields of an object: it is the id of a change
_BOOKKEEPING = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"  # the whole object as text, a Secret's values included
# Our own note. Hands can take every declared field of an object over; this one tells even then that it is ours, and since when.
STAMP = "hybrid-cloud.klinematrix.com/field-manager"
ADOPTED = "adopted by "  # stands before the manager in the note of an object that others have made
# Annotations that tools keep their notes in: nobody declares them, and they say nothing about what runs.
NOISE = frozenset(
    {
        LAST_APPLIED,
        STAMP,
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
        "force-sync",  # how the documents of External Secrets ask for a sync at once
        "kubectl.kubernetes.io/restartedAt",
        "kubernetes.io/change-cause",
    }
)

# How the lists of built-in kinds are keyed (the listMapKeys of their OpenAPI schemas), by the names of the fields around them.
# What else is keyed is learned from the managers' entries.
_KEYED: dict[tuple[str, ...], Keys] = {
    ("containers",): ("name",),
    ("initContainers",): ("name",),
    ("ephemeralContainers",): ("name",),
    ("containers", ITEM, "ports"): ("containerPort", "protocol"),
    ("initContainers", ITEM, "ports"): ("containerPort", "protocol"),
    ("env",): ("name",),
    ("hostAliases",): ("ip",),
    ("imagePullSecrets",): ("name",),
    ("spec", "ports"): ("port", "protocol"),
    # Of a CustomResourceDefinition. To the server this list is one value, which would be shown whole: half a megabyte for one changed word.
    ("spec", "versions"): ("name",),
    ("topologySpreadConstraints",): ("topologyKey", "whenUnsatisfiable"),
    ("volumeDevices",): ("devicePath",),
    ("volumeMounts",): ("mountPath",),
    ("volumes",): ("name",),
    ("webhooks",): ("name",),
}
# Where the order of keyed items counts: init containers run one after the other, and $(NAME) in a variable stands for
# what comes before it.
_ORDERED = frozenset({"initContainers", "env"})


def normal(manifest: Manifest) -> Manifest:
    """A declared object as the server would keep it: no empty values, a Secret's text in base64, no status."""
    found: Manifest = _pruned(manifest)
    if found.get("kind") == "Secret" and isinstance(found.get("stringData"), dict):
        coded = {key: base64.b64encode(str(text).encode()).decode() for key, text in found.pop("stringData").items()}
        found["data"] = {**(found.get("data") or {}), **coded}
    found.pop("status", None)
    metadata = {key: value for key, value in found["metadata"].items() if key not in _BOOKKEEPING}
    return {**found, "metadata": metadata}


def stamped(manifest: Manifest, manager: str) -> Manifest:
    """A declared object with our note on it. It is bookkeeping: nobody is shown it, and it is never a finding."""
    metadata = manifest["metadata"]
    return {**manifest, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), STAMP: manager}}}


def renoted(manifest: Manifest, live: Manifest) -> Manifest:
    """The declared object with the note that it has, or with that of one that is only just adopted. Without a note of ours, as it is."""
    ours = (manifest["metadata"].get("annotations") or {}).get(STAMP)
    if ours is None:
        return manifest
    return stamped(manifest, ((live["metadata"].get("annotations") or {}).get(STAMP)) or ADOPTED + ours)


def is_adopted(live: Manifest) -> bool:
    return str((live["metadata"].get("annotations") or {}).get(STAMP) or "").startswith(ADOPTED)


def is_made_by(manager: str, live: Manifest) -> bool:
    """Whether it is of our making, by its note."""
    return (live["metadata"].get("annotations") or {}).get(STAMP) == manager


def stripped(thing: Manifest) -> Manifest:
    """An object as the server gives it, without what the server keeps for itself."""
    found: Manifest = _pruned({key: value for key, value in thing.items() if key != "status"})
    metadata = {key: value for key, value in found.get("metadata", {}).items() if key not in _BOOKKEEPING}
    if metadata.get("annotations"):
        metadata["annotations"] = {key: value for key, value in metadata["annotations"].items() if key not in NOISE}
    for name in ("labels", "annotations"):
        if not metadata.get(name, True):
            del metadata[name]  # an empty mapping says what none says
    return {**found, "metadata": metadata}


def replacing(have: Manifest, want: Manifest) -> list[dict[str, t.Any]]:
    """The JSON patch (RFC 6902) that makes an object another, without what the server keeps for itself."""
    found: list[dict[str, t.Any]] = []
    for above, one, other in (("", have, want), ("/metadata", have["metadata"], want["metadata"])):
        for name in {**one, **other}:
            if name in _BOOKKEEPING or name in ("apiVersion", "kind", "metadata", "status") or one.get(name) == other.get(name):
                continue
            change = {"op": "add", "value": other[name]} if name in other else {"op": "remove"}
            found.append({**change, "path": f"{above}/{name}"})
    return found


def _pruned(value: t.Any) -> t.Any:
    """Without nulls: to a server they are the same as fields that are not there."""
    if isinstance(value, dict):
        return {str(key): _pruned(each) for key, each in value.items() if each is not None}
    return [_pruned(each) for each in value] if isinstance(value, list) else value


def secrets_of(manifest: Manifest) -> list[str]:
    """Every value of a Secret, in base64 and as text, longest first: none of them may be shown."""
    if manifest.get("kind") != "Secret":
        return []
    found: set[str] = set()
    for value in (str(each) for key in ("data", "stringData") for each in _ends(manifest.get(key))):
        found.add(value)
        try:
            found.add(base64.b64decode(value, validate=True).decode())
        except ValueError:
            continue
    return sorted((each for each in found if each), key=len, reverse=True)


def _ends(value: t.Any) -> t.Iterator[t.Any]:
    """Every single value in it, whatever its shape: a server quotes also what does not belong there."""
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _ends(each)
    elif value:
        yield value


def shown(manifest: t.Any) -> t.Any:
    """A declared object fit to be shown among a task's arguments; what is none, or does not say what it is, may be a Secret."""
    if not isinstance(manifest, dict):
        return MASK
    found = dict(manifest)
    if isinstance(found.get("items"), list):
        found["items"] = [shown(each) for each in found["items"]]
    if str(found.get("kind") or "secret").casefold() in ("secret", "secrets") or "stringData" in found:
        for key in ("data", "stringData"):
            if key in found:
                values = found[key]
                found[key] = dict.fromkeys(values, MASK) if isinstance(values, dict) else MASK
    noted = (found.get("metadata") or {}).get("annotations") if isinstance(found.get("metadata"), dict) else None
    if isinstance(noted, dict) and LAST_APPLIED in noted:
        found["metadata"] = {**found["metadata"], "annotations": {**noted, LAST_APPLIED: MASK}}
    hidden = frozenset(secret_variables(found))
    return _without_variables(found, hidden) if hidden else found


def _without_variables(value: t.Any, hidden: frozenset[str]) -> t.Any:
    """The same mask that differences have: variables of these names without what is put in them."""
    if isinstance(value, list):
        return [_without_variables(each, hidden) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _without_variables(each, hidden) for key, each in value.items()}
    return {**found, "value": MASK} if "value" in found and str(found.get("name")) in hidden else found


def known_keys(*things: t.Any) -> dict[Path, Keys]:
    """Which lists in built-in kinds have keys. Only lists whose items all have them, and no two the same."""
    found: dict[Path, Keys] = {}

    def walk(value: t.Any, path: Path) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                walk(each, (*path, key))
        elif isinstance(value, list):
            names = next((keys for end, keys in _KEYED.items() if path[-len(end) :] == end), None)
            if names and _tells_apart(value, names):
                found[path] = names
            for each in value:
                walk(each, (*path, ITEM))

    for thing in things:
        walk(thing, ())
    return found


def _tells_apart(items: list[t.Any], names: Keys) -> bool:
    labels = [tuple(str(item.get(name, USUAL.get(name))) if isinstance(item, dict) else "" for name in names) for item in items]
    return len(set(labels)) == len(labels) and all("None" not in label and "" not in label for label in labels)


def rule_of(things: t.Sequence[Manifest], keys: t.Mapping[Path, Keys], *, whole: bool = True) -> Map:
    """The rules for comparing these forms of one object. whole: what the second form lacks is removed."""
    secret = any(thing.get("kind") == "Secret" for thing in things)
    hidden = frozenset(name for thing in things for name in secret_variables(thing))

    def build(values: t.Sequence[t.Any], path: Path, placed: bool = False) -> Rule:
        """placed: below a list that is one value to the server, so that every order in it counts."""
        there = [value for value in values if value is not None]
        if secret and path and path[0] in ("data", "stringData"):
            flat = len(path) > 1 or not all(isinstance(value, dict) and value for value in there)
            return Leaf(secret=True) if flat else Map(other=Leaf(secret=True), whole=whole)
        if there and all(isinstance(value, dict) and value for value in there):
            fields = dict.fromkeys(name for value in there for name in value)
            below: dict[str, Rule] = {name: build([value.get(name) for value in there], (*path, name), placed) for name in fields}
            return Map(below, whole=whole)
        if there and path in keys and all(isinstance(each, list) and _tells_apart(each, keys[path]) for each in there):
            item = build([each for value in there for each in value], (*path, ITEM), placed)
            if isinstance(item, Map):
                names, ordered = keys[path], placed or path[-1] in _ORDERED
                if path[-1] == "env":
                    return _Variables(key=names[0], item=item, whole=whole, ordered=ordered, secret=hidden)
                return _KeyedWithDefaults(names if len(names) > 1 else names[0], item, whole=whole, ordered=ordered)
        if whole and len(there) == 2 and path[-1:] != ("env",) and _goes_by_place(*there):
            rules = [build([each for each in pair if each is not None], (*path, ITEM), True) for pair in zip_longest(*there)]
            return _Placed(item=Leaf(), rules=tuple(rules))
        return Leaf(secret=bool(path) and path[-1] == "env" and bool(hidden))

    found = build(things, ())
    return found if isinstance(found, Map) else Map(other=Leaf(), whole=whole)


def _goes_by_place(have: t.Any, want: t.Any) -> bool:
    """Whether two lists of structures tell more when they are compared place by place: most of them are the same. To the server such a
    list (the rules of an Ingress, the ports of a NetworkPolicy) is one value; to a reader one word in it has changed.
    """
    if not all(isinstance(items, list) and items and all(isinstance(item, dict) and item for item in items) for items in (have, want)):
        return False
    differing: int = sum(before != after for before, after in zip(have, want, strict=False))
    return differing <= max(1, min(len(have), len(want)) // 2)


@dataclass(frozen=True)
class _Placed(Listed):
    """Items that are compared place by place, each by a rule of its own."""

    rules: tuple[Rule, ...] = ()

    def rule(self, place: int) -> Rule:
        return self.rules[place] if place < len(self.rules) else self.item


@dataclass(frozen=True)
class _KeyedWithDefaults(Keyed):
    """Items whose keys may be left out where they have their usual value."""

    def label(self, item: t.Mapping[str, t.Any]) -> t.Any:
        return super().label({**USUAL, **item})


@dataclass(frozen=True)
class _Variables(_KeyedWithDefaults):
    """Variables of a container. secret: the names of those whose values must not be shown."""

    secret: frozenset[str] = frozenset()

    def rule(self, item: t.Mapping[str, t.Any]) -> Map:
        return replace(self.item, fields={**self.item.fields, "value": Leaf(secret=True)}) if item.get("name") in self.secret else self.item


def abridged(thing: Manifest) -> Manifest:
    """An object as it is shown when it comes or goes as a whole. The schemas of definitions are megabytes there that nobody reads."""
    versions = (thing.get("spec") or {}).get("versions") if thing.get("kind") == "CustomResourceDefinition" else None
    if not isinstance(versions, list):
        return thing
    shown = [{**each, "schema": _measured(each["schema"])} if isinstance(each, dict) and "schema" in each else each for each in versions]
    return {**thing, "spec": {**thing["spec"], "versions": shown}}


def _measured(schema: t.Any) -> t.Any:
    """A schema, or what tells a long one from others."""
    text = json.dumps(schema, sort_keys=True).encode()
    return schema if len(text) <= LONG else f"{len(text)} bytes, sha256:{hashlib.sha256(text).hexdigest()[:12]}"


def shown_rule(state: Manifest) -> Map:
    """The rules for showing one object as a whole."""
    return rule_of([state], known_keys(state))
