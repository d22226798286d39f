# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Manifests from a kustomize overlay, with images and patches laid over it.

What is laid over it stands in an overlay of its own, in a folder that is gone afterwards: the user's files are never touched.
"""

from __future__ import annotations

import copy
import os
import shutil
import subprocess
import tempfile
import typing as t
from pathlib import Path

import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.documents import documents

Manifest = dict[str, t.Any]
# kubectl carries kustomize; kustomize alone will do.
TOOLS = (("kubectl", "kustomize"), ("kustomize", "build"))
SECONDS = 60


class RenderError(Exception):
    """The overlay cannot be rendered; the text says why and what to do."""


def render(overlay: str, *, images: t.Sequence[Manifest] = (), patches: t.Sequence[Manifest] = ()) -> list[Manifest]:
    """The manifests of an overlay.

    images: as in a kustomization (`name`, and `newName`, `newTag` or `digest`). patches: as there, but a patch may be data instead of text.
    """
    path = Path(overlay).expanduser()
    if not path.is_dir():
        raise RenderError(f"there is no folder {overlay}")
    if not images and not patches:
        return _documents(_run(path))
    with tempfile.TemporaryDirectory(prefix="hybrid-cloud-overlay-") as folder:
        # Kustomize takes relative paths only, and none through a symlink.
        below = os.path.relpath(path.resolve(), Path(folder).resolve())
        wanted = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [below],
            "images": [dict(each) for each in images],
            "patches": [_patch(each) for each in patches],
        }
        Path(folder, "kustomization.yaml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
        return _documents(_run(Path(folder)))


def _patch(patch: Manifest) -> Manifest:
    text = patch.get("patch")
    return {**patch, "patch": text if isinstance(text, str) else yaml.safe_dump(text)}


def _run(folder: Path) -> str:
    command = next(([found, verb] for name, verb in TOOLS if (found := shutil.which(name))), None)
    if command is None:
        raise RenderError("neither kubectl nor kustomize is on PATH: install one of them")
    try:
        done = subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise RenderError(f"{Path(command[0]).name} has not rendered it within {SECONDS} s") from None
    if done.returncode:
        raise RenderError(done.stderr.strip()[-2000:] or f"{Path(command[0]).name} ended with {done.returncode}")
    return done.stdout


def _documents(text: str) -> list[Manifest]:
    return copy.deepcopy(documents(text))
