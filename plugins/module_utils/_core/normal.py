# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Normal forms: two values are the same if their normal forms are equal.

Every function here maps a value to its normal form, so the comparisons built on them are equivalence relations by
construction. A value that does not have the expected form is returned as it is: odd values then compare exactly.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
import typing as t
from datetime import timedelta

Normal = t.Callable[[t.Any], t.Any]


def exact(value: t.Any) -> t.Any:
    return value


def folded(value: t.Any) -> t.Any:
    """Text without regard to case, as Azure treats enums and names."""
    return value.casefold() if isinstance(value, str) else value


def location(value: t.Any) -> t.Any:
    """An Azure region: 'Korea Central' is koreacentral."""
    return re.sub(r"\s", "", value).casefold() if isinstance(value, str) else value


def arm_id(value: t.Any) -> t.Any:
    """An Azure resource id: case carries no meaning, and services return other cases than were sent."""
    return value.strip().rstrip("/").casefold() if isinstance(value, str) else value


def last_segment(value: t.Any) -> t.Any:
    """The name at the end of an id, where the cloud may return another parent (role definitions)."""
    return value.rstrip("/").rpartition("/")[2].casefold() if isinstance(value, str) else value


_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE)


def duration(value: t.Any) -> t.Any:
    """An ISO 8601 duration of days and less: PT5M is PT05M is PT300S."""
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found or not any(found.groups()):
        return value
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def dns_name(value: t.Any) -> t.Any:
    """A host name: case and the final dot carry no meaning. A lone dot (null MX, RFC 7505) stays."""
    if not isinstance(value, str):
        return value
    name = value.strip().casefold()
    return name if name == "." else name.rstrip(".")


def ip(value: t.Any) -> t.Any:
    """An IP address or network in its shortest form (RFC 5952)."""
    try:
        return str(ipaddress.ip_address(value)) if "/" not in value else str(ipaddress.ip_network(value, strict=False))
    except (ValueError, TypeError):
        return value


_STRINGS = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPES = re.compile(rb"\\(\d{3}|.)", re.DOTALL)


def txt(value: t.Any) -> t.Any:
    """TXT content: quoted character-strings (RFC 1035) joined, escapes resolved; unquoted text stands for itself."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    strings = _STRINGS.findall(text)
    if not strings or _STRINGS.sub("", text).strip():
        return text
    return _ESCAPES.sub(_byte, "".join(strings).encode()).decode("utf-8", "replace")


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1]) % 256]) if len(escape[1]) == 3 else escape[1]


def number(value: t.Any) -> t.Any:
    """A number, whether it comes as 10, 10.0 or "10"."""
    if isinstance(value, bool):
        return value
    try:
        found = float(value)
    except (TypeError, ValueError):
        return value
    if not math.isfinite(found):
        return value  # "NaN" is a word here: as a number it would differ from itself for ever
    return int(found) if found.is_integer() else found


_QUANTITY = re.compile(r"([0-9.]+)([A-Za-z]*)")
_SUFFIXES = {"m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def quantity(value: t.Any) -> t.Any:
    """A Kubernetes quantity: 1 is 1000m, 1Gi is 1024Mi."""
    found = _QUANTITY.fullmatch(str(value).strip())
    if not found or found[2] not in _SUFFIXES:
        return value
    try:
        return round(float(found[1]) * _SUFFIXES[found[2]], 6)
    except ValueError:
        return value


def json_document(value: t.Any) -> t.Any:
    """A JSON document given as text or as data: layout and the order of keys carry no meaning."""
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_constant=_refuse_constant)
        except ValueError:
            return value
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


def _refuse_constant(name: str) -> t.NoReturn:
    """NaN and Infinity are Python's, not JSON's; and a NaN would differ from itself for ever."""
    raise ValueError(name)


def set_of(item: Normal = exact) -> Normal:
    """A list whose order and repetitions carry no meaning; None is the empty set."""

    def normal(value: t.Any) -> t.Any:
        if not isinstance(value, (list, tuple, set, type(None))):
            return value
        return frozenset(_hashable(item(each)) for each in value or ())

    return normal


def _hashable(value: t.Any) -> t.Any:
    return value if isinstance(value, t.Hashable) else json.dumps(value, sort_keys=True, default=str)
