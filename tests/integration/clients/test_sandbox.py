# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox itself: what it refuses, and the trouble that it makes on demand."""

from __future__ import annotations

import time

import pytest
import requests

from tests.cloud import LocalCloud

VERIFY = "https://api.cloudflare.com/client/v4/user/tokens/verify"


def verify(cloud: LocalCloud) -> requests.Response:
    return requests.get(VERIFY, headers={"Authorization": f"Bearer {cloud.environment['CLOUDFLARE_API_TOKEN']}"}, timeout=10)


def test_answers_for_the_real_host_name(cloud: LocalCloud) -> None:
    assert verify(cloud).json()["success"] is True
    assert [(entry["action"], entry["write"], entry["status"]) for entry in cloud.journal] == [("user.tokens.verify", False, 200)]


def test_unknown_hosts_are_refused(cloud: LocalCloud) -> None:
    with pytest.raises(requests.exceptions.ProxyError):
        requests.get("https://example.com/", timeout=10)
    assert cloud.journal[-1]["host"] == "example.com"


def test_plain_http_to_a_cloud_is_an_error(cloud: LocalCloud) -> None:
    answer = requests.get(VERIFY.replace("https", "http"), timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Sandbox.PlainHttp")


def test_an_unknown_route_says_so(cloud: LocalCloud) -> None:
    answer = requests.get("https://api.cloudflare.com/client/v4/nothing/here", timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "Sandbox.NotEmulated")


def test_faults_skip_and_count(cloud: LocalCloud) -> None:
    cloud.fault("status", status=429, retry_after=7, skip=1, count=1)
    assert [verify(cloud).status_code for _ in range(3)] == [200, 429, 200]
    cloud.fault("status", status=503, count=2)
    assert [verify(cloud).status_code for _ in range(3)] == [503, 503, 200]


def test_a_reset_drops_the_connection(cloud: LocalCloud) -> None:
    cloud.fault("reset", when="after")
    with pytest.raises(requests.exceptions.ConnectionError):
        verify(cloud)
    assert cloud.journal[-1]["status"] == 0


def test_latency_is_waited(cloud: LocalCloud) -> None:
    cloud.fault("latency", seconds=0.3)
    begin = time.monotonic()
    verify(cloud)
    assert time.monotonic() - begin >= 0.3


def test_a_misspelt_fault_is_refused(cloud: LocalCloud) -> None:
    answer = requests.post(f"{cloud.address}/_sandbox/faults", json={"kind": "status", "stauts": 500}, timeout=10)
    assert (answer.status_code, "stauts" in answer.text) == (400, True)


def test_state_survives_a_restart(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        token = state["cloudflare"]["credentials"]["api_token"]
    assert token == cloud.environment["CLOUDFLARE_API_TOKEN"]
