# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which charts there are, in which versions, and where each of them is had.

The versions are real ones, with the application that each of them brings, so that an upgrade can be tried.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """A version of a chart. created: the day on which it appeared."""

    version: str
    app_version: str
    created: str


@dataclass(frozen=True)
class Chart:
    """releases: the newest first. kinds: the project whose custom resources it brings. crds_folder: whether they stand in crds/, where
    helm installs them once and never again, and not among the templates.
    """

    name: str
    description: str
    home: str
    kube_version: str
    kinds: str
    crds_folder: bool
    releases: tuple[Release, ...]

    def release(self, version: str) -> Release | None:
        return next((each for each in self.releases if each.version == version), None)


@dataclass(frozen=True)
class Repository:
    """A chart repository. url: where its index says that an archive is, absolute or relative to the index."""

    host: str
    path: str
    chart: str
    url: str

    def archive_url(self, version: str) -> str:
        return self.url.format(version=version)


@dataclass(frozen=True)
class Registry:
    """A repository in an OCI registry."""

    host: str
    name: str
    chart: str


EXTERNAL_SECRETS = Chart(
    "external-secrets",
    "External secrets management for Kubernetes",
    "https://github.com/external-secrets/external-secrets",
    ">= 1.19.0-0",
    "external-secrets",
    False,
    (Release("2.9.0", "v2.9.0", "2026-08-08"), Release("2.8.0", "v2.8.0", "2026-07-18")),
)
CERT_MANAGER = Chart(
    "cert-manager",
    "A Helm chart for cert-manager",
    "https://cert-manager.io",
    ">= 1.22.0-0",
    "cert-manager",
    False,
    (Release("v1.21.1", "v1.21.1", "2026-07-29"), Release("v1.20.3", "v1.20.3", "2026-07-29")),
)
INGRESS_NGINX = Chart(
    "ingress-nginx",
    "Ingress controller for Kubernetes using NGINX as a reverse proxy and load balancer",
    "https://github.com/kubernetes/ingress-nginx",
    ">=1.21.0-0",
    "",
    False,
    (Release("4.15.1", "1.15.1", "2026-03-19"), Release("4.14.5", "1.14.5", "2026-03-19")),
)
TRAEFIK = Chart(
    "traefik",
    "A Traefik based Kubernetes ingress controller",
    "https://traefik.io/",
    ">=1.25.0-0",
    "traefik",
    True,
    (Release("41.3.0", "v3.7.11", "2026-08-19"), Release("41.1.1", "v3.7.9", "2026-08-03")),
)
CHARTS = {chart.name: chart for chart in (EXTERNAL_SECRETS, CERT_MANAGER, INGRESS_NGINX, TRAEFIK)}

REPOSITORIES = (
    Repository(
        "charts.external-secrets.io",
        "",
        "external-secrets",
        "https://github.com/external-secrets/external-secrets/releases/download/helm-chart-{version}/external-secrets-{version}.tgz",
    ),
    Repository("charts.jetstack.io", "", "cert-manager", "charts/cert-manager-{version}.tgz"),
    Repository(
        "kubernetes.github.io",
        "/ingress-nginx",
        "ingress-nginx",
        "https://github.com/kubernetes/ingress-nginx/releases/download/helm-chart-{version}/ingress-nginx-{version}.tgz",
    ),
    Repository("traefik.github.io", "/charts", "traefik", "https://traefik.github.io/charts/traefik/traefik-{version}.tgz"),
)
REGISTRIES = (
    Registry("ghcr.io", "external-secrets/charts/external-secrets", "external-secrets"),
    Registry("ghcr.io", "traefik/helm/traefik", "traefik"),
    Registry("quay.io", "jetstack/charts/cert-manager", "cert-manager"),
)
