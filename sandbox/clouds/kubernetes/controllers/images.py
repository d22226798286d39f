# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pulling images: which registries and repositories there are, and who may read the estate's own.

Texts: containerd's, as users quote them (Azure/AKS and kubernetes/kubernetes issues on ErrImagePull).
"""

from __future__ import annotations

import re
import typing as t
from fnmatch import fnmatchcase

from sandbox.clouds.azure.arm import rbac
from sandbox.clouds.kubernetes.controllers.desk import Desk

REGISTRIES = "Microsoft.ContainerRegistry/registries"
PULL = f"{REGISTRIES}/pull/read"
# Public repositories that exist here, by registry; shell patterns.
PUBLIC = {
    "docker.io": (
        *("library/alpine", "library/busybox", "library/debian", "library/hello-world", "library/httpd", "library/mongo", "library/nginx"),
        *("library/node", "library/postgres", "library/python", "library/redis", "library/traefik", "library/ubuntu"),
        *("curlimages/curl", "envoyproxy/*", "nginxinc/*", "prom/*", "grafana/*", "stefanprodan/podinfo", "traefik/*"),
    ),
    "ghcr.io": ("external-secrets/external-secrets", "nginx/*", "stefanprodan/podinfo", "traefik/*", "stakater/*"),
    "oci.external-secrets.io": ("external-secrets/external-secrets",),
    "mcr.microsoft.com": ("*",),
    "public.ecr.aws": ("docker/library/*", "nginx/*"),
    "quay.io": ("jetstack/cert-manager-*", "prometheus/*", "prometheus-operator/*"),
    "registry.k8s.io": (
        *("coredns/coredns", "defaultbackend-amd64", "e2e-test-images/*", "ingress-nginx/controller", "ingress-nginx/controller-chroot"),
        *("ingress-nginx/kube-webhook-certgen", "kube-state-metrics/kube-state-metrics", "metrics-server/metrics-server", "pause"),
    ),
}
# A registry's content is not kept here: a tag is taken to exist unless it says itself that it does not.
NO_TAG = re.compile(r"missing|no-?such|(does-?)?not-?exist|non-?exist|unknown|invalid|broken|wrong|bad\b|typo|not-?found", re.IGNORECASE)
REPOSITORY = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


class Image(t.NamedTuple):
    registry: str
    repository: str
    tag: str  # with its ":" or "@"

    @property
    def reference(self) -> str:
        return f"{self.registry}/{self.repository}{self.tag}"


def parse(text: str) -> Image | None:
    """An image's name in full; None when it is no valid reference."""
    rest, at, digest = text.partition("@")
    head, slash, tail = rest.partition("/")
    named = slash and ("." in head or ":" in head or head == "localhost")
    registry, path = (head, tail) if named else ("docker.io", rest)
    repository, _, tag = path.partition(":")
    if registry in ("docker.io", "index.docker.io") and "/" not in repository:
        registry, repository = "docker.io", f"library/{repository}"
    if not REPOSITORY.fullmatch(repository) or (at and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest)):
        return None
    return Image(registry, repository, f"@{digest}" if at else f":{tag or 'latest'}")


def unpullable(desk: Desk, text: str) -> tuple[str, str] | None:
    """Reason and message why an image cannot be pulled, or None."""
    image = parse(text)
    if image is None:
        invalid = f'couldn\'t parse image name "{text}": invalid reference format'
        return "InvalidImageName", f'Failed to apply default image tag "{text}": {invalid}'
    problem = _registry_problem(desk, image) if image.registry.endswith(".azurecr.io") else _public_problem(image)
    if problem is None and NO_TAG.search(image.tag):
        problem = f"{image.reference}: not found"
    if problem is None:
        return None
    reference = f'"{image.reference}"'
    start = f'Failed to pull image "{text}": failed to pull and unpack image {reference}: failed to resolve reference {reference}: '
    return "ErrImagePull", start + problem


def _public_problem(image: Image) -> str | None:
    if image.registry not in PUBLIC:
        return _no_host(image)
    if any(fnmatchcase(image.repository, pattern) for pattern in PUBLIC[image.registry]):
        return None
    if image.registry == "docker.io":
        what = "pull access denied, repository does not exist or may require authorization"
        return f"{what}: server message: insufficient_scope: authorization failed"
    return f"{image.reference}: not found"


def _no_host(image: Image) -> str:
    kind, _, name = image.tag.partition(image.tag[0])
    url = f"https://{image.registry}/v2/{image.repository}/manifests/{name or kind}"
    return f'failed to do request: Head "{url}": dial tcp: lookup {image.registry} on 168.63.129.16:53: no such host'


def _registry_problem(desk: Desk, image: Image) -> str | None:
    """A registry of Azure is there, and the nodes' identity may pull.

    learn.microsoft.com/azure/aks/cluster-container-registry-integration
    """
    arm = desk.azure.arm
    name = image.registry.removesuffix(".azurecr.io")
    registry = next((each for each in arm.data["resources"].values() if each["type"] == REGISTRIES and each["name"].lower() == name), None)
    if registry is None or registry["gone"]:
        return _no_host(image)
    kubelet = arm.data["resources"].get(desk.record["kubelet"].lower())
    assignments = arm.data["role_assignments"].values()
    anonymous = registry["body"]["properties"].get("anonymousPullEnabled")
    if anonymous or (kubelet and rbac.allows(assignments, arm.roles, kubelet["principal_id"], PULL, registry["id"])):
        return None
    scope = f"repository%3A{image.repository.replace('/', '%2F')}%3Apull"
    url = f"https://{image.registry}/oauth2/token?scope={scope}&service={image.registry}"
    return f"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to {url}: 401 Unauthorized"
