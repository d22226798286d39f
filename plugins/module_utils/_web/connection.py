# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""One look at an address: through the proxy and with the authorities that the environment names, by the standard library alone.

Proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY as urllib reads them. Authorities: SSL_CERT_FILE and SSL_CERT_DIR (read by OpenSSL itself),
REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import socket
import ssl
import typing as t
import urllib.request
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from .certificate import Certificate, read

MOST = 65536  # bytes of an answer that are looked at
AGENT = "klinematrix.hybrid_cloud endpoint_info"
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Seen:
    """What one look has seen. `error`: why there is no answer."""

    status: int | None = None
    headers: t.Mapping[str, str] | None = None  # names in small letters
    body: bytes = b""
    certificate: Certificate | None = None
    error: Exception | None = None


def proxy_of(url: str) -> str | None:
    """The proxy for an address, or None: as urllib finds it."""
    parts = urlsplit(url)
    proxies = urllib.request.getproxies()
    found = proxies.get(parts.scheme) or proxies.get("all")
    return None if not found or urllib.request.proxy_bypass(parts.netloc) else found


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses by the DNS of this machine; none when it cannot tell."""
    with contextlib.suppress(OSError):
        return sorted({str(each[4][0]) for each in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)})
    return []


def look(url: str, timeout: float, *, verify: bool) -> Seen:
    """GET without following redirections. Never raises for what the other side does."""
    parts = urlsplit(url)
    certificate: Certificate | None = None
    connection: http.client.HTTPConnection | None = None
    try:
        connection, target = _connection(parts, proxy_of(url), timeout, verify)
        connection.connect()
        if isinstance(connection.sock, ssl.SSLSocket):
            certificate = read(connection.sock.getpeercert(binary_form=True) or b"")
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": AGENT,
            "Accept": "application/json, */*;q=0.5",
            "Connection": "close",
        }
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Seen(answer.status, found, answer.read(MOST), certificate)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Seen(certificate=certificate, error=error)
    finally:
        if connection is not None:
            connection.close()


def _connection(parts: SplitResult, proxy: str | None, timeout: float, verify: bool) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is not open yet, and what to ask on it."""
    host = parts.hostname or ""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
    at, port = (through.hostname or "", through.port or 80) if through else (host, parts.port or (443 if parts.scheme == "https" else 80))
    if parts.scheme == "http":
        whole = f"http://{parts.netloc}{target}" if through else target
        return http.client.HTTPConnection(at, port, timeout=timeout), whole
    secure = http.client.HTTPSConnection(at, port, timeout=timeout, context=_context(verify))
    if through:
        secure.set_tunnel(host, parts.port or 443, headers=_login(through))
    return secure, target


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    for name in _BUNDLES:
        bundle = os.environ.get(name, "")
        with contextlib.suppress(OSError):  # a bundle that is not there adds nobody
            context.load_verify_locations(**({"capath": bundle} if os.path.isdir(bundle) else {"cafile": bundle}))
    return context
