# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forward proxy: takes CONNECT, ends TLS with a certificate for that host, and answers itself."""

from __future__ import annotations

import asyncio
import socket
import typing as t

from aiohttp import web

from sandbox.authority import Authority, Pair, presenting
from sandbox.control import Control
from sandbox.http import Certificate, Dropped, Reply, Request, Stream
from sandbox.world import World

HEAD_LIMIT = 65536
BODY_LIMIT = 64 * 1024 * 1024


class Proxy:
    def __init__(self, world: World, authority: Authority) -> None:
        self.world = world
        self.authority = authority
        self._control = Control(world)
        self._http = web.Server(
            self._handle,
            request_factory=_any_size,
            access_log=None,
            keepalive_timeout=75,
            max_field_size=HEAD_LIMIT,
            max_line_size=HEAD_LIMIT,
        )
        self._handshakes: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> int:
        """Listen on loopback; returns the port (0 asks for a free one)."""
        server = await asyncio.get_running_loop().create_server(lambda: Front(self), "127.0.0.1", port)
        return int(server.sockets[0].getsockname()[1])

    def http(self) -> asyncio.Protocol:
        return self._http()

    def encrypt(self, transport: asyncio.Transport, host: str, presented: Pair | None) -> None:
        task = asyncio.create_task(self._encrypt(transport, host, presented))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _encrypt(self, transport: asyncio.Transport, host: str, presented: Pair | None) -> None:
        early = EarlyBytes()
        try:
            context = presenting(presented) if presented else self.authority.context(host)
            encrypted = await asyncio.get_running_loop().start_tls(transport, early, context, server_side=True, ssl_handshake_timeout=15)
        except (OSError, ValueError) as error:
            # Usually a client that does not trust ca.pem: worth a line, or the user looks for the cause in the wrong place.
            # ValueError: a host name that no certificate can be made for.
            print(f"sandbox: TLS with a client failed for {host}: {error!r}", flush=True)
            transport.close()
            return
        if encrypted is not None and not early.lost:
            hand_over(encrypted, self.http(), early.data)

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        _acknowledge_at_once(incoming.transport)
        target = _origin_form(incoming.raw_path)
        request = Request(
            method=incoming.method,
            scheme=incoming.scheme,
            host=_host_name(incoming),
            path=target.partition("?")[0],
            query_string=target.partition("?")[2],
            headers={name.lower(): ", ".join(incoming.headers.getall(name)) for name in incoming.headers},
            body=await incoming.read(),
            certificate=_certificate(incoming.transport),
        )
        if request.path.startswith("/_sandbox/") and incoming.scheme == "http":
            return _respond(self._control.answer(request))
        try:
            reply = await self.world.answer(request)
            return _respond(reply) if reply.stream is None else await _stream(incoming, reply, reply.stream)
        except Dropped:
            if incoming.transport:
                incoming.transport.abort()
            return web.Response(status=500)


class Front(asyncio.Protocol):
    """Reads one request head: CONNECT goes on to TLS, everything else straight to HTTP."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = t.cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > HEAD_LIMIT:
                self._transport.close()
            return
        method, _, rest = self._head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        if method != "CONNECT":
            hand_over(self._transport, self._proxy.http(), [self._head])
            return
        host = rest.split(" ")[0].rpartition(":")[0]
        service = self._proxy.world.service_of(host)
        if service is None:
            self._refuse(self._proxy.world.refuse_host(host, "CONNECT"))
            return
        try:
            presented = self._proxy.world.presented(service, host)
        except Dropped:
            self._transport.abort()
            return
        self._transport.pause_reading()
        self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._proxy.encrypt(self._transport, host, presented)

    def _refuse(self, reply: Reply) -> None:
        lines = [
            f"HTTP/1.1 {reply.status} Refused",
            "Content-Type: application/json",
            f"Content-Length: {len(reply.body)}",
            "Connection: close",
            "\r\n",
        ]
        head = "\r\n".join(lines)
        self._transport.write(head.encode() + reply.body)
        self._transport.close()


class EarlyBytes(asyncio.Protocol):
    """Keeps what a client sends in the same segment as its last handshake message, before HTTP has the transport."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.data.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True


def hand_over(transport: asyncio.Transport, protocol: asyncio.Protocol, data: list[bytes]) -> None:
    """Make `protocol` the owner of the connection, with the bytes that have already arrived."""
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    for each in data:
        protocol.data_received(each)


def _any_size(message: t.Any, payload: t.Any, protocol: t.Any, writer: t.Any, task: t.Any) -> web.BaseRequest:
    """A request as aiohttp makes it, with a limit for its body that fits files and whole states."""
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop(), client_max_size=BODY_LIMIT)


def _acknowledge_at_once(transport: asyncio.BaseTransport | None) -> None:
    """Many clients send head and body apart and wait for the acknowledgement between: not answering at once costs 40 ms a call."""
    connection = transport.get_extra_info("socket") if transport else None
    if connection is not None and hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _host_name(incoming: web.BaseRequest) -> str:
    """The host that the client means, without a port: from a whole URL (proxied plain HTTP), else from the Host header."""
    whole = incoming.url.host if "://" in incoming.raw_path.partition("?")[0] else None
    return whole or incoming.host.rpartition(":")[0] or incoming.host


def _origin_form(target: str) -> str:
    """`/path?query` of a request target; a proxied plain HTTP request carries the whole URL."""
    if target.startswith("/"):
        return target
    rest = target.partition("://")[2]
    return "/" + rest.partition("/")[2]


def _certificate(transport: asyncio.BaseTransport | None) -> Certificate | None:
    """The subject of the client's certificate, which TLS has checked; None if it has shown none."""
    shown = transport.get_extra_info("peercert") if transport else None
    if not shown:
        return None
    pairs = [pair for part in shown["subject"] for pair in part]
    of = {wanted: tuple(value for name, value in pairs if name == wanted) for wanted in ("commonName", "organizationName")}
    unit = next((value for name, value in pairs if name == "organizationalUnitName"), "")
    return Certificate(of["commonName"][0] if of["commonName"] else "", of["organizationName"], unit)


async def _stream(incoming: web.BaseRequest, reply: Reply, stream: Stream) -> web.StreamResponse:
    """Send what comes as it comes. A client that leaves ends it: aiohttp cancels the handler or the write fails."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    try:
        await response.prepare(incoming)
        if reply.body:
            await response.write(reply.body)
        async for piece in stream:
            if incoming.transport is None or incoming.transport.is_closing():
                break
            await response.write(piece)
        await response.write_eof()
    except ConnectionError:
        pass
    finally:
        await stream.aclose()
    return response


def _respond(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
