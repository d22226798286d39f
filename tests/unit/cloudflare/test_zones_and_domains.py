# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zones and registrations: what can be said without a cloud."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import offers, registrar, settings
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.places import (
    account_of,
    checked_id,
    domain_name,
    find_zone,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import differences, overlay

# --- settings ---------------------------------------------------------------


def test_settings_as_yaml_reads_them() -> None:
    read = {"http3": True, "brotli": False, "min_tls_version": 1.2, "browser_cache_ttl": 0, "ciphers": [], "ssl": None}
    sent = {"http3": "on", "brotli": "off", "min_tls_version": "1.2", "browser_cache_ttl": 0, "ciphers": []}
    assert settings.declared(read) == sent
    assert settings.declared(None) == {}
    header = {"security_header": {"strict_transport_security": {"enabled": True}}}
    assert settings.declared(header) == header  # only whole values are switches


values = st.recursive(
    st.booleans() | st.integers(0, 3) | st.sampled_from(["on", "off"]), lambda inner: st.dictionaries(st.sampled_from("abc"), inner)
)
some_settings = st.dictionaries(st.sampled_from(["ssl", "http3", "security_header"]), values)


@given(some_settings, some_settings)
def test_what_is_written_is_what_is_compared(have: dict[str, t.Any], want: dict[str, t.Any]) -> None:
    rule = settings.rules(want)
    assert not any(differences(rule, overlay(rule, have, want), want))


@given(some_settings)
def test_declaring_twice_is_declaring_once(read: dict[str, t.Any]) -> None:
    assert settings.declared(settings.declared(read)) == settings.declared(read)


@pytest.mark.parametrize("name", ["", "../dnssec", "ssl/x", "SSL", "s l", "a?b"])
def test_names_of_settings_are_fit_for_a_path(name: str) -> None:
    with pytest.raises(PlanError, match="no setting has such a name"):
        settings.declared({name: "on"})


# --- names and ids ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"), [("Example.COM.", "example.com"), ("münchen.de", "xn--mnchen-3ya.de"), ("(known after apply)", "(known after apply)")]
)
def test_domains(text: str, name: str) -> None:
    assert domain_name(text) == name


@pytest.mark.parametrize(
    "text", ["", "com", "a b.com", "https://example.com", "example.com/x", "-a.com", "_a.com", f"{'x' * 64}.com", "1.2"]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(PlanError, match="no domain"):
        domain_name(text)


def test_ids() -> None:
    assert checked_id("zone_id", "0123456789abcdef" * 2) == "0123456789abcdef" * 2
    assert checked_id("zone_id", None) is None
    with pytest.raises(PlanError, match="zone_id"):
        checked_id("zone_id", "klinematrix.com")


class Accounts:
    """What a token sees: accounts, and zones with theirs."""

    def __init__(self, accounts: t.Sequence[str], of_zones: t.Sequence[str]) -> None:
        self.found = {
            "/accounts": [{"id": each, "name": f"{each}'s"} for each in accounts],
            "/zones": [{"id": "z", "name": "example.com", "account": {"id": each, "name": f"{each}'s"}} for each in of_zones],
        }

    def get(self, what: str, path: str, **query: t.Any) -> list[dict[str, t.Any]]:
        return self.found[path]


@pytest.mark.parametrize(
    ("accounts", "of_zones", "found"),
    [
        (["a"], [], "a"),
        (["a"], ["b"], "a"),
        ([], ["b", "b"], "b"),
        (["a", "b"], ["a"], "ambiguous"),
        ([], ["a", "b"], "ambiguous"),
        ([], [], "none"),
    ],
)
def test_the_account_is_the_only_one_that_is_seen(accounts: list[str], of_zones: list[str], found: str) -> None:
    client = t.cast(t.Any, Accounts(accounts, of_zones))
    if len(found) == 1:
        assert account_of(client) == found
        return
    with pytest.raises(PlanError, match="account_id") as refused:
        account_of(client)
    assert refused.value.failure["code"] == ("ambiguous" if found == "ambiguous" else "no_such_account")


def test_a_zone_in_several_accounts_is_asked_about() -> None:
    with pytest.raises(PlanError, match=r"several accounts have one: a \(a's\), b \(b's\)"):
        find_zone(t.cast(t.Any, Accounts([], ["a", "b"])), "example.com")
    assert find_zone(t.cast(t.Any, Accounts([], ["a"])), "ample.com") is None


# --- offers -----------------------------------------------------------------

TERMS: dict[str, t.Any] = {"years": 1, "max_price": 12.5, "currency": "USD", "min_days_left": 30, "accept_charges": True}


def offer(first: str, later: str, currency: str = "USD", tier: str = "standard") -> dict[str, t.Any]:
    pricing = {"currency": currency, "registration_cost": first, "renewal_cost": later}
    return {"name": "example.dev", "registrable": True, "tier": tier, "pricing": pricing}


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2), st.integers(1, 10), st.decimals(1, 1000, places=2))
def test_nothing_is_bought_above_the_highest_price(first: Decimal, later: Decimal, years: int, most: Decimal) -> None:
    terms = {**TERMS, "years": years, "max_price": most}
    cost = first + (years - 1) * later
    made = offer(str(first), str(later))
    if cost <= most:
        assert offers.price(made, "example.dev", terms) == f"{cost} USD"
        return
    with pytest.raises(PlanError) as refused:
        offers.price(made, "example.dev", terms)
    assert refused.value.failure["code"] == "too_dear"


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({}, "not_registrable"),
    ({"registrable": False, "reason": "domain_unavailable"}, "not_registrable"),
    (offer("1", "1", tier="premium"), "premium"),
    (offer("1", "1", currency="EUR"), "currency"),
    ({**offer("1", "1"), "tier": None}, "premium"),
]


