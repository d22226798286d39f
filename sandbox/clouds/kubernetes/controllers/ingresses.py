# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ingress controllers that run in the cluster: what each of them serves, and the address that it writes into Ingresses.

Sources: charts ingress-nginx 4.15.1 and traefik 41.3.0 (arguments, class controllers), kubernetes.io/docs/concepts/services-networking.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from sandbox.clouds.kubernetes.controllers import programs
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.controllers.endpoints import behind
from sandbox.clouds.kubernetes.controllers.things import (
    CLASSES,
    INGRESSES,
    SERVICES,
    Thing,
    annotations_of,
    is_true,
    leaving,
)

NGINX, TRAEFIK, ISTIO = "k8s.io/ingress-nginx", "traefik.io/ingress-controller", "istio.io/gateway-controller"
PROGRAMS = {"controller": NGINX, "controller-chroot": NGINX, "traefik": TRAEFIK, "proxyv2": ISTIO}
OLD_CLASS = "kubernetes.io/ingress.class"


class Controller(t.NamedTuple):
    """An ingress controller by one of its pods. `flags`: its arguments, names in small letters."""

    kind: str
    pod: Thing
    service: Thing
    flags: dict[str, str]

    def has(self, flag: str) -> bool:
        """Whether a switch is set, or anything below it."""
        return any(name == flag or name.startswith(f"{flag}.") for name, value in self.flags.items() if value.lower() != "false")

    @property
    def reads_nginx(self) -> bool:
        """Whether it goes by the annotations of ingress-nginx."""
        return self.kind == NGINX or self.has("providers.kubernetesingressnginx")

    @property
    def classes(self) -> set[str]:
        """The values of IngressClass.spec.controller that it answers for."""
        if self.kind == NGINX:
            return {self.flags.get("controller-class", NGINX)}
        found = {TRAEFIK} if self.has("providers.kubernetesingress") else set()
        if self.has("providers.kubernetesingressnginx"):
            found.add(self.flags.get("providers.kubernetesingressnginx.controllerclass", NGINX))
        return found

    @property
    def name(self) -> str:
        """The field manager under which it writes."""
        return "nginx-ingress-controller" if self.kind == NGINX else "traefik"


def controller_of(pod: Thing, service: Thing) -> Controller | None:
    """What a pod is, by its image; None for a program that takes requests itself."""
    container = pod["spec"]["containers"][0]
    kind = PROGRAMS.get(programs.what(container))
    if kind is None or (kind == NGINX and "ingress-nginx/" not in container["image"]):
        return None
    words = [each.lstrip("-") for each in (*(container.get("command") or ()), *(container.get("args") or ())) if each.startswith("--")]
    flags = {name.lower(): value or "true" for name, _, value in (each.partition("=") for each in words)}
    return Controller(kind, pod, service, flags)


def controllers(desk: Desk) -> Iterator[Controller]:
    """Those that run behind a Service of type LoadBalancer, one pod for each."""
    for service in desk.all(SERVICES):
        if service["spec"].get("type") == "LoadBalancer":
            ready = (each for each in behind(desk, service) if is_true(each, "Ready"))
            found = next((each for pod in ready if (each := controller_of(pod, service))), None)
            if found:
                yield found


def served(desk: Desk, controller: Controller) -> list[Thing]:
    """The Ingresses that a controller answers for."""
    classes = {each["metadata"]["name"]: each["spec"].get("controller") for each in desk.all(CLASSES)}
    found = []
    for ingress in desk.all(INGRESSES):
        name = ingress["spec"].get("ingressClassName") or annotations_of(ingress).get(OLD_CLASS)
        if name is None:
            mine = controller.flags.get("watch-ingress-without-class") == "true"
        else:
            mine = classes.get(name) in controller.classes or name == _named_class(controller)
        if mine and not leaving(ingress):
            found.append(ingress)
    return found


def _named_class(controller: Controller) -> str | None:
    """A class that it serves by name, without an IngressClass object."""
    if controller.kind == NGINX:
        return None
    names = ("providers.kubernetesingressnginx.ingressclass", "providers.kubernetesingress.ingressclass")
    return next((controller.flags[each] for each in names if each in controller.flags), None)


def addresses(service: Thing) -> list[str]:
    """Where a Service is reached from outside."""
    shown = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return [each["ip"] for each in shown if "ip" in each]


def reconcile(desk: Desk) -> None:
    for controller in controllers(desk):
        shown = [{"ip": each} for each in addresses(controller.service)]
        for ingress in served(desk, controller):
            desk.status(INGRESSES, ingress, {"loadBalancer": {"ingress": shown} if shown else {}}, controller.name)
