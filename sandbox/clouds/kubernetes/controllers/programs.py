# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs do when they run, as far as their image and their command tell: exit, stay, and which probes they answer.

An image of a registry of Azure's is taken for the estate's backend; its answers are those of `backend`.
"""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.kubernetes import backend
from sandbox.clouds.kubernetes.controllers import images
from sandbox.clouds.kubernetes.controllers.things import Thing
from sandbox.http import Reply

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

ADD_ONS = re.compile(r"/(traefik|ingress-nginx/[\w-]+|cert-manager-[\w-]+|external-secrets|kube-webhook-certgen|proxyv2)[:@]")


def exit_code(container: Thing) -> int | None:
    """With what the program ends, when its command says that it ends; None: it stays or does what it has to do."""
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    if not words:
        return None
    if words[0] in ("false", "/bin/false"):
        return 1
    if words[0] in ("true", "/bin/true"):
        return 0
    found = re.search(r"\bexit (\d+)", words[-1])
    return int(found[1]) if found else None


def refuses(container: Thing, environment: t.Mapping[str, str]) -> bool:
    """Whether a program does not even start with these variables. Values may be secret: they are looked at, not kept."""
    return is_backend(container) and not backend.starts(environment)


# What keeps a program that ends from ending now, asked as `(cluster, pod)`: those who know such programs add to it.
BUSY: list[t.Callable[[Cluster, Thing], bool]] = []


def serves(container: Thing) -> bool:
    """Whether a program goes on until it is stopped, also where its pod is to run to an end: cert-manager's solver."""
    return what(container) == "cert-manager-acmesolver"


def failing_probe(container: Thing, kind: str) -> str | None:
    """Why a probe fails, or None. A program that is not known answers every probe."""
    probe = container.get(kind)
    if not probe or not is_backend(container):
        return None
    request = probe.get("httpGet")
    if request is None:
        return None
    port = port_number(container, request.get("port"))
    if port is None:
        return f'couldn\'t find port: {request.get("port")} in container "{container["name"]}"'
    ports = [each["containerPort"] for each in container.get("ports") or ()]
    if ports and port not in ports:
        return f'Get "http://$(POD_IP):{port}{request.get("path", "/")}": dial tcp $(POD_IP):{port}: connect: connection refused'
    status = answer(container, "GET", "", request.get("path", "/"), {}).status
    return None if 200 <= status < 400 else f"HTTP probe failed with statuscode: {status}"


def answer(container: Thing, method: str, host: str, path: str, environment: t.Mapping[str, str], pod: str = "") -> Reply:
    """What a program says to an HTTP request. `environment`: digests of what it was started with."""
    if is_backend(container):
        return backend.answer(method, path, environment, pod)
    known = what(container)
    if known == "cert-manager-acmesolver":
        return _solve(container, host, path)
    if known in ("controller", "controller-chroot"):
        return Reply(200 if path == "/healthz" else 404)
    if known == "proxyv2":
        return Reply(404)
    if known == "traefik":
        return Reply(404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"})
    if known in ("nginx", "nginx-unprivileged") and path not in ("/", "/index.html"):
        return Reply(404)
    return Reply(200, b"ok\n", {"Content-Type": "text/plain"})


def _solve(container: Thing, host: str, path: str) -> Reply:
    """cert-manager's solver of HTTP-01 challenges (cmd/acmesolver): one token, for one domain."""
    flags = {name.lstrip("-"): value for name, _, value in (each.partition("=") for each in container.get("args") or ())}
    if host not in ("", flags.get("domain")) or path != f"/.well-known/acme-challenge/{flags.get('token')}":
        return Reply(404)
    return Reply(200, flags.get("key", "").encode(), {"Content-Type": "text/plain; charset=utf-8"})


def listening(pod: Thing, port: int) -> Thing | None:
    """The container that takes connections on a port: the one that says so; without any word about ports, the first."""
    containers: list[Thing] = pod["spec"]["containers"]
    for container in containers:
        if any(each["containerPort"] == port for each in container.get("ports") or ()):
            return container
    return None if any(each.get("ports") for each in containers) else containers[0]


def what(container: Thing) -> str:
    """The last part of the image's name, which mirrors keep."""
    image = images.parse(container["image"])
    return image.repository.rpartition("/")[2] if image else ""


def is_backend(container: Thing) -> bool:
    """An image of the estate's own registry, unless it is a mirrored add-on."""
    image = images.parse(container["image"])
    own = image is not None and image.registry.endswith(".azurecr.io")
    return own and not ADD_ONS.search(container["image"])


def port_number(container: Thing, wanted: int | str | None) -> int | None:
    """A port by its number or its name."""
    if isinstance(wanted, int):
        return wanted
    return next((each["containerPort"] for each in container.get("ports") or () if each.get("name") == wanted), None)
