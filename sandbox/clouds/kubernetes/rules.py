# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of custom resources (x-kubernetes-validations) that are evaluated: those written here in Python, by their message.

There is no interpreter of CEL: any other rule holds. Those here are of Gateways (kubernetes-sigs/gateway-api config/crd/standard, v1.4.1),
those in rules_route.py of HTTPRoutes.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox.clouds.kubernetes import rules_route
from sandbox.clouds.kubernetes.errors import Cause

Listener = Mapping[str, t.Any]


def check(schema: Mapping[str, t.Any], value: t.Any, path: str) -> Iterator[Cause]:
    """The rules of one place that a value there breaks, in the words of the server."""
    for rule in schema.get("x-kubernetes-validations") or ():
        message = rule.get("message", "")
        if message in HOLDS and not HOLDS[message](value):
            kind = "array" if isinstance(value, list) else "object"
            yield Cause(path, "FieldValueInvalid", f'Invalid value: "{kind}": {message}')


def _each(holds: Callable[[Listener], bool]) -> Callable[[Iterable[Listener]], bool]:
    return lambda listeners: all(map(holds, listeners))


def _speaks(listener: Listener, *protocols: str) -> bool:
    return listener["protocol"].upper() in protocols


def _are_distinct(listeners: t.Sequence[Listener]) -> bool:
    places = [(each["port"], each["protocol"], each.get("hostname")) for each in listeners]
    return len({*places}) == len(places)


HOLDS: dict[str, Callable[[t.Any], bool]] = {
    "certificateRefs or options must be specified when mode is Terminate": lambda tls: (
        tls.get("mode") != "Terminate" or bool(tls.get("certificateRefs") or tls.get("options"))
    ),
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']": _each(
        lambda each: not _speaks(each, "HTTP", "TCP", "UDP") or "tls" not in each
    ),
    "tls mode must be Terminate for protocol HTTPS": _each(
        lambda each: not _speaks(each, "HTTPS") or each.get("tls", {}).get("mode", "") in ("", "Terminate")
    ),
    "tls mode must be set for protocol TLS": _each(lambda each: not _speaks(each, "TLS") or bool(each.get("tls", {}).get("mode"))),
    "hostname must not be specified for protocols ['TCP', 'UDP']": _each(
        lambda each: not _speaks(each, "TCP", "UDP") or not each.get("hostname")
    ),
    "Combination of port, protocol and hostname must be unique for each listener": _are_distinct,
    **rules_route.HOLDS,
}
