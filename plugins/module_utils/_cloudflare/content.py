# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a DNS record says, as Cloudflare takes and returns it."""

from __future__ import annotations

import re
import typing as t

from .._core import normal
from .._core.errors import PlanError
from .._core.rules import Leaf, Map

# A character-string of a TXT record holds at most 255 bytes (RFC 1035, 3.3.14).
STRING_BYTES = 255
# One TXT record as it is written, quotes included: beyond that Cloudflare answers error 9015.
TXT_BYTES = 4096
# Mechanisms that cost a look-up; more than ten make every receiver answer permerror (RFC 7208, 4.6.4).
SPF_LOOKUPS = 10
_LOOKUP = re.compile(r"[+?~-]?(include:|a\b|mx\b|ptr\b|exists:|redirect=)", re.IGNORECASE)
_ENDING = re.compile(r"[+?~-]?all", re.IGNORECASE)
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*"\s*)+')

NAME_LIKE = ("CNAME", "MX", "NS", "PTR")
ADDRESS = ("A", "AAAA")
# Types that are written as `data`; Cloudflare composes their read-only content.
DATA_TYPES = ("CAA", "CERT", "DNSKEY", "DS", "HTTPS", "LOC", "NAPTR", "SMIMEA", "SRV", "SSHFP", "SVCB", "TLSA", "URI")
CONTENT_TYPES = (*ADDRESS, *NAME_LIKE, "TXT", "OPENPGPKEY")


def content(record_type: str) -> normal.Normal:
    """The normal form of a type's content."""
    if record_type in ADDRESS:
        return normal.ip
    if record_type in NAME_LIKE:
        return normal.dns_name
    return normal.txt if record_type == "TXT" else normal.exact


def _hexadecimal(value: t.Any) -> t.Any:
    return re.sub(r"\s", "", value).casefold() if isinstance(value, str) else value


DATA = Map(
    {
        **dict.fromkeys(("target", "replacement"), Leaf(normal=normal.dns_name)),
        **dict.fromkeys(("certificate", "fingerprint", "digest"), Leaf(normal=_hexadecimal)),
        **dict.fromkeys(
            ("tag", "flags", "value", "service", "regex", "public_key", "lat_direction", "long_direction"), Leaf(normal=normal.number)
        ),
    },
    other=Leaf(normal=normal.number),
)


def quoted(text: str) -> str:
    """TXT content as character-strings of at most 255 bytes, the form that Cloudflare asks for.

    Content that is quoted already stays as it is. Space around unquoted content, such as the last line break of a YAML block,
    belongs to nobody.
    """
    plain = text.strip()
    if _QUOTED.fullmatch(plain):
        return plain
    raw = plain.encode()
    strings = [raw[start : start + STRING_BYTES] for start in range(0, max(len(raw), 1), STRING_BYTES)]
    return " ".join(f'"{"".join(map(_escaped, each))}"' for each in strings)


def _escaped(byte: int) -> str:
    """One byte of a character-string in presentation form (RFC 1035, 5.1)."""
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}"


def is_spf(text: t.Any) -> bool:
    return isinstance(text, str) and str(normal.txt(text)).casefold().split(" ")[0] == "v=spf1"


def txt_purpose(text: t.Any) -> str | None:
    """What a TXT record is for, where only one of that kind makes sense at a name: spf, dmarc, dkim, `x-verification`."""
    if not isinstance(text, str):
        return None
    plain = str(normal.txt(text)).casefold()
    for prefix, purpose in (
        ("v=spf1", "spf"),
        ("v=dmarc1", "dmarc"),
        ("v=dkim1", "dkim"),
        ("k=rsa", "dkim"),
        ("v=tlsrptv1", "tlsrpt"),
        ("v=stsv1", "sts"),
    ):
        if plain.startswith(prefix):
            return purpose
    site = re.match(r"([a-z0-9-]+-verification)=", plain)
    return site[1] if site else None


def merge_spf(name: str, texts: t.Sequence[str]) -> str:
    """One SPF record out of several: at a name only one may stand (RFC 7208, 3.2).

    Mechanisms keep the order in which they come, each once; the records must agree on how they end.
    """
    terms = [str(normal.txt(text)).split()[1:] for text in texts]
    if any(term.casefold().startswith("redirect=") for each in terms for term in each) and any(each != terms[0] for each in terms):
        raise PlanError(
            f"{name}: an SPF record with redirect= cannot be merged with another (RFC 7208, 6.1)",
            cloud="cloudflare",
            hint="Use include: and an ending such as ~all instead of redirect=",
        )
    endings = dict.fromkeys(term.casefold() for each in terms for term in each if _ENDING.fullmatch(term))
    if len(endings) > 1:
        raise PlanError(
            f"{name}: the SPF records to merge end differently: {', '.join(endings)}",
            cloud="cloudflare",
            hint="Let all of them end in the same policy, usually ~all",
        )
    mechanisms = dict.fromkeys(term for each in terms for term in each if not _ENDING.fullmatch(term))
    if sum(1 for term in mechanisms if _LOOKUP.match(term)) > SPF_LOOKUPS:
        raise PlanError(
            f"{name}: the SPF record would need more than {SPF_LOOKUPS} look-ups, which receivers treat as an error (RFC 7208, 4.6.4)",
            cloud="cloudflare",
            hint="Remove includes that send no mail for this domain",
        )
    return " ".join(["v=spf1", *mechanisms, *endings])
