# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP-01: a pod, a Service and an Ingress or HTTPRoute that answer for the token, and the question whether the world reaches them.

Source: cert-manager/cert-manager pkg/issuer/acme/http (http.go, pod.go, service.go, ingress.go, httproute.go).
"""

from __future__ import annotations

import time
import typing as t
import zlib
from contextlib import suppress

from sandbox.clouds.kubernetes.controllers.admission import Forbidden, admitted
from sandbox.clouds.kubernetes.controllers.desk import Desk
from sandbox.clouds.kubernetes.errors import ApiError, Json
from sandbox.clouds.kubernetes.operators.cert_manager.dns01 import Failed
from sandbox.clouds.kubernetes.operators.cert_manager.names import Installation
from sandbox.clouds.kubernetes.operators.objects import owner_of, reaches, reaches_pod
from sandbox.clouds.kubernetes.operators.outside import RESOLVER
from sandbox.http import Dropped, Reply

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes import Kubernetes
    from sandbox.clouds.kubernetes.cluster import Cluster
    from sandbox.clouds.kubernetes.edge import Edge

ROUTES = "gateway.networking.k8s.io/v1"
PORT = 8089
IMAGE = "quay.io/jetstack/cert-manager-acmesolver:v1.21.1"
COMPONENT = "cert-manager-challenges"
KINDS = (("v1", "pods"), ("v1", "services"), ("networking.k8s.io/v1", "ingresses"), (ROUTES, "httproutes"))


def present(cluster: Cluster, installation: Installation, challenge: Json) -> None:
    """What already is there stays. Raises Failed."""
    solver = challenge["spec"]["solver"]["http01"]
    routed = "gatewayHTTPRoute" in solver
    if routed and not installation.gateways:
        metadata = challenge["metadata"]
        raise Failed(f"couldn't Present challenge {metadata['namespace']}/{metadata['name']}: gateway api is not enabled")
    options = solver["gatewayHTTPRoute" if routed else "ingress"]
    things = [_pod(challenge), _service(challenge, options), _route(challenge, options) if routed else _ingress(challenge, options)]
    for thing in things:
        plural = next(plural for api, plural in KINDS if plural == f"{thing['kind'].lower()}s" or plural == f"{thing['kind'].lower()}es")
        where = challenge["metadata"]["namespace"]
        if cluster.get(thing["apiVersion"], plural, where, thing["metadata"]["name"]) is None:
            try:
                if thing["kind"] == "Pod":
                    thing = admitted(Desk(cluster, time.time()), thing, "cm-acme-http-solver-")
                cluster.write(thing["apiVersion"], plural, thing, manager=COMPONENT)
            except ApiError as error:
                raise Failed(error.message) from None
            except Forbidden as error:
                raise Failed(str(error)) from None


def missing(cluster: Cluster, challenge: Json) -> str:
    """Why the world does not get the answer, in the words of the self check; nothing when it does. Redirections are followed."""
    spec = challenge["spec"]
    name, path = spec["dnsName"], f"/.well-known/acme-challenge/{spec['token']}"
    url = f"http://{name}{path}"
    edge = t.cast("Kubernetes", cluster.api.cloud).edge
    trouble = f"dial tcp: lookup {name} on {RESOLVER}: no such host"
    if not reaches(cluster, "cert-manager", 53):
        trouble = f"dial tcp: lookup {name} on {RESOLVER}: i/o timeout"
    elif edge.resolves(name):
        trouble = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        with suppress(Dropped):
            reply = _asked(cluster, edge, "http", name, path)
            if reply.status in (301, 302, 307, 308):
                reply = _asked(cluster, edge, "https", name, path)
            if reply.status != 200:
                return f"wrong status code '{reply.status}', expected '200'"
            same = reply.body.decode() == spec["key"]
            return (
                ""
                if same
                else f'did not get expected response when querying endpoint, expected "{spec["key"]}" but got: {reply.body[:40]!r}'
            )
    return f"failed to perform self check GET request '{url}': Get \"{url}\": {trouble}"


def _asked(cluster: Cluster, edge: Edge, scheme: str, name: str, path: str) -> Reply:
    """What the controller itself gets. Raises Dropped."""
    inside = edge.entered(cluster, name, scheme)
    port = 80 if scheme == "http" else 443
    open_ = reaches_pod(cluster, "cert-manager", inside.pod, inside.port) if inside else reaches(cluster, "cert-manager", port)
    if not open_:
        raise Dropped
    return edge.answer("GET", scheme, name, path)


def clean_up(cluster: Cluster, installation: Installation, challenge: Json) -> None:
    where, name = challenge["metadata"]["namespace"], _name(challenge)
    for api_version, plural in KINDS:
        if cluster.get(api_version, plural, where, name) is not None:
            cluster.delete(api_version, plural, where, name)


# --- things --------------------------------------------------------------


def _name(challenge: Json) -> str:
    """The real ones end in five random characters; here they come from the challenge, so that nothing has to be remembered."""
    return f"cm-acme-http-solver-{zlib.crc32(challenge['spec']['url'].encode()):08x}"[:25]


def _labels(challenge: Json) -> dict[str, str]:
    marks = {"http-domain": challenge["spec"]["dnsName"], "http-token": challenge["spec"]["token"]}
    numbers = {f"acme.cert-manager.io/{name}": str(zlib.adler32(text.encode())) for name, text in marks.items()}
    return numbers | {"acme.cert-manager.io/http01-solver": "true"}


def _new(challenge: Json, api_version: str, kind: str, spec: Json, annotations: dict[str, str] | None = None) -> Json:
    metadata = {
        "name": _name(challenge),
        "namespace": challenge["metadata"]["namespace"],
        "labels": _labels(challenge),
        "ownerReferences": [owner_of(challenge)],
    } | ({"annotations": annotations} if annotations else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _pod(challenge: Json) -> Json:
    spec = challenge["spec"]
    container = {
        "name": "acmesolver",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "args": [f"--listen-port={PORT}", f"--domain={spec['dnsName']}", f"--token={spec['token']}", f"--key={spec['key']}"],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
    }
    # It stands in the namespace of the certificate, whose pods may have to be restricted ones.
    pod = {
        "restartPolicy": "OnFailure",
        "enableServiceLinks": False,
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "containers": [container],
    }
    return _new(challenge, "v1", "Pod", pod)


def _service(challenge: Json, options: Json) -> Json:
    port = {"name": "http", "port": PORT, "targetPort": PORT, "protocol": "TCP"}
    spec = {"type": options.get("serviceType") or "NodePort", "ports": [port], "selector": _labels(challenge)}
    return _new(challenge, "v1", "Service", spec, {"auth.istio.io/8089": "NONE"})


def _ingress(challenge: Json, options: Json) -> Json:
    spec = challenge["spec"]
    path = {
        "path": f"/.well-known/acme-challenge/{spec['token']}",
        "pathType": "Exact",
        "backend": {"service": {"name": _name(challenge), "port": {"number": PORT}}},
    }
    rules = {"rules": [{"host": spec["dnsName"], "http": {"paths": [path]}}]}
    marks = {"nginx.ingress.kubernetes.io/whitelist-source-range": "0.0.0.0/0,::/0"}
    if options.get("ingressClassName"):
        return _new(challenge, "networking.k8s.io/v1", "Ingress", {"ingressClassName": options["ingressClassName"]} | rules, marks)
    if options.get("class"):
        marks |= {"kubernetes.io/ingress.class": options["class"]}
    return _new(challenge, "networking.k8s.io/v1", "Ingress", rules, marks)


def _route(challenge: Json, options: Json) -> Json:
    spec = challenge["spec"]
    rule = {
        "matches": [{"path": {"type": "Exact", "value": f"/.well-known/acme-challenge/{spec['token']}"}}],
        "backendRefs": [{"group": "", "kind": "Service", "name": _name(challenge), "port": PORT, "weight": 1}],
    }
    route = _new(challenge, ROUTES, "HTTPRoute", {"parentRefs": options["parentRefs"], "hostnames": [spec["dnsName"]], "rules": [rule]})
    route["metadata"]["labels"] = (options.get("labels") or {}) | route["metadata"]["labels"]
    return route
