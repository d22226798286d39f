# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What objects are called: by kind in a manifest, by path at the API server, by words in results. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from urllib.parse import quote

Manifest = dict[str, t.Any]


@dataclass(frozen=True)
class Resource:
    """One kind as a server serves it. group: empty for the core group. plural: its name in paths."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()
    subresources: frozenset[str] = frozenset()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The path of an object, or of the collection (of all namespaces if none is given)."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        steps = [root, *(("namespaces", quote(namespace, safe="")) if self.namespaced and namespace else ()), self.plural]
        return "/".join([*steps, *(quote(each, safe=":") for each in (name, subresource) if each)])

    def item(self, listed: Manifest) -> Manifest:
        """An item of a list as an object of its own: in lists they do not say what they are."""
        return {**listed, "apiVersion": self.api_version, "kind": self.kind}


@dataclass(frozen=True)
class Ref:
    """Which object it is. namespace is None for what has none."""

    group: str
    kind: str
    namespace: str | None
    name: str

    @property
    def place(self) -> str:
        """`klinematrix-test/backend`, or the name alone."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        """`Deployment klinematrix-test/backend`."""
        return f"{self.kind} {self.place}"


def expanded(document: t.Any) -> list[t.Any]:
    """The items of a List, or the object itself."""
    if isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        return [inner for each in document["items"] for inner in expanded(each)]
    return [document]


def group_of(api_version: str) -> str:
    return api_version.rpartition("/")[0]


def version_of(api_version: str) -> str:
    return api_version.rpartition("/")[2]


def ref_of(manifest: Manifest, resource: Resource | None = None, namespace: str | None = None) -> Ref:
    """Which object a manifest is about. namespace: where it is if the manifest does not say."""
    metadata = manifest.get("metadata") or {}
    there = metadata.get("namespace") or namespace
    if resource is not None and not resource.namespaced:
        there = None
    return Ref(group_of(str(manifest.get("apiVersion"))), str(manifest.get("kind")), there, str(metadata.get("name")))
