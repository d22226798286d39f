# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nobody gives rights that he has not, by roles or by bindings.

kubernetes.io/docs/reference/access-authn-authz/rbac#privilege-escalation-prevention-and-bootstrapping
"""

from __future__ import annotations

import json
import typing as t
from itertools import product

from sandbox.clouds.kubernetes.errors import Json, forbidden
from sandbox.clouds.kubernetes.login import MASTERS, User
from sandbox.clouds.kubernetes.resources import Resource
from sandbox.clouds.kubernetes.rights import Ask, decide, fits, rules_of

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

GROUP = "rbac.authorization.k8s.io"


def check(cluster: Cluster, resource: Resource, fresh: Json, user: User | None) -> None:
    """Refuses (403) a role with rules, or a binding to a role, that the writer does not hold. `user`: None for the sandbox itself."""
    if user is None or MASTERS in user.groups or resource.group != GROUP:
        return
    meta = fresh["metadata"]
    namespace, name = meta.get("namespace", ""), meta["name"]
    if resource.kind in ("Role", "ClusterRole"):
        rules, about = fresh.get("rules") or (), Ask("escalate", GROUP, resource.plural, namespace=namespace, name=name)
    else:
        role = fresh["roleRef"]
        plural = "clusterroles" if role["kind"] == "ClusterRole" else "roles"
        found = cluster.get(f"{GROUP}/v1", plural, namespace if plural == "roles" else None, role["name"]) or {}
        rules, about = found.get("rules") or (), Ask("bind", GROUP, plural, namespace=namespace, name=role["name"])
    held = [rule for rule, _ in rules_of(cluster, user, namespace)]
    missing = [rule for rule in rules if not _held(rule, held)]
    if not missing or decide(cluster, user, about).allowed:
        return
    groups = json.dumps(sorted(user.groups), separators=(",", ":"))
    why = f'user "{user.name}" (groups={groups}) is attempting to grant RBAC permissions not currently held:'
    raise forbidden(resource.qualified, name, "\n".join([why, *(_shown(rule) for rule in missing)]))


def _held(wanted: Json, held: list[Json]) -> bool:
    """Whether every single thing that a rule allows is allowed by some rule that is held."""
    names = wanted.get("resourceNames") or [""]
    asks = [Ask(verb, path=path) for verb, path in product(wanted["verbs"], wanted.get("nonResourceURLs") or ())]
    for verb, group, resource, name in product(wanted["verbs"], wanted.get("apiGroups") or (), wanted.get("resources") or (), names):
        plural, _, below = resource.partition("/")
        asks.append(Ask(verb, group, plural, below, name=name))
    return all(any(fits(rule, ask) for rule in held) for ask in asks)


def _shown(rule: Json) -> str:
    """A rule as Go prints it in this message."""
    parts = [
        ("APIGroups", "apiGroups"),
        ("Resources", "resources"),
        ("ResourceNames", "resourceNames"),
        ("NonResourceURLs", "nonResourceURLs"),
    ]
    words = [f"{name}:{json.dumps(rule[field])}".replace(", ", " ") for name, field in [*parts, ("Verbs", "verbs")] if rule.get(field)]
    return "{" + ", ".join(words) + "}"
