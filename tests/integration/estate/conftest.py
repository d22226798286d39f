# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.estate.looks import Look, looks_of
from tests.integration.modules.k8s import kubeconfig_text
from tests.steps import run_playbook


class Declared(t.NamedTuple):
    """A value that the estate declares, as the run said that made it. module: whose task that was."""

    cloud: str
    kind: str
    name: str
    path: str
    module: str


@pytest.fixture(scope="session")
def _first_run(_session_cloud: LocalCloud) -> tuple[dict[str, t.Any], list[Declared]]:
    """What the local cloud holds once the test estate was converged, and what was declared: made once, put back for each test."""
    _session_cloud.reset()
    ran = run_playbook(_session_cloud, "site.yml", ["-i", "inventories/test"])
    assert ran.code == 0, ran.output[-4000:]
    declared = [
        Declared(change["cloud"], change["kind"], change["name"], field["path"], done.action.rpartition(".")[2])
        for done in ran.done
        for result in done.result.get("results", [done.result])
        for change in result.get("changes", ())
        for field in change["fields"]
    ]
    return _session_cloud.ask("GET", "state"), declared


@pytest.fixture
def converged(cloud: LocalCloud, _first_run: tuple[dict[str, t.Any], list[Declared]]) -> LocalCloud:
    """The converged estate, with an empty journal."""
    cloud.ask("PUT", "state", _first_run[0])
    cloud.forget()
    return cloud


@pytest.fixture
def kubeconfig(converged: LocalCloud, tmp_path: Path) -> Path:
    """For kubectl at the converged estate's cluster."""
    group = f"/subscriptions/{converged.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/FinancialAgent"
    config = tmp_path / "kubeconfig"
    config.write_text(kubeconfig_text(f"{group}/providers/Microsoft.ContainerService/managedClusters/FinancialAgent-AKS"))
    return config


@pytest.fixture(scope="session")
def _looks() -> list[Look]:
    return []


@pytest.fixture
def looks(converged: LocalCloud, _looks: list[Look]) -> list[Look]:
    """The tasks of a drift run on the converged estate: asked of Ansible once."""
    if not _looks:
        _looks += looks_of(converged)
        converged.forget()
    return _looks


@pytest.fixture
def cluster_looks(looks: list[Look]) -> list[Look]:
    """Those at the cluster alone."""
    return [look for look in looks if look.in_cluster]


@pytest.fixture
def declared(_first_run: tuple[dict[str, t.Any], list[Declared]]) -> list[Declared]:
    """Every value that the estate declares."""
    return _first_run[1]
