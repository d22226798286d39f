# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A zone as a BIND file, out and in.

Source: developers.cloudflare.com/dns/manage-dns-records/how-to/import-and-export (cf_tags, $ORIGIN and $TTL, no $INCLUDE) and issue 89 of
cloudflare/python-cloudflare, which quotes an import's answer with its messages.
"""

from __future__ import annotations

import re
import time
import typing as t
from datetime import UTC, datetime

from sandbox.clouds.cloudflare import record_data
from sandbox.clouds.cloudflare.record_form import PLAIN, PROXIABLE, TYPES, WITH_PRIORITY
from sandbox.clouds.cloudflare.record_set import RecordSet
from sandbox.clouds.cloudflare.wire import Json, refusal

TARGETS = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})  # their content is a host name, which a zone file ends with a dot
_TOKEN = re.compile(r';.*|(?:"(?:[^"\\]|\\.)*"|[^\s;"])+')


def written(zone: Json) -> str:
    name, servers, now = zone["name"], zone["name_servers"], datetime.now(UTC)
    lines = [
        *(";;", f";; Domain:     {name}.", f";; Exported:   {now:%Y-%m-%d %H:%M:%S}", ";;", ""),
        ";; SOA Record",
        f"{name}.\t3600\tIN\tSOA\t{servers[0]}. dns.cloudflare.com. {int(time.time())} 10000 2400 604800 3600",
        "",
        ";; NS Records",
        *(f"{name}.\t86400\tIN\tNS\t{server}." for server in servers),
    ]
    records = sorted(RecordSet(zone).all(), key=lambda each: (each["type"], each["name"]))
    for kind in sorted({each["type"] for each in records}):
        lines += ["", f";; {kind} Records", *(_line(each) for each in records if each["type"] == kind)]
    return "\n".join(lines) + "\n"


def _line(record: Json) -> str:
    content = record["content"].removeprefix("IN LOC ")
    if record["type"] == "MX":
        content = f"{record['priority']} {content}"
    if record["type"] == "TXT" and not content.startswith('"'):
        content = f'"{content}"'
    if record["type"] in TARGETS and not content.endswith("."):
        content += "."
    tags = [*record["tags"], *([f"cf-proxied:{str(record['proxied']).lower()}"] if record["type"] in PROXIABLE else [])]
    said = [*([record["comment"]] if record["comment"] else []), *([f"cf_tags={','.join(tags)}"] if tags else [])]
    return f"{record['name']}.\t{record['ttl']}\tIN\t{record['type']}\t{content}" + (f" ; {' '.join(said)}" if said else "")


def parsed(file: str, zone: str, proxied: bool) -> t.Iterator[Json]:
    """The file's records as if they had been posted. The SOA and the zone's own NS records are left out."""
    origin, ttl, owner = f"{zone}.", 1, "@"
    for line in re.sub(r"\([^)]*\)", lambda found: found[0].strip("()").replace("\n", " "), file).splitlines():
        tokens = _TOKEN.findall(line)
        remark = tokens.pop()[1:].strip() if tokens and tokens[-1].startswith(";") else ""
        if not tokens:
            continue
        if tokens[0].startswith("$"):
            if tokens[0] == "$INCLUDE":
                raise refusal(400, 9207, "$INCLUDE directive not allowed")
            origin, ttl = (tokens[1], ttl) if tokens[0] == "$ORIGIN" else (origin, int(tokens[1]))
            continue
        owner = owner if line[0].isspace() else tokens.pop(0)
        own_ttl = ttl
        while tokens and (tokens[0].isdigit() or tokens[0].upper() == "IN"):
            own_ttl = int(tokens[0]) if tokens[0].isdigit() else own_ttl
            tokens.pop(0)
        kind, name = (tokens[0].upper() if tokens else ""), _absolute(owner, origin)
        if kind == "SOA" or (kind == "NS" and name == f"{zone}."):
            continue
        if kind not in TYPES:
            raise refusal(400, 9020, "Invalid DNS record type.")
        yield {"name": name, "type": kind, "ttl": own_ttl} | _value(kind, tokens[1:], origin) | _attributes(kind, remark, proxied)


def _absolute(name: str, origin: str) -> str:
    return origin if name == "@" else name if name.endswith(".") else f"{name}.{origin}"


def _value(kind: str, tokens: list[str], origin: str) -> Json:
    if kind in WITH_PRIORITY:
        return {"priority": _number(tokens[0])} | _main_value(kind, tokens[1:], origin)
    return _main_value(kind, tokens, origin)


def _main_value(kind: str, tokens: list[str], origin: str) -> Json:
    if kind in PLAIN:
        return {"content": _absolute(tokens[0], origin) if kind in TARGETS else " ".join(tokens)}
    if kind == "LOC":
        tokens = [each.removesuffix("m") for each in tokens]
    parts = record_data.parts(kind)
    values = [*tokens[: len(parts) - 1], " ".join(tokens[len(parts) - 1 :])]  # the last part may have several words
    return {"data": {part.name: each[1:-1] if each.startswith('"') else _number(each) for part, each in zip(parts, values, strict=False)}}


def _number(text: str) -> float | str:
    """Numbers as numbers; a part that is a text by its type and looks like one cannot be told apart, and no type needs it."""
    return float(text) if re.fullmatch(r"-?\d{1,9}(\.\d+)?", text) else text


def _attributes(kind: str, remark: str, proxied: bool) -> Json:
    """Comment, tags and proxying, which travel in the remark after a record."""
    comment, _, listed = remark.rpartition("cf_tags=") if "cf_tags=" in remark else (remark, "", "")
    tags = [tag for tag in listed.split(",") if tag]
    proxied = "cf-proxied:true" in tags or (proxied and "cf-proxied:false" not in tags)
    return {
        "comment": comment.strip() or None,
        "tags": [tag for tag in tags if not tag.startswith("cf-")],
        "proxied": proxied and kind in PROXIABLE,
    }
