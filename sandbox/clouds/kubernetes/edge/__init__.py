# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers at the estate's own domain names: DNS, address, load balancer, ingress, Service, pod, each as it is at that moment."""

from __future__ import annotations

import itertools
import time
import typing as t

from sandbox.authority import Pair
from sandbox.cloud import Service
from sandbox.clouds.kubernetes.controllers import endpoints, ingresses, programs
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.things import SERVICES, Thing, is_true
from sandbox.clouds.kubernetes.edge import balancer, certificates, dns, gateways, policies, routing
from sandbox.clouds.kubernetes.edge.balancer import Reached
from sandbox.http import Dropped, Match, Operation, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes import Kubernetes
    from sandbox.clouds.kubernetes.cluster import Cluster

PORTS = {"http": 80, "https": 443}
SOURCE = "kubernetes.io/docs/concepts/services-networking"
REQUEST = Operation("edge request", False, "assumed", SOURCE)  # what it changes, if anything, is not the infrastructure
HTML = {"Content-Type": "text/html"}
PAGE = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
PAGE += "</html>\r\n"
WORDS = {308: "308 Permanent Redirect", 404: "404 Not Found", 502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable"}
WORDS |= {504: "504 Gateway Time-out"}


class Edge(Service):
    """Every name of a zone that is active at Cloudflare. It holds no state of its own."""

    name = "edge"
    hosts = ()
    plain_http = True

    def seed(self) -> dict[str, t.Any]:
        return {}

    @property
    def names(self) -> tuple[str, ...]:
        zones = [each["name"] for each in dns.zones_of(self.cloud.world.state)]
        return tuple(pattern for each in zones for pattern in (each, f"*.{each}"))

    def resolves(self, host: str) -> bool:
        return dns.look_up(self.cloud.world.state, host) is not None

    def certificate(self, host: str) -> Pair | None:
        if self._found(host).proxied:
            return None  # Cloudflare's own, which everybody trusts
        reached = self._reach(host, "https")
        pair = certificates.presented(reached, host)
        if pair is None:
            raise Dropped  # what listens there speaks no TLS
        return pair

    def match(self, request: Request) -> Match | None:
        return Match(REQUEST, lambda: self.answer(request.method, request.scheme, request.host, request.path))

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        return _page(status)

    def expired(self, request: Request) -> Reply:
        return Reply.of_json({"detail": "Token expired"}, 401)

    @property
    def operations(self) -> list[Operation]:
        return [REQUEST]

    def entered(self, cluster: Cluster, host: str, scheme: str) -> Reached | None:
        """What a connection from inside a cluster to a name ends at, when that is the address of one of its own load balancers.

        The node hands it to a pod at once, so that policies see the pod and its port, not the address (kubernetes/kubernetes#78729).
        """
        found = dns.look_up(self.cloud.world.state, host)
        own = [Desk(cluster, time.time())]
        reached = (balancer.reach(own, each, PORTS[scheme]) for each in (found.addresses if found and not found.proxied else ()))
        return next((each for each in reached if each), None)

    # --- the way -----------------------------------------------------------

    def answer(self, method: str, scheme: str, host: str, path: str) -> Reply:
        """What a request gets. Raises Dropped when no connection comes about; also for who looks from inside the sandbox."""
        try:
            return self._forward(self._reach(host, scheme), method, scheme, host.lower(), path)
        except Dropped:
            if self._found(host).proxied:
                return Reply(522, b"error code: 522", {"Content-Type": "text/plain; charset=UTF-8"})
            raise

    def _found(self, host: str) -> dns.Found:
        found = dns.look_up(self.cloud.world.state, host)
        if found is None:
            raise Dropped
        return found

    def _reach(self, host: str, scheme: str) -> Reached:
        desks = [Desk(each, time.time()) for each in self._clusters()]
        for address in self._found(host).addresses:
            reached = balancer.reach(desks, address, PORTS[scheme])
            if reached:
                return reached
        raise Dropped

    def _clusters(self) -> list[Cluster]:
        """Every cluster, as it is now."""
        api = t.cast("Kubernetes", self.cloud).api
        for each in api.clusters:
            api.settle(each)
        return api.clusters

    def _forward(self, reached: Reached, method: str, scheme: str, host: str, path: str) -> Reply:
        controller = ingresses.controller_of(reached.pod, reached.service)
        if controller is None:
            return _run(reached.desk, reached.pod, reached.port, method, host, path)
        if controller.kind == ingresses.NGINX and path == "/healthz":
            return Reply(200)
        route = routing.find(reached.desk, controller, scheme, host, path)
        route = route or gateways.find(reached.desk, controller, scheme, host, path)
        entry = _entry_redirect(controller, scheme, host, path)
        plain = controller.kind != ingresses.NGINX
        if entry or (route and route.redirect):
            status, where = entry or t.cast(routing.Route, route).redirect or (308, "")
            return _page(status, plain).with_headers({"Location": where})
        if route is None:
            return _page(404, plain)
        return _through(reached.desk, controller, route, method, host)


def _entry_redirect(controller: ingresses.Controller, scheme: str, host: str, path: str) -> tuple[int, str] | None:
    """Traefik's redirection of a whole entry point."""
    to = controller.flags.get("entrypoints.web.http.redirections.entrypoint.to")
    if controller.kind != ingresses.TRAEFIK or scheme != "http" or to not in ("websecure", ":443"):
        return None
    permanent = controller.flags.get("entrypoints.web.http.redirections.entrypoint.permanent", "true") != "false"
    return (301 if permanent else 302), f"https://{host}{path}"


_turns = itertools.count()


def _through(desk: Desk, controller: ingresses.Controller, route: routing.Route, method: str, host: str) -> Reply:
    """From the controller's pod to one behind the Service, in turns."""
    plain = controller.kind != ingresses.NGINX
    service = desk.get(SERVICES, route.namespace, route.service)
    entry = _service_port(service, route.port) if service else None
    ready = [each for each in endpoints.behind(desk, service) if is_true(each, "Ready")] if service and entry else []
    if not ready or entry is None:
        return _page(503, plain)
    pod = ready[next(_turns) % len(ready)]
    port = endpoints.port_of(entry, pod)
    if port is None:
        return _page(503, plain)
    if not policies.lets_through(desk, controller.pod, pod, port):
        return _page(504, plain)
    return _run(desk, pod, port, method, host, route.path, plain)


def _service_port(service: Thing, wanted: int | str) -> Thing | None:
    ports = service["spec"].get("ports") or ()
    return next((each for each in ports if wanted in (each["port"], each.get("name"))), None)


def _run(desk: Desk, pod: Thing, port: int, method: str, host: str, path: str, plain: bool = False) -> Reply:
    container = programs.listening(pod, port)
    if container is None:
        return _page(502, plain)
    environment = desk.memory("pods").get(pod["metadata"]["uid"], {}).get("environment", {}).get(container["name"], {})
    return programs.answer(container, method, host, path, environment, pod["metadata"]["name"])


def _page(status: int, plain: bool = False) -> Reply:
    """An error as nginx shows it, or `plain` as Traefik does."""
    if not plain:
        return Reply(status, PAGE.format(WORDS.get(status, str(status))).encode(), HTML)
    words = {404: "404 page not found\n", 503: "no available server\n", 504: "Gateway Timeout", 502: "Bad Gateway"}
    return Reply(status, words.get(status, "").encode(), {"Content-Type": "text/plain; charset=utf-8"})
