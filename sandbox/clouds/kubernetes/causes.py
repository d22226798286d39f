# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with a value, in the server's words (k8s.io/apimachinery/pkg/util/validation and its field/errors.go)."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes import names
from sandbox.clouds.kubernetes.errors import Cause, Json

PROTOCOLS = ("SCTP", "TCP", "UDP")
_PERCENT = re.compile("[0-9]+%")
_PORT_NAME = re.compile("[-a-z0-9]+")
_LARGEST_ID = 2147483647


def required(path: str, more: str = "") -> Cause:
    return Cause(path, "FieldValueRequired", f"Required value{f': {more}' if more else ''}")


def wrong(path: str, value: t.Any, why: str) -> Cause:
    return Cause(path, "FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {why}")


def unsupported(path: str, value: t.Any, known: t.Iterable[str]) -> Cause:
    listed = ", ".join(f'"{each}"' for each in sorted(known))
    return Cause(path, "FieldValueNotSupported", f"Unsupported value: {json.dumps(value)}: supported values: {listed}")


def duplicate(path: str, value: t.Any) -> Cause:
    return Cause(path, "FieldValueDuplicate", f"Duplicate value: {json.dumps(value)}")


def forbidden(path: str, why: str) -> Cause:
    return Cause(path, "FieldValueForbidden", f"Forbidden: {why}")


def not_negative(found: Json, path: str, *fields: str) -> Iterator[Cause]:
    for name in fields:
        if isinstance(found.get(name), int) and found[name] < 0:
            yield wrong(f"{path}.{name}", found[name], "must be greater than or equal to 0")


def amount_or_percent(value: t.Any, path: str, *, whole: bool = False) -> Iterator[Cause]:
    """`whole`: no more than there are."""
    if isinstance(value, str) and not _PERCENT.fullmatch(value):
        text = (
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is"
        )
        yield wrong(path, value, f"{text} '[0-9]+%')")
    elif isinstance(value, str) and whole and int(value[:-1]) > 100:
        yield wrong(path, value, "must not be greater than 100%")
    elif isinstance(value, int) and value < 0:
        yield wrong(path, value, "must be greater than or equal to 0")


def port(value: t.Any, path: str) -> Iterator[Cause]:
    """A number or the name of a port."""
    if isinstance(value, str):
        yield from (wrong(path, value, why) for why in _port_name_problems(value))
    elif not 1 <= (value or 0) <= 65535:
        yield wrong(path, value or 0, "must be between 1 and 65535, inclusive")


def _port_name_problems(name: str) -> Iterator[str]:
    if len(name) > 15:
        yield "must be no more than 15 characters"
    if not _PORT_NAME.fullmatch(name):
        yield "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        yield "must contain at least one letter (a-z)"
    if "--" in name:
        yield "must not contain consecutive hyphens"
    if name.startswith("-") or name.endswith("-"):
        yield "must not begin or end with a hyphen"


def user_or_group(found: Json, path: str, *fields: str) -> Iterator[Cause]:
    for name in fields:
        if found.get(name) is not None and not 0 <= found[name] <= _LARGEST_ID:
            yield wrong(f"{path}.{name}", found[name], f"must be between 0 and {_LARGEST_ID}, inclusive")


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network that a CIDR means; None when it is none."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def cidr(text: str, path: str) -> Iterator[Cause]:
    if network(text) is None:
        yield wrong(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")


def label_selector(selector: Json | None, path: str) -> Iterator[Cause]:
    yield from names.labels((selector or {}).get("matchLabels"), f"{path}.matchLabels")
    for index, each in enumerate((selector or {}).get("matchExpressions") or ()):
        place = f"{path}.matchExpressions[{index}]"
        if each.get("operator") in ("In", "NotIn"):
            if not each.get("values"):
                yield required(f"{place}.values", "must be specified when `operator` is 'In' or 'NotIn'")
        elif each.get("operator") in ("Exists", "DoesNotExist"):
            if each.get("values"):
                yield forbidden(f"{place}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        else:
            yield wrong(f"{place}.operator", each.get("operator", ""), "not a valid selector operator")
        bad = names.key_problem(each.get("key", ""))
        if bad:
            yield wrong(f"{place}.key", each.get("key", ""), bad)
