# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sandbox's certificate authority: one in its state directory, one server certificate for each host name."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

import trustme


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

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._ca.issue_cert(host).configure_cert(context)
        return context
