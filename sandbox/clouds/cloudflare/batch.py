# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many changes of records in one transaction.

Source: developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes: deletes, patches, puts and posts in this order; if any
fails, no change is made and the first error is returned; 200 records in one call on the free plan, 3,500 on the others.
"""

from __future__ import annotations

import copy
import typing as t

from sandbox.clouds.cloudflare.record_set import RecordSet, shown
from sandbox.clouds.cloudflare.service import Api, operation
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, refusal
from sandbox.http import Refusal, Reply, Request

ORDER = ("deletes", "patches", "puts", "posts")
MOST = {"free": 200}


@operation(
    "POST",
    "/zones/{zone}/dns_records/batch",
    "dns.records.batch",
    "DNS Write",
    verified="sdk",
    source="developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes",
)
def batch(api: Api, request: Request, zone: Json) -> Reply:
    """A list that was not sent comes back as null."""
    sent = body_of(request)
    wanted = {name: _list_of(sent, name) for name in ORDER}
    count = sum(len(each or ()) for each in wanted.values())
    most = MOST.get(zone["plan"], 3500)
    if count > most:
        # The limit is documented; its code and words are assumed.
        raise refusal(400, 9210, f"Batch contains {count} records, exceeding the limit of {most}.")
    before = copy.deepcopy(zone["records"])
    try:
        return answer({name: _carry_out(RecordSet(zone), name, wanted[name]) for name in ORDER})
    except Refusal:
        zone["records"] = before
        raise


def _list_of(sent: Json, name: str) -> list[Json] | None:
    value = sent.get(name)
    if value is not None and not (isinstance(value, list) and all(isinstance(each, dict) for each in value)):
        raise refusal(400, 9207, "Request body is invalid.")
    return t.cast("list[Json] | None", value)


def _carry_out(records: RecordSet, name: str, wanted: list[Json] | None) -> list[Json] | None:
    if wanted is None:
        return None
    actions: dict[str, t.Callable[[Json], Json]] = {
        "deletes": lambda each: records.delete(each.get("id")),
        "patches": lambda each: records.change(each.get("id"), each),
        "puts": lambda each: records.replace(each.get("id"), each),
        "posts": records.create,
    }
    return [shown(actions[name](each)) for each in wanted]
