# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Why an address does not answer as it should, each with what to do about it."""

from __future__ import annotations

import http.client
import socket
import ssl
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime

from .connection import Seen

# OpenSSL's verify codes (x509_vfy.h).
_EXPIRED, _NOT_YET, _WRONG_NAME = 10, 9, (62, 64)


@dataclass(frozen=True)
class Problem:
    code: str
    text: str
    hint: str


def of_connection(error: Exception, host: str, proxied: bool) -> Problem:
    """Why no answer came."""
    if proxied and isinstance(error, (socket.gaierror, ConnectionRefusedError)):
        return Problem(
            "not_reached", f"the proxy was not reached: {error.strerror or error}", "Is HTTPS_PROXY right, and does the proxy run?"
        )
    if isinstance(error, socket.gaierror):
        return Problem("name_not_resolved", f"{host} does not resolve", "Does the DNS have an A record for it, and has it spread?")
    if isinstance(error, TimeoutError):
        return Problem("timeout", "no answer in time", "A firewall or a load balancer without a healthy backend swallows connections")
    if isinstance(error, ssl.SSLError):
        return Problem("no_tls", f"no TLS there: {error.reason or error}", "What listens on this port does not speak TLS")
    if isinstance(error, ConnectionRefusedError):
        return Problem("refused", "the connection was refused", "Nothing listens there: look at the Service of type LoadBalancer")
    if proxied and "Tunnel connection failed" in str(error):
        hint = "Does the DNS have an A record for it? If it has, nothing answers at that address, or the proxy forbids it"
        return Problem("not_reached", f"the proxy does not reach {host}: {str(error).partition(': ')[2]}", hint)
    if isinstance(error, (ConnectionError, http.client.HTTPException)):
        hint = "Nothing healthy is behind this address: look at the load balancer's Service, its events and its health probe"
        return Problem("dropped", "the connection was dropped without an answer", hint)
    return Problem("not_reached", str(error) or type(error).__name__, "Is the address right, and does the network let it through?")


def of_certificate(error: ssl.SSLCertVerificationError, seen: Seen, host: str) -> Problem:
    """Why a certificate is not trusted. `seen`: what a second look without the check has seen."""
    found = seen.certificate
    names = ", ".join(found.names) if found else ""
    if error.verify_code in _WRONG_NAME:
        return Problem(
            "wrong_name", f"its certificate is for {names or 'no name'}, not for {host}", "Add the host to the certificate's names"
        )
    if error.verify_code == _EXPIRED:
        until = found.not_after.strftime("%Y-%m-%d %H:%M UTC") if found else "some time ago"
        return Problem("expired", f"its certificate has expired, on {until}", "Look at the Certificate: why was it not renewed?")
    if error.verify_code == _NOT_YET:
        return Problem("not_yet_valid", "its certificate is not valid yet", "Is the clock of this machine right?")
    issuer = found.issuer if found else "nobody known"
    if found and not found.covers(host):
        text = f"its certificate is for {names or 'no name'}, not for {host}, and comes from {issuer}, whom nobody trusts"
        hint = "The ingress controller shows the certificate that it made for itself: is the tls Secret there, and named in the Ingress?"
        return Problem("untrusted_issuer", text, hint)
    hint = "A staging issuer's certificates are trusted by nobody: when all is well, switch to the production issuer"
    return Problem("untrusted_issuer", f"its certificate comes from {issuer}, whom this machine does not trust", hint)


def of_answer(seen: Seen, statuses: t.Sequence[int], expected: t.Any, body: t.Any) -> Problem | None:
    """What an answer has against it, or None."""
    if statuses and seen.status not in statuses:
        wanted = " or ".join(str(each) for each in statuses)
        return Problem(
            "unexpected_status", f"it answers {seen.status} instead of {wanted}", _HINTS.get(seen.status or 0, "Look at the backend's log")
        )
    if expected is None:
        return None
    if body is None:
        return Problem("unexpected_body", "its answer is no JSON", "Is this the backend that answers, at the right path?")
    where = _difference(expected, body, "")
    if where:
        return Problem("unexpected_body", f"its answer differs at {where}", "Look at the backend: it is not as healthy as it should be")
    return None


_HINTS = {
    404: "No Ingress or route takes this host and path, or the backend does not know the path",
    502: "The backend's pods do not listen on the port that the Service names",
    503: "No pod of the Service is ready: look at its Deployment",
    504: "The backend does not answer the ingress controller in time: does a NetworkPolicy let it in?",
    522: "Cloudflare does not reach the address in the record",
    526: "Cloudflare does not trust the certificate at the address in the record",
}


def of_days(seen: Seen, least: int | None) -> Problem | None:
    if least is None or seen.certificate is None:
        return None
    left = seen.certificate.days_left(datetime.now(UTC))
    if left >= least:
        return None
    text = f"its certificate ends in {left} days, on {seen.certificate.not_after:%Y-%m-%d}"
    return Problem("expires_soon", text, "Look at the Certificate: it should have been renewed by now")


def _difference(wanted: t.Any, found: t.Any, where: str) -> str:
    """The first place where what is wanted is not found, as a path; "" when all is there."""
    if isinstance(wanted, t.Mapping):
        if not isinstance(found, t.Mapping):
            return where or "/"
        for name, value in wanted.items():
            if name not in found:
                return f"{where}/{name}"
            deeper = _difference(value, found[name], f"{where}/{name}")
            if deeper:
                return deeper
        return ""
    return "" if wanted == found and isinstance(wanted, bool) == isinstance(found, bool) else where or "/"
