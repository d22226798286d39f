# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Declared objects against what runs: the server's own dry run says what each would become, and nothing else predicts.

A field that differs between the object as it is and as the dry run leaves it is a finding. Fields of controllers are left out of what
is applied, so that neither the preview nor the real run takes them; fields that hands have added are taken away.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial, reduce

from .._core.apply import side_by_side
from .._core.errors import CloudError, HybridCloudError, PlanError
from .._core.rules import overlay
from .._core.unknown import has_unknown
from .client import APPLY, DRY_RUN, JSON_PATCH, Client
from .comparison import Comparison, Declared, Ignore, creation, kind_of, state_of
from .errors import CLOUD, ApiError
from .fields import MISSING, Path, below, keys_of, leaves, matching, replaced, unknown_in, value_at, without
from .names import Manifest, Ref
from .order import DEFINITION
from .ownership import added_by_hand, claimed, entries_of, is_ours, of_controllers, owned
from .refusals import awaited, fixed_of, in_the_way, is_fixed, refused
from .shape import is_made_by, known_keys, renoted, replacing, rule_of, secrets_of, stripped

Through = t.Callable[[str, t.Callable[[], Manifest]], Manifest]
TOLD = 20  # faults in one message
LISTED = 4  # objects of a kind in a namespace from which on one list is asked for instead of each of them
# Who may read our Secrets need not be allowed to read all; and a cluster's definitions are some hundred of up to a megabyte each.
_ONE_BY_ONE = frozenset({"Secret", DEFINITION})
UID: Path = ("f:metadata", "f:uid")
TRIES = 5  # at an object whose books others write too
STRICT = {"force": "true", "fieldValidation": "Strict"}


