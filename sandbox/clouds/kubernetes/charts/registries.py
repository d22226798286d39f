# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OCI registries: charts as artifacts, read without an account.

The OCI distribution specification says what is asked and answered. That also somebody without an account needs a token, and
where to get it, is told by the first answer (distribution.github.io/distribution/spec/auth/token). Both registries send one on to
a store of files for the content itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import typing as t

from sandbox.clouds.kubernetes.charts import packing
from sandbox.clouds.kubernetes.charts.catalog import CHARTS, REGISTRIES, Registry, Release
from sandbox.http import Match, Operation, Refusal, Reply, Request, Routes

_STORES = {"ghcr.io": "pkg-containers.githubusercontent.com", "quay.io": "cdn01.quay.io"}
_REALMS = {"ghcr.io": "https://ghcr.io/token", "quay.io": "https://quay.io/v2/auth"}
HOSTS = (*_REALMS, *_STORES.values())

_SPEC = "github.com/opencontainers/distribution-spec, driven by helm"
_AUTH = "distribution.github.io/distribution/spec/auth/token"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.cncf.helm.config.v1+json"
_CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

USUAL = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS"}
_WORDS = {
    "UNAUTHORIZED": "authentication required",
    "DENIED": "requested access to the resource is denied",
    "MANIFEST_UNKNOWN": "manifest unknown",
    "BLOB_UNKNOWN": "blob unknown to registry",
    "TOOMANYREQUESTS": "retry-after: 1s, allowed: 2000/minute",
    "UNKNOWN": "unknown error",
}
# What both registries answer, what each of them has of its own, and what a store answers.
_common, _ghcr, _quay, _store = Routes(), Routes(), Routes(), Routes()
_TABLES = {"ghcr.io": (_ghcr, _common), "quay.io": (_quay, _common), **dict.fromkeys(_STORES.values(), (_store,))}


def match(owner: t.Any, request: Request) -> Match | None:
    found = (table.match(owner, request) for table in _TABLES[request.host])
    return next((each for each in found if each), None)


def operations() -> list[Operation]:
    return [operation for table in (_common, _ghcr, _quay, _store) for operation in table.operations]


def error(status: int, code: str, message: str | None = None) -> Reply:
    """In the form that the distribution specification gives to errors."""
    return Reply.of_json({"errors": [{"code": code, "message": message or _WORDS.get(code, "unknown error")}]}, status)


def unauthorized(request: Request) -> Reply:
    """Says where a token for what is wanted can be had."""
    name = request.path.removeprefix("/v2/").rsplit("/manifests/", 1)[0].rsplit("/blobs/", 1)[0].removesuffix("/tags/list")
    scope = f"repository:{name}:pull" if name else "repository:user/image:pull"
    challenge = f'Bearer realm="{_REALMS[request.host]}",service="{request.host}",scope="{scope}"'
    return error(401, "UNAUTHORIZED").with_headers({"WWW-Authenticate": challenge})


@_ghcr.add("GET", "/token", "token", verified="sdk", source=_AUTH)
def _token(service: t.Any, request: Request) -> Reply:
    """ghcr.io gives no token for what does not exist, or is not public: it does not say which."""
    names = _wanted(request)
    if not names or any(_registry(request.host, name) is None for name in names):
        raise Refusal(error(403, "DENIED"))
    return Reply.of_json({"token": _issued(request.host, names)})


@_quay.add("GET", "/v2/auth", "token", verified="sdk", source=_AUTH)
def _quay_token(service: t.Any, request: Request) -> Reply:
    """quay.io gives a token to everybody; what is not in it shows when it is used."""
    return Reply.of_json({"token": _issued(request.host, [name for name in _wanted(request) if _registry(request.host, name)])})


@_common.add("GET", "/v2/", "ping", verified="spec", source=_SPEC)
def _ping(service: t.Any, request: Request) -> Reply:
    _names(request)
    return Reply.of_json({})


@_common.add("GET", "/v2/{name:path}/tags/list", "list tags", verified="sdk", source=_SPEC)
def _tags(service: t.Any, request: Request, name: str) -> Reply:
    registry = _permitted(request, name)
    return Reply.of_json({"name": name, "tags": sorted(release.version for release in CHARTS[registry.chart].releases)})


