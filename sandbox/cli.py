# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command line: `python -m sandbox up | env | status | down | run -- COMMAND`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
import urllib.request
from pathlib import Path

from sandbox.server import serve

START_SECONDS = 20.0
STOP_SECONDS = 5.0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local cloud that answers for the real host names.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("up", "start it in the background"),
        ("env", 'print the shell lines that point clients at it: eval "$(python -m sandbox env)"'),
        ("status", "say where it listens and what it knows"),
        ("down", "stop it; its state stays"),
        ("run", "start it, run a command against it, stop it"),
        ("serve", "serve in the foreground"),
    ):
        command = commands.add_parser(name, help=help_text, description=help_text)
        command.add_argument("--state", type=Path, help="state directory (default .sandbox; `run` uses a temporary one)")
        if name in ("up", "serve", "run"):
            command.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
        if name == "run":
            command.add_argument("argv", nargs="+", metavar="COMMAND")
    options = parser.parse_args(arguments)
    if options.command == "run":
        return _run(options.state, options.port, options.argv)
    directory = options.state or Path(".sandbox")
    if options.command == "serve":
        serve(directory, options.port)
        return 0
    if options.command == "up":
        return _up(directory, options.port)
    return {"env": _env, "status": _status, "down": _down}[options.command](directory)


def _up(directory: Path, port: int) -> int:
    facts = _running(directory)
    if facts is None:
        facts = _start(directory, port)
        if facts is None:
            return 1
    print(f"The local cloud listens on {facts['address']}. Point a shell at it with:")
    print(f'  eval "$(python -m sandbox env --state {shlex.quote(str(directory))})"')
    return 0


def _env(directory: Path) -> int:
    facts = _running(directory)
    if facts is None:
        return _not_running(directory)
    for name, value in facts["environment"].items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _status(directory: Path) -> int:
    facts = _running(directory)
    if facts is None:
        return _not_running(directory)
    status = _ask(facts["address"])
    print(f"listens on {facts['address']} (pid {facts['pid']}), {status['calls']} calls in its journal")
    for name, cloud in status["clouds"].items():
        print(f"  {name:<12} {cloud['operations']:>3} operations  {' '.join(cloud['hosts'])}")
    print("  operations known from: " + ", ".join(f"{level} {count}" for level, count in status["verified"].items()))
    return 0


def _down(directory: Path) -> int:
    facts = _running(directory)
    if facts is None:
        return _not_running(directory)
    _stop(directory, facts["pid"])
    print("The local cloud has stopped.")
    return 0


def _run(directory: Path | None, port: int, argv: list[str]) -> int:
    """Run a command against a sandbox of its own, or against the one that already serves from `directory`."""
    if directory is None:
        with tempfile.TemporaryDirectory(prefix="sandbox-") as temporary:
            return _run(Path(temporary), port, argv)
    already = _running(directory)
    facts = already or _start(directory, port)
    if facts is None:
        return 1
    try:
        return _foreground(argv, {**os.environ, **facts["environment"]})
    finally:
        if not already:
            _stop(directory, facts["pid"])


def _foreground(argv: list[str], environment: dict[str, str]) -> int:
    try:
        child = subprocess.Popen(argv, env=environment)
    except OSError as error:
        print(f"sandbox: cannot run {argv[0]}: {error.strerror}", file=sys.stderr)
        return 127
    while True:
        try:
            code = child.wait()
            return 128 - code if code < 0 else code
        except KeyboardInterrupt:
            # The terminal has sent it to the command too; wait for the command to end in its own way.
            continue


def _start(directory: Path, port: int) -> dict[str, t.Any] | None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = directory / "sandbox.log"
    command = [sys.executable, "-m", "sandbox", "serve", "--state", str(directory), "--port", str(port)]
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    with log.open("ab") as output:
        # A session of its own: Ctrl-C in the terminal is for the command, not for the cloud under it.
        server = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, env={**os.environ, "PYTHONPATH": path}
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        facts = _running(directory)
        if facts is not None:
            return facts
        if server.poll() is not None:
            break
        time.sleep(0.02)
    print(f"sandbox: it did not start; its log is {log}", file=sys.stderr)
    print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-15:]), file=sys.stderr)
    return None


def _stop(directory: Path, pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while (directory / "ready.json").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    except ProcessLookupError:
        (directory / "ready.json").unlink(missing_ok=True)


def _running(directory: Path) -> dict[str, t.Any] | None:
    """The facts of the sandbox that serves from this directory. A file left behind by a crash does not count."""
    try:
        facts: dict[str, t.Any] = json.loads((directory / "ready.json").read_text())
        return facts if _ask(facts["address"])["pid"] == facts["pid"] else None
    except (OSError, ValueError, KeyError):
        return None


def _ask(address: str) -> dict[str, t.Any]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}/_sandbox/status", timeout=5) as answer:
        return t.cast("dict[str, t.Any]", json.load(answer))


def _not_running(directory: Path) -> int:
    print(f"sandbox: none serves from {directory}; start it with: python -m sandbox up --state {directory}", file=sys.stderr)
    return 1
