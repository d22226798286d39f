# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of the work tree for tools that cannot work in it: what is committed or could be, and what is shipped."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What the built collection contains, and what it leaves out. Whatever is in neither is a question that somebody has to answer.
# fmt: off
SHIPPED = {
    "CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "COPYING", "README.md", "awx", "changelogs", "docs", "examples",
    "inventories", "meta", "playbooks", "plugins", "requirements.txt", "roles", "site.yml",
}
KEPT_BACK = {
    ".ansible-lint", ".ci", ".collections", ".gitattributes", ".github", ".gitignore", ".yamllint", "Makefile", "ansible.cfg",
    "extensions", "galaxy.yml", "pyproject.toml", "requirements-binaries-oldest.lock", "requirements-binaries.lock",
    "requirements-dev.in", "requirements.lock", "sandbox", "tests", "tools",
}
# fmt: on


def files() -> list[str]:
    """The files of the work tree: those that git has, and new ones that it does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted({name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()})


def export(target: Path) -> Path:
    """The work tree as a collection in a directory of the right name, without the link to itself."""
    for name in files():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    return target


def unpack(tarball: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(target, filter="data")
    return target


def questions(tarball: Path) -> list[str]:
    """What is wrong with the contents of a built collection."""
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive.getmembers() if member.isfile()} - {"MANIFEST.json", "FILES.json"}
    expected = {name for name in files() if _top(name) in SHIPPED}
    unknown = {_top(name) for name in packed.union(files())} - SHIPPED - KEPT_BACK
    return [
        *(f"missing in the built collection: {name}" for name in sorted(expected - packed)),
        *(f"must not be in the built collection: {name}" for name in sorted(packed - expected)),
        *(f"tools/export.py does not say whether it is shipped: {top}" for top in sorted(unknown)),
    ]


def _top(name: str) -> str:
    return name.split("/")[0]
