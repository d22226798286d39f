# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quantities: `500m`, `1Gi`, in the one form in which the server keeps each (k8s.io/apimachinery/pkg/api/resource)."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal

PATTERN = r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BY_EXPONENT = {exponent: suffix for suffix, exponent in _DECIMAL.items()}


def number(text: str) -> Decimal:
    """The number that a quantity means. Raises ValueError when it is none, in the server's words."""
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"quantities must match the regular expression '{PATTERN}'")
    mantissa, suffix = Decimal(found[1]), found[2] or ""
    if suffix in _BINARY[1:]:
        return mantissa * Decimal(1024 ** _BINARY.index(suffix))
    exponent = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    return mantissa.scaleb(exponent)


def canonical(text: str) -> str:
    """`1000m` is kept as `1`, `0.5` as `500m`, `1024Mi` as `1Gi`. Raises ValueError when it is none."""
    value = number(text)
    found = _FORM.fullmatch(text)
    suffix = (found[2] if found else None) or ""
    if suffix in _BINARY[1:] and abs(value) >= 1024:
        return _binary(value)
    return _decimal(value, exponent=suffix[:1] in ("e", "E") and len(suffix) > 1)


def _binary(value: Decimal) -> str:
    whole = int(value.to_integral_value(ROUND_CEILING))
    power = 0
    while whole % 1024 == 0 and power < len(_BINARY) - 1:
        whole //= 1024
        power += 1
    return f"{whole}{_BINARY[power]}"


def _decimal(value: Decimal, *, exponent: bool) -> str:
    """The largest suffix, by thousands, that leaves no fraction; nothing is finer than a billionth."""
    nano = int(value.scaleb(9).to_integral_value(ROUND_CEILING))
    if nano == 0:
        return "0"
    power = -9
    while nano % 1000 == 0 and power < 18:
        nano //= 1000
        power += 3
    if exponent:
        return f"{nano}e{power}" if power else str(nano)
    return f"{nano}{_BY_EXPONENT[power]}"
