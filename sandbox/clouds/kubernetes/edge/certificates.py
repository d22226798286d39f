# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate that an ingress controller presents for a host name.

nginx goes by the hosts of an Ingress's `tls` (and falls back when the certificate is for other names); Traefik goes by the names in all
certificates that it has; a Gateway goes by its listeners. Without one they present what they have made for themselves.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator

from sandbox.authority import Pair, covers, presenting, self_signed
from sandbox.clouds.kubernetes.controllers import ingresses
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import SECRETS, namespace_of
from sandbox.clouds.kubernetes.edge import gateways
from sandbox.clouds.kubernetes.edge.balancer import Reached
from sandbox.clouds.kubernetes.edge.routing import fits_host

_defaults: dict[str, Pair] = {}


def presented(reached: Reached, host: str) -> Pair | None:
    """None: what was reached does not speak TLS."""
    controller = ingresses.controller_of(reached.pod, reached.service)
    if controller is None:
        return None
    for pair in _candidates(reached.desk, controller, host.lower()):
        if covers(pair, host.lower()) and _usable(pair):
            return pair
    return _default(reached.desk, controller)


def _candidates(desk: Desk, controller: ingresses.Controller, host: str) -> Iterator[Pair]:
    for gateway, listener in gateways.listeners(desk, controller, "https", host):
        for each in (listener.get("tls") or {}).get("certificateRefs") or ():
            yield from _secret(desk, each.get("namespace") or namespace_of(gateway), each["name"])
    for ingress in ingresses.served(desk, controller):
        for entry in ingress["spec"].get("tls") or ():
            hosts = entry.get("hosts") or [each.get("host") for each in ingress["spec"].get("rules") or ()]
            if controller.kind != ingresses.NGINX or any(fits_host(each, host) for each in hosts):
                yield from _secret(desk, namespace_of(ingress), entry.get("secretName", ""))


def _secret(desk: Desk, namespace: str, name: str) -> Iterator[Pair]:
    data = (desk.get(SECRETS, namespace, name) or {}).get("data") or {}
    if "tls.crt" in data and "tls.key" in data:
        chain, key = (base64.b64decode(data[each]).decode("latin-1") for each in ("tls.crt", "tls.key"))
        yield Pair(chain, key)


def _usable(pair: Pair) -> bool:
    try:
        presenting(pair)
    except (ssl.SSLError, ValueError):
        return False
    return True


def _default(desk: Desk, controller: ingresses.Controller) -> Pair:
    wanted = controller.flags.get("default-ssl-certificate", "")
    for pair in _secret(desk, *wanted.split("/", 1)) if "/" in wanted else ():
        if _usable(pair):
            return pair
    if controller.kind not in _defaults:
        if controller.kind == ingresses.NGINX:
            _defaults[controller.kind] = self_signed("Acme Co", "Kubernetes Ingress Controller Fake Certificate", ["ingress.local"])
        else:
            _defaults[controller.kind] = self_signed("Traefik", "TRAEFIK DEFAULT CERT", ["traefik.default"])
    return _defaults[controller.kind]
