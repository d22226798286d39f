# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a DNS record says: quoting, SPF, names. Laws first, then the cases that people meet."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import declared
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.content import (
    STRING_BYTES,
    is_spf,
    merge_spf,
    quoted,
    txt_purpose,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core import normal
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError

# Any text, and often what is special in it.
texts = st.text() | st.text(alphabet=st.sampled_from('"\\ a\n\tä;0')) | st.text(min_size=200, max_size=700)
STRING = re.compile(r'"((?:[^"\\]|\\\d{3}|\\["\\])*)"')


@given(texts)
def test_quoting_changes_no_meaning(text: str) -> None:
    assert normal.txt(quoted(text)) == normal.txt(text)


@given(texts)
def test_quoting_twice_is_quoting_once(text: str) -> None:
    assert quoted(quoted(text)) == quoted(text)


@given(texts)
def test_what_is_sent_are_strings_that_fit(text: str) -> None:
    assume(not text.strip().startswith('"'))
    sent = quoted(text)
    assert sent.isascii()
    assert sent.isprintable()
    strings = STRING.findall(sent)
    assert " ".join(f'"{each}"' for each in strings) == sent
    assert all(len(re.sub(r"\\(\d{3}|.)", "x", each)) <= STRING_BYTES for each in strings)


def test_quoting_as_the_api_wants_it() -> None:
    assert quoted("v=spf1 ~all") == '"v=spf1 ~all"'
    assert quoted('say "hi"') == '"say \\"hi\\""'
    assert quoted("x" * 300) == f'"{"x" * 255}" "{"x" * 45}"'
    assert quoted("from a yaml block\n") == '"from a yaml block"'
    assert quoted('"kept" "as it is" ') == '"kept" "as it is"'
    assert quoted('"only begun') == '"\\"only begun"'
    assert quoted("") == '""'


# --- SPF --------------------------------------------------------------------

mechanisms = st.sampled_from(["include:a.example", "include:b.example", "ip4:192.0.2.0/24", "a", "mx", "include:mx.small", "exists:x.call"])
records = st.lists(mechanisms, max_size=4, unique=True).map(lambda terms: " ".join(["v=spf1", *terms, "~all"]))


@given(st.lists(records, min_size=1, max_size=4))
def test_merging_keeps_every_term_once_and_ends_once(many: list[str]) -> None:
    merged = merge_spf("example.com", many).split()
    assert merged[0] == "v=spf1"
    assert merged[-1] == "~all"
    assert len(merged) == len(set(merged))
    assert set(merged) == {term for each in many for term in each.split()}


@given(st.lists(records, min_size=1, max_size=4))
def test_merging_again_changes_nothing(many: list[str]) -> None:
    merged = merge_spf("example.com", many)
    assert merge_spf("example.com", [merged]) == merged
    assert merge_spf("example.com", [merged, *many]) == merged
    assert merge_spf("example.com", [merged, quoted(merged)]) == merged


@given(records, records, records)
def test_merging_in_steps_is_merging_at_once(one: str, two: str, three: str) -> None:
    at_once = merge_spf("example.com", [one, two, three])
    assert merge_spf("example.com", [merge_spf("example.com", [one, two]), three]) == at_once


@pytest.mark.parametrize(
    ("many", "words"),
    [
        (["v=spf1 a ~all", "v=spf1 mx -all"], "end differently: ~all, -all"),
        (["v=spf1 redirect=other.example", "v=spf1 mx ~all"], "redirect= cannot be merged"),
        (["v=spf1 " + " ".join(f"include:{n}.example" for n in range(6)) + " ~all" for _ in "ab"], None),
        (["v=spf1 " + " ".join(f"include:{n}.{m}.example" for n in range(6)) + " ~all" for m in "ab"], "more than 10 look-ups"),
    ],
)
def test_what_cannot_be_merged(many: list[str], words: str | None) -> None:
    if words is None:
        assert merge_spf("example.com", many).count("include:") == 6
        return
    with pytest.raises(PlanError, match=re.escape(words)):
        merge_spf("example.com", many)


def test_a_redirect_alone_stays() -> None:
    assert merge_spf("example.com", ["v=spf1 redirect=other.example"] * 2) == "v=spf1 redirect=other.example"


def test_what_a_text_is_for() -> None:
    assert is_spf('"v=SPF1 include:x" " ~all"')
    assert not is_spf("v=spf10 a")
    purposes = {
        "v=spf1 ~all": "spf",
        '"v=DMARC1; p=none"': "dmarc",
        "v=DKIM1; k=rsa": "dkim",
        "google-site-verification=abc": "google-site-verification",
        "just a note": None,
    }
    assert {text: txt_purpose(text) for text in purposes} == purposes


# --- names ------------------------------------------------------------------

ZONE = "example.com"
labels = st.from_regex(r"[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,10}[a-zA-Z0-9_])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=4).map(".".join) | st.just("@") | labels.map(lambda label: f"*.{label}")


@given(names)
def test_a_name_becomes_absolute_once(name: str) -> None:
    full = declared.absolute(name, ZONE)
    assert full == ZONE or full.endswith(f".{ZONE}")
    assert full == full.lower()
    assert {declared.absolute(each, ZONE) for each in (full, full.upper(), f"{full}.")} == {full}


@given(names)
def test_names_that_differ_stay_different(name: str) -> None:
    assume(name != "@")
    assert declared.absolute(name, ZONE) != ZONE
    assert declared.absolute(f"x{name}", ZONE) != declared.absolute(name, ZONE) if not name.startswith("*") else True


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("@", ZONE),
        ("", ZONE),
        ("EXAMPLE.com.", ZONE),
        ("badexample.com", "badexample.com.example.com"),
        ("münchen", "xn--mnchen-3ya.example.com"),
        ("_dmarc", "_dmarc.example.com"),
        ("*", "*.example.com"),
    ],
)
def test_names_that_people_write(name: str, full: str) -> None:
    assert declared.absolute(name, ZONE) == full


@pytest.mark.parametrize("name", ["-a", "a-", "a b", "a..b", "x" * 64, "a/b", "other.org.", ".".join(["x" * 60] * 5), "a*"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(PlanError):
        declared.absolute(name, ZONE)


@given(st.text(alphabet=st.characters(exclude_characters="()"), min_size=1).filter(lambda text: text.strip() == text), st.text(max_size=30))
def test_the_mark_of_an_owner_is_found_again(owner: str, comment: str) -> None:
    entry = {"name": "@", "type": "A", "content": "192.0.2.1", "comment": comment}
    ((record,), absent) = declared.split([entry], ZONE, owner)
    assert (declared.owner_of(record), absent) == (owner, [])
