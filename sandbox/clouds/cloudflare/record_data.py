# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record types whose value comes in parts: `data` is what clients send, `content` is what Cloudflare composes from it.

The parts and their order are those of the SDK's models (cloudflare/types/dns/*_record.py) and of the record types' RFCs. The form of
`content` follows the examples in developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types and the answers that
octodns-cloudflare keeps as test data ("IN LOC ...", quoted NAPTR parts with a final dot).
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.clouds.cloudflare import names
from sandbox.clouds.cloudflare.wire import Json, error


@dataclass(frozen=True)
class Part:
    """One part of a record's data: its normal form (ValueError when it has none), and how it looks in the content."""

    name: str
    normal: Callable[[t.Any], t.Any]
    shown: Callable[[t.Any], str] = str
    code: int = 9101


def whole(value: t.Any, most: int = 65535) -> int:
    """A number; 10.0 is one too, because typed clients send floats."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or not 0 <= value <= most:
        raise ValueError(f"{value!r} is no number between 0 and {most}")
    return int(value)


def _text(value: t.Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _matching(pattern: str) -> Callable[[t.Any], str]:
    def normal(value: t.Any) -> str:
        if not re.fullmatch(pattern, _text(value)):
            raise ValueError(f"{value!r} is not of the form {pattern}")
        return t.cast(str, value)

    return normal


def _base64(value: t.Any) -> str:
    try:
        base64.b64decode(re.sub(r"\s", "", _text(value)), validate=True)
    except binascii.Error as broken:
        raise ValueError("no base64") from broken
    return t.cast(str, value)


def _target(value: t.Any) -> str:
    return "." if value == "." else names.host(_text(value))


def _dotted(value: t.Any) -> str:
    """A target that keeps its final dot: SVCB, HTTPS and NAPTR."""
    return value if _text(value) == "." else names.host(value) + ("." if value.endswith(".") else "")


def _quoted(value: str) -> str:
    return f'"{value}"'


def _number(name: str, most: int = 65535, code: int = 9101) -> Part:
    return Part(name, lambda value: whole(value, most), code=code)


_HEX = _matching(r"(?:[0-9A-Fa-f]{2})+")
_ASSOCIATION = (_number("usage", 255), _number("selector", 255), _number("matching_type", 255), Part("certificate", _HEX))
_SERVICE = (_number("priority"), Part("target", _dotted), Part("value", lambda value: _text(value).strip()))

PARTS: dict[str, Sequence[Part]] = {
    "CAA": (
        _number("flags", 255),
        Part("tag", lambda value: _matching("issue|issuewild|issuemail|issuevmc|iodef|contactemail|contactphone")(_text(value).lower())),
        Part("value", _text, _quoted),
    ),
    "CERT": (_number("type"), _number("key_tag"), _number("algorithm", 255), Part("certificate", _base64)),
    "DNSKEY": (_number("flags"), _number("protocol", 255), _number("algorithm", 255), Part("public_key", _base64)),
    "DS": (_number("key_tag"), _number("algorithm", 255), _number("digest_type", 255), Part("digest", _HEX)),
    "HTTPS": _SERVICE,
    "NAPTR": (
        _number("order"),
        _number("preference"),
        Part("flags", _text, _quoted),
        Part("service", _text, _quoted),
        Part("regex", _text, _quoted),
        Part("replacement", _dotted),
    ),
    "SMIMEA": _ASSOCIATION,
    "SRV": (_number("priority", code=9008), _number("weight", code=9017), _number("port", code=9018), Part("target", _target, code=9019)),
    "SSHFP": (_number("algorithm", 255), _number("type", 255), Part("fingerprint", _HEX)),
    "SVCB": _SERVICE,
    "TLSA": _ASSOCIATION,
    "URI": (_number("weight"), Part("target", _text, _quoted)),
}

_WORDS = {
    9008: "Invalid priority, priority must be set and be between 0 and 65535",
    9017: "Invalid weight value. Must be between 0 and 65,535.",
    9018: "Invalid port value. Must be between 0 and 65,535.",
    9019: "Invalid domain name for a SRV target host.",
}


def normal_data(kind: str, sent: t.Any) -> tuple[Json, list[Json]]:
    """The data in normal form, and every error in it. Parts that the type does not have are dropped, as old clients send some."""
    if not isinstance(sent, dict):
        return {}, [error(9100, "data is a required field.")]
    normal: Json = {}
    errors: list[Json] = []
    for part in parts(kind):
        if sent.get(part.name) is None:
            errors.append(error(9101, f"{part.name} is a required data field."))
            continue
        try:
            normal[part.name] = part.normal(sent[part.name])
        except (ValueError, UnicodeError):
            errors.append(error(part.code, _WORDS.get(part.code, f"Invalid {part.name} value for a {kind} record.")))
    return normal, errors


def content_of(kind: str, data: Json) -> str:
    if kind == "LOC":
        return (
            "IN LOC {lat_degrees} {lat_minutes} {lat_seconds:g} {lat_direction} {long_degrees} {long_minutes} {long_seconds:g} "
            "{long_direction} {altitude:g}m {size:g}m {precision_horz:g}m {precision_vert:g}m"
        ).format(**data)
    return " ".join(part.shown(data[part.name]) for part in parts(kind)).strip()


def parts(kind: str) -> Sequence[Part]:
    return LOCATION if kind == "LOC" else PARTS[kind]


def _degree(name: str, most: float, code: int, *, fraction: bool = False, least: float = 0) -> Part:
    def normal(value: t.Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise ValueError(f"{value!r} is not between {least} and {most}")
        return value if fraction else whole(value, int(most))

    return Part(name, normal, code=code)


# The limits are those of the API's former list of error codes; the codes are counted on from the known ones around them.
LOCATION = (
    _degree("lat_degrees", 90, 9024),
    _degree("lat_minutes", 59, 9025),
    _degree("lat_seconds", 59.999, 9026, fraction=True),
    Part("lat_direction", _matching("[NS]"), code=9027),
    _degree("long_degrees", 180, 9028),
    _degree("long_minutes", 59, 9029),
    _degree("long_seconds", 59.999, 9030, fraction=True),
    Part("long_direction", _matching("[EW]"), code=9031),
    _degree("altitude", 42849672.95, 9032, fraction=True, least=-100000),
    _degree("size", 90000000, 9033, fraction=True),
    _degree("precision_horz", 90000000, 9034, fraction=True),
    _degree("precision_vert", 90000000, 9035, fraction=True),
)
