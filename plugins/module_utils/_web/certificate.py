# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a server's certificate says, read from its DER: the standard library takes one apart only when it is already trusted.

RFC 5280 section 4.1 (the structure), X.690 (DER).
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass
from datetime import UTC, datetime

_NAMES = {"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU"}
_ALTERNATIVE_NAMES = "2.5.29.17"
_SEQUENCE, _SET, _OID, _OCTETS, _UTC_TIME = 0x30, 0x31, 0x06, 0x04, 0x17
_EXTENSIONS, _VERSION = 0xA3, 0xA0
_DNS, _ADDRESS = 0x82, 0x87


class Part(t.NamedTuple):
    """One element of DER: its tag and its content."""

    tag: int
    content: bytes

    @property
    def parts(self) -> list[Part]:
        return list(_parts(self.content))


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
    """Raises ValueError for what is no certificate."""
    try:
        whole = next(_parts(der)).parts[0].parts
        fields = whole[1:] if whole[0].tag == _VERSION else whole
        _, _, issuer, validity, subject = fields[:5]
        first, last = (_moment(each) for each in validity.parts)
        extensions = next((each for each in fields if each.tag == _EXTENSIONS), None)
        names = tuple(_alternative_names(extensions)) if extensions else ()
        return Certificate(_name(subject), _name(issuer), names, first, last)
    except (IndexError, StopIteration, UnicodeDecodeError, RuntimeError) as error:
        raise ValueError(f"no certificate: {error!r}") from None


def _parts(data: bytes) -> t.Iterator[Part]:
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data):
            raise IndexError("cut off")
        yield Part(tag, data[at : at + length])
        at += length


def _oid(content: bytes) -> str:
    numbers, value = [str(min(content[0] // 40, 2)), str(content[0] - 40 * min(content[0] // 40, 2))], 0
    for byte in content[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(str(value))
            value = 0
    return ".".join(numbers)


def _name(sequence: Part) -> str:
    """`C=US, O=Let's Encrypt, CN=E7`: the parts that people know, in their order."""
    shown = []
    for group in sequence.parts:
        for pair in group.parts:
            kind, value = pair.parts[:2]
            label = _NAMES.get(_oid(kind.content))
            if label:
                encoding = "utf-16-be" if value.tag == 0x1E else "utf-8" if value.tag == 0x0C else "latin-1"
                shown.append(f"{label}={value.content.decode(encoding)}")
    return ", ".join(shown)


def _moment(part: Part) -> datetime:
    text = part.content.decode("ascii")
    if part.tag == _UTC_TIME:  # two digits of a year: RFC 5280 section 4.1.2.5.1
        text = ("20" if int(text[:2]) < 50 else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _alternative_names(extensions: Part) -> t.Iterator[str]:
    for extension in extensions.parts[0].parts:
        fields = extension.parts
        if _oid(fields[0].content) != _ALTERNATIVE_NAMES:
            continue
        for each in next(_parts(fields[-1].content)).parts:
            if each.tag == _DNS:
                yield each.content.decode("ascii")
            elif each.tag == _ADDRESS:
                yield str(ipaddress.ip_address(each.content))
