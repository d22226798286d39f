# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's certificate authority: one in its state directory, one server certificate for each host name."""

from __future__ import annotations

import os
import ssl
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import trustme

CLIENT_CERTIFICATES = "*.azmk8s.io"  # hosts that ask the client for a certificate, and go on without one


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
        issued = self._ca.issue_cert(common_name=name, organization_name=organization, organization_unit_name=unit)
        return issued.cert_chain_pems[0].bytes().decode(), issued.private_key_pem.bytes().decode()

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        if fnmatchcase(host, CLIENT_CERTIFICATES):
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cafile=str(self.certificate))
        self._ca.issue_cert(host).configure_cert(context)
        return context
