# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which DNS records SES wants, and which of them are written."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import declared as cloudflare
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.mail_dns import (
    dmarc_policy,
    expected,
    full_name,
    to_write,
    wanted,
)

ZONE, SUB = "example.com", "mail.example.com"
KEY = "v=DKIM1; k=rsa; p=" + "A" * 392


def attributes(domain: str, selector: str = "qcloudhk2048") -> list[dict[str, t.Any]]:
    return [
        {"Type": "TXT", "SendDomain": domain, "ExpectedValue": "v=spf1 include:qcloudmail.com ~all"},
        {"Type": "TXT", "SendDomain": f"{selector}._domainkey.{domain}", "ExpectedValue": KEY},
        {"Type": "MX", "SendDomain": domain, "ExpectedValue": "mxbiz1.qq.com."},
        {"Type": "TXT", "SendDomain": f"_dmarc.{domain}", "ExpectedValue": "v=DMARC1; p=none"},
    ]


def texts(records: t.Iterable[t.Mapping[str, t.Any]]) -> set[str]:
    return {f"{each['name']} {each['type']}" for each in records}


ALL = {f"{SUB} TXT", f"{SUB} MX", f"_dmarc.{SUB} TXT", f"qcloudhk2048._domainkey.{SUB} TXT"}


@given(st.permutations(attributes(SUB)))
def test_the_order_of_the_answer_does_not_matter(turned: list[dict[str, t.Any]]) -> None:
    assert wanted(SUB, turned) == wanted(SUB, attributes(SUB))


def test_records_have_the_form_of_cloudflare_records() -> None:
    found = wanted(SUB, attributes(SUB))
    assert [each for each in found if each["type"] == "MX"] == [{"name": SUB, "type": "MX", "content": "mxbiz1.qq.com", "priority": 10}]
    present, absent = cloudflare.split(found, ZONE, None)
    assert (texts(present), absent) == (ALL, [])


def test_quoted_and_relative_forms_are_the_same_record() -> None:
    odd = [
        {"Type": "TXT", "SendDomain": "@", "ExpectedValue": '"v=spf1 include:qcloudmail.com ~all"'},
        {"Type": "TXT", "SendDomain": "qcloudhk2048._domainkey", "ExpectedValue": f'"{KEY[:255]}" "{KEY[255:]}"'},
        {"Type": "MX", "SendDomain": "Mail.Example.com.", "ExpectedValue": "MXBIZ1.qq.com"},
        {"Type": "TXT", "SendDomain": f"_dmarc.{SUB}.", "ExpectedValue": "v=DMARC1; p=none"},
    ]
    assert wanted(SUB, odd) == wanted(SUB, attributes(SUB))


@pytest.mark.parametrize(
    ("region", "bits", "name"),
    [
        ("ap-hongkong", 2048, "qcloudhk2048"),
        ("ap-guangzhou", 2048, "qcloudgz2048"),
        ("ap-hongkong", 1024, "qcloud"),
        ("ap-singapore", 2048, "(known after apply)"),
    ],
)
def test_a_preview_knows_all_but_the_key(region: str, bits: int, name: str) -> None:
    selector = name if name.isalnum() else "unknown"
    known = {(each["name"], each["type"]): each for each in expected(SUB, region, bits)}
    assert known.pop((f"{name}._domainkey.{SUB}", "TXT"))["content"] == "(known after apply)"
    rest = [each for each in wanted(SUB, attributes(SUB, selector)) if "_domainkey" not in each["name"]]
    assert sorted(known.values(), key=str) == sorted(rest, key=str)


@pytest.mark.parametrize("name", ["", "@", SUB, f"{SUB}.", SUB.upper()])
def test_the_name_of_the_domain_itself(name: str) -> None:
    assert full_name(SUB, name) == SUB


def test_a_sub_domain_gets_all_records() -> None:
    keep, advice = to_write(wanted(SUB, attributes(SUB)), SUB, ZONE)
    assert (texts(keep), advice) == (ALL, [])


def test_the_zone_itself_keeps_its_mail() -> None:
    keep, advice = to_write(wanted(ZONE, attributes(ZONE)), ZONE, "Example.com.")
    assert "MX" not in {each["type"] for each in keep}
    assert len(keep) == 3
    assert [each for each in advice if "write_mx" in each] == advice != []


