# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cert-manager's parts have in common: names, and how this installation is set up."""

from __future__ import annotations

import typing as t
import zlib

import yaml

from sandbox.clouds.kubernetes.errors import Json
from sandbox.clouds.kubernetes.operators.objects import arguments_of

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GROUP = "cert-manager.io/v1"
ACME = "acme.cert-manager.io/v1"
ISSUERS = {"ClusterIssuer": "clusterissuers", "Issuer": "issuers"}


class Installation:
    """The controller's Deployment, by its arguments and its configuration file."""

    def __init__(self, cluster: Cluster, deployment: Json) -> None:
        self.namespace: str = deployment["metadata"]["namespace"]
        self._cluster = cluster
        self._selector: Json = deployment["spec"]["selector"]
        self._pods = deployment["spec"]["template"]["spec"]
        given = [each.removeprefix("--").partition("=") for each in arguments_of(deployment) if each.startswith("--")]
        self._arguments = {name: value for name, _, value in given}

    @property
    def resources(self) -> str:
        """The namespace that the Secrets of ClusterIssuers are looked for in: `--cluster-resource-namespace`."""
        named = self._arguments.get("cluster-resource-namespace", "")
        return self.namespace if named in ("", "$(POD_NAMESPACE)") else named

    @property
    def gateways(self) -> bool:
        """Whether Gateways are looked at: asked for by the file or by the older switch."""
        wanted = (self._configuration().get("gatewayAPI") or {}).get("enabled") or self._configuration().get("enableGatewayAPI")
        asked = bool(wanted) or self._arguments.get("enable-gateway-api") == "true"
        return asked and self.sees("gateways.gateway.networking.k8s.io")

    def _configuration(self) -> Json:
        names = [each["configMap"]["name"] for each in self._pods.get("volumes") or () if "configMap" in each]
        found = [self._cluster.get("v1", "configmaps", self.namespace, name) for name in names if "config" in self._arguments]
        texts = [(each.get("data") or {}).get("config.yaml", "") for each in found if each]
        return t.cast(Json, yaml.safe_load(texts[0]) or {}) if texts else {}

    def sees(self, definition: str) -> bool:
        """Whether a kind was there before one of the controller's pods started: it does not look again."""
        found = self._cluster.get("apiextensions.k8s.io/v1", "customresourcedefinitions", None, definition)
        pods = self._cluster.list("v1", "pods", self.namespace, self._selector)
        return found is not None and any(
            (each.get("status") or {}).get("startTime", "") >= found["metadata"]["creationTimestamp"] for each in pods
        )

    def secrets_of(self, issuer: Json) -> str:
        """The namespace of an issuer's Secrets."""
        return self.resources if issuer["kind"] == "ClusterIssuer" else str(issuer["metadata"]["namespace"])


def issuer_of(cluster: Cluster, reference: Json, namespace: str) -> Json | None:
    kind = reference.get("kind") or "Issuer"
    if kind not in ISSUERS:
        return None
    return cluster.get(GROUP, ISSUERS[kind], None if kind == "ClusterIssuer" else namespace, reference["name"])


def hashed(*parts: str) -> str:
    """The number at the end of the names of orders and challenges, from what they are about."""
    return str(zlib.crc32("\n".join(parts).encode()))
