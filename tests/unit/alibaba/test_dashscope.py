# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model Studio without a cloud: signatures, rights of keys."""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.acs3 import canonical_query, signed_headers
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio import auth
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import differences, overlay

# The example of the vendor's page "V3 request structure and signature".
EXAMPLE = {
    "method": "POST",
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "path": "/",
    "query": {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"},
    "body": b"",
    "action": "RunInstances",
    "version": "2014-05-26",
    "date": "2023-10-26T10:22:32Z",
    "nonce": "3156853299f313e23d1673dc12e1703d",
}
SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def signed(token: str | None = None, **changes: t.Any) -> dict[str, str]:
    return signed_headers(Credentials("YourAccessKeyId", "YourAccessKeySecret", token), **{**EXAMPLE, **changes})


def test_the_vendors_own_example() -> None:
    assert signed()["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        f"x-acs-signature-nonce;x-acs-version,Signature={SIGNATURE}"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"method": "GET"},
        {"host": "other"},
        {"path": "/x"},
        {"query": {}},
        {"body": b"x"},
        {"action": "x"},
        {"version": "x"},
        {"date": "x"},
        {"nonce": "x"},
        {"content_type": "x"},
        {"token": "x"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_everything_is_signed(change: dict[str, t.Any]) -> None:
    assert SIGNATURE not in signed(**change)["authorization"]


def test_the_token_is_among_the_signed_headers() -> None:
    headers = signed(token="secret-token")
    assert headers["x-acs-security-token"] == "secret-token"
    assert ";x-acs-security-token;" in headers["authorization"]


def test_queries_are_encoded_as_rfc_3986_says() -> None:
    assert canonical_query({"b": "ä b/+*~", "a": ""}) == "a=&b=%C3%A4%20b%2F%2B%2A~"


# --- rights ------------------------------------------------------------------


def served(form: dict[str, str]) -> dict[str, t.Any]:
    """What the service makes of a form: lists in an order of its own, an empty whitelist filled up."""

    def listed(prefix: str) -> list[str]:
        return [value for name, value in form.items() if re.fullmatch(rf"{re.escape(prefix)}\.\d+", name)][::-1]

    if form["auth.type"] == "All":
        return {"type": "All"}
    scope = {
        "allowAllModels": form["auth.modelAccessScope.allowAllModels"] == "true",
        "accessibleModels": listed("auth.modelAccessScope.accessibleModels"),
    }
    return {"type": "Custom", "accessIps": listed("auth.accessIps") or ["0.0.0.0/0", "::/0"], "modelAccessScope": scope}


ADDRESSES = st.none() | st.lists(st.ip_addresses(v=4).map(str) | st.just("10.0.0.0/8"), max_size=3, unique=True)
MODELS = st.none() | st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True) | st.just(["*"])
CUSTOM = st.fixed_dictionaries({"type": st.just("Custom"), "access_ips": ADDRESSES, "models": MODELS})
OPTIONS = CUSTOM | st.just({"type": "All", "access_ips": None, "models": None})


@given(OPTIONS, OPTIONS)
def test_once_applied_nothing_is_left_to_do(before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    have = auth.present(served(auth.wire(auth.declared(before))))
    want = auth.declared(after)
    planned = overlay(auth.RULE, have, want)
    assert not list(differences(auth.RULE, planned, want))
    there = auth.present(served(auth.wire(planned)))
    assert not list(differences(auth.RULE, there, want))
    # What the task did not say is as it was.
    assert not list(differences(auth.RULE, there, {name: value for name, value in have.items() if name not in want}))


def test_an_address_is_the_network_of_itself() -> None:
    want = auth.declared({"type": "Custom", "access_ips": ["203.0.113.7", "::1"], "models": None})
    have = auth.present({"type": "Custom", "accessIps": ["::1/128", "203.0.113.7/32"]})
    assert not list(differences(auth.RULE, have, want))


@pytest.mark.parametrize(
    "option",
    [
        {"type": "All", "access_ips": ["10.0.0.0/8"], "models": None},
        {"type": "Custom", "access_ips": ["x"], "models": None},
        {"type": "Custom", "access_ips": None, "models": []},
    ],
)
def test_rights_that_make_no_sense(option: dict[str, t.Any]) -> None:
    with pytest.raises(PlanError):
        auth.declared(option)
