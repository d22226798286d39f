# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What really works, judged from what was found."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.verification import checks

ZONE = "example.com"
A = {"name": "www", "type": "A", "content": "192.0.2.10"}
SPF = {"name": "@", "type": "TXT", "content": "v=spf1 include:a.example.net ~all"}
MX = {"name": "@", "type": "MX", "content": "mx.example.net", "priority": 10}
CAA = {"name": "@", "type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "letsencrypt.org"}}


def outcome(found: t.Any, kind: str, *wanted: t.Any) -> list[bool]:
    judged = checks(found, kind, *wanted)
    for each in judged:
        assert each["ok"] or (each["found"] and each["fix"]), each
    return [each["ok"] for each in judged]


@pytest.mark.parametrize(
    ("wanted", "served", "ok"),
    [
        (A, {"name": "www.example.com", "type": "A", "content": "192.0.2.10"}, True),
        (A, {"name": "www.example.com", "type": "A", "content": "192.0.2.66"}, False),
        (A, {"name": "www.example.com", "type": "AAAA", "content": "2001:db8::1"}, False),
        (SPF, {"name": "example.com", "type": "TXT", "content": '"v=spf1 include:a.example.net include:b.example.net ~all"'}, True),
        (SPF, {"name": "example.com", "type": "TXT", "content": '"v=spf1 include:b.example.net ~all"'}, False),
        (SPF, {"name": "example.com", "type": "TXT", "content": '"v=spf1 include:a.example.net -all"'}, False),
        (SPF, {"name": "example.com", "type": "TXT", "content": '"site-verification=x"'}, False),
        (MX, {"name": "example.com", "type": "MX", "content": "MX.example.net.", "priority": 10}, True),
        (MX, {"name": "example.com", "type": "MX", "content": "mx.example.net", "priority": 20}, False),
        (CAA, {"name": "example.com", "type": "CAA", "data": {"flags": 0.0, "tag": "issue", "value": "letsencrypt.org"}}, True),
        (CAA, {"name": "example.com", "type": "CAA", "data": {"flags": 0, "tag": "issue", "value": "other.example"}}, False),
    ],
)
def test_a_record_is_served_as_declared_or_not(wanted: dict[str, t.Any], served: dict[str, t.Any], ok: bool) -> None:
    assert outcome([served], "dns", [wanted], ZONE) == [ok]
    assert outcome([], "dns", [wanted], ZONE) == [False]


def test_a_record_that_must_not_be_there_is_not_looked_for() -> None:
    assert outcome([], "dns", [{**A, "state": "absent"}], ZONE) == []


def test_an_unverified_domain_says_which_record_is_wrong() -> None:
    wrong = {"name": "mail.example.com", "type": "MX", "expected": "mxbiz1.qq.com", "current": "", "ok": False}
    found = {"name": "mail.example.com", "verified": False, "checks": [wrong, {**wrong, "type": "TXT", "ok": True}]}
    (judged,) = checks([found], "mail", "mail.example.com")
    assert judged["found"] == "mail.example.com MX must be mxbiz1.qq.com, SES saw nothing"
    assert outcome([{**found, "verified": True}], "mail", "Mail.example.com.") == [True]
    assert outcome([], "mail", "mail.example.com") == [False]


def test_buckets_are_there_and_private() -> None:
    declared = [{"name": "charts", "acl": "private", "block_public_access": True}, {"name": "site", "acl": "public-read"}]
    good = [{"name": "charts", "acl": "private", "block_public_access": True}, {"name": "site", "acl": "public-read"}]
    assert outcome(good, "buckets", declared) == [True, True, True, True]
    assert outcome([{**good[0], "acl": "public-read", "block_public_access": False}], "buckets", declared) == [True, False, False, False]
    assert outcome([], "buckets", [{"name": "old", "state": "absent"}]) == []


def test_secrets_are_there_enabled_and_good_for_a_while() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    declared = [{"name": "mongodb-url"}]

    def judged(**secret: t.Any) -> list[bool]:
        return outcome([{"name": "MongoDB-URL", "enabled": True, "expires_on": None, **secret}], "secrets", declared, 14, now)

    assert judged() == [True, True]
    assert judged(enabled=False) == [True, False]
    assert judged(expires_on="2026-12-31T00:00:00Z") == [True, True, True]
    assert judged(expires_on="2026-12-01T00:00:00Z") == [True, True, False]
    assert outcome([], "secrets", declared, 14, now) == [False]


def test_a_key_is_accepted_for_its_models() -> None:
    found = {"key": "accepted", "models": [{"model": "qwen-vl-plus", "status": "available"}, {"model": "x", "status": "not available"}]}
    assert outcome(found, "model") == [True, True, False]
    assert outcome({"key": "missing", "models": found["models"]}, "model") == [False]


@pytest.mark.parametrize(("domain", "ok"), [({"status": "online"}, True), ({"status": "configuring"}, False), (None, False)])
def test_a_cdn_domain_is_online(domain: dict[str, str] | None, ok: bool) -> None:
    assert outcome(domain, "cdn", "img.example.com") == [ok]


def test_a_registration_has_no_problems() -> None:
    assert outcome([], "registration", ZONE) == [True]
    assert outcome(["it ends in 3 days"], "registration", ZONE) == [False]
