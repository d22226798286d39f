# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud import LocalCloud, local_cloud


@pytest.fixture(scope="session")
def _session_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with pytest.MonkeyPatch.context() as patch, local_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        # helm and kubectl stand beside this Python, also where it was called by its path.
        beside = str(Path(sys.executable).parent)
        if beside not in os.environ["PATH"].split(os.pathsep):
            patch.setenv("PATH", f"{beside}{os.pathsep}{os.environ['PATH']}")
        yield cloud


@pytest.fixture
def cloud(_session_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """An empty account at every provider, and this process pointed at it."""
    _session_cloud.reset()
    for name, value in _session_cloud.environment.items():
        monkeypatch.setenv(name, value)
    return _session_cloud
