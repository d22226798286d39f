# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chart repositories: an index, and the archives where the index says that they are.

Two projects keep their archives with their releases on github.com, which sends one on to a store of files. The index of such a
repository is small and stands on a host of its own: both hosts must be within reach of whoever installs.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

import yaml

from sandbox.clouds.kubernetes.charts import packing
from sandbox.clouds.kubernetes.charts.catalog import CHARTS, REPOSITORIES, Chart, Release, Repository
from sandbox.http import Refusal, Reply, Request, Routes

_RELEASES = "github.com"
_FILES = "release-assets.githubusercontent.com"
HOSTS = (*(repository.host for repository in REPOSITORIES), _RELEASES, _FILES)

_SOURCE = "helm.sh/docs/topics/chart_repository, driven by helm"
routes = Routes()

_WORDS = {401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 502: "Bad Gateway", 503: "Service Unavailable"}


def page(status: int) -> Reply:
    """What a web server says that has no such file, or is not well: a page, no JSON."""
    said = _WORDS.get(status, "Internal Server Error")
    return Reply(
        status, f"<html><head><title>{status} {said}</title></head><body>{said}</body></html>".encode(), {"Content-Type": "text/html"}
    )


@routes.add("GET", "/{path:path}", "chart repository", verified="sdk", source=_SOURCE)
def _get(service: t.Any, request: Request, path: str) -> Reply:
    if request.host == _RELEASES:
        return _release(path)
    if request.host == _FILES:
        return _file(request)
    repository = next(each for each in REPOSITORIES if each.host == request.host)
    if request.path == f"{repository.path}/index.yaml":
        return Reply(200, index(repository), {"Content-Type": "text/yaml; charset=utf-8"})
    url = f"https://{request.host}{request.path}"
    for release in CHARTS[repository.chart].releases:
        if url == _absolute(repository, release.version):
            return _archive(repository.chart, release.version)
    raise Refusal(page(404))


def index(repository: Repository) -> bytes:
    """The index.yaml of a repository, the newest version first."""
    chart = CHARTS[repository.chart]
    entries = {chart.name: [_entry(repository, chart, release) for release in chart.releases]}
    generated = f"{chart.releases[0].created}T12:00:00Z"
    return yaml.safe_dump({"apiVersion": "v1", "entries": entries, "generated": generated}, sort_keys=False).encode()


def _entry(repository: Repository, chart: Chart, release: Release) -> dict[str, t.Any]:
    return {
        **packing.metadata(chart, release),
        "created": f"{release.created}T12:00:00Z",
        "digest": packing.digest(chart.name, release.version),
        "urls": [repository.archive_url(release.version)],
    }


def _absolute(repository: Repository, version: str) -> str:
    url = repository.archive_url(version)
    return url if "://" in url else f"https://{repository.host}{repository.path}/{url}"


def _release(path: str) -> Reply:
    """An archive beside a release: github.com names the place where the file is, for some minutes."""
    for repository in REPOSITORIES:
        for release in CHARTS[repository.chart].releases:
            if repository.archive_url(release.version) == f"https://{_RELEASES}/{path}":
                name = f"{repository.chart}-{release.version}.tgz"
                signed = f"sp=r&sv=2018-11-09&sr=b&sig=sandbox&rscd=attachment%3B+filename%3D{quote(name)}"
                return Reply(302, headers={"Location": f"https://{_FILES}/github-production-release-asset/{name}?{signed}"})
    raise Refusal(page(404))


def _file(request: Request) -> Reply:
    name = request.path.rpartition("/")[2]
    for chart in CHARTS.values():
        for release in chart.releases:
            if name == f"{chart.name}-{release.version}.tgz" and request.params.get("sig"):
                return _archive(chart.name, release.version)
    raise Refusal(page(404))


def _archive(chart: str, version: str) -> Reply:
    return Reply(200, packing.archive(chart, version), {"Content-Type": "application/octet-stream"})
