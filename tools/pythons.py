# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the Pythons of this machine that work: python3 -m tools.pythons

Each candidate is executed. A shim of pyenv can be on PATH and fail, and a distribution's Python can
lack what a virtual environment needs.

This file and venv.py run under whatever `python3` is, before there is a virtual environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# In the order in which one is chosen to work with.
VERSIONS = ("3.12", "3.13", "3.11")

# Run from inside a virtual environment, a Python tells the one that it was made from.
_PROBE = """
import sys, ssl, venv, ensurepip
print("%d.%d" % sys.version_info[:2], getattr(sys, "_base_executable", None) or sys.executable)
"""


def find() -> dict[str, Path]:
    """The first working Python of each version, best one first."""
    found: dict[str, Path] = {}
    for candidate in _candidates():
        version, path = _probe(candidate)
        if version in VERSIONS:
            found.setdefault(version, path)
        if len(found) == len(VERSIONS):
            break
    return {version: found[version] for version in VERSIONS if version in found}


def _candidates() -> Iterator[Path]:
    folders = [Path(folder) for folder in os.get_exec_path() if folder]
    for name in [*(f"python{version}" for version in VERSIONS), "python3"]:
        yield from (folder / name for folder in folders if (folder / name).is_file())
    for root in dict.fromkeys([os.environ.get("PYENV_ROOT") or "~/.pyenv", "~/.pyenv"]):
        # The newest patch release first.
        releases = sorted(Path(root).expanduser().glob("versions/3.*"), key=_release, reverse=True)
        yield from (release / "bin" / "python3" for release in releases)
    yield Path(sys.executable)


def _release(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.name.split(".") if part.isdigit())


def _probe(candidate: Path) -> tuple[str, Path]:
    try:
        run = subprocess.run([str(candidate), "-c", _PROBE], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return "", candidate
    version, _, path = run.stdout.strip().partition(" ")
    return (version, Path(path)) if run.returncode == 0 else ("", candidate)


def main() -> int:
    found = find()
    for version, path in found.items():
        print(f"{version} {path}")
    if not found:
        print(f"no working Python among {', '.join(sorted(VERSIONS))} (with the modules ssl, venv and ensurepip)", file=sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
