# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials, names, and what is compared of templates."""

from __future__ import annotations

import base64
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import READ
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import Credentials, credentials_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.domains import domain_name
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.senders import check_sender_name, mail_address
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.templates import _decoded, _encoded

ENVIRONMENT = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN")


class Params:
    """As much of a host as credentials_of looks at."""

    def __init__(self, **params: t.Any) -> None:
        self.params = params


def credentials(monkeypatch: pytest.MonkeyPatch, environment: t.Sequence[str], **params: t.Any) -> Credentials:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    for name, value in zip(ENVIRONMENT, environment, strict=False):
        monkeypatch.setenv(name, value)
    return credentials_of(t.cast("t.Any", Params(**params)))


def test_a_key_from_the_options_is_not_joined_by_a_token_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = credentials(monkeypatch, ("env-id", "env-key", "env-token"), secret_id="id", secret_key=" key ")
    assert found == Credentials("id", "key", None)
    assert credentials(monkeypatch, ("env-id", "env-key", "env-token")) == Credentials("env-id", "env-key", "env-token")


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hush" not in repr(credentials(monkeypatch, ("id", "hush-key", "hush-token")))


@pytest.mark.parametrize("environment", [(), ("only-an-id",), ("", "only-a-key")])
def test_without_a_whole_key_nothing_begins(monkeypatch: pytest.MonkeyPatch, environment: tuple[str, ...]) -> None:
    with pytest.raises(PlanError, match="TENCENTCLOUD_SECRET_KEY") as caught:
        credentials(monkeypatch, environment)
    assert caught.value.failure["code"] == "no_credentials"
    assert "only-a" not in str(caught.value)


@pytest.mark.parametrize(
    ("action", "reads"),
    [
        *((name, True) for name in ("GetEmailIdentity", "ListEmailAddress", "DescribeRegions")),
        *((name, False) for name in ("UpdateEmailIdentity", "SendEmail", "BatchSendEmail", "DeleteBlackList", "CreateX", "Getaway", "get")),
    ],
)
def test_what_the_guard_takes_for_a_read(action: str, reads: bool) -> None:
    assert bool(READ.fullmatch(action)) is reads


@pytest.mark.parametrize("name", ["klinematrix.com", "Mail.Klinematrix.COM.", "xn--mnchen-3ya.example", "a.b.c.example.co"])
def test_domains(name: str) -> None:
    assert domain_name(name) == name.lower().rstrip(".")


@pytest.mark.parametrize("name", ["", "com", "no_domain.com", "-a.example.com", "a..example.com", "user@example.com", "münchen.example"])
def test_no_domains(name: str) -> None:
    with pytest.raises(PlanError, match="is no domain"):
        domain_name(name)


def test_what_is_known_after_apply_passes() -> None:
    marker = "mail.(known after apply)"
    assert (domain_name(marker), mail_address(marker)) == (marker, marker)


@pytest.mark.parametrize("address", ["noreply", "@example.com", "a b@example.com", "a@b", "A <a@example.com>", "a" * 120 + "@example.com"])
def test_no_mail_addresses(address: str) -> None:
    with pytest.raises(PlanError, match="is no mail address"):
        mail_address(address)


@pytest.mark.parametrize("name", ["a: b", "<a>", "a\nb"])
def test_no_sender_names(name: str) -> None:
    with pytest.raises(PlanError, match="sender name"):
        check_sender_name(name)


@given(st.text())
def test_texts_survive_the_wire(text: str) -> None:
    assert _decoded(_encoded(text)) == text


def test_the_layout_of_base64_does_not_matter() -> None:
    text = "<p>Your code is {{code}}.</p>" * 9
    assert _decoded(base64.encodebytes(text.encode()).decode()) == text
    assert _decoded("no base64!") == "no base64!"
    assert _decoded(None) == ""
