# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of one zone: creating, changing and deleting them, with the rules that hold between records.

Sources: 81053, 81054, 81056 and 81058 with developers.cloudflare.com/dns/manage-dns-records/troubleshooting; the notes on POST
/zones/{zone_id}/dns_records; 81045 and 83011 as users report them; 81044 for an unknown record.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from sandbox.clouds.cloudflare.record_form import EDITABLE, PLAIN, PROXIABLE, normal_record
from sandbox.clouds.cloudflare.service import IDENTIFIER
from sandbox.clouds.cloudflare.wire import Json, refusal, stamp, unroutable

QUOTA = {"free": 200}  # zones made since September 2024; paid plans: 3,500
COMBINED = 8192  # characters of all records of one name and type
_HELP = "For more details, refer to <https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/>."
ADDRESSES = frozenset({"A", "AAAA"})


class RecordSet:
    def __init__(self, zone: Json) -> None:
        self._zone = zone
        self._records: dict[str, Json] = zone["records"]

    def all(self) -> list[Json]:
        return list(self._records.values())

    def get(self, record_id: t.Any) -> Json:
        if not isinstance(record_id, str) or not IDENTIFIER.fullmatch(record_id):
            raise unroutable(f"/client/v4/zones/{self._zone['id']}/dns_records/{record_id}")
        if record_id not in self._records:
            raise refusal(404, 81044, "Record does not exist.")
        return self._records[record_id]

    def create(self, sent: Json) -> Json:
        fields = normal_record(sent, self._zone)
        if len(self._records) >= QUOTA.get(self._zone["plan"], 3500):
            raise refusal(400, 81045, "Record quota exceeded.")
        now = time.time()
        record: Json = {"id": secrets.token_hex(16), "meta": {}, "created_on": now} | _dated(fields, {}, now)
        self._check(record)
        self._records[record["id"]] = record
        return record

    def replace(self, record_id: t.Any, sent: Json) -> Json:
        """PUT: what is not sent takes its default."""
        return self._store(self._writable(record_id), sent)

    def change(self, record_id: t.Any, sent: Json) -> Json:
        """PATCH: what is not sent stays. `data` is one field: its parts are not merged."""
        before = self._writable(record_id)
        kept = {name: before[name] for name in EDITABLE if name in before}
        return self._store(before, kept | {name: sent[name] for name in EDITABLE if name in sent})

    def delete(self, record_id: t.Any) -> Json:
        record = self._writable(record_id)
        left = [each["type"] for each in self._records.values() if each["name"] == record["name"] and each is not record]
        if record["type"] == "NS" and "DS" in left and "NS" not in left:
            # octodns-cloudflare deletes the DS first; the code is assumed.
            raise refusal(400, 81059, "NS records are required as long as there are DS records with that host.")
        return self._records.pop(record["id"])

    def _writable(self, record_id: t.Any) -> Json:
        record = self.get(record_id)
        if record["meta"].get("read_only") or record["meta"].get("email_routing"):
            raise refusal(400, 1043, "This record is managed by another Cloudflare service and cannot be edited.")  # words and code assumed
        return record

    def _store(self, before: Json, sent: Json) -> Json:
        fields = normal_record(sent, self._zone)
        record: Json = {name: before[name] for name in ("id", "meta", "created_on")} | _dated(fields, before, time.time())
        self._check(record)
        self._records[record["id"]] = record
        return record

    # --- rules between records ---------------------------------------------

    def _check(self, record: Json) -> None:
        others = [each for each in self._records.values() if each["name"] == record["name"] and each["id"] != record["id"]]
        self._check_types(record, {each["type"] for each in others})
        alike = [each for each in others if each["type"] == record["type"]]
        for each in alike:
            if _value(each) == _value(record):
                if all(each[name] == record[name] for name in ("ttl", "proxied")):
                    raise refusal(400, 81058, "An identical record already exists.")
                raise refusal(400, 81057, "Record already exists.")  # which of the two codes is meant for this: assumed
        if sum(len(each["content"]) for each in [*alike, record]) > COMBINED:
            raise refusal(400, 83011, f"Combined content length of records with this name and type must not exceed {COMBINED} characters.")

    def _check_types(self, record: Json, others: set[str]) -> None:
        kind, apex = record["type"], record["name"] == self._zone["name"]
        if kind == "CNAME" and others & (ADDRESSES | {"CNAME"}):
            raise refusal(400, 81053, f"An A, AAAA, or CNAME record with that host already exists. {_HELP}")
        if kind in ADDRESSES and "CNAME" in others:
            raise refusal(400, 81054, f"A CNAME record with that host already exists. {_HELP}")
        if kind == "DS" and (apex or "NS" not in others):
            raise refusal(400, 81059, "DS records need NS records with that host.")  # the rule is octodns-cloudflare's, the code assumed
        if not apex and kind not in ("NS", "DS") and "NS" in others:
            raise refusal(400, 81056, "NS records with that host already exist.")
        if not apex and kind == "NS" and others - {"NS", "DS"}:
            raise refusal(400, 81055, "Records with that host already exist.")  # the rule is in the notes on POST, the code assumed


def shown(record: Json) -> Json:
    """A record as the API returns it. `zone_id`, `zone_name` and `locked` are gone since January 2025."""
    parts = ("priority",) if record["type"] in PLAIN else ("priority", "data")
    dates = ("created_on", "modified_on", "comment_modified_on", "tags_modified_on")
    return (
        {name: record[name] for name in ("id", "name", "type", "content")}
        | {name: record[name] for name in parts if name in record}
        | {"proxiable": record["type"] in PROXIABLE}
        | {name: record[name] for name in ("proxied", "ttl", "settings", "meta", "comment", "tags")}
        | {name: stamp(record[name]) for name in dates if name in record}
    )


def _dated(fields: Json, before: Json, now: float) -> Json:
    """Comments and tags carry dates of their own, as long as there are any."""
    dates = {"modified_on": now}
    for name in ("comment", "tags"):
        if fields[name]:
            dates[f"{name}_modified_on"] = before.get(f"{name}_modified_on", now) if before.get(name) == fields[name] else now
    return fields | dates


def _value(record: Json) -> tuple[t.Any, ...]:
    return (record["content"], record.get("priority") if record["type"] in ("MX", "URI") else None)
