# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Gateway makes of a request: its listeners, and the HTTPRoutes attached to it.

Source: gateway-api.sigs.k8s.io/reference/spec (Gateway, HTTPRoute).
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.gateways import attached, of_controller
from sandbox.clouds.kubernetes.controllers.ingresses import Controller
from sandbox.clouds.kubernetes.controllers.things import HTTP_ROUTES, Thing, namespace_of
from sandbox.clouds.kubernetes.edge.routing import Route, fits_host


def listeners(desk: Desk, controller: Controller, scheme: str, host: str) -> Iterator[tuple[Thing, Thing]]:
    """Gateway and listener, for each listener that takes this host."""
    for gateway in of_controller(desk, controller):
        for listener in gateway["spec"]["listeners"]:
            if listener["protocol"].lower() == scheme and _listens(listener.get("hostname"), host):
                yield gateway, listener


def _listens(pattern: str | None, host: str) -> bool:
    """A listener's wildcard takes any number of labels."""
    if pattern and pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return fits_host(pattern, host)


def find(desk: Desk, controller: Controller, scheme: str, host: str, path: str) -> Route | None:
    best: tuple[int, Thing, Thing] | None = None
    for gateway, listener in listeners(desk, controller, scheme, host):
        for route in desk.all(HTTP_ROUTES):
            names = route["spec"].get("hostnames") or []
            if not attached(route, gateway, listener) or (names and not any(_listens(each, host) for each in names)):
                continue
            for rule in route["spec"].get("rules") or ():
                weight = _weight(rule, path)
                if weight is not None and (best is None or weight > best[0]):
                    best = (weight, route, rule)
    return _route(best[1], best[2], host, path) if best else None


def _weight(rule: Thing, path: str) -> int | None:
    every: list[Thing] = rule.get("matches") or [{}]
    found = [each for match in every if (each := _match(match.get("path") or {}, path)) is not None]
    return max(found, default=None)


def _match(wanted: Thing, path: str) -> int | None:
    value, kind = wanted.get("value", "/"), wanted.get("type", "PathPrefix")
    if kind == "Exact":
        return 2 * len(value) + 1 if path == value else None
    whole = value.rstrip("/")
    return 2 * len(value) if path == whole or path.startswith(f"{whole}/") else None


def _route(route: Thing, rule: Thing, host: str, path: str) -> Route:
    for each in rule.get("filters") or ():
        if each["type"] == "RequestRedirect":
            wanted = each["requestRedirect"]
            where = f"{wanted.get('scheme', 'https')}://{wanted.get('hostname', host)}{path}"
            return Route(namespace_of(route), "", 0, path, (wanted.get("statusCode", 302), where))
    backends = rule.get("backendRefs") or [{"name": "", "port": 0}]
    first = t.cast(Thing, backends[0])
    return Route(first.get("namespace") or namespace_of(route), first["name"], first.get("port", 0), path)
