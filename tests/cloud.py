# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local cloud as tests use it: one process for a session, reset between tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Made once: making it reads the system's certificates. No proxy, for the sandbox's own address.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class LocalCloud:
    """A running sandbox: what it was asked, what it holds, and trouble on demand."""

    def __init__(self, facts: dict[str, t.Any]) -> None:
        self.address: str = facts["address"]
        self.environment: dict[str, str] = facts["environment"]
        self._credentials = {name: cloud["credentials"] for name, cloud in self.ask("GET", "state").items()}
        self._made: dict[str, t.Any] = {}

    def ask(self, method: str, what: str, body: t.Any = None) -> t.Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/_sandbox/{what}", data=data, method=method)
        with OPENER.open(request, timeout=20) as answer:
            return json.load(answer)

    def reset(self) -> None:
        """A new account everywhere, with the credentials of the beginning: what a test has planted or taken away is undone."""
        self.ask("POST", "reset")
        with self.state() as state:
            for name, credentials in self._credentials.items():
                state[name]["credentials"] = credentials

    @property
    def journal(self) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.ask("GET", "journal"))

    def forget(self) -> None:
        """Empty the journal."""
        self.ask("DELETE", "journal")

    @property
    def writes(self) -> list[dict[str, t.Any]]:
        return [entry for entry in self.journal if entry["write"]]

    @property
    def reads(self) -> list[dict[str, t.Any]]:
        return [entry for entry in self.journal if not entry["write"]]

    def fault(self, kind: str, **rule: t.Any) -> None:
        self.ask("POST", "faults", {"kind": kind, **rule})

    def heal(self) -> None:
        """Remove every fault."""
        self.ask("DELETE", "faults")

    @contextmanager
    def state(self) -> Iterator[dict[str, t.Any]]:
        """The whole state, to look at or to change behind everybody's back."""
        state = self.ask("GET", "state")
        yield state
        self.ask("PUT", "state", state)

    def once(self, name: str, make: Callable[[], None]) -> None:
        """Let `make` bring things about, the first time; after that put back what it has made, which is much quicker."""
        if name in self._made:
            self.ask("PUT", "state", self._made[name])
        else:
            make()
            self._made[name] = self.ask("GET", "state")
        self.forget()

    def run(self, argv: list[str], timeout: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command with this cloud's environment, from the project's root."""
        return subprocess.run(
            argv,
            cwd=ROOT,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def python(self, script: str, timeout: float = 60, **environment: str) -> str:
        """Run a client's script in a process of its own (SDKs keep proxies and tokens); returns what it prints."""
        done = self.run([sys.executable, "-c", script], timeout, **environment)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout


@contextmanager
def local_cloud(directory: Path) -> Iterator[LocalCloud]:
    """A sandbox with its state in `directory`, stopped at the end."""
    sandbox = [sys.executable, "-m", "sandbox"]
    subprocess.run([*sandbox, "up", "--state", str(directory)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    try:
        yield LocalCloud(json.loads((directory / "ready.json").read_text()))
    finally:
        subprocess.run([*sandbox, "down", "--state", str(directory)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def zones(state: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Cloudflare's zones in a state of the local cloud, by name."""
    return {zone["name"]: zone for zone in state["cloudflare"]["api"]["zones"].values()}
