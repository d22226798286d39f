# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose variables are whose."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils import estate


def no_reading(text: t.Any) -> t.NoReturn:
    raise AssertionError("a file was read")


def test_the_longest_name_of_a_role_wins() -> None:
    assert estate.role_of("alibaba_vpn_gateway_id") == "alibaba_vpn"
    assert estate.role_of("cloudflare_dns_records") == "cloudflare_dns"
    assert estate.role_of("hybrid_cloud_in_process") is None


def test_what_a_host_needs_is_known_without_reading_the_options_of_every_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task of preflight asks that in a process of its own, for each cloud: reading them took a quarter of a run."""
    estate.options_of_roles.cache_clear()
    monkeypatch.setattr(estate, "yaml_load", no_reading)
    variables = {"cloudflare_dns_records": [], "cloudflare_zone_check_registration": True, "unrelated": 1}
    assert set(estate.needs_of(variables, "cloudflare")) == {"cloudflare_dns", "cloudflare_zone", "cloudflare_registration"}
    with pytest.raises(AssertionError):
        estate.options_of_roles()


def test_a_switched_off_role_needs_nothing() -> None:
    assert "alibaba_vpn" not in estate.needs_of({"alibaba_vpn_gateway_id": ""}, "alibaba")
    assert "alibaba_vpn" in estate.needs_of({"alibaba_vpn_gateway_id": "vpn-1"}, "alibaba")
