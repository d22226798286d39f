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
from functools import partial

from .._core.apply import side_by_side
from .._core.errors import CloudError, HybridCloudError, PlanError
from .._core.rules import overlay
from .._core.unknown import has_unknown
from .client import APPLY, DRY_RUN, JSON_PATCH, Client
from .comparison import Comparison, Declared, Ignore, creation, kind_of, state_of
from .errors import CLOUD, ApiError
from .fields import MISSING, Path, keys_of, matching, patch_pointer, replaced, value_at, without
from .names import Manifest, Ref
from .order import DEFINITION
from .ownership import added_by_hand, entries_of, of_controllers, owned
from .refusals import refused
from .shape import known_keys, renoted, rule_of, secrets_of, stripped

Through = t.Callable[[str, t.Callable[[], Manifest]], Manifest]
TOLD = 20  # faults in one message
LISTED = 4  # objects of a kind in a namespace from which on one list is asked for instead of each of them
# Who may read our Secrets need not be allowed to read all; and a cluster's definitions are some hundred of up to a megabyte each.
_ONE_BY_ONE = frozenset({"Secret", DEFINITION})
STRICT = {"force": "true", "fieldValidation": "Strict"}


class Comparer:
    """Compares declared objects with those of one server. manager: under whose name they are applied."""

    def __init__(self, client: Client, manager: str, ignore: t.Sequence[Ignore] = (), through: Through | None = None) -> None:
        """through: how calls get past what is only just being installed (Patience.through); without it they fail at once."""
        self._client = client
        self._manager = manager
        self._ignore = ignore
        self._through: Through = through or (lambda what, call: call())

    def compare(self, declared: t.Sequence[Declared]) -> list[Comparison]:
        """All of them, in order. Raises PlanError for what the server would refuse, all faults in one message."""
        lives = self.lives(declared)
        found = side_by_side(self._attempt, [(each, lives.get(each.ref)) for each in declared])
        faults = [each for each in found if isinstance(each, HybridCloudError)]
        if faults:
            raise _joined(faults)
        return [each for each in found if isinstance(each, Comparison)]

    def lives(self, declared: t.Sequence[Declared]) -> dict[Ref, Manifest]:
        """What is there of them, as the server gives it. Where many are of a kind, they are listed."""
        places: dict[str, list[Declared]] = {}
        for each in declared:
            if each.resource is not None and not has_unknown(each.ref.place):
                places.setdefault(each.resource.path(each.ref.namespace), []).append(each)
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

    def take_away(self, live: Manifest, path: str, what: str, additions: t.Sequence[Path], *, dry_run: bool) -> Manifest:
        """Remove from an object what hands have added: just what was looked at, or nothing.

        The values are tested, not the version: that one moves with every report of a controller.
        """
        # From the last to the first: places in lists move when something before them goes.
        there = sorted(
            ((patch_pointer(live, each), value_at(live, each)) for each in additions), key=lambda each: _places(each[0]), reverse=True
        )
        patch: list[dict[str, t.Any]] = [{"op": "test", "path": "/metadata/uid", "value": live["metadata"]["uid"]}]
        patch += [{"op": "test", "path": each, "value": value} for each, value in there]
        patch += [{"op": "remove", "path": each[0]} for each in there]
        query = {"fieldManager": self._manager, **(DRY_RUN if dry_run else {})}
        sentence = f"take away what was added to {what}"
        try:
            return self._client.send(sentence, "PATCH", path, patch, query=query, form=JSON_PATCH, hidden=secrets_of(live))
        except ApiError as error:
            # What may be removed at all has been tried before: now it can only be another version that is there.
            if dry_run or error.status not in (409, 422):
                raise
            raise CloudError(
                sentence,
                "somebody has changed it since it was looked at",
                cloud=CLOUD,
                code="Conflict",
                status=error.status,
                retryable=True,
                hint="Nothing of it was changed: run again",
            ) from None

    def apply(self, declared: Declared, manifest: Manifest, *, dry_run: bool) -> Manifest:
        """Server-side apply; the object as the server has it then. Raises ApiError."""
        what = f"{'try' if dry_run else 'apply'} {declared.ref}"
        query = {"fieldManager": self._manager, **STRICT, **(DRY_RUN if dry_run else {})}
        hidden = secrets_of(declared.manifest)
        send = partial(self._client.send, what, "PATCH", declared.path, manifest, query=query, form=APPLY, hidden=hidden)
        return self._through(what, send)

    # --- below ---------------------------------------------------------------

    def _look(self, items: t.Sequence[Declared]) -> dict[Ref, Manifest]:
        resource, first = items[0].server, items[0].ref
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
        found = [(each.ref, self._client.find(f"read {each.ref}", each.path)) for each in items]
        return {ref: live for ref, live in found if live is not None}

    def _attempt(self, item: tuple[Declared, Manifest | None]) -> Comparison | HybridCloudError:
        declared, live = item
        try:
            return self._compare(declared, live)
        except ApiError as error:
            if error.failure["retryable"] or error.status in (None, 401):
                raise  # this is about the server, not about the object: to hear it of every other object would take its time
            return refused(declared.ref, error) if error.is_invalid else error
        except PlanError as error:
            return error

    def _compare(self, declared: Declared, live: Manifest | None) -> Comparison:
        if declared.resource is None or has_unknown(declared.manifest):
            return self._untried(declared, live)
        if live is not None and live["metadata"].get("deletionTimestamp"):
            # It goes, whatever is applied to it: what is declared comes after it.
            return replace(creation(declared), raw=live)
        wanted = declared.manifest if live is None else self._adjusted(declared, live)
        try:
            predicted = self.apply(declared, wanted, dry_run=True)
        except ApiError as error:
            if error.status == 404 and error.about == "namespaces" and live is None:
                return self._untried(declared, None, missing=f"namespace {declared.ref.namespace}")
            cleared = self._cleared(live, wanted) if live is not None and error.is_invalid else wanted
            if cleared == wanted:
                raise
            wanted = cleared
            predicted = self.apply(declared, wanted, dry_run=True)
        if live is None:
            return self._untried(declared, None)
        return self._against(declared, live, wanted, predicted)

    def _against(self, declared: Declared, live: Manifest, wanted: Manifest, predicted: Manifest) -> Comparison:
        additions = [path for path in added_by_hand(live, predicted, self._manager) if not self._is_ignored(declared.ref, live, path)]
        have, want = state_of(live), state_of(predicted)
        applies = have != want
        if additions:
            left = self.take_away(live, declared.path, str(declared.ref), additions, dry_run=True)
            for path in additions:
                there = value_at(left, path)  # a default may come back where something was taken away
                want = without(want, path) if there is MISSING else replaced(want, path, there)
            want = stripped(want)
        keys = {**known_keys(have, want), **keys_of([*entries_of(live), *entries_of(predicted)])}
        kind = kind_of(declared.ref, rule_of([have, want], keys))
        return Comparison(declared, kind, have, want, wanted, applies, additions, raw=live)

    def _untried(self, declared: Declared, live: Manifest | None, missing: str | None = None) -> Comparison:
        """What has to go without a dry run: an object that is not there yet, or whose values are known only after apply."""
        if declared.resource is None:
            missing = f"kind {declared.ref.kind} of {declared.manifest['apiVersion']}"
        if live is None:
            return replace(creation(declared), missing=missing)
        have, want = state_of(live), stripped(declared.manifest)
        rule = rule_of([have, want], {**known_keys(have, want), **keys_of(entries_of(live))}, whole=False)
        return Comparison(declared, kind_of(declared.ref, rule), have, overlay(rule, have, want), declared.manifest, raw=live)

    def _adjusted(self, declared: Declared, live: Manifest) -> Manifest:
        """What is applied to an object that is there: without what belongs to controllers, and with ignored fields as they are."""
        manifest = renoted(declared.manifest, live)
        for path in of_controllers(live, self._manager):
            declares = value_at(manifest, path)
            if declares is not MISSING and declares != value_at(live, path):
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

    def _cleared(self, live: Manifest, wanted: Manifest) -> Manifest:
        """What is applied where hands have put something beside what we declare that does not go with it (`value` beside `valueFrom`).

        Such fields are applied as null: the server keeps the null and reads it as nothing (structured-merge-diff, issue 235).
        """
        for path in added_by_hand(live, live, self._manager):
            if value_at(wanted, path) is MISSING and isinstance(value_at(wanted, path[:-1]), dict):
                wanted = replaced(wanted, path, None)
        return wanted

    def _ignored(self, ref: Ref, thing: Manifest) -> list[Path]:
        patterns = [path for rule in self._ignore if rule.covers(ref) for path in rule.paths]
        if not patterns:
            return []
        keys = {**known_keys(thing), **keys_of(entries_of(thing))}
        return [path for pattern in patterns for path in matching(thing, keys, pattern)]

    def _is_ignored(self, ref: Ref, live: Manifest, path: Path) -> bool:
        return any(path[: len(each)] == each for each in self._ignored(ref, live))


def _places(pointer: str) -> list[tuple[int, str]]:
    """Numbers in the order of numbers."""
    return [(int(step), "") if step.isdigit() else (-1, step) for step in pointer.split("/")]


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
