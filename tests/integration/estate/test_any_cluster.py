# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make test-cluster` does to a cluster of somebody's, done to one of the local cloud."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cloud import LocalCloud
from tests.integration.modules.aks import ID
from tests.integration.modules.k8s import Cluster, kubeconfig_text


def test_the_roles_in_any_cluster(cloud: LocalCloud, tmp_path: Path) -> None:
    Cluster(cloud)
    config = tmp_path / "config"
    config.write_text(kubeconfig_text(ID))
    context = next(line.split()[-1] for line in config.read_text().splitlines() if line.startswith("current-context:"))
    ran = cloud.run([sys.executable, "-m", "tools.cluster", context, "--kubeconfig", str(config)], timeout=300)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "4 passed, 0 failed"), ran.stdout[-4000:]
