# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Running kustomize."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .._core.errors import PlanError
from .errors import CLOUD

SECONDS = 120.0
# kubectl carries kustomize; kustomize alone will do.
_TOOLS = (("kubectl", "kustomize"), ("kustomize", "build"))


def rendered(overlay: str) -> str:
    """The manifests of an overlay, as text; no server is asked. Raises PlanError that says why there are none."""
    command = next(([found, verb] for name, verb in _TOOLS if (found := shutil.which(name))), None)
    if command is None:
        raise PlanError(
            "kustomize needs the program kustomize or kubectl, and neither is on PATH",
            code="missing_program",
            cloud=CLOUD,
            hint="Install one of them (kubernetes.io/docs/tasks/tools), or give the rendered objects",
        )
    what = f"{Path(command[0]).name} {command[1]} {overlay}"
    try:
        ran = subprocess.run(  # pylint: disable=ansible-bad-function
            [*command, overlay], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=True
        )
    except subprocess.TimeoutExpired:
        raise PlanError(f"{what} did not end within {SECONDS:.0f} s", code="kustomize", cloud=CLOUD) from None
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())[-2000:] or f"it ended with {error.returncode}"
        hint = "Correct the overlay until this command renders it; nothing was changed"
        raise PlanError(f"{what}: {said}", code="kustomize", cloud=CLOUD, hint=hint) from None
    return ran.stdout
