# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox as a process: serve until told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

from sandbox.authority import Authority
from sandbox.proxy import Proxy
from sandbox.world import World


def serve(directory: Path, port: int) -> None:
    """Serve until SIGTERM or SIGINT. `ready.json` in the state directory says where, as long as it serves."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(_serve(directory.resolve(), port))


async def _serve(directory: Path, port: int) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    authority = Authority(directory)
    world = World(directory, authority)
    address = f"http://127.0.0.1:{await Proxy(world, authority).listen(port)}"
    ready = directory / "ready.json"
    facts = {"pid": os.getpid(), "address": address, "environment": environment(address, authority.certificate, world)}
    fresh = ready.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(facts, file)
    fresh.replace(ready)
    try:
        await stop.wait()
    finally:
        world.flush()
        ready.unlink(missing_ok=True)


def environment(address: str, certificate: Path, world: World) -> dict[str, str]:
    """What a client needs, and nothing else: the proxy, whom to trust, and credentials.

    NO_PROXY is emptied because many machines exempt cloud metadata or internal names, which must reach the sandbox too.
    """
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), address)
    trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_CA_BUNDLE"), str(certificate))
    return {**proxies, "NO_PROXY": "", "no_proxy": "", **trust, "SANDBOX_URL": address, **world.environment()}
