# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""DNS records of a zone: one read, one transactional write."""

from __future__ import annotations

import typing as t

from .._core import normal
from .._core.apply import Step, Waves
from .._core.errors import PlanError
from .._core.host import Host
from .._core.plan import Change, DeletionGuard, Kind, State, States
from .._core.reconcile import Reconciler
from .._core.rules import Leaf, Map
from .._core.unknown import has_unknown
from . import declared
from .client import CLOUD, Client
from .content import DATA, content, is_spf, merge_spf, quoted
from .matching import match
from .places import domain_name, zone_id_of

# Records in one batch on the free plan (developers.cloudflare.com, Batch record changes). Paid plans take 3,500.
BATCH = 200
MANAGED_ELSEWHERE = ("read_only", "email_routing")


def rule_of(record_type: str) -> Map:
    """How the fields of a record of this type are compared."""
    return Map(
        {
            "name": Leaf(normal=normal.dns_name),
            "type": Leaf(),
            "content": Leaf(normal=content(record_type)),
            "data": DATA,
            "ttl": Leaf(normal=normal.number),
            "proxied": Leaf(absent=False),
            "priority": Leaf(normal=normal.number),
            "comment": Leaf(absent=""),
            "tags": Leaf(normal=normal.set_of(normal.folded)),
            "settings": Map(other=Leaf(absent=False)),
            "id": Leaf(),
        }
    )


class Records(Reconciler):
    """The declared records of one zone.

    declared: by a stable name, see declared.named. absent: (fqdn, type, content or None) of records that must not be there.
    owner: whose records these are, kept in their comments; purge then removes only records of this owner.
    """

    kind = Kind(CLOUD, "dns_record", lambda record: rule_of(record["type"]), outputs=("id",), id_field="id")
    identity = ("zone", "zone_id")

    def __init__(self, host: Host, client: Client, entries: t.Sequence[t.Mapping[str, t.Any]], *, purge: str = "none") -> None:
        self._client = client
        self._zone = domain_name(host.params["zone"])
        self._zone_id: str | None = host.params["zone_id"]
        self._owner: str | None = host.params["owner"]
        self._merge_spf: bool = host.params["merge_spf"]
        self._entries = entries
        self._purge = purge
        self.purge = True  # read() offers only what may be removed
        allow = host.params.get("allow_mass_delete")
        self.guard = None if allow or purge == "none" else DeletionGuard()
        self._foreign: list[State] = []
        self._managed_elsewhere: set[str] = set()

    def want(self) -> dict[str, State | None]:
        present, self._absent = declared.split(self._entries, self._zone, self._owner)
        self._declared = declared.named(present)
        declared.refuse_conflicts(self._declared.values(), [])
        return {**self._declared}

    def read(self) -> dict[str, State]:
        listed = self._list()
        self._managed_elsewhere = {
            record["id"] for record in listed if any((record.get("meta") or {}).get(mark) for mark in MANAGED_ELSEWHERE)
        }
        existing = [as_declared(record) for record in listed]
        matched = match(rule_of, existing, self._declared, self._is_ours)
        taken = {record["id"] for record in matched.values()}
        rest = [record for record in existing if record["id"] not in taken]
        doomed = [record for record in rest if self._is_doomed(record)]
        self._foreign = [record for record in rest if record not in doomed]
        return {**matched, **{_doomed_name(record, doomed): record for record in doomed}}

    def plan(self, have: States, want: t.Mapping[str, State | None]) -> list[Change]:
        return super().plan(have, {name: self._with_present_spf(have.get(name), state) for name, state in want.items()})

    def _with_present_spf(self, present: State | None, state: State | None) -> State | None:
        """A declared SPF record that keeps what the present one allows, if the user wants that."""
        if not (self._merge_spf and present and state and is_spf(present.get("content")) and is_spf(state.get("content"))):
            return state
        try:
            return {**state, "content": merge_spf(state["name"], [present["content"], state["content"]])}
        except PlanError:
            # They cannot be one record (another policy at the end, a redirect): then the declared one stands, as without merging.
            return state

    def check(self, have: States, plan: t.Sequence[Change]) -> None:
        declared.refuse_conflicts(self._declared.values(), self._foreign)
        for change in plan:
            if change.id in self._managed_elsewhere:
                raise PlanError(
                    f"cloudflare dns_record {change.name}: another Cloudflare product manages this record, it cannot be changed",
                    cloud=CLOUD,
                    hint="Turn that product off for this name (Email Routing, Pages, Workers), or remove the record here",
                )

    def waves(self, plan: t.Sequence[Change]) -> Waves:
        # One batch is one transaction; order inside it is deletes, patches, posts, so a CNAME can replace an A record.
        ordered = sorted(plan, key=lambda change: ("delete", "update", "create").index(change.action))
        return [[self._batch(ordered[start : start + BATCH])] for start in range(0, len(ordered), BATCH)]

    def result(self, after: States) -> dict[str, t.Any]:
        return {"records": [after[name] for name in self._declared if name in after]}

    def _list(self) -> list[dict[str, t.Any]]:
        self._zone_id = self._zone_id or zone_id_of(self._client, self._zone)
        return records_of(self._client, self._zone, self._zone_id)

    def _is_ours(self, record: State) -> bool:
        return self._owner is not None and declared.owner_of(record) == self._owner

    def _is_doomed(self, record: State) -> bool:
        if record["id"] in self._managed_elsewhere or (record["type"] in ("NS", "SOA") and record["name"] == self._zone):
            return False
        if any(declared.is_absent(record, each) for each in self._absent):
            return True
        return self._purge == "all" or (self._purge == "owned" and self._is_ours(record))

    def _batch(self, changes: t.Sequence[Change]) -> Step:
        body: dict[str, list[t.Any]] = {"deletes": [], "patches": [], "posts": []}
        for change in changes:
            if change.action == "delete":
                body["deletes"].append({"id": change.id})
            elif change.action == "update":
                body["patches"].append({"id": change.id, **_wire(change)})
            else:
                body["posts"].append(_wire(change))
        creates = [change.name for change in changes if change.action == "create"]
        title = f"write {len(changes)} DNS records of {self._zone}" if len(changes) > 1 else changes[0].title

        def call() -> dict[str, State]:
            sent = {verb: items for verb, items in body.items() if items}
            answer = self._client.send(title, "POST", f"/zones/{self._zone_id}/dns_records/batch", sent)
            return {name: {"id": record["id"]} for name, record in zip(creates, answer.get("posts") or [], strict=True)}

        return Step(title, call)


