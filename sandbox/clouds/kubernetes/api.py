# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API servers of all clusters: from a host name to a cluster, and from a request to its answer."""

from __future__ import annotations

import secrets
import time
import typing as t
from uuid import uuid4

from sandbox.cloud import Service
from sandbox.clouds.azure.arm.types import state_of
from sandbox.clouds.kubernetes import bootstrap, discovery, endpoints, impersonation, login, openapi, rights, tokens
from sandbox.clouds.kubernetes.calls import Call, call_of, every_operation, operation_of
from sandbox.clouds.kubernetes.cluster import Cluster
from sandbox.clouds.kubernetes.errors import ApiError, Json, no_such_path
from sandbox.clouds.kubernetes.resources import BUILT_IN
from sandbox.http import Match, Operation, Refusal, Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure import Azure

CLUSTERS = "Microsoft.ContainerService/managedClusters"


class Api(Service):
    """Every API server that AKS runs. A cluster is made when it is first asked, and goes with its AKS record."""

    name = "api"
    hosts = ("*.azmk8s.io",)

    def __init__(self, cloud: t.Any) -> None:
        super().__init__(cloud)
        self._clusters: dict[str, Cluster] = {}

    def seed(self) -> dict[str, t.Any]:
        return {"clusters": {}}

    @property
    def azure(self) -> Azure:
        return t.cast("Azure", next(each for each in self.cloud.world.clouds if each.name == "azure"))

    # --- clusters ------------------------------------------------------------------------

    def resolves(self, host: str) -> bool:
        self._forget_gone()
        return self._record_of(host) is not None

    def _record_of(self, host: str) -> Json | None:
        for record in self.azure.arm.data["resources"].values():
            if record["type"] == CLUSTERS and record.get("fqdn") == host.lower():
                ready = state_of(record) != "Creating" and not record.get("stopped")
                return t.cast(Json, record) if ready else None
        return None

    def cluster_of(self, host: str) -> Cluster | None:
        """The cluster that answers at a host name."""
        record = self._record_of(host)
        return self.cluster(record["id"]) if record else None

    def cluster(self, id: str) -> Cluster:
        """The cluster of an AKS record, by its resource id; KeyError when there is no such record."""
        key = id.lower()
        record = self.azure.arm.data["resources"][key]
        self._forget_gone()
        kept = self.data["clusters"].get(key)
        if kept is None:
            kept = {"uid": record["client_id"], "version": 1, "objects": {}, "memory": {}, "credentials": {"token": secrets.token_hex(64)}}
            self.data["clusters"][key] = kept
        found = self._clusters.get(key)
        if found is None or found.data is not kept:
            if found is not None:
                found.alive = False
            found = self._clusters[key] = Cluster(self, key, kept)
            if not kept["objects"]:
                bootstrap.fill(found)
                found.settle(time.time())
        return found

    def _forget_gone(self) -> None:
        """What was in a cluster is gone with its record, and with a record that has been made anew."""
        records = self.azure.arm.data["resources"]
        for key, kept in list(self.data["clusters"].items()):
            if key not in records or records[key]["client_id"] != kept["uid"]:
                del self.data["clusters"][key]
                gone = self._clusters.pop(key, None)
                if gone is not None:
                    gone.alive = False

    @property
    def clusters(self) -> list[Cluster]:
        """Every cluster that exists and has been asked at least once."""
        self._forget_gone()
        return [self.cluster(key) for key in list(self.data["clusters"])]

    def settle(self, cluster: Cluster) -> None:
        """Let a cluster's controllers work outside a request; what they change is kept."""
        self._forget_gone()
        if not cluster.alive:
            return
        before = cluster.store.version
        cluster.settle(time.time())
        if cluster.store.version != before:
            self.cloud.world.save()

    # --- the way in ------------------------------------------------------------------------

    def match(self, request: Request) -> Match | None:
        call = call_of(request)
        return Match(operation_of(request, call), lambda: self._reply(request, call))

    def _reply(self, request: Request, call: Call | None) -> Reply:
        try:
            reply = self._answer(request, call)
        except Refusal as refusal:
            reply = refusal.reply
        return reply.with_headers({"Audit-Id": str(uuid4()), "Cache-Control": "no-cache, private"})

    def _answer(self, request: Request, call: Call | None) -> Reply:
        cluster = self.cluster_of(request.host)
        if cluster is None:
            raise no_such_path()
        user = impersonation.acting(cluster, request, login.caller(cluster, request))
        self.settle(cluster)
        if call is None:
            rights.authorize(cluster, user, rights.Ask(request.method.lower(), path=request.path))
            return self._document(cluster, request)
        rights.authorize(cluster, user, rights.Ask(call.verb, call.group, call.plural, call.subresource, call.namespace, call.name))
        reply = endpoints.answer(cluster, request, call, user)
        self.settle(cluster)
        return reply

    def _document(self, cluster: Cluster, request: Request) -> Reply:
        path, resources = request.path.strip("/"), list(cluster.resources.values())
        parts = path.split("/")
        if path in ("livez", "readyz", "healthz") or parts[0] in ("livez", "readyz", "healthz"):
            return Reply(200, b"ok", {"Content-Type": "text/plain; charset=utf-8"})
        if path == "version":
            return Reply.of_json(_version(cluster.version))
        if path in ("api", "apis"):
            if "as=APIGroupDiscoveryList" in request.headers.get("accept", "") and "v=v2" in request.headers["accept"]:
                found = discovery.aggregated(resources, core=path == "api")
                return Reply.of_json(found, headers={"Content-Type": discovery.AGGREGATED})
            return Reply.of_json(discovery.core_versions(f"{request.host}:443") if path == "api" else discovery.group_list(resources))
        if path == ".well-known/openid-configuration":
            return Reply.of_json(tokens.configuration(cluster))
        if path == "openid/v1/jwks":
            return Reply.of_json(tokens.keys(cluster), headers={"Content-Type": "application/jwk-set+json"})
        if path == "openapi/v2":
            return openapi.document_v2(request.headers.get("accept", ""), cluster.version)
        if path == "openapi/v3":
            return Reply.of_json(openapi.index(resources, cluster.version))
        if path.startswith("openapi/v3/"):
            return openapi.document(resources, path.removeprefix("openapi/v3/"), cluster.version)
        if parts[0] == "apis" and len(parts) == 2:
            return Reply.of_json(discovery.group(resources, parts[1]))
        if parts[0] in ("api", "apis") and len(parts) == (2 if parts[0] == "api" else 3):
            return Reply.of_json(discovery.resource_list(resources, "/".join(parts[1:])))
        raise no_such_path()

    # --- faults ----------------------------------------------------------------------------

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual = {
            409: (
                "Conflict",
                "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version",
            ),
            429: ("TooManyRequests", "too many requests, please try again later"),
            500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
            503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504: ("Timeout", "The server was unable to return a response in the time allotted, but may still be processing the request"),
        }
        reason, text = usual.get(status, ("InternalError", "Internal error occurred"))
        soon = status in (429, 503)
        return ApiError(
            status, code or reason, text, {"retryAfterSeconds": 1} if soon else None, {"Retry-After": "1"} if soon else None
        ).reply

    def expired(self, request: Request) -> Reply:
        return login.unauthorized().reply

    @property
    def operations(self) -> list[Operation]:
        return every_operation(BUILT_IN.values())


def _version(full: str) -> Json:
    major, minor = full.split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "gitVersion": f"v{full}",
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.25.6",
        "compiler": "gc",
        "platform": "linux/amd64",
    }
