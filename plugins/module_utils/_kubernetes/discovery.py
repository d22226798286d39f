# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an API server serves: two calls by aggregated discovery, or a call for each group where a server lacks that."""

from __future__ import annotations

import threading
import typing as t

from .._core.apply import side_by_side
from .._core.errors import CloudError
from .client import Client
from .errors import CLOUD
from .names import Resource, group_of, version_of

# kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery: stable since 1.30, the beta form since 1.27.
_FORMS = ("v2", "v2beta1")
AGGREGATED = ",".join(
    [*(f"application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList" for form in _FORMS), "application/json"]
)

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
# Their schemas are large, and not wanted here (kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations).
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class Discovery:
    """The kinds of one server, read when first asked for and kept until `forget`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._resources: dict[tuple[str, str, str], Resource] | None = None
        self._silent: set[str] = set()
        self._lock = threading.Lock()

    def find(self, api_version: str, kind: str) -> Resource | None:
        """The resource of a kind; None if the server does not serve it. Raises CloudError while nobody can tell."""
        found = self._all().get((group_of(api_version), version_of(api_version), kind))
        if found is None and api_version in self._silent:
            raise CloudError(
                f"look up the kind {kind} of {api_version}",
                "a service in the cluster stands behind this part of the API, and it does not answer",
                cloud=CLOUD,
                code="api_not_available",
                retryable=True,
                hint=f"See kubectl describe apiservice {version_of(api_version)}.{group_of(api_version)}, and the pods of its service",
            )
        return found

    def find_anew(self, api_version: str, kind: str) -> Resource | None:
        """The same, asked for again."""
        self.forget()
        return self.find(api_version, kind)

    def is_defined(self, api_version: str, kind: str) -> bool:
        """Whether a definition of the kind is there, served already or not. Definitions are called by the plural of the kind."""
        group = group_of(api_version)
        if "." not in group or self.versions(group, kind):
            return False  # built in, or served in another version
        try:
            listed = self._client.list("list the definitions", _DEFINITIONS, accept=_NAMES_ONLY)
        except CloudError as error:
            if error.status != 403:
                raise
            return False  # who may not look has to do without the patience
        names = [str(each["metadata"]["name"]) for each in listed]
        return any(name.startswith(kind.casefold()[:-1]) and name.endswith(f".{group}") for name in names)

    def versions(self, group: str, kind: str) -> list[str]:
        """The versions in which a kind is served, the preferred one first."""
        return [found.version for found in self._all().values() if (found.group, found.kind) == (group, kind)]

    def other_version(self, group: str, kind: str) -> Resource | None:
        """A kind in the version in which it is served."""
        return next((found for found in self._all().values() if (found.group, found.kind) == (group, kind)), None)

    def every(self) -> list[Resource]:
        """Each kind once, in its preferred version."""
        first: dict[tuple[str, str], Resource] = {}
        for resource in self._all().values():
            first.setdefault((resource.group, resource.kind), resource)
        return list(first.values())

    def api_versions(self) -> list[str]:
        """What helm calls capabilities: `apps/v1`, `apps/v1/Deployment`, ..."""
        found = self._all().values()
        return sorted({name for each in found for name in (each.api_version, f"{each.api_version}/{each.kind}")})

    def forget(self) -> None:
        """Definitions have been added: look anew when asked next."""
        self._resources = None

    @property
    def silent(self) -> list[str]:
        """The API versions of which the server cannot tell now what they serve."""
        self._all()
        return sorted(self._silent)

    def _all(self) -> dict[tuple[str, str, str], Resource]:
        with self._lock:
            if self._resources is None:
                self._silent.clear()
                found: dict[tuple[str, str, str], Resource] = {}
                for answer in side_by_side(self._ask, ["/api", "/apis"]):
                    for each in self._of_answer(answer):
                        # The first of equals wins, in the order of the server: its preferred version comes first.
                        found.setdefault((each.group, each.version, each.kind), each)
                self._resources = found
            return self._resources

    @property
    def _what(self) -> str:
        """It is what a task asks first: where the server does not answer, it has to say which one."""
        return f"read what {self._client.access().name} serves"

    def _ask(self, path: str) -> dict[str, t.Any]:
        return self._client.get(self._what, path, accept=AGGREGATED)

    def _of_answer(self, answer: t.Mapping[str, t.Any]) -> list[Resource]:
        if answer.get("kind") == "APIGroupDiscoveryList":
            groups = answer.get("items") or ()
            self._silent |= {each for group in groups for each in _stale(group)}
            return [each for group in groups for each in _aggregated(group)]
        if answer.get("kind") == "APIVersions":
            places = [f"/api/{version}" for version in answer.get("versions") or ()]
        else:
            places = [f"/apis/{each['groupVersion']}" for group in answer.get("groups") or () for each in _preferred_first(group)]
        lists = side_by_side(self._listing, places)
        return [each for found in lists for each in _listed(found)]

    def _listing(self, place: str) -> dict[str, t.Any]:
        """What one version of a group serves. One that does not answer must not stand in the way of all others."""
        try:
            return self._client.find(self._what, place) or {}
        except CloudError as error:
            if error.status != 503:
                raise
            self._silent.add(place.removeprefix("/apis/"))
            return {}


def _stale(group: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    """The versions of a group whose service does not answer (k8s.io/api/apidiscovery, APIVersionDiscovery.freshness)."""
    for version in group.get("versions") or ():
        if version.get("freshness") == "Stale":
            yield f"{group['metadata']['name']}/{version['version']}"


def _aggregated(group: t.Mapping[str, t.Any]) -> t.Iterator[Resource]:
    name = (group.get("metadata") or {}).get("name") or ""
    for version in group.get("versions") or ():
        for each in version.get("resources") or ():
            yield Resource(
                group=name,
                version=version["version"],
                kind=(each.get("responseKind") or {}).get("kind", ""),
                plural=each["resource"],
                namespaced=each.get("scope") == "Namespaced",
                verbs=frozenset(each.get("verbs") or ()),
                subresources=frozenset(sub["subresource"] for sub in each.get("subresources") or ()),
            )


def _preferred_first(group: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    preferred = (group.get("preferredVersion") or {}).get("groupVersion")
    return sorted(group.get("versions") or (), key=lambda each: each["groupVersion"] != preferred)


def _listed(answer: t.Mapping[str, t.Any]) -> t.Iterator[Resource]:
    """The resources of an APIResourceList; subresources stand in it as resources with a slash."""
    below: dict[str, set[str]] = {}
    for each in answer.get("resources") or ():
        plural, slash, subresource = each["name"].partition("/")
        if slash:
            below.setdefault(plural, set()).add(subresource)
    for each in answer.get("resources") or ():
        if "/" not in each["name"]:
            api_version = str(answer["groupVersion"])
            yield Resource(
                group=group_of(api_version),
                version=version_of(api_version),
                kind=each["kind"],
                plural=each["name"],
                namespaced=bool(each.get("namespaced")),
                verbs=frozenset(each.get("verbs") or ()),
                subresources=frozenset(below.get(each["name"], ())),
            )
