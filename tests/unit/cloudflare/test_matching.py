# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which record is which: laws of the matching, over any set of records in any order."""

from __future__ import annotations

import typing as t

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import declared
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.matching import ONE_TRUTH, match
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.records import rule_of

Record = dict[str, t.Any]
ZONE = "example.com"
CONTENTS = {
    "A": ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
    "TXT": ["v=spf1 a ~all", '"v=spf1 mx ~all"', "v=DMARC1; p=none", "x-verification=1", "x-verification=2", "a note", "another note"],
    "MX": ["mx1.example.net", "mx2.example.net"],
    "NS": ["ns1.example.net", "ns2.example.net"],
}
OURS = "(managed-by: us)"


def record(kind: str) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries(
        {"name": st.sampled_from([ZONE, f"www.{ZONE}"]), "type": st.just(kind), "content": st.sampled_from(CONTENTS[kind])}
    )


any_record = st.one_of([record(kind) for kind in CONTENTS])


def place(each: Record) -> tuple[t.Any, ...]:
    return each["name"], each["type"], each["content"]


wanted = st.lists(any_record, max_size=6, unique_by=lambda each: str(place(each))).map(
    lambda many: {str(place(each)): each for each in many}
)


@st.composite
def zones(draw: st.DrawFn) -> list[Record]:
    """Records as a zone has them: each with an id of its own, none twice."""
    found = draw(st.lists(any_record, max_size=8, unique_by=lambda each: str(place(each))))
    return [{**each, "id": str(number), "comment": draw(st.sampled_from(["", OURS]))} for number, each in enumerate(found)]


def owned(each: Record) -> bool:
    return declared.owner_of(each) == "us"


@given(wanted, zones())
def test_no_record_is_matched_twice_and_each_stays_at_its_place(want: dict[str, Record], zone: list[Record]) -> None:
    found = match(rule_of, zone, want, owned)
    assert len({each["id"] for each in found.values()}) == len(found)
    assert all((each["name"], each["type"]) == (want[name]["name"], want[name]["type"]) for name, each in found.items())


@given(wanted, zones())
def test_a_record_that_says_the_same_is_always_it(want: dict[str, Record], zone: list[Record]) -> None:
    found = match(rule_of, zone, want, owned)
    by_place = {place(each): each["id"] for each in zone}
    for name, each in want.items():
        if place(each) in by_place:
            assert found[name]["id"] == by_place[place(each)]


@given(wanted, zones(), st.randoms())
def test_the_order_of_the_zone_decides_nothing_that_matters(want: dict[str, Record], zone: list[Record], random: t.Any) -> None:
    shuffled = zone[:]
    random.shuffle(shuffled)
    one, two = match(rule_of, zone, want, owned), match(rule_of, shuffled, want, owned)
    assert set(one) == set(two)  # what is created is the same
    assert sum(owned(each) for each in one.values()) == sum(owned(each) for each in two.values())  # and what is taken over


@given(wanted, zones())
def test_the_matching_is_no_other_afterwards(want: dict[str, Record], zone: list[Record]) -> None:
    """Once every declared record is written over its match, each is found again, and nothing else is taken."""
    found = match(rule_of, zone, want, owned)
    rest = [each for each in zone if each["id"] not in {match_["id"] for match_ in found.values()}]
    written = {name: {**each, "id": found[name]["id"] if name in found else f"new {name}"} for name, each in want.items()}
    again = match(rule_of, [*rest, *written.values()], want, owned)
    assert {name: each["id"] for name, each in again.items()} == {name: each["id"] for name, each in written.items()}


@given(wanted, zones())
def test_what_is_left_over_could_not_have_been_meant(want: dict[str, Record], zone: list[Record]) -> None:
    """A declared record is missing only if no record at its place is ours, or for types with one truth, if none is left at all."""
    found = match(rule_of, zone, want, owned)
    taken = {each["id"] for each in found.values()}
    for name, each in want.items():
        if name in found:
            continue
        free = [there for there in zone if there["id"] not in taken and (there["name"], there["type"]) == (each["name"], each["type"])]
        assert not any(owned(there) for there in free)
        assert each["type"] not in ONE_TRUTH or not free


def test_a_foreign_record_is_changed_only_where_no_own_one_is() -> None:
    theirs = {"id": "1", "name": ZONE, "type": "A", "content": "192.0.2.8", "comment": ""}
    ours = {"id": "2", "name": ZONE, "type": "A", "content": "192.0.2.9", "comment": OURS}
    want = {"apex": {"name": ZONE, "type": "A", "content": "192.0.2.1"}}
    for zone in ([theirs, ours], [ours, theirs]):
        assert match(rule_of, zone, want, owned)["apex"]["id"] == "2"
    assert match(rule_of, [theirs], want, owned)["apex"]["id"] == "1"
    note = {"id": "3", "name": ZONE, "type": "TXT", "content": "a note", "comment": ""}
    assert match(rule_of, [note], {"text": {"name": ZONE, "type": "TXT", "content": "mine"}}, owned) == {}