def test_the_zone_itself_gets_the_mx_if_its_owner_says_so() -> None:
    keep, advice = to_write(wanted(ZONE, attributes(ZONE)), ZONE, ZONE, write_mx=True)
    assert f"{ZONE} MX" in texts(keep)
    assert advice == []


OWN_MX = {"type": "MX", "content": "mx.example.net", "priority": 5}


@pytest.mark.parametrize(("domain", "name"), [(ZONE, "@"), (ZONE, ZONE), (SUB, "mail"), (SUB, SUB)])
def test_a_declared_mx_keeps_that_of_ses_away_without_a_word(domain: str, name: str) -> None:
    keep, advice = to_write(wanted(domain, attributes(domain)), domain, ZONE, [{"name": name, **OWN_MX}])
    assert f"{domain} MX" not in texts(keep)
    assert advice == []


@pytest.mark.parametrize("entry", [{"name": "other", **OWN_MX}, {"name": "mail", "state": "absent", **OWN_MX}])
def test_other_mx_records_do_not_count(entry: dict[str, t.Any]) -> None:
    assert f"{SUB} MX" in texts(to_write(wanted(SUB, attributes(SUB)), SUB, ZONE, [entry])[0])


@pytest.mark.parametrize(
    ("policy", "weaker"), [("p=none", False), ("p=reject", False), ("p=quarantine", False), ("rua=mailto:a@b.c", True)]
)
def test_the_declared_dmarc_wins(policy: str, weaker: bool) -> None:
    own = {"name": "_dmarc.mail", "type": "TXT", "content": f'"v=DMARC1; {policy}"'}
    keep, advice = to_write(wanted(SUB, attributes(SUB)), SUB, ZONE, [own])
    assert f"_dmarc.{SUB} TXT" not in texts(keep)
    assert bool(advice) is weaker


def test_a_weaker_dmarc_is_kept_with_a_word() -> None:
    asked = [{"name": f"_dmarc.{SUB}", "type": "TXT", "content": "v=DMARC1; p=reject"}]
    keep, advice = to_write(asked, SUB, ZONE, [{"name": "_dmarc.mail", "type": "TXT", "content": "v=DMARC1;p=none"}])
    assert keep == []
    assert advice == [f"{SUB}: the declared DMARC policy (none) is weaker than the one that SES asks for (reject); it is kept"]


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "_dmarc", "type": "TXT", "content": "v=DMARC1; p=reject"},
        {"name": "_dmarc.mail", "type": "TXT", "content": "site-verification=1"},
        {"name": "_dmarc.mail", "type": "TXT", "state": "absent"},
    ],
)
def test_what_is_no_dmarc_of_the_domain_wins_nothing(entry: dict[str, t.Any]) -> None:
    assert texts(to_write(wanted(SUB, attributes(SUB)), SUB, ZONE, [entry])[0]) == ALL


def test_a_preview_passes_through() -> None:
    keep, advice = to_write(expected(SUB, "ap-hongkong", 2048), SUB, ZONE)
    assert (texts(keep), advice) == (ALL, [])


@given(st.sampled_from([ZONE, SUB]), st.booleans(), st.lists(st.sampled_from([OWN_MX | {"name": "mail"}, OWN_MX | {"name": "@"}])))
def test_nothing_is_made_up_and_spf_and_dkim_always_stay(domain: str, write_mx: bool, own: list[dict[str, t.Any]]) -> None:
    asked = wanted(domain, attributes(domain))
    keep, _ = to_write(asked, domain, ZONE, own, write_mx)
    assert all(each in asked for each in keep)
    assert {f"{domain} TXT", f"qcloudhk2048._domainkey.{domain} TXT"} <= texts(keep)


@pytest.mark.parametrize(
    ("text", "policy"),
    [("v=DMARC1; p=none", "none"), ('"v=DMARC1;P=Reject; sp=none"', "reject"), ("v=DMARC1; sp=none", None), ("v=DMARC1", None)],
)
def test_the_policy_of_a_dmarc_record(text: str, policy: str | None) -> None:
    assert dmarc_policy(text) == policy
