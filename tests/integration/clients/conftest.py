# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.cloud import LocalCloud
from tests.integration.clients.edge_estate import Estate, Get, made


@pytest.fixture
def estate(cloud: LocalCloud, tmp_path: Path) -> Estate:
    return made(cloud, tmp_path)


@pytest.fixture
def get(cloud: LocalCloud, estate: Estate) -> Iterator[Get]:
    """Ask as a browser does, without following redirects."""
    with requests.Session() as session:

        def ask(url: str, **options: t.Any) -> requests.Response:
            return session.get(url, timeout=10, allow_redirects=False, **options)

        yield ask
