# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which records a list request asks for, and in which order.

Source: cloudflare/types/dns/record_list_params.py. The plain `name=` and `content=` are the older spelling of `.exact`.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from sandbox.clouds.cloudflare.wire import Json, not_emulated, refusal
from sandbox.http import Request

Test = Callable[[Json], bool]
ORDERS = ("type", "name", "content", "ttl", "proxied")
NOT_EMULATED = ("include_shadow_metadata", "shadowed_by_name", "shadowing_name")
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "exact": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def selected(records: list[Json], request: Request) -> list[Json]:
    query = request.params
    for name in NOT_EMULATED:
        if query.get(name, "false") != "false":
            raise not_emulated(f"dns_records?{name}")
    tests = [test for name, wanted in query.items() if (test := _test(name, wanted))]
    tags = [test for name, wanted in query.items() if (test := _tag_test(name, wanted))]
    if tags:
        tests.append(_joined(tags, _mode(query, "tag_match")))
    wanted = _joined(tests, _mode(query, "match")) if tests else lambda record: True
    found = [each for each in records if wanted(each) and _searched(each, query.get("search", ""))]
    return _sorted(found, query)


def _joined(tests: list[Test], mode: str) -> Test:
    join = all if mode == "all" else any
    return lambda record: join(test(record) for test in tests)


def _mode(query: dict[str, str], name: str) -> str:
    mode = query.get(name, query.get(name.replace("_", "-"), "all"))
    if mode not in ("all", "any"):
        raise refusal(400, 1003, f"{name} must be all or any.")
    return mode


def _test(name: str, wanted: str) -> Test | None:
    field, _, comparison = name.partition(".")
    if name == "type":
        return lambda record: record["type"] == wanted
    if name == "proxied":
        return lambda record: record["proxied"] is (wanted == "true")
    if name in ("comment.present", "comment.absent"):
        return lambda record: bool(record["comment"]) is (comparison == "present")
    compare = _COMPARISONS.get(comparison or "exact")
    if field not in ("name", "content", "comment") or compare is None:
        return None  # unknown parameters are ignored
    return lambda record: compare((record[field] or "").lower(), wanted.lower())


def _tag_test(name: str, wanted: str) -> Test | None:
    """Tags are `name:value`; the name is compared as a whole, the value by the comparison."""
    field, _, comparison = name.partition(".")
    if field != "tag":
        return None
    tag, _, value = wanted.lower().partition(":")
    if comparison in ("present", "absent"):
        return lambda record: any(each[0] == tag for each in _tags(record)) is (comparison == "present")
    compare = _COMPARISONS.get(comparison or "exact")
    if compare is None:
        return None
    return lambda record: any(each[0] == tag and compare(each[1], value) for each in _tags(record))


def _tags(record: Json) -> list[tuple[str, str]]:
    return [(tag.lower().partition(":")[0], tag.lower().partition(":")[2]) for tag in record["tags"]]


def _searched(record: Json, wanted: str) -> bool:
    """`search` is for people: which fields it looks at is left open by the documentation."""
    return wanted.lower() in " ".join([record["name"], record["content"], record["comment"] or ""]).lower()


def _sorted(records: list[Json], query: dict[str, str]) -> list[Json]:
    order, direction = query.get("order", "type"), query.get("direction", "asc")
    if order not in ORDERS or direction not in ("asc", "desc"):
        raise refusal(400, 1003, f"order must be one of {', '.join(ORDERS)}, and direction asc or desc.")

    def key(record: Json) -> tuple[t.Any, ...]:
        return (record[order], record["name"], record["created_on"])

    return sorted(records, key=key, reverse=direction == "desc")
