# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: the sandbox's own authority, which clients trust, and those that a public authority would issue to the estate.

Let's Encrypt's production authority is an intermediate of ours, so its certificates are trusted; its staging authority has a root
of its own that nobody trusts (letsencrypt.org/docs/staging-environment).
"""

from __future__ import annotations

import os
import ssl
import typing as t
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import trustme
from cryptography import x509

CLIENT_CERTIFICATES = "*.azmk8s.io"  # hosts that ask the client for a certificate, and go on without one


class Pair(t.NamedTuple):
    """A certificate chain, the server's own first, and its private key; both PEM."""

    chain: str
    key: str


class Authority:
    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "ca.pem"
        key = directory / "ca.key"
        if key.exists() and self.certificate.exists():
            self._ca = trustme.CA.from_pem(self.certificate.read_bytes(), key.read_bytes())
        else:
            self._ca = trustme.CA(organization_name="klinematrix local cloud")
            with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(self._ca.private_key_pem.bytes())
            self._ca.cert_pem.write_to_path(str(self.certificate))
        self.context = lru_cache(maxsize=None)(self._context)

    def client(self, name: str, organization: str, unit: str) -> tuple[str, str]:
        """A client certificate with its key (PEM). Real clusters have authorities of their own: here `unit` says for which one it is."""
        issued = self._ca.issue_cert(
            common_name=name, organization_name=organization, organization_unit_name=unit, key_type=trustme.KeyType.RSA
        )
        return issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()

    def _context(self, host: str) -> ssl.SSLContext:
        context = _server()
        if fnmatchcase(host, CLIENT_CERTIFICATES):
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cafile=str(self.certificate))
        self._ca.issue_cert(host).configure_cert(context)
        return context

    def issue(self, names: t.Sequence[str], *, trusted: bool, days: float = 90) -> Pair:
        """A certificate for these host names as Let's Encrypt issues it: from production (`trusted`) or from staging.

        It is valid from an hour ago, for `days` from now: less than nothing makes one that has expired.
        """
        return _issued(self._issuer(trusted), names, days)

    def intermediate(self, *, trusted: bool) -> Pair:
        """The CA that signs for Let's Encrypt today, for those who bring a signing request of their own."""
        issuer = self._issuer(trusted)
        return Pair(issuer.cert_pem.bytes().decode(), issuer.private_key_pem.bytes().decode())

    def _issuer(self, trusted: bool) -> trustme.CA:
        if trusted:
            return trustme.CA(parent_cert=self._ca, organization_name="Let's Encrypt", organization_unit_name="YE1")
        return trustme.CA(organization_name="(STAGING) Let's Encrypt", organization_unit_name="(STAGING) Ersatz Edamame E1")


def covers(pair: Pair, host: str) -> bool:
    """Whether a certificate is for a host name: by its alternative names, with `*` for one label. One that cannot be read is for none."""
    try:
        leaf = x509.load_pem_x509_certificate(pair.chain.encode())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    except (ValueError, x509.ExtensionNotFound):
        return False
    return any(name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:]) for name in names)


def self_signed(organization: str, common_name: str, names: t.Sequence[str]) -> Pair:
    """What a server makes for itself when it has been given no certificate."""
    return _issued(trustme.CA(organization_name=organization, organization_unit_name=common_name), names, 365)


@lru_cache(maxsize=64)
def presenting(pair: Pair) -> ssl.SSLContext:
    """A server's TLS with this certificate. Raises ssl.SSLError when the two do not belong together, ValueError when one is no PEM."""
    context = _server()
    trustme.LeafCert(pair.key.encode(), pair.chain.encode(), []).configure_cert(context)
    return context


def _server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _issued(issuer: trustme.CA, names: t.Sequence[str], days: float) -> Pair:
    now = datetime.now(UTC)
    first = min(now, now + timedelta(days=days)) - timedelta(hours=1)
    leaf = issuer.issue_cert(*names, common_name=names[0], not_before=first, not_after=now + timedelta(days=days))
    return Pair("".join(each.bytes().decode() for each in leaf.cert_chain_pems), leaf.private_key_pem.bytes().decode())
