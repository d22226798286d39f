# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running the estate of inventories/test against a local cloud of one's own, for the demo and the bench."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import typing as t
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ("-i", "inventories/test")
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Run:
    """One ansible-playbook run: exit code, output, wall time in seconds, and the calls that the local cloud saw meanwhile."""

    command: str
    code: int
    output: str
    seconds: float
    reads: int
    writes: int
    journal: list[dict[str, t.Any]] = field(default_factory=list, repr=False)

    @property
    def recap(self) -> dict[str, int]:
        """The numbers of PLAY RECAP, summed over the hosts."""
        sums: dict[str, int] = {}
        for name, number in re.findall(r"\b(ok|changed|unreachable|failed|skipped)=(\d+)", self.output):
            sums[name] = sums.get(name, 0) + int(number)
        return sums

    @property
    def tasks(self) -> int:
        """Tasks of the collection, from the summary at the end."""
        found = re.search(r"^ESTATE: .*?(\d+) tasks", self.output, re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def task_seconds(self) -> float:
        """How long those tasks took, added up, from the summary."""
        found = re.search(r"^ESTATE: .*?\d+ tasks \(([\d.]+) s\)", self.output, re.MULTILINE)
        return float(found[1]) if found else 0.0

    @property
    def findings(self) -> list[str]:
        """What differs, as the run names it: `update cloudflare dns_record www.example.com A/content`, each once."""
        lines = re.findall(r"^\s+(create|update|delete)\s+(\S.*?)(?:: .* -> .*)?$", self.output, re.MULTILINE)
        return sorted({f"{action} {thing}" for action, thing in lines})


class Estate:
    """A local cloud, and playbooks run against it."""

    def __init__(self, facts: dict[str, t.Any]) -> None:
        self._address = facts["address"]
        self.environment = {**os.environ, **facts["environment"], "ANSIBLE_FORCE_COLOR": "1" if sys.stdout.isatty() else "0"}

    def ask(self, method: str, what: str, body: t.Any = None) -> t.Any:
        data = None if body is None else json.dumps(body).encode()
        with _OPENER.open(urllib.request.Request(f"{self._address}/_sandbox/{what}", data, method=method), timeout=20) as answer:
            return json.load(answer)

    def play(self, playbook: str, *arguments: str, show: bool = False) -> Run:
        """Run a playbook from the project's root; `show` prints its output while it runs."""
        self.ask("DELETE", "journal")
        argv = ["ansible-playbook", playbook, *INVENTORY, *arguments]
        begin = time.monotonic()
        lines = []
        with subprocess.Popen(
            [str(Path(sys.executable).with_name(argv[0])), *argv[1:]],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                lines.append(line)
                if show:
                    print(line, end="", flush=True)
        seconds = time.monotonic() - begin
        journal = self.ask("GET", "journal")
        calls = [entry["write"] for entry in journal]
        output = re.sub(r"\x1b\[[0-9;]*m", "", "".join(lines))
        return Run(" ".join(argv), child.returncode, output, seconds, calls.count(False), calls.count(True), journal)

    def python(self, module: str, *arguments: str) -> str:
        """Run one of the project's own scripts in a process of its own against the local cloud; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
        return done.stdout.strip()


@contextmanager
def estate() -> Iterator[Estate]:
    """An estate on an empty local cloud, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hybrid-cloud-") as directory:
        sandbox = [sys.executable, "-m", "sandbox"]
        subprocess.run([*sandbox, "up", "--state", directory], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        try:
            yield Estate(json.loads(Path(directory, "ready.json").read_text()))
        finally:
            subprocess.run([*sandbox, "down", "--state", directory], cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
