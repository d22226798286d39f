# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What is known of a declared object: where it is, how it is, how it would be, and what follows from that. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from .._core.errors import PlanError
from .._core.plan import Change, Kind, State, make_plan
from .errors import CLOUD
from .fields import Path, keys_of
from .names import Manifest, Ref, Resource
from .ownership import entries_of
from .shape import UID, abridged, known_keys, rule_of, stripped


@dataclass(frozen=True)
class Declared:
    """One declared object.

    manifest: in its normal form. resource: None while nothing serves its kind. upcoming: what will serve it, if that is declared too.
    older: the kind in another version, which is served while the one that is declared is not.
    replaces: what was declared before it, if it is going to be written by something that spares no fields, neither a controller's nor
    ignored ones. Empty if nothing was.
    """

    manifest: Manifest
    ref: Ref
    resource: Resource | None
    upcoming: Resource | None = None
    older: Resource | None = None
    replaces: Manifest | None = field(default=None, repr=False)

    @property
    def looked_up(self) -> Resource | None:
        """Where it can be read now."""
        return self.resource or self.older

    @property
    def server(self) -> Resource:
        """What serves it, or will. LookupError where nothing does: such objects are never written."""
        resource = self.resource or self.upcoming
        if resource is None:
            raise LookupError(f"nothing serves {self.ref}")
        return resource

    @property
    def path(self) -> str:
        return self.server.path(self.ref.namespace, self.ref.name)


@dataclass
class Comparison:
    """What is known of one declared object.

    have, want: as it is and as it would be, without bookkeeping; None where it is not there, or shall not be.
    applied: what is sent to bring it about. additions: what hands have added, which goes then.
    missing: what it needs and does not find: `namespace x`, `kind Y of group/v1`.
    awaits: what of this task has to be written before it can be tried; until then it is as it is declared, and nobody knows better.
    """

    declared: Declared
    kind: Kind
    have: State | None
    want: State | None
    applied: Manifest = field(repr=False)
    additions: list[Path] = field(default_factory=list)
    missing: str | None = None
    awaits: Ref | None = None
    raw: Manifest | None = field(default=None, repr=False)

    @property
    def ref(self) -> Ref:
        return self.declared.ref

    def changes(self) -> list[Change]:
        return self._changes

    @cached_property
    def _changes(self) -> list[Change]:
        name = self.ref.place
        return make_plan(self.kind, {} if self.have is None else {name: self.have}, {name: self.want})


@dataclass(frozen=True)
class Ignore:
    """Fields of some objects that nobody shall look at. None in name or namespace: any."""

    kind: str
    name: str | None
    namespace: str | None
    paths: tuple[str, ...]

    @classmethod
    def of(cls, params: t.Mapping[str, t.Any]) -> list[Ignore]:
        """Those of a task. Raises PlanError for a path that is none."""
        found = [cls(each["kind"], each["name"], each["namespace"], tuple(each["paths"])) for each in params["ignore"] or ()]
        wrong = next((path for each in found for path in each.paths if not path.startswith("/")), None)
        if wrong is not None:
            raise PlanError(f"ignore: {wrong!r} is no path", cloud=CLOUD, hint="It begins with a slash: /spec/replicas")
        return found

    def covers(self, ref: Ref) -> bool:
        return self.kind == ref.kind and self.name in (None, ref.name) and self.namespace in (None, ref.namespace)


def creation(declared: Declared) -> Comparison:
    """An object of which nothing can be there yet."""
    want = abridged(stripped(declared.manifest))
    return Comparison(declared, kind_of(declared.ref, rule_of([want], known_keys(want))), None, want, declared.manifest)


def absent(ref: Ref, live: Manifest, resource: Resource) -> Comparison:
    """An object that is there and shall not be."""
    whole = state_of(live)
    have = abridged(whole)
    kind = kind_of(ref, rule_of([have], {**known_keys(have), **keys_of(entries_of(live))}))
    return Comparison(Declared(whole, ref, resource), kind, have, None, {}, raw=live)


def kind_of(ref: Ref, rule: t.Any) -> Kind:
    return Kind(CLOUD, ref.kind, rule, outputs=(UID,), id_field=UID)


def state_of(thing: Manifest) -> State:
    uid = (thing.get("metadata") or {}).get("uid")
    return {**stripped(thing), **({UID: uid} if uid else {})}
