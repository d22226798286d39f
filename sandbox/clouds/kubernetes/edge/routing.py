# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an ingress controller makes of a request: which of its rules fits, and which Service that leads to.

Sources: kubernetes.io/docs/concepts/services-networking/ingress (paths), kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration
(annotations), doc.traefik.io/traefik/reference (providers kubernetesIngress, kubernetesIngressNGINX, kubernetesGateway).
"""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.ingresses import Controller, served
from sandbox.clouds.kubernetes.controllers.things import Thing, annotations_of, namespace_of

NGINX = "nginx.ingress.kubernetes.io/"


class Route(t.NamedTuple):
    """Where a request goes. `port`: number or name of the Service's port. `redirect`: a status and where to instead."""

    namespace: str
    service: str
    port: int | str
    path: str
    redirect: tuple[int, str] | None = None


def fits_host(pattern: str | None, host: str) -> bool:
    """A rule's host: exact, one label by `*.`, or any."""
    if not pattern:
        return True
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return pattern.lower() == host


def find(desk: Desk, controller: Controller, scheme: str, host: str, path: str) -> Route | None:
    """The route of an Ingress; None when no rule fits."""
    best: tuple[tuple[int, int, int], Thing, Thing] | None = None
    for ingress in served(desk, controller):
        for rule in ingress["spec"].get("rules") or ():
            if not fits_host(rule.get("host"), host):
                continue
            for entry in (rule.get("http") or {}).get("paths") or ():
                weight = _weight(ingress, entry, path)
                if weight is not None:
                    found = ((_exactness(rule.get("host")), *weight), ingress, entry)
                    best = found if best is None or found[0] > best[0] else best
    if best is None:
        return _default(desk, controller, path)
    return _route(desk, controller, scheme, host, path, best[1], best[2])


def _exactness(host: str | None) -> int:
    return 0 if not host else 1 if host.startswith("*.") else 2


def _weight(ingress: Thing, entry: Thing, path: str) -> tuple[int, int] | None:
    """How well a path fits: the longest wins, an exact one before others of its length. None when it does not fit."""
    wanted, kind = entry.get("path") or "/", entry.get("pathType", "Prefix")
    if kind == "Exact":
        return (len(wanted), 1) if path == wanted else None
    if kind == "ImplementationSpecific" and annotations_of(ingress).get(f"{NGINX}use-regex") == "true":
        return (len(wanted), 0) if re.match(wanted, path, re.IGNORECASE) else None
    whole = wanted.rstrip("/")
    return (len(wanted), 0) if path == whole or path.startswith(f"{whole}/") else None


def _default(desk: Desk, controller: Controller, path: str) -> Route | None:
    for ingress in served(desk, controller):
        backend = (ingress["spec"].get("defaultBackend") or {}).get("service")
        if backend:
            return Route(namespace_of(ingress), backend["name"], _port(backend), path)
    return None


def _port(backend: Thing) -> int | str:
    port = backend.get("port") or {}
    return t.cast("int | str", port.get("number") or port.get("name") or 0)


def _route(desk: Desk, controller: Controller, scheme: str, host: str, path: str, ingress: Thing, entry: Thing) -> Route:
    backend = (entry.get("backend") or {}).get("service") or {}
    route = Route(namespace_of(ingress), backend.get("name", ""), _port(backend), _rewritten(ingress, entry, path))
    if scheme == "http" and controller.reads_nginx and _redirects(desk, controller, ingress, host):
        return route._replace(redirect=(308, f"https://{host}{path}"))
    return route


def _redirects(desk: Desk, controller: Controller, ingress: Thing, host: str) -> bool:
    """To HTTPS, as ingress-nginx does it for every host that has a certificate."""
    annotations = annotations_of(ingress)
    if annotations.get(f"{NGINX}force-ssl-redirect") == "true":
        return True
    if annotations.get(f"{NGINX}ssl-redirect", "true") != "true":
        return False
    every = [entry for each in served(desk, controller) for entry in each["spec"].get("tls") or ()]
    return any(fits_host(name, host) for entry in every for name in entry.get("hosts") or ())


def _rewritten(ingress: Thing, entry: Thing, path: str) -> str:
    target = annotations_of(ingress).get(f"{NGINX}rewrite-target")
    if not target:
        return path
    found = re.match(entry.get("path") or "/", path, re.IGNORECASE)
    groups = found.groups() if found else ()
    return re.sub(r"\$(\d)", lambda each: (groups[int(each[1]) - 1] or "") if int(each[1]) <= len(groups) else "", target)
