# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Manifests from a kustomize overlay, with images and patches laid over it.

What is laid over it stands in an overlay of its own, in a folder that is gone afterwards: the user's files are never touched.
"""

from __future__ import annotations

import os
import tempfile
import typing as t
from pathlib import Path

import yaml

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.kustomize import rendered
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.manifests import documents_in
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.names import Manifest


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
        return _documents(path)
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
        return _documents(Path(folder))


def _patch(patch: Manifest) -> Manifest:
    text = patch.get("patch")
    return {**patch, "patch": text if isinstance(text, str) else yaml.safe_dump(text)}


def _documents(folder: Path) -> list[Manifest]:
    try:
        return [each for _place, each in documents_in(str(folder), rendered(str(folder)))]
    except PlanError as error:
        raise RenderError(str(error)) from None
