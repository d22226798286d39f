# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A set of secrets in one key vault: one list, one read for each value that is declared, a new version only where it differs."""

from __future__ import annotations

import json
import re
import typing as t
from datetime import UTC, datetime

from .._core import normal
from .._core.apply import Step, Waves, side_by_side
from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import Change, Kind, State, States, make_plan
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.traffic import Traffic
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown
from .errors import CLOUD
from .secrets import Secret, VaultSecrets

NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
LONGEST = 25 * 1024  # bytes of a value, and below: entries of tags (learn.microsoft.com/azure/key-vault/secrets/about-secrets)
MOST_TAGS = 15


def instant(value: t.Any) -> t.Any:
    """A moment as epoch seconds, however it is written; a time without a zone is UTC."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return value
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def rule_of(state: t.Mapping[str, t.Any]) -> Map:
    """A value given as data is JSON: layout and order of keys carry no meaning then. Text is compared to the letter."""
    value_normal = normal.exact if isinstance(state.get("value"), str) else normal.json_document
    return Map(
        {
            "value": Leaf(normal=value_normal, secret=True),
            "content_type": Leaf(absent=""),
            "tags": Map(other=Leaf()),
            "enabled": Leaf(absent=True),
            "expires_on": Leaf(normal=instant),
            "not_before": Leaf(normal=instant),
            "deleted": Leaf(absent=False),
            "id": Leaf(),
            "version": Leaf(),
        }
    )


KIND = Kind(CLOUD, "secret", rule_of, outputs=("id", "version"), id_field="id")
DELETED = Kind(CLOUD, "deleted_secret", Map({"deleted": Leaf()}))
ATTRIBUTES = ("content_type", "tags", "enabled", "expires_on", "not_before")


class Secrets(Reconciler):
    """The declared secrets of a vault; others are left alone.

    entries: options of the secrets. recover, purge: what may happen to deleted secrets that hold a name.
    """

    kind = KIND
    identity = ("vault",)

    def __init__(self, host: Host, traffic: Traffic, entries: t.Sequence[t.Mapping[str, t.Any]]) -> None:
        self._host = host
        self._entries = entries
        self._recover: bool = host.params["recover"]
        self._purge: bool = host.params["purge"]
        self._vault = VaultSecrets.of(host, traffic, vault="vault", auth=None)

    def want(self) -> dict[str, State | None]:
        wanted: dict[str, State | None] = {}
        for entry in self._entries:
            name = entry["name"]
            if name.casefold() in (each.casefold() for each in wanted):
                raise PlanError(f"secret {name} is declared twice; names have no case", cloud=CLOUD)
            wanted[name] = None if entry["state"] == "absent" else _state(entry)
        self._wanted = wanted
        return {**wanted}

    def read(self) -> dict[str, State]:
        live = self._live()
        missing = [name for name, state in self._wanted.items() if name.casefold() not in live and (state is not None or self._purge)]
        gone = self._gone(missing) if missing and not self._vault.missing else {}
        there = {**gone, **live}
        return {name: self._as_declared(name, there[name.casefold()]) for name in self._wanted if name.casefold() in there}

    def _live(self) -> dict[str, Secret]:
        """The secrets that are there, by folded name; those whose value is compared with it."""
        listed = {each.name.casefold(): each for each in self._vault.list().values()}
        valued = [name for name, state in self._wanted.items() if state and "value" in state and _is_readable(listed.get(name.casefold()))]
        read = zip(valued, side_by_side(self._vault.read, valued), strict=True)
        return listed | {name.casefold(): found for name, found in read if found}

    def _gone(self, names: t.Sequence[str]) -> dict[str, Secret]:
        """Deleted secrets that can be recovered, by folded name."""
        return {each.name.casefold(): each for each in self._vault.list_deleted().values()}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        purged = [name for name, state in want.items() if state is None and self._purge and name in have]
        ends = make_plan(DELETED, {name: {"deleted": True} for name in purged}, dict.fromkeys(purged))
        there = {name: state for name, state in have.items() if want.get(name) is not None or not state.get("deleted")}
        wanted = {name: self._fitted(name, there.get(name), state) for name, state in want.items()}
        changes = make_plan(self.kind, there, wanted)
        return [*(_versioned(change) for change in changes), *ends]

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        return [
            [self._step(change, self._delete) for change in plan if _is_deletion(change)],
            [self._step(change, self._destroy) for change in plan if change.kind is DELETED],
            [self._step(change, self._write) for change in plan if change.action != "delete"],
        ]

    def result(self, after: States) -> dict[str, t.Any]:
        hidden = ("value", "deleted")
        kept = {name: state for name in self._wanted if (state := after.get(name)) and not state.get("deleted")}
        return {
            "secrets": {name: {key: value for key, value in state.items() if key not in hidden} for name, state in kept.items()},
            "uri": f"{self._vault.uri}/",
        }

    # --- below -------------------------------------------------------------

    def _as_declared(self, name: str, secret: Secret) -> State:
        declared = (self._wanted[name] or {}).get("tags") or {}
        spelled = {each.casefold(): each for each in declared}
        version = secret.version
        state = {
            "value": secret.value,
            "content_type": secret.content_type,
            "tags": {spelled.get(key.casefold(), key): value for key, value in secret.tags.items()},
            "enabled": secret.enabled,
            "expires_on": _text(secret.expires),
            "not_before": _text(secret.not_before),
            "version": version,
            "id": f"{self._vault.uri}/secrets/{secret.name}" + (f"/{version}" if version else ""),
            **({"deleted": True} if secret.deleted else {}),
        }
        return {field: value for field, value in state.items() if value is not None}

    def _fitted(self, name: str, there: State | None, state: State | None) -> State | None:
        """What is declared, as far as it can be reached from what is there. Raises PlanError where it cannot."""
        if state is None:
            return None
        if there is None and "value" not in state:
            raise PlanError(
                f"secret {name} does not exist in {self._vault.name}, and no value is given for it",
                code="no_value",
                cloud=CLOUD,
                hint="Give a value once; without one only the attributes of an existing secret are kept",
            )
        if there is None:
            return state
        if there.get("deleted"):
            return self._recovered(name, state)
        if not there["enabled"] and not state.get("enabled"):
            if "value" in state:
                self._host.warn(f"secret {name} is disabled: nobody can read its value, so it was not compared")
            return {key: value for key, value in state.items() if key != "value"}
        return state

    def _recovered(self, name: str, state: State) -> State:
        if not self._recover:
            raise PlanError(
                f"secret {name}: a deleted secret of {self._vault.name} holds this name",
                code="deleted_secret",
                cloud=CLOUD,
                hint="Set recover: true to bring it back, or purge it with state: absent and purge: true",
            )
        return {"deleted": False, **state}

    def _step(self, change: Change, carry_out: t.Callable[[Change], dict[str, State] | None]) -> Step:
        return Step(change.title, lambda: carry_out(change))

    def _delete(self, change: Change) -> None:
        self._vault.delete(change.name)

    def _destroy(self, change: Change) -> None:
        self._vault.purge(change.name)

    def _write(self, change: Change) -> dict[str, State]:
        after, name = change.after or {}, change.name
        if change.touches("deleted"):
            self._vault.recover(name)
        if change.touches("value"):
            # A new version takes nothing over from the one before: everything is sent.
            version = self._vault.write(name, _document(after["value"]), **_wire(after, ATTRIBUTES))
        else:
            touched = [field for field in ATTRIBUTES if change.touches(field)]
            version = self._vault.update(name, **_wire(after, touched))
        return {name: {"version": version, "id": f"{self._vault.uri}/secrets/{name}/{version}"}}


class OneSecret(Secrets):
    """The one secret of a task. It is read by its name: listing a whole vault for it would cost more."""

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic, [host.params])
        self._name: str = host.params["name"]

    def _live(self) -> dict[str, Secret]:
        found = self._vault.read(self._name)
        if found is not None and not found.enabled:
            return super()._live()  # only the list shows the attributes of a disabled secret
        return {} if found is None else {self._name.casefold(): found}

    def _gone(self, names: t.Sequence[str]) -> dict[str, Secret]:
        found = self._vault.read_deleted(self._name)
        return {} if found is None else {self._name.casefold(): found}

    def result(self, after: States) -> dict[str, t.Any]:
        found = super().result(after)
        return {"secret": found["secrets"].get(self._name, {}), "uri": found["uri"]}


def _state(entry: t.Mapping[str, t.Any]) -> State:
    """A declared secret, checked. Its value never appears in a message."""
    name, value = entry["name"], entry["value"]
    if not has_unknown(name) and not NAME.fullmatch(name):
        raise PlanError(f"secret name {name!r} is invalid: 1 to 127 letters, digits and '-'", cloud=CLOUD)
    if value is not None and not isinstance(value, (str, dict, list)):
        raise PlanError(f"secret {name}: its value must be text, or data that is kept as JSON; quote numbers", cloud=CLOUD)
    if value == "" or (value is not None and len(_document(value).encode()) > LONGEST):
        raise PlanError(f"secret {name}: its value must have 1 to {LONGEST} bytes", cloud=CLOUD)
    if len(entry["tags"] or {}) > MOST_TAGS:
        raise PlanError(f"secret {name}: it can have {MOST_TAGS} tags at most", cloud=CLOUD)
    for field in ("expires_on", "not_before"):
        if entry[field] is not None and not has_unknown(entry[field]) and not isinstance(instant(entry[field]), int):
            raise PlanError(f"secret {name}: {field} {entry[field]!r} is no ISO 8601 time, such as 2027-01-31T00:00:00Z", cloud=CLOUD)
    state = {"value": value, **{field: entry[field] for field in ATTRIBUTES}}
    if state["tags"]:
        state["tags"] = {key: str(each) for key, each in state["tags"].items()}
    return {field: each for field, each in state.items() if each is not None}


def _versioned(change: Change) -> Change:
    """A new value makes a new version, whose id nobody knows before."""
    if change.action != "update" or not change.touches("value"):
        return change
    after = {**(change.after or {}), "id": KNOWN_AFTER_APPLY, "version": KNOWN_AFTER_APPLY}
    return Change(change.kind, change.name, change.action, change.differences, change.before, after)


def _is_readable(secret: Secret | None) -> bool:
    return secret is not None and secret.enabled


def _is_deletion(change: Change) -> bool:
    return change.kind is KIND and change.action == "delete"


def _wire(state: State, fields: t.Sequence[str]) -> dict[str, t.Any]:
    """Attributes as the vault's client takes them."""
    names = {"expires_on": "expires", "not_before": "not_before"}
    found = {names.get(field, field): instant(state[field]) if field in names else state[field] for field in fields if field in state}
    return {name: value for name, value in found.items() if value is not None}


def _document(value: t.Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _text(seconds: int | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
