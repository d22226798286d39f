# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Declared DNS records: checked, completed and named, before anything is read. Pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from .._core import normal
from .._core.errors import PlanError
from .._core.unknown import has_unknown
from .client import CLOUD
from .content import ADDRESS, DATA_TYPES, TXT_BYTES, content, is_spf, merge_spf, quoted, txt_purpose

Record = dict[str, t.Any]
Absent = tuple[str, str, t.Optional[str]]
PROXIABLE = ("A", "AAAA", "CNAME")
COMMENT_LENGTH = 500  # paid plans; the free plan takes 100 and says so itself
MARK = re.compile(r"\(managed-by: ([^()]+)\)\s*$")
_NAME = re.compile(r"(\*\.|[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?|\*")


def split(entries: t.Sequence[t.Mapping[str, t.Any]], zone: str, owner: str | None) -> tuple[list[Record], list[Absent]]:
    """The records that must be there, complete and checked, and the ones that must not."""
    present: list[Record] = []
    absent: list[Absent] = []
    for entry in entries:
        fqdn = absolute(entry["name"], zone)
        if entry.get("state") == "absent":
            absent.append((fqdn, entry["type"], entry.get("content")))
            continue
        fields = {key: value for key, value in entry.items() if key != "state" and value is not None}
        record = {**fields, "name": fqdn}
        _check(record)
        if owner:
            record["comment"] = f"{record.get('comment', '')} (managed-by: {owner})".strip()
        present.append(record)
    return _with_one_spf(present), absent


def absolute(name: str, zone: str) -> str:
    """The full name, lower-case and in punycode: `@` and the zone's name are the apex, other names are relative to it."""
    if has_unknown(name) or has_unknown(zone):
        return name
    plain = str(normal.dns_name(name))
    try:
        plain = plain.encode("idna").decode() if not plain.isascii() else plain
    except UnicodeError as error:
        raise PlanError(f"record {name}: not a valid name: {error}", cloud=CLOUD) from error
    if name.strip().endswith(".") and plain != zone and not plain.endswith(f".{zone}"):
        raise PlanError(
            f"record {name}: outside of the zone {zone}",
            cloud=CLOUD,
            hint="A final dot makes a name absolute; leave it out for a relative name",
        )
    full = zone if plain in ("@", "") else plain if plain == zone or plain.endswith(f".{zone}") else f"{plain}.{zone}"
    if len(full) > 253 or not _NAME.fullmatch(full):
        raise PlanError(
            f"record {name}: {full} is not a valid DNS name",
            cloud=CLOUD,
            hint="Labels of letters, digits, - and _ up to 63 characters, 253 in all; @ is the zone itself",
        )
    return full


def named(records: t.Sequence[Record]) -> dict[str, Record]:
    """Records under stable names, as reports show them: `www.example.com A`, with what tells them apart where needed."""
    found: dict[str, Record] = {}
    places = [(record["name"], record["type"]) for record in records]
    for record in records:
        name = f"{record['name']} {record['type']}"
        if places.count((record["name"], record["type"])) > 1:
            name = f"{name} {txt_purpose(record.get('content')) or record.get('content') or record.get('data')}"
        if name in found:
            raise PlanError(f"record {name}: declared twice", cloud=CLOUD, hint="Remove one of the two")
        found[name] = record
    return found


def owner_of(record: t.Mapping[str, t.Any]) -> str | None:
    """Whose record this is, from the mark in its comment."""
    found = MARK.search(record.get("comment") or "")
    return found[1] if found else None


def is_absent(record: t.Mapping[str, t.Any], wanted: Absent) -> bool:
    fqdn, record_type, value = wanted
    if (record["name"], record["type"]) != (fqdn, record_type):
        return False
    same = content(record_type)
    return value is None or bool(same(record.get("content")) == same(value))


def refuse_conflicts(declared: t.Iterable[Record], others: t.Iterable[Record]) -> None:
    """A CNAME cannot stand beside an address or another CNAME; Cloudflare tolerates other types there. `others` stay in the zone."""
    wanted, rest = list(declared), list(others)
    for record in wanted:
        for other in wanted + rest:
            types = {record["type"], other["type"]}
            if other is record or other["name"] != record["name"] or "CNAME" not in types or not types <= {*ADDRESS, "CNAME"}:
                continue
            value = other.get("content", other.get("data"))
            raise PlanError(
                f"record {record['name']} {record['type']}: a {other['type']} record stands at the same name ({value}); nothing changed",
                code="conflict",
                cloud=CLOUD,
                hint="A CNAME cannot share its name: remove one of the two, or declare the other with state: absent",
            )


def _with_one_spf(records: list[Record]) -> list[Record]:
    """SPF records declared for the same name become one, at the place of the first."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        if record["type"] == "TXT" and is_spf(record.get("content")) and not has_unknown(record["content"]):
            groups.setdefault(record["name"], []).append(record)
    merged = {id(group[0]): {**group[0], "content": merge_spf(name, [each["content"] for each in group])} for name, group in groups.items()}
    dropped = {id(each) for group in groups.values() for each in group[1:]}
    return [merged.get(id(record), record) for record in records if id(record) not in dropped]


def _check(record: Record) -> None:
    """Refuse what Cloudflare would refuse, with the way out. What is known only after apply passes."""
    where = f"record {record['name']} {record['type']}"
    wants_data = record["type"] in DATA_TYPES
    if wants_data and ("data" not in record or "content" in record):
        raise PlanError(f"{where}: this type is declared with data, not content", cloud=CLOUD, hint="See the examples of the module")
    if not wants_data and ("content" not in record or "data" in record):
        raise PlanError(f"{where}: this type is declared with content, not data", cloud=CLOUD)
    if record["type"] in ("MX", "URI") and "priority" not in record:
        raise PlanError(f"{where}: priority is missing", cloud=CLOUD)
    if record.get("proxied") and record["type"] not in PROXIABLE:
        raise PlanError(f"{where}: proxied is possible for {', '.join(PROXIABLE)} only", cloud=CLOUD)
    if record.get("proxied") and record.get("ttl", 1) != 1:
        raise PlanError(f"{where}: a proxied record has an automatic TTL", cloud=CLOUD, hint="Leave ttl out, or set it to 1")
    ttl = record.get("ttl", 1)
    if ttl != 1 and not 30 <= ttl <= 86400:
        raise PlanError(
            f"{where}: ttl {ttl} is out of range", cloud=CLOUD, hint="1 means automatic; else 60 to 86400 seconds (30 for Enterprise)"
        )
    if len(record.get("comment", "")) > COMMENT_LENGTH:
        raise PlanError(f"{where}: comment is longer than {COMMENT_LENGTH} characters", cloud=CLOUD)
    if "content" in record and not has_unknown(record["content"]):
        _check_content(where, record["type"], record["content"])


def _check_content(where: str, record_type: str, value: str) -> None:
    if record_type in ADDRESS and _ip_version(value) != (6 if record_type == "AAAA" else 4):
        raise PlanError(f"{where}: {value} is no IPv{6 if record_type == 'AAAA' else 4} address", cloud=CLOUD)
    if record_type == "TXT" and len(quoted(value)) > TXT_BYTES:
        raise PlanError(
            f"{where}: TXT content of {len(quoted(value))} bytes, quotes included, is over the limit of {TXT_BYTES}",
            cloud=CLOUD,
            hint="Shorten it or split it over several names",
        )


def _ip_version(value: str) -> int | None:
    try:
        return ipaddress.ip_address(value).version
    except ValueError:
        return None
