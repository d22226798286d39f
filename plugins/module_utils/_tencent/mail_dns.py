# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The DNS records that SES wants to see for a sender domain, and which of them an estate writes. Pure.

Records have the form of cloudflare_records' entries: full name, type, content and, for MX, priority.
"""

from __future__ import annotations

import re
import typing as t

from .._core import normal
from .._core.unknown import KNOWN_AFTER_APPLY, has_unknown

Record = dict[str, t.Any]
Records = t.Sequence[t.Mapping[str, t.Any]]

MX_PRIORITY = 10  # SES names none, and accepts any
# What SES asks for ("Identity Verification and Configuration", product/1084/42371), as far as it is known before it answers.
_SPF, _MX, _DMARC = "v=spf1 include:qcloudmail.com ~all", "mxbiz1.qq.com", "v=DMARC1; p=none"
# Names of DKIM keys: the short one is the same everywhere, the long one's differ, and only these two are known.
_SHORT_SELECTOR = "qcloud"
_LONG_SELECTORS = {"ap-guangzhou": "qcloudgz2048", "ap-hongkong": "qcloudhk2048"}
_STRICTNESS = {"none": 0, "quarantine": 1, "reject": 2}


def wanted(domain: str, attributes: Records) -> list[Record]:
    """The records that SES answered as `Attributes`, in a stable order: SES returns them in a new one each time."""
    found = []
    for attribute in attributes:
        kind, value = attribute["Type"], attribute["ExpectedValue"]
        record = {"name": full_name(domain, attribute["SendDomain"]), "type": kind, "content": content(kind, value)}
        found.append({**record, "priority": MX_PRIORITY} if kind == "MX" else record)
    return sorted(found, key=_order)


def expected(domain: str, region: str, dkim_bits: t.Any) -> list[Record]:
    """The records that SES will ask for, before it did: only the DKIM key is not known yet."""
    selector = _SHORT_SELECTOR if dkim_bits == 1024 else _LONG_SELECTORS.get(region, KNOWN_AFTER_APPLY)
    records: list[Record] = [
        {"name": domain, "type": "TXT", "content": _SPF},
        {"name": f"{selector}._domainkey.{domain}", "type": "TXT", "content": KNOWN_AFTER_APPLY},
        {"name": domain, "type": "MX", "content": _MX, "priority": MX_PRIORITY},
        {"name": f"_dmarc.{domain}", "type": "TXT", "content": _DMARC},
    ]
    return sorted(records, key=_order)


def _order(record: t.Mapping[str, t.Any]) -> tuple[str, str, str]:
    return record["name"], record["type"], record["content"]


def full_name(domain: str, name: str) -> str:
    """A name as SES returns it; should one come relative to the domain, it is completed."""
    plain = str(normal.dns_name(name))
    if plain in ("", "@", domain):
        return domain
    return plain if plain.endswith(f".{domain}") else f"{plain}.{domain}"


def content(kind: str, value: str) -> str:
    """A value in the one form in which records are passed on."""
    return str(normal.txt(value) if kind == "TXT" else normal.dns_name(value))


def to_write(records: Records, domain: str, zone: str, declared: Records = (), write_mx: bool = False) -> tuple[list[Record], list[str]]:
    """The records that belong into the zone, and advice for its owner.

    SPF is always among them: cloudflare_records merges all SPF records of a name into one. A DMARC that the owner declares wins
    over that of SES. The MX decides where all mail to the domain goes: it is written for a sub-domain that has no MX declared,
    and for the zone's own name only if the owner says so (`write_mx`).

    records: of one domain, from `wanted` or `expected`. declared: those of the zone's owner, entries of cloudflare_records.
    """
    zone = str(normal.dns_name(zone))
    own = {(full_name(zone, entry["name"]), entry["type"]): entry for entry in declared if entry.get("state") != "absent"}
    own_dmarc = next((each.get("content") for each in declared if _is_dmarc_of(each, zone, domain)), None)
    keep: list[Record] = []
    advice: list[str] = []
    for record in records:
        if record["type"] == "MX":
            has_mx = (domain, "MX") in own
            if write_mx or (domain != zone and not has_mx):
                keep.append(dict(record))
            elif not has_mx:
                advice.append(
                    f"{domain}: the MX record that SES asks for ({record['content']}) is not written, because it would take all mail to "
                    f"{domain}; SES verifies the domain only when it finds an MX there: declare that of your mail server, or set write_mx"
                )
        elif _is_dmarc_of(record, zone, domain) and own_dmarc is not None:
            advice += _weaker(domain, str(own_dmarc), record["content"])
        else:
            keep.append(dict(record))
    return keep, advice


def _is_dmarc_of(record: t.Mapping[str, t.Any], zone: str, domain: str) -> bool:
    text = str(record.get("content") or "")
    return (
        record.get("state") != "absent"
        and record["type"] == "TXT"
        and full_name(zone, record["name"]) == f"_dmarc.{domain}"
        and (has_unknown(text) or str(normal.txt(text)).casefold().startswith("v=dmarc1"))
    )


def dmarc_policy(text: str) -> str | None:
    """The `p` of a DMARC record (RFC 7489, 6.3), or None where there is none."""
    found = re.search(r";\s*p\s*=\s*(\w+)", str(normal.txt(text)), re.IGNORECASE)
    return found[1].lower() if found else None


def _weaker(domain: str, own: str, asked: str) -> list[str]:
    mine, theirs = dmarc_policy(own), dmarc_policy(asked)
    if has_unknown(own) or has_unknown(asked) or _STRICTNESS.get(mine or "", -1) >= _STRICTNESS.get(theirs or "", -1):
        return []
    return [f"{domain}: the declared DMARC policy ({mine or 'none given'}) is weaker than the one that SES asks for ({theirs}); it is kept"]