@_common.add("HEAD", "/v2/{name:path}/manifests/{reference}", "head manifest", verified="sdk", source=_SPEC)
@_common.add("GET", "/v2/{name:path}/manifests/{reference}", "get manifest", verified="sdk", source=_SPEC)
def _get_manifest(service: t.Any, request: Request, name: str, reference: str) -> Reply:
    registry = _permitted(request, name)
    for release in CHARTS[registry.chart].releases:
        content = manifest(registry.chart, release)
        if reference in (release.version, _digest(content)):
            return Reply(200, content, {"Content-Type": _MANIFEST, "Docker-Content-Digest": _digest(content)})
    raise Refusal(error(404, "MANIFEST_UNKNOWN"))


@_common.add("HEAD", "/v2/{name:path}/blobs/{digest}", "head blob", verified="spec", source=_SPEC)
@_common.add("GET", "/v2/{name:path}/blobs/{digest}", "get blob", verified="sdk", source=_SPEC)
def _get_blob(service: t.Any, request: Request, name: str, digest: str) -> Reply:
    registry = _permitted(request, name)
    if digest not in _blobs(registry.chart):
        raise Refusal(error(404, "BLOB_UNKNOWN"))
    return Reply(307, headers={"Location": f"https://{_STORES[request.host]}/blobs/{digest}?sig=sandbox"})


@_store.add("HEAD", "/blobs/{digest}", "head file", verified="assumed", source=_SPEC)
@_store.add("GET", "/blobs/{digest}", "get file", verified="sdk", source=_SPEC)
def _get_file(service: t.Any, request: Request, digest: str) -> Reply:
    """The store itself: whoever has been sent here needs no token any more."""
    for registry in REGISTRIES:
        content = _blobs(registry.chart).get(digest)
        if content is not None and _STORES[registry.host] == request.host and request.params.get("sig"):
            return Reply(200, content, {"Content-Type": "application/octet-stream"})
    return Reply(404, b"<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>", {"Content-Type": "application/xml"})


def manifest(chart: str, release: Release) -> bytes:
    """The image manifest of a version, as `helm push` makes it."""
    config, content = _config(chart, release), packing.archive(chart, release.version)
    about = packing.metadata(CHARTS[chart], release)
    return json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": _CONFIG, "digest": _digest(config), "size": len(config)},
            "layers": [{"mediaType": _CONTENT, "digest": _digest(content), "size": len(content)}],
            "annotations": {
                "org.opencontainers.image.created": f"{release.created}T12:00:00Z",
                "org.opencontainers.image.description": about["description"],
                "org.opencontainers.image.title": chart,
                "org.opencontainers.image.url": about["home"],
                "org.opencontainers.image.version": release.version,
            },
        }
    ).encode()


def _blobs(chart: str) -> dict[str, bytes]:
    """Configs and archives of every version, by digest."""
    contents = [
        content for release in CHARTS[chart].releases for content in (_config(chart, release), packing.archive(chart, release.version))
    ]
    return {_digest(content): content for content in contents}


def _config(chart: str, release: Release) -> bytes:
    return json.dumps(packing.metadata(CHARTS[chart], release)).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _registry(host: str, name: str) -> Registry | None:
    return next((each for each in REGISTRIES if (each.host, each.name) == (host, name)), None)


def _wanted(request: Request) -> list[str]:
    """The repositories that a token is asked for: `repository:NAME:ACTIONS`."""
    return [value.split(":")[1] for name, value in request.query if name == "scope" and re.fullmatch("repository:[^:]+:[^:]+", value)]


def _issued(host: str, names: list[str]) -> str:
    """A token names what it is good for. It is opaque to clients, and public: nothing is secret here."""
    return base64.urlsafe_b64encode(json.dumps([host, *names]).encode()).decode()


def _names(request: Request) -> list[str]:
    """The repositories that the request's token is good for."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        host, *names = json.loads(base64.urlsafe_b64decode(token)) if scheme.lower() == "bearer" else (None,)
    except ValueError:
        host, names = None, []
    if host != request.host:
        raise Refusal(unauthorized(request))
    return t.cast("list[str]", names)


def _permitted(request: Request, name: str) -> Registry:
    registry = _registry(request.host, name)
    if name in _names(request) and registry is not None:
        return registry
    if request.host == "quay.io":
        raise Refusal(error(401, "UNAUTHORIZED", "access to the requested resource is not authorized"))
    raise Refusal(unauthorized(request))
