# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The programs that are run for clusters: whether they are there, run, and are new enough."""

from __future__ import annotations

import re
import shutil
import subprocess
import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.helm.binary import find

OLDEST = (4, 0)  # kustomize: the first that takes what is laid over an overlay, inline patches among it
INSTALL = "Install kubectl 1.24 or later, or kustomize 4 or later: https://kubernetes.io/docs/tasks/tools"
SECONDS = 30
# How each of them says which kustomize it is; kubectl does since 1.24.
ASKED = {
    "kubectl": (("version", "--client", "--output", "json"), re.compile(r'"kustomizeVersion":\s*"v(\d+)\.(\d+)')),
    "kustomize": (("version",), re.compile(r"v(\d+)\.(\d+)")),
}


def troubles() -> list[str]:
    """What is wrong with them, each with what to install. Empty if nothing is."""
    return [*_helm(), *_renderer()]


def _helm() -> t.Iterator[str]:
    try:
        find()
    except PlanError as error:
        yield str(error)


def _renderer() -> t.Iterator[str]:
    """The first one that is there is the one that is taken."""
    path = next((found for name in ASKED if (found := shutil.which(name))), None)
    if path is None:
        yield f"there is neither kubectl nor kustomize on PATH. {INSTALL}"
        return
    arguments, pattern = ASKED["kubectl" if path.endswith("kubectl") else "kustomize"]
    try:
        ran = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False)
        said = f"{ran.stdout}{ran.stderr}"
    except (OSError, subprocess.TimeoutExpired) as error:
        said = str(error)
    numbers = pattern.search(said)
    if numbers is None:
        yield f"{path} does not say which kustomize it is: {' '.join(said.split())[:200]}. {INSTALL}"
    elif (int(numbers[1]), int(numbers[2])) < OLDEST:
        yield f"{path} is kustomize {numbers[1]}.{numbers[2]}: too old. {INSTALL}"
