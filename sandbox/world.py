# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All emulated clouds together: their state on disk, the journal, the faults, and the way from a request to its reply."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import typing as t
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from sandbox.authority import Authority, Pair
from sandbox.cloud import Cloud, Service
from sandbox.clouds import CLOUDS
from sandbox.faults import Faults
from sandbox.http import READING_VERBS, Dropped, Match, Refusal, Reply, Request, Stream
from sandbox.journal import Entry, Journal

SAVE_SECONDS = 0.2  # at most that long is a change kept in memory only


class Journaled:
    """A stream whose call is over when it ends, whoever ends it and whether or not it has begun."""

    def __init__(self, stream: Stream, over: Callable[[], None]) -> None:
        self._stream, self._over = stream, over

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._over()


class World:
    def __init__(self, directory: Path, authority: Authority) -> None:
        self.authority = authority
        self.journal = Journal()
        self.faults = Faults()
        self.clouds: list[Cloud] = [each(self) for each in CLOUDS]
        self._file = directory / "state.json"
        self.state: dict[str, t.Any] = json.loads(self._file.read_text()) if self._file.exists() else {}
        for cloud in self.clouds:
            self.state.setdefault(cloud.name, cloud.seed())
        self._saving: asyncio.TimerHandle | None = None
        self._save_took = 0.0
        self.flush()

    # --- state -----------------------------------------------------------

    def save(self) -> None:
        """Have the state written soon: at once is too slow for hundreds of writes a second. What takes long is done less often."""
        if self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(max(SAVE_SECONDS, 10 * self._save_took), self.flush)

    def flush(self) -> None:
        """Write the state so that a crash leaves the old one or the new one, never half of it."""
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        began = time.monotonic()
        text = json.dumps(self.state)
        fresh = self._file.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(self._file)
        self._save_took = time.monotonic() - began

    def reset(self, keep_credentials: bool = True) -> None:
        """A new account everywhere. Credentials stay, so that running clients go on working."""
        for cloud in self.clouds:
            fresh = cloud.seed()
            if keep_credentials:
                fresh["credentials"] = self.state[cloud.name]["credentials"]
            self.state[cloud.name] = fresh
        self.flush()

    def replace(self, state: dict[str, t.Any]) -> None:
        """Put another state in place of the present one, cloud by cloud; clouds that are not named keep theirs."""
        unknown = set(state) - {cloud.name for cloud in self.clouds}
        if unknown:
            raise ValueError(f"no such cloud: {', '.join(sorted(unknown))}")
        self.state.update(state)
        self.save()

    def environment(self) -> dict[str, str]:
        return {name: value for cloud in self.clouds for name, value in cloud.environment().items()}

    def verified(self) -> dict[str, int]:
        """How many operations are known from a document, from an SDK, or only assumed."""
        counts = Counter(operation.verified for cloud in self.clouds for operation in cloud.operations)
        return {level: counts[level] for level in ("spec", "sdk", "assumed")}

    # --- calls -----------------------------------------------------------

    def service_of(self, host: str) -> Service | None:
        """The service that answers for a host name, if that name exists."""
        service = self._owner_of(host)
        return service if service and service.resolves(host) else None

    def _owner_of(self, host: str) -> Service | None:
        """The service that a host name belongs to; the most exact pattern wins (api.x.com before *.x.com)."""
        services = [service for cloud in self.clouds for service in cloud.services]
        fitting = [(len(pattern), service) for service in services for pattern in service.names if fnmatchcase(host, pattern)]
        return max(fitting, key=lambda each: each[0])[1] if fitting else None

    async def answer(self, request: Request) -> Reply:
        """Carry one request out. Raises Dropped when a fault cuts the connection."""
        service = self.service_of(request.host)
        if service is None:
            return self.refuse_host(request.host, request.method)
        match = service.match(request)
        entry = self.journal.open(
            cloud=service.cloud.name,
            method=request.method,
            scheme=request.scheme,
            host=request.host,
            path=request.path,
            action=match.operation.name if match else None,
            write=match.operation.write if match else request.method not in READING_VERBS,
            client=request.headers.get("user-agent", "")[:80],
        )
        status = 0
        stream = None
        try:
            reply = await self._carry_out(service, match, request, entry)
            status, stream = reply.status, reply.stream
            return reply if stream is None else replace(reply, stream=Journaled(stream, lambda: self.journal.close(entry, status)))
        finally:
            if stream is None:
                self.journal.close(entry, status)

    async def _carry_out(self, service: Service, match: Match | None, request: Request, entry: Entry) -> Reply:
        if request.scheme != "https" and not service.plain_http:
            return _sandbox_error(400, "PlainHttp", f"plain HTTP to {request.host}: credentials would travel in clear")
        reply = await self._strike(service, request, entry, "before")
        if reply:
            return reply
        if match is None:
            what = request.params.get("Action") or request.headers.get("x-tc-action") or request.path
            return _sandbox_error(501, "NotEmulated", f"{request.method} {request.host} {what} is not emulated")
        self.journal.current = entry
        try:
            reply = match.call()
        except Refusal as refusal:
            reply = refusal.reply
        if match.operation.write:
            self.save()
        if reply.seconds:
            await asyncio.sleep(reply.seconds)
        return await self._strike(service, request, entry, "after") or reply

    async def _strike(self, service: Service, request: Request, entry: Entry, when: str) -> Reply | None:
        """Let a due fault act: the reply that it gives instead, or None to go on."""
        fault = self.faults.take(entry, when)
        if fault is None:
            return None
        entry.fault = fault.kind
        if fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
            return await self._strike(service, request, entry, when)
        if fault.kind == "reset":
            raise Dropped
        if fault.kind == "hold":
            while self.faults.active(fault):
                await asyncio.sleep(0.02)
            raise Dropped
        if fault.kind == "expired_token":
            return service.expired(request)
        reply = service.error(request, fault.status, fault.code)
        return reply if fault.retry_after is None else reply.with_headers({"Retry-After": f"{fault.retry_after:g}"})

    def presented(self, service: Service, host: str) -> Pair | None:
        """The certificate that a host shows. Raises Dropped, with a word in the journal, when nothing listens there."""
        try:
            return service.certificate(host)
        except Dropped:
            entry = self.journal.open(
                cloud=service.cloud.name, method="CONNECT", scheme="", host=host, path="", action="connect", write=False, client=""
            )
            self.journal.close(entry, 0)
            raise

    def refuse_host(self, host: str, method: str) -> Reply:
        """A host that is not emulated: nothing leaves the machine. Or one whose name does not exist yet, as a proxy says it."""
        owner = self._owner_of(host)
        if owner is not None:
            entry = self.journal.open(
                cloud=owner.cloud.name, method=method, scheme="", host=host, path="", action="dns", write=False, client=""
            )
            self.journal.close(entry, 502)
            return _sandbox_error(502, "NoSuchHost", f"{host} does not resolve: nothing of that name exists")
        entry = self.journal.open(
            cloud="unknown", method=method, scheme="", host=host, path="", action=None, write=method not in READING_VERBS, client=""
        )
        self.journal.close(entry, 403)
        return _sandbox_error(403, "UnknownHost", f"{host} is not emulated; nothing leaves this machine")


def _sandbox_error(status: int, code: str, message: str) -> Reply:
    with contextlib.suppress(BrokenPipeError):
        print(f"sandbox: {message}", flush=True)
    return Reply.of_json({"error": {"code": f"Sandbox.{code}", "message": f"sandbox: {message}"}}, status)
