# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a server's certificate says. The standard library takes one apart only when it is already trusted."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime

from .._sdk import load

CLOUD = "web"


@dataclass(frozen=True)
class Certificate:
    """Times are UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def covers(self, host: str) -> bool:
        """By its alternative names, with `*` for the first label (RFC 6125)."""
        wanted = host.lower()
        return any(
            name == wanted or (name.startswith("*.") and wanted.partition(".")[2] == name[2:])
            for name in (each.lower() for each in self.names)
        )

    def days_left(self, now: datetime) -> int:
        """Whole days; negative when it has expired."""
        return (self.not_after - now).days


def read(der: bytes) -> Certificate:
    """Raises ValueError for what is no certificate, PlanError when the library is missing."""
    x509 = load("cryptography.x509", CLOUD)
    try:
        found = x509.load_der_x509_certificate(der)
        subject, issuer = (
            ", ".join(f"{part.rfc4514_attribute_name}={part.value}" for part in name) for name in (found.subject, found.issuer)
        )
        return Certificate(subject, issuer, _names(x509, found), found.not_valid_before_utc, found.not_valid_after_utc)
    except ValueError as error:
        raise ValueError(f"no certificate: {error}") from None


def _names(x509: t.Any, found: t.Any) -> tuple[str, ...]:
    """Its alternative names: hosts and addresses."""
    try:
        alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(each.value) for each in alternatives if isinstance(each, (x509.DNSName, x509.IPAddress)))
