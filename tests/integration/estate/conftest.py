# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import run_playbook


@pytest.fixture(scope="session")
def _converged_state(_session_cloud: LocalCloud) -> dict[str, t.Any]:
    """What the local cloud holds once the test estate was converged: made once, put back for each test that needs it."""
    _session_cloud.reset()
    ran = run_playbook(_session_cloud, "site.yml", ["-i", "inventories/test"])
    assert ran.code == 0, ran.output[-4000:]
    return t.cast("dict[str, t.Any]", _session_cloud.ask("GET", "state"))


@pytest.fixture
def converged(cloud: LocalCloud, _converged_state: dict[str, t.Any]) -> LocalCloud:
    """The converged estate, with an empty journal."""
    cloud.ask("PUT", "state", _converged_state)
    cloud.forget()
    return cloud
