# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the virtual environments from requirements.lock: python3 -m tools.venv [--all]

.venv is the one to work with, with helm and kubectl in it. --all adds .venv-<version> for every other
Python of the machine: there the unit tests run again, each with another ansible-core.

A finished environment carries a stamp, so that the next call returns at once.
"""

from __future__ import annotations

import argparse
import ast
import fcntl
import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import binaries, pythons

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
MAIN = ROOT / ".venv"

# A lock file takes hashes for everything, and nothing that pip's or uv's own settings add may change that.
_PIP = ("-m", "pip", "--disable-pip-version-check", "-qq", "--no-input")


def environments() -> dict[str, Path]:
    """The folder for every Python of this machine, the main one first. Only the main one is made here."""
    main = ensure_main()
    folders = {version(main): main}
    others = [number for number in pythons.VERSIONS if number not in folders]
    complete = all(_is_complete(_folder(number)) for number in others)
    return {**folders, **{number: _folder(number) for number in (others if complete else pythons.find()) if number not in folders}}


def ensure_main() -> Path:
    if not _is_complete(MAIN):
        _ensure(MAIN, _any_python())
    _ensure_tools(binaries.USUAL)
    return MAIN


def ensure_oldest_tools() -> Path | None:
    """Where the oldest helm and kubectl are that are supported; None where they cannot be had."""
    _ensure_tools(binaries.OLDEST)
    return MAIN / binaries.OLDEST.place if binaries.is_complete(MAIN, binaries.OLDEST) else None


def _ensure_tools(pinned: binaries.Pinned) -> None:
    if not binaries.is_complete(MAIN, pinned):
        with _alone():
            binaries.ensure(MAIN, pinned)


def _any_python() -> Path:
    found = pythons.find()
    if not found:
        raise SystemExit(f"No working Python found. Needed: one of {', '.join(sorted(pythons.VERSIONS))}, with ssl, venv and ensurepip.")
    return next(iter(found.values()))


def ensure(number: str, folder: Path) -> None:
    if not _is_complete(folder):
        _ensure(folder, pythons.find()[number])


def _folder(number: str) -> Path:
    return ROOT / f".venv-{number}"


def _ensure(folder: Path, python: Path) -> Path:
    """Two makes may run at the same time: the second one waits, and finds it done."""
    with _alone():
        if not _is_complete(folder):
            start = time.monotonic()
            _make(folder, python)
            _stamp(folder).write_text(_fingerprint(folder))
            print(f"{folder.name}: Python {version(folder)}, {time.monotonic() - start:.0f} s", flush=True)
    return folder


def _make(folder: Path, python: Path) -> None:
    stamp = _stamp(folder)
    # One that was complete with an older lock file is brought up to date in place: commands may be running in it.
    usable = (folder / "bin/python").exists() and stamp.exists() and stamp.read_text().endswith(f" {folder}\n")
    stamp.unlink(missing_ok=True)
    if not usable:
        # pip takes most of the time that an empty environment costs; one of them is enough.
        options = [] if folder == MAIN else ["--without-pip"]
        _run(python, "-m", "venv", "--clear", *options, folder)
        if folder == MAIN:
            _install_uv()
    if not _sync_with_uv(folder):
        print(f"{folder.name}: uv could not install the packages; pip does it, which takes two minutes", flush=True)
        _run(MAIN / "bin/python", *_PIP, "--python", folder / "bin/python", "install", "--require-hashes", "-r", LOCK)


def _install_uv() -> None:
    block = re.search(r"^uv==.*?(?=^\S)", LOCK.read_text() + "\n.", re.MULTILINE | re.DOTALL)
    if not block:
        raise SystemExit(f"{LOCK.name} does not name uv")
    only_uv = MAIN / "uv.txt"
    only_uv.write_text(block[0])
    _run(MAIN / "bin/python", *_PIP, "install", "--require-hashes", "-r", only_uv)


def _sync_with_uv(folder: Path) -> bool:
    command = [MAIN / "bin/uv", "pip", "sync", "--quiet", "--require-hashes", "--python", folder / "bin/python", LOCK]
    return subprocess.run([str(word) for word in command], cwd=ROOT, env={**os.environ, **uv_environment()}, check=False).returncode == 0


def uv_environment() -> dict[str, str]:
    """uv reads neither the system's certificates nor pip's settings, and where pip is told to use a mirror there may be nothing else."""
    settings = pip_settings()
    index = {"UV_DEFAULT_INDEX": settings["index-url"]} if "index-url" in settings and "UV_DEFAULT_INDEX" not in os.environ else {}
    return {"UV_SYSTEM_CERTS": "1", **index}


def pip_settings() -> dict[str, str]:
    """What pip was told on this machine, by files or by the environment, which is listed first and wins."""
    listed = subprocess.run([str(MAIN / "bin/python"), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    found = re.findall(r"^(?:global|:env:)\.([\w-]+)=(.*)$", listed.stdout, re.MULTILINE)
    return {name: str(ast.literal_eval(value)) for name, value in reversed(found)}


def _run(*command: str | Path) -> None:
    if subprocess.run([str(word) for word in command], cwd=ROOT, check=False).returncode:
        raise SystemExit(f"failed: {' '.join(str(word) for word in command)}")


def _is_complete(folder: Path) -> bool:
    stamp = _stamp(folder)
    return (folder / "bin/python").exists() and stamp.exists() and stamp.read_text() == _fingerprint(folder)


def _stamp(folder: Path) -> Path:
    return folder / "complete"


def _fingerprint(folder: Path) -> str:
    """The folder's name is part of it, because the scripts in bin/ do not survive a move."""
    return f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {folder}\n"


def version(folder: Path) -> str:
    """3.12, as `python -m venv` wrote it down."""
    found = re.search(r"^version = (\d+\.\d+)", (folder / "pyvenv.cfg").read_text(), re.MULTILINE)
    return found[1] if found else "unknown"


@contextmanager
def _alone() -> Iterator[None]:
    with LOCK.open(encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m tools.venv", description="Make the virtual environments from requirements.lock.")
    parser.add_argument("--all", action="store_true", help="also one for every other Python of this machine, and the oldest helm")
    if parser.parse_args().all:
        for number, folder in environments().items():
            ensure(number, folder)
        ensure_oldest_tools()
    ensure_main()
    hint = binaries.hint(MAIN)
    if hint:
        print(hint, flush=True)


if __name__ == "__main__":
    main()
