# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Which record of a zone is which declared one. Pure.

Records have no name of their own: several may stand at one name and type, and their content may have been changed behind
our back. A declared record is matched, in this order, with the record that says the same, with one of the same purpose
(SPF, DMARC, a site verification), with one that we own, and for types where a second value would be a second truth
(addresses, CNAME) with whatever is left. So a changed value is seen as a change and never answered with a second record.
"""

from __future__ import annotations

import typing as t

from .._core.rules import differences
from .content import ADDRESS, DATA_TYPES, txt_purpose

Record = dict[str, t.Any]
# A leftover of these types at the declared name is the declared one with another value.
ONE_TRUTH = (*ADDRESS, "CNAME", "MX", "PTR")


def match(
    rule_of: t.Callable[[str], t.Any], existing: t.Sequence[Record], declared: t.Mapping[str, Record], owned: t.Callable[[Record], bool]
) -> dict[str, Record]:
    """Existing records by the names of the declared ones. Names without a record are missing."""
    free = list(existing)
    found: dict[str, Record] = {}

    def take(fits: t.Callable[[Record, Record], bool]) -> None:
        for name, wanted in declared.items():
            if name in found:
                continue
            for record in free:
                if _same_place(record, wanted) and fits(record, wanted):
                    found[name] = record
                    free.remove(record)
                    break

    take(lambda record, wanted: _says_the_same(rule_of(wanted["type"]), record, wanted))
    take(_same_purpose)
    take(lambda record, wanted: owned(record))
    take(lambda record, wanted: wanted["type"] in ONE_TRUTH)
    return found


def _same_place(record: Record, wanted: Record) -> bool:
    return bool(record["type"] == wanted["type"] and record["name"] == wanted["name"])


def _says_the_same(rule: t.Any, record: Record, wanted: Record) -> bool:
    value = "data" if wanted["type"] in DATA_TYPES else "content"
    return not any(differences(rule, {value: record.get(value)}, {value: wanted.get(value)}))


def _same_purpose(record: Record, wanted: Record) -> bool:
    purpose = txt_purpose(wanted.get("content"))
    return wanted["type"] == "TXT" and purpose is not None and txt_purpose(record.get("content")) == purpose