def records_of(client: Client, zone: str, zone_id: str) -> list[dict[str, t.Any]]:
    """All records of a zone as the API returns them, in one read (larger zones: one for each 5,000)."""
    return client.get_all(f"read the DNS records of {zone}", f"/zones/{zone_id}/dns_records")


def as_declared(record: t.Mapping[str, t.Any]) -> State:
    """A record as the API returns it, in the words of the options."""
    fields = ("id", "name", "type", "content", "data", "ttl", "proxied", "priority", "comment", "tags", "settings")
    state = {field: record[field] for field in fields if record.get(field) is not None}
    return {**state, "name": normal.dns_name(record["name"])}


def _wire(change: Change) -> dict[str, t.Any]:
    """The fields of a change as the API takes them: all for a new record, else only what differs."""
    state = change.after or {}
    if change.action == "update":
        state = {"type": state["type"], **{field: state[field] for field in state if change.touches(field)}}
    sent = {field: value for field, value in state.items() if field != "id" and not has_unknown(value)}
    if state["type"] == "TXT" and "content" in sent:
        sent["content"] = quoted(sent["content"])
    if change.action == "create":
        sent.setdefault("ttl", 1)
    return sent


def _doomed_name(record: State, doomed: t.Sequence[State]) -> str:
    """What a record that goes is called: by its content, and by its id where that is not enough (MX records of two priorities)."""
    same = ("name", "type", "content")
    twins = [each for each in doomed if all(each[field] == record[field] for field in same)]
    name = " ".join(record[field] for field in same)
    return name if len(twins) == 1 else f"{name} {record['id']}"
