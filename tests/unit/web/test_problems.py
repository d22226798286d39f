# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose fault it is that no answer came."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._web.problems import of_connection


@pytest.mark.parametrize(
    ("error", "direct"),
    [
        (socket.gaierror(-2, "Name or service not known"), "name_not_resolved"),
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
    ],
)
def test_behind_a_proxy_it_is_the_proxy_that_is_not_reached(error: OSError, direct: str) -> None:
    assert of_connection(error, "example.com", proxied=False).code == direct
    found = of_connection(error, "example.com", proxied=True)
    assert (found.code, "HTTPS_PROXY" in found.hint, "example.com" in found.text) == ("not_reached", True, False)