@pytest.mark.parametrize(("made", "code"), REFUSED)
def test_offers_that_are_refused(made: dict[str, t.Any], code: str) -> None:
    with pytest.raises(PlanError) as refused:
        offers.price(made, "example.dev", TERMS)
    assert refused.value.failure["code"] == code


def test_a_price_that_is_none_buys_nothing() -> None:
    with pytest.raises(PlanError, match="no amount of money"):
        offers.price(offer("free", "1"), "example.dev", TERMS)


# --- registrations ----------------------------------------------------------

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ASSERTED: dict[str, t.Any] = {"min_days_left": 30, "locked": None, "privacy_mode": None}


@given(st.integers(-400, 4000))
def test_days_are_whole_days(days: int) -> None:
    ends = (NOW + timedelta(days=days, hours=1)).isoformat().replace("+00:00", "Z")
    assert registrar.days_left(ends, NOW) == days
    found = registrar.problems("example.com", {"status": "active", "expires_at": ends}, ASSERTED, NOW, renews=False)
    assert bool(found) == (days < 30)
    assert registrar.problems("example.com", {"status": "active", "expires_at": ends}, ASSERTED, NOW, renews=True) == []


def test_what_is_not_declared_is_no_problem() -> None:
    domain = {"status": "active", "expires_at": None, "locked": False, "privacy_mode": "off"}
    assert registrar.problems("example.com", domain, ASSERTED, NOW, renews=False) == []
    declared = {**ASSERTED, "locked": True, "privacy_mode": "redaction"}
    assert len(registrar.problems("example.com", domain, declared, NOW, renews=False)) == 2


class Registrar:
    """A registrar that answers as told, one state after the other."""

    def __init__(self, *states: dict[str, t.Any]) -> None:
        self.states = list(states)
        self.asked: list[str] = []

    def get(self, what: str, path: str) -> dict[str, t.Any]:
        self.asked.append(path.rpartition("/")[2])
        return self.states.pop(0)

    def send(self, what: str, verb: str, path: str, body: t.Any = None, **how: t.Any) -> dict[str, t.Any]:
        self.asked.append(verb)
        return self.states.pop(0)


class Host:
    check_mode = False
    diff = True
    shared: t.MutableMapping[str, t.Any] = {}

    def __init__(self) -> None:
        self.params: dict[str, t.Any] = {
            **TERMS,
            **ASSERTED,
            "name": "example.dev",
            "account_id": "a" * 32,
            "auto_renew": None,
            "timeout": 60,
        }

    def tell(self, text: str) -> None:
        """Nobody listens."""


def bought(*states: dict[str, t.Any]) -> tuple[t.Any, list[str]]:
    account = Registrar(*states)
    thing = registrar.Registration(t.cast(t.Any, Host()), t.cast(t.Any, account))
    return thing._register({"years": 1})["example.dev"], account.asked


def test_a_workflow_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    states = [{"state": state} for state in ("pending", "in_progress", "blocked", "succeeded")]
    registered, asked = bought(*states, {"status": "active", "auto_renew": False, "registrant": "secret"})
    assert (registered["status"], "registrant" in registered) == ("active", False)
    assert asked == ["POST", *["registration-status"] * 3, "example.dev"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"state": "failed", "error": {"code": "x", "message": "The registry said no"}}, "failed: The registry said no"),
        ({"state": "action_required", "context": {"action": "verify_email"}}, "action_required: verify_email"),
    ],
)
def test_a_workflow_that_needs_a_person_is_an_error(state: dict[str, t.Any], words: str) -> None:
    with pytest.raises(CloudError, match=words) as stopped:
        bought(state)
    assert stopped.value.code == state["state"]
