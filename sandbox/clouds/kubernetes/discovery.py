# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Discovery: what the server offers, group by group or all at once (kubernetes.io/docs/concepts/overview/kubernetes-api)."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Mapping

from sandbox.clouds.kubernetes.errors import Json, no_such_path
from sandbox.clouds.kubernetes.resources import Resource

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# The order in which a server lists its own groups; groups of custom resources come after them, by name.
_FIRST = (
    *("apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "autoscaling", "batch"),
    *("certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io", "storage.k8s.io", "admissionregistration.k8s.io"),
    *("apiextensions.k8s.io", "scheduling.k8s.io", "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io"),
)
# What lies below a resource: the kind that it takes, and what can be done with it.
BELOW: t.Final[Mapping[str, tuple[str, str, str, tuple[str, ...]]]] = {
    "scale": ("autoscaling", "v1", "Scale", ("get", "patch", "update")),
    "status": ("", "", "", ("get", "patch", "update")),
    "token": ("authentication.k8s.io", "v1", "TokenRequest", ("create",)),
    "eviction": ("policy", "v1", "Eviction", ("create",)),
    "binding": ("", "v1", "Binding", ("create",)),
    "finalize": ("", "", "", ("update",)),
    "log": ("", "", "", ("get",)),
    "approval": ("", "", "", ("get", "patch", "update")),
    "ephemeralcontainers": ("", "", "", ("get", "patch", "update")),
}


def groups(resources: Iterable[Resource]) -> dict[str, list[str]]:
    """Versions by group, the preferred one first; without the core."""
    found: dict[str, list[str]] = {}
    for each in resources:
        if each.group and each.version not in found.setdefault(each.group, []):
            found[each.group].append(each.version)
    order = sorted(found, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return {name: sorted(found[name], key=priority, reverse=True) for name in order}


def priority(version: str) -> tuple[int, int, int, str]:
    """How versions are ranked: general availability, beta, alpha, each by number; what has no such form comes last, by name."""
    form = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version)
    if not form:
        return (0, 0, 0, version)
    level = {None: 3, "beta": 2, "alpha": 1}[form[2]]
    return (level, int(form[1]), int(form[3] or 0), "")


def core_versions(address: str) -> Json:
    server = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": server}


def group_list(resources: Iterable[Resource]) -> Json:
    found = [_group(name, versions) for name, versions in groups(resources).items()]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(resources: Iterable[Resource], name: str) -> Json:
    known = groups(resources)
    if name not in known:
        raise no_such_path()
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, known[name])}


def _group(name: str, versions: list[str]) -> Json:
    each = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": each, "preferredVersion": each[0]}


def resource_list(resources: Iterable[Resource], gv: str) -> Json:
    found: list[Json] = []
    for each in sorted((one for one in resources if one.gv == gv), key=lambda one: one.plural):
        about: Json = {"singularName": each.singular, "namespaced": each.namespaced, "kind": each.kind}
        more: Json = {"shortNames": list(each.short)} if each.short else {}
        more |= {"categories": list(each.categories)} if each.categories else {}
        found.append({"name": each.plural, **about, "verbs": list(each.verbs), **more})
        for name in each.subresources:
            group, version, kind, verbs = BELOW[name]
            of: Json = {"group": group, "version": version} if kind else {}
            below: Json = {"name": f"{each.plural}/{name}", "singularName": "", "namespaced": each.namespaced}
            found.append({**below, **of, "kind": kind or each.kind, "verbs": list(verbs)})
    if not found:
        raise no_such_path()
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": gv, "resources": found}


def aggregated(resources: Iterable[Resource], *, core: bool) -> Json:
    """All groups with all resources, in one answer."""
    known = list(resources)
    named = {"": ["v1"]} if core else groups(known)
    items = []
    for name, versions in named.items():
        meta: Json = {"name": name, "creationTimestamp": None} if name else {"creationTimestamp": None}
        each = [
            {
                "version": version,
                "resources": [_described(one) for one in known if (one.group, one.version) == (name, version)],
                "freshness": "Current",
            }
            for version in versions
        ]
        items.append({"metadata": meta, "versions": each})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _described(each: Resource) -> Json:
    below = []
    for name in each.subresources:
        group, version, kind, verbs = BELOW[name]
        of = (
            {"group": group, "version": version, "kind": kind}
            if kind
            else {"group": each.group, "version": each.version, "kind": each.kind}
        )
        below.append({"subresource": name, "responseKind": of, "verbs": list(verbs)})
    return {
        "resource": each.plural,
        "responseKind": {"group": each.group, "version": each.version, "kind": each.kind},
        "scope": "Namespaced" if each.namespaced else "Cluster",
        "singularResource": each.singular,
        "verbs": list(each.verbs),
        **({"shortNames": list(each.short)} if each.short else {}),
        **({"categories": list(each.categories)} if each.categories else {}),
        **({"subresources": below} if below else {}),
    }
