# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a leg of the test suite works with: it runs commands, writes a log of its own, and counts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / ".test"

# A command that has not ended by then hangs.
LIMIT_SECONDS = 40 * 60

# How much of a failed command's output is shown.
TAIL_LINES = 40

# The tests bring their own settings and credentials. Those of the person who runs them must neither be used nor be needed.
_FOREIGN = (
    *("ALIBABA", "ALICLOUD", "ARM_", "AZURE_", "CLOUDFLARE_", "DASHSCOPE_", "OSS_", "TENCENTCLOUD_"),
    *("HELM_", "HYBRID_CLOUD_", "K8S_", "KUBE", "SANDBOX_"),
    *("ANSIBLE_", "MOLECULE_", "PYTEST_", "PYTHON"),
)


# In front of a command that must reach nothing but the local cloud.
OFFLINE = ("python", "-m", "tools.offline")

_PROMPT = "$ "


class Work:
    def __init__(self, name: str, venv: Path) -> None:
        self.name = name
        self.venv = venv
        # Where programs are looked for, before what is on PATH anyhow.
        self.programs = [venv / "bin"]
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.remark = ""
        self.problems: list[str] = []
        self.home = RESULTS / "home" / name
        self.home.mkdir(parents=True, exist_ok=True)
        self.log = RESULTS / f"{name}.log"
        self.log.write_text("")

    def count(self, passed: bool, problem: str = "") -> None:
        self.passed += passed
        self.failed += not passed
        if not passed:
            self.problems.append(problem.rstrip() or self._tail())

    def step(self, *command: str | Path, cwd: Path = ROOT) -> bool:
        """A command that counts as one."""
        passed = self.run(*command, cwd=cwd) == 0
        self.count(passed)
        return passed

    def run(self, *command: str | Path, cwd: Path = ROOT) -> int:
        words = [str(word) for word in command]
        self.write(f"\n{_PROMPT}{' '.join(words)}")
        with self.log.open("ab") as log:
            try:
                return subprocess.run(
                    words,
                    cwd=cwd,
                    env=self.environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=LIMIT_SECONDS,
                    check=False,
                ).returncode
            except (OSError, subprocess.TimeoutExpired) as error:
                log.write(f"{error}\n".encode())
                return 127

    def pytest(self, *arguments: str, offline: bool = False) -> None:
        """Run pytest and count what it says in its report, which is there even if its output is cut."""
        report = RESULTS / f"{self.name}.xml"
        report.unlink(missing_ok=True)
        command = ["python", "-m", "pytest", "-q", "-ra", "--durations=5", f"--junitxml={report}", *arguments]
        code = self.run(*(OFFLINE if offline else ()), *command)
        totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        if report.exists():
            for suite in ElementTree.parse(report).iter("testsuite"):
                totals = {key: totals[key] + int(suite.get(key, 0)) for key in totals}
        failed = totals["failures"] + totals["errors"]
        self.failed += failed
        if failed:
            self.problems.append(self._tail())
        self.skipped += totals["skipped"]
        self.passed += totals["tests"] - failed - totals["skipped"]
        if code not in (0, 5) and not failed:
            self.count(False)

    def write(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")

    def output(self) -> str:
        """The log so far, without colours and links."""
        return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", self.log.read_text(encoding="utf-8", errors="replace"))

    def _tail(self) -> str:
        """The end of what the last command wrote."""
        lines = self.output().rpartition(f"\n{_PROMPT}")[2].splitlines()
        return "\n".join([f"{_PROMPT}{lines[0]}", *lines[1:][-TAIL_LINES:]]) if lines else ""

    def fresh(self, name: str) -> Path:
        """An empty directory of the leg's own."""
        folder = RESULTS / "work" / self.name / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        # With another HOME, pyenv's shims would no longer find their Pythons.
        pyenv = {"PYENV_ROOT": str(Path.home() / ".pyenv")} if (Path.home() / ".pyenv").is_dir() else {}
        return {
            **pyenv,
            **kept,
            "PATH": os.pathsep.join([*map(str, self.programs), os.environ.get("PATH", os.defpath)]),
            "VIRTUAL_ENV": str(self.venv),
            "HOME": str(self.home),
            # For these, Ansible asks the system who the user is, and not HOME.
            "ANSIBLE_ASYNC_DIR": str(self.home / ".ansible_async"),
            "ANSIBLE_REMOTE_TEMP": str(self.home / ".ansible/tmp"),
            "PYTHONUNBUFFERED": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(RESULTS / "hypothesis"),
        }