class Comparer:
    """Compares declared objects with those of one server. manager: under whose name they are applied."""

    def __init__(
        self,
        client: Client,
        manager: str,
        ignore: t.Sequence[Ignore] = (),
        through: Through | None = None,
        made: t.Callable[[Manifest], bool] | None = None,
    ) -> None:
        """through: how calls get past what is only just being installed (Patience.through); without it they fail at once.

        made: tells which objects are of our making; without it their notes tell.
        """
        self._client = client
        self._manager = manager
        self._ignore = ignore
        self._made = made or partial(is_made_by, manager)
        self._through: Through = through or (lambda what, call: call())

    def compare(self, declared: t.Sequence[Declared], *, in_waves: bool = False) -> list[Comparison]:
        """All of them, in order. Raises PlanError for what the server would refuse, all faults in one message.

        in_waves: they are written one rank after the other; what is refused for want of one before it can be tried then (`tried`).
        """
        lives = self.lives(declared)
        found = side_by_side(self._attempt, [(each, lives.get(each.ref)) for each in declared])
        if in_waves:
            before = [(each.ref, each.declared.manifest) for each in found if isinstance(each, Comparison) and each.changes()]
            found = [self._awaiting(each, lives.get(each.ref), outcome, before) for each, outcome in zip(declared, found, strict=True)]
        faults = [
            refused(each.ref, outcome) if isinstance(outcome, ApiError) and outcome.is_invalid else outcome
            for each, outcome in zip(declared, found, strict=True)
            if isinstance(outcome, HybridCloudError)
        ]
        if faults:
            raise _joined(faults)
        return [each for each in found if isinstance(each, Comparison)]

    def tried(self, found: Comparison) -> Comparison:
        """The same object, now that what it waited for is there."""
        declared = replace(found.declared, resource=found.declared.server)
        return self._compare(declared, self._client.find(f"read {found.ref}", declared.path))

    def lives(self, declared: t.Sequence[Declared]) -> dict[Ref, Manifest]:
        """What is there of them, as the server gives it. Where many are of a kind, they are listed."""
        places: dict[str, list[Declared]] = {}
        for each in declared:
            if each.looked_up is not None and not has_unknown(each.ref.place):
                places.setdefault(each.looked_up.path(each.ref.namespace), []).append(each)
        lists, singles = [], []
        for items in places.values():
            if len(items) >= LISTED and items[0].ref.kind not in _ONE_BY_ONE:
                lists.append(items)
            else:
                singles += [[each] for each in items]
        found: dict[Ref, Manifest] = {}
        for part in side_by_side(self._look, lists + singles):
            found.update(part)
        return found

    def put_right(self, found: Comparison) -> Manifest:
        """Bring one object about, in one write; the object as the server has it then."""
        if found.additions:
            self.claim(found)
        return self.apply(found.declared, found.applied, dry_run=False)

    def claim(self, found: Comparison) -> None:
        """Make ours what hands have added: what is applied next, by us or by helm, takes away what is ours and not in it.

        Only the books of the object change, as with k8s.io/client-go/util/csaupgrade. That is how it goes in the very write that puts the
        rest right: by itself neither may be valid (the last container cannot go, nor can there be two ports of one name).
        """
        sentence = f"take over what was added to {found.ref}"
        live = found.raw or {}
        for _try in range(TRIES):
            # The version moves with every report of a controller. What counts is whether it is still what was looked at.
            if any(value_at(live, path) != value_at(found.raw, path) for path in (UID, *found.additions)):
                break
            version, books = live["metadata"]["resourceVersion"], claimed(live, found.additions, self._manager)
            patch = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                {"op": "replace", "path": "/metadata/managedFields", "value": books},
            ]
            query = {"fieldManager": self._manager}
            send = partial(self._client.send, sentence, "PATCH", found.declared.path, patch, query=query, form=JSON_PATCH)
            try:
                self._through(sentence, send)
                return
            except ApiError as error:
                if error.status not in (409, 422):
                    raise
            live = self._client.find(f"read {found.ref}", found.declared.path) or {}
        raise CloudError(
            sentence,
            "somebody has changed it since it was looked at",
            cloud=CLOUD,
            code="Conflict",
            status=409,
            retryable=True,
            hint="Nothing of it was changed: run again",
        )

    def apply(self, declared: Declared, manifest: Manifest, *, dry_run: bool) -> Manifest:
        """Server-side apply; the object as the server has it then. Raises ApiError."""
        what = f"{'try' if dry_run else 'apply'} {declared.ref}"
        query = {"fieldManager": self._manager, **STRICT, **(DRY_RUN if dry_run else {})}
        hidden = secrets_of(declared.manifest)
        send = partial(self._client.send, what, "PATCH", declared.path, manifest, query=query, form=APPLY, hidden=hidden)
        return self._through(what, send)

    # --- below ---------------------------------------------------------------

    def _look(self, items: t.Sequence[Declared]) -> dict[Ref, Manifest]:
        resource, first = items[0].looked_up or items[0].server, items[0].ref
        if len(items) > 1:
            where = f" in {first.namespace}" if first.namespace else ""
            try:
                listed = self._client.list(f"list {resource.plural}{where}", resource.path(first.namespace))
            except ApiError as error:
                if error.status != 403:
                    raise
            else:
                by_name = {str(each["metadata"]["name"]): resource.item(each) for each in listed}
                return {each.ref: by_name[each.ref.name] for each in items if each.ref.name in by_name}
        found = [(each.ref, self._client.find(f"read {each.ref}", resource.path(each.ref.namespace, each.ref.name))) for each in items]
        return {ref: live for ref, live in found if live is not None}

    def _attempt(self, item: tuple[Declared, Manifest | None]) -> Comparison | HybridCloudError:
        declared, live = item
        try:
            return self._compare(declared, live)
        except ApiError as error:
            if error.failure["retryable"] or error.status in (None, 401):
                raise  # this is about the server, not about the object: to hear it of every other object would take its time
            return error
        except PlanError as error:
            return error

    def _awaiting(
        self,
        declared: Declared,
        live: Manifest | None,
        outcome: Comparison | HybridCloudError,
        before: t.Sequence[tuple[Ref, Manifest]],
    ) -> Comparison | HybridCloudError:
        if not isinstance(outcome, ApiError):
            return outcome
        other = awaited(declared.ref, declared.manifest["apiVersion"], outcome, before)
        return outcome if other is None else replace(self._untried(declared, live), awaits=other)

    def _compare(self, declared: Declared, live: Manifest | None, tries: int = TRIES) -> Comparison:
        if declared.resource is None:
            return self._untried(declared, live)
        if has_unknown(declared.manifest):
            return self._half_known(declared, live)
        if live is not None and live["metadata"].get("deletionTimestamp"):
            # It goes, whatever is applied to it: what is declared comes after it.
            return replace(creation(declared), raw=live)
        if live is None:
            return self._created(declared)
        wanted = self._adjusted(declared, live) if declared.replaces is None else declared.manifest
        additions = [
            path
            for path in added_by_hand(live, wanted, self._manager, made=self._made(live))
            if not self._is_ignored(declared.ref, live, path)
        ]
        # What else takes a field away by himself, is foreseen but not taken away here.
        left_out = self._left_out(declared, live)
        predicted, gone = self._predicted(declared, live, wanted, [*additions, *left_out])
        additions = [path for path in gone if path not in left_out]
        have, want = state_of(live), state_of(predicted)
        keys = {**known_keys(have, want), **keys_of([*entries_of(live), *entries_of(predicted)])}
        found = Comparison(declared, kind_of(declared.ref, rule_of([have, want], keys)), have, want, wanted, additions, raw=live)
        version = predicted["metadata"].get("resourceVersion")
        if version and version != live["metadata"].get("resourceVersion") and tries > 1 and found.changes():
            # Somebody has written between the look and the dry run: the difference may be his.
            return self._compare(declared, self._client.find(f"read {declared.ref}", declared.path), tries - 1)
        return found

    def _half_known(self, declared: Declared, live: Manifest | None) -> Comparison:
        """What holds values that are known only after apply: tried with what stands there now in their place."""
        if live is None:
            return self._untried(declared, live)
        manifest = declared.manifest
        unknown = unknown_in(manifest, live, {**known_keys(live, manifest), **keys_of(entries_of(live))})
        there = {path: value_at(live, path) for path in unknown}
        tried = manifest
        for path, value in there.items():
            tried = without(tried, path) if value is MISSING else replaced(tried, path, value)
        try:
            found = self._compare(replace(declared, manifest=tried), live)
        except ApiError as error:
            if error.status != 422:
                raise
            return self._untried(declared, live)  # what it lacks may be just what is not known
        want = found.want or {}
        for path in unknown:
            want = replaced(want, path, value_at(manifest, path))
        states = [each for each in (found.have, want) if each is not None]
        rule = rule_of(states, {**known_keys(*states), **keys_of(entries_of(live))})
        return replace(found, declared=declared, want=want, kind=kind_of(declared.ref, rule))

    def _created(self, declared: Declared) -> Comparison:
        try:
            self.apply(declared, declared.manifest, dry_run=True)
        except ApiError as error:
            if error.status != 404 or error.about != "namespaces":
                raise
            return self._untried(declared, None, missing=f"namespace {declared.ref.namespace}")
        return self._untried(declared, None)

    def _predicted(self, declared: Declared, live: Manifest, wanted: Manifest, additions: list[Path]) -> tuple[Manifest, list[Path]]:
        """What the object would become: as declared, and without what hands have added; and which of that can go."""
        applied = None
        try:
            found = applied = self.apply(declared, wanted, dry_run=True)
        except ApiError as error:
            tops = in_the_way(error, live, wanted, self._manager, additions) if error.status == 422 else []
            additions = [*tops, *(path for path in additions if not any(below(path, top) for top in tops))]
            if not additions or error.status != 422:
                raise
            # What hands or defaults have added does not go with what is declared (`value` beside `valueFrom`); it will be gone by then.
            found = self._laid_over(live, wanted, additions)
        what = f"try {declared.ref} without what was added"
        query, hidden = {"fieldManager": self._manager, **DRY_RUN}, secrets_of(live) + secrets_of(wanted)
        while additions:
            # Defaults come back where something was taken away, and only the server knows them.
            patch = replacing(live, reduce(without, additions, found))
            try:
                send = partial(self._client.send, what, "PATCH", declared.path, patch, query=query, form=JSON_PATCH, hidden=hidden)
                return self._through(what, send), additions
            except ApiError as error:
                if applied is None or not is_fixed(error):
                    raise
                # What can never be taken away again stays, and does not stand in the way of the rest.
                stays = fixed_of(error, additions)
                additions = [path for path in additions if path not in stays]
        return found, additions

    def _laid_over(self, live: Manifest, wanted: Manifest, additions: t.Sequence[Path]) -> Manifest:
        """What apply would make of an object without additions, where no dry run can say it."""
        others = {path for entry in entries_of(live) if not is_ours(entry, self._manager) for path in leaves(entry.get("fieldsV1") or {})}
        gone = [path for path in owned(live, self._manager, applied=True) - others if value_at(wanted, path) is MISSING]
        left = reduce(without, [*additions, *gone], live)
        rule = rule_of([left, wanted], {**known_keys(left, wanted), **keys_of(entries_of(live))}, whole=False)
        return t.cast("Manifest", overlay(rule, left, wanted))

    def _untried(self, declared: Declared, live: Manifest | None, missing: str | None = None) -> Comparison:
        """What has to go without a dry run: an object that is not there yet, or that is refused while values of it are not known."""
        if declared.resource is None:
            missing = f"kind {declared.ref.kind} of {declared.manifest['apiVersion']}"
        if live is None:
            return replace(creation(declared), missing=missing)
        have, want = state_of(live), stripped(declared.manifest)
        rule = rule_of([have, want], {**known_keys(have, want), **keys_of(entries_of(live))}, whole=False)
        found = Comparison(declared, kind_of(declared.ref, rule), have, overlay(rule, have, want), declared.manifest, raw=live)
        if declared.resource is None:
            # Its definition gains the version that is declared.
            found.awaits = Ref("apiextensions.k8s.io", DEFINITION, None, f"{declared.server.plural}.{declared.server.group}")
        return found

    def _adjusted(self, declared: Declared, live: Manifest) -> Manifest:
        """What is applied to an object that is there: without what belongs to controllers, and with ignored fields as they are."""
        manifest = renoted(declared.manifest, live)
        applied = owned(live, self._manager, applied=True)
        for path in of_controllers(live, self._manager):
            declares = value_at(manifest, path)
            # What is only just the same may be another value by the time it is applied.
            if declares is not MISSING and (declares != value_at(live, path) or path not in applied):
                manifest = without(manifest, path)
        ours = owned(live, self._manager)
        for path in self._ignored(declared.ref, live):
            # What we own would vanish if we did not name it any more.
            keeps = any(each[: len(path)] == path for each in ours)
            manifest = replaced(manifest, path, value_at(live, path)) if keeps else without(manifest, path)
        for path in self._ignored(declared.ref, manifest):
            if value_at(live, path) is MISSING:
                manifest = without(manifest, path)
        return manifest

    def _left_out(self, declared: Declared, live: Manifest) -> list[Path]:
        """What was declared before and is not any more. Who has updated and not applied it, as helm 3 does, takes it away by himself: a dry
        run of an apply does not.
        """
        before, after = declared.replaces or {}, declared.manifest
        updated = [each for each in entries_of(live) if is_ours(each, self._manager) and each.get("operation") != "Apply"]
        paths = {path for each in updated for path in leaves(each.get("fieldsV1") or {})}
        gone = (path for path in paths if value_at(before, path) is not MISSING and value_at(after, path) is MISSING)
        return sorted(path for path in gone if value_at(live, path) is not MISSING)

    def _ignored(self, ref: Ref, thing: Manifest) -> list[Path]:
        patterns = [path for rule in self._ignore if rule.covers(ref) for path in rule.paths]
        if not patterns:
            return []
        keys = {**known_keys(thing), **keys_of(entries_of(thing))}
        return [path for pattern in patterns for path in matching(thing, keys, pattern)]

    def _is_ignored(self, ref: Ref, live: Manifest, path: Path) -> bool:
        return any(path[: len(each)] == each for each in self._ignored(ref, live))


def _joined(faults: t.Sequence[HybridCloudError]) -> HybridCloudError:
    """One error for all that is wrong: the first one tells the code."""
    first = faults[0]
    if len(faults) == 1:
        return first
    texts = [f"- {str(each).replace('; nothing was changed', '')}" for each in faults[:TOLD]]
    texts += [f"- and {len(faults) - TOLD} more"] * (len(faults) > TOLD)
    joined = PlanError("\n".join([f"{len(faults)} objects are refused; nothing was changed:", *texts]), cloud=CLOUD)
    joined.failure = first.failure
    return joined
