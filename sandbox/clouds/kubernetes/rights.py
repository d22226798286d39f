# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what: roles and bindings inside the cluster, and Azure's roles for callers from Entra ID.

kubernetes.io/docs/reference/access-authn-authz/rbac, learn.microsoft.com/azure/aks/manage-azure-rbac
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.clouds.azure.arm import rbac
from sandbox.clouds.kubernetes.errors import ApiError, Json, details
from sandbox.clouds.kubernetes.login import MASTERS, User

if t.TYPE_CHECKING:
    from sandbox.clouds.kubernetes.cluster import Cluster

RBAC = "rbac.authorization.k8s.io/v1"
_AZURE = "Microsoft.ContainerService/managedClusters"
_AZURE_VERBS = {"get": "read", "list": "read", "watch": "read", "create": "write", "update": "write", "patch": "write"}
_AZURE_VERBS |= {"delete": "delete", "deletecollection": "delete"}
_NO_ACCESS = "User does not have access to the resource in Azure. Update role assignment to allow access."


@dataclass(frozen=True)
class Ask:
    """What somebody wants to do: on a resource, or at a path that is none (`path` then)."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Verdict(t.NamedTuple):
    allowed: bool
    reason: str = ""


def decide(cluster: Cluster, user: User, ask: Ask) -> Verdict:
    if MASTERS in user.groups:
        return Verdict(True)
    profile: Json = cluster.record["body"]["properties"].get("aadProfile") or {}
    if user.object_id and profile.get("enableAzureRBAC"):
        return _by_azure(cluster, user, ask)
    for rule, reason in rules_of(cluster, user, ask.namespace):
        if fits(rule, ask):
            return Verdict(True, f"RBAC: allowed by {reason}")
    return Verdict(False)


def authorize(cluster: Cluster, user: User, ask: Ask) -> None:
    """Refuses (403) what the caller may not do."""
    verdict = decide(cluster, user, ask)
    if verdict.allowed:
        return
    more = f": {verdict.reason}" if verdict.reason else ""
    if ask.path:
        text = f'forbidden: User "{user.name}" cannot {ask.verb} path "{ask.path}"{more}'
        raise ApiError(403, "Forbidden", text, {})
    where = f'in the namespace "{ask.namespace}"' if ask.namespace else "at the cluster scope"
    qualified = f"{ask.resource}.{ask.group}" if ask.group else ask.resource
    named = f' "{ask.name}"' if ask.name else ""
    why = f'User "{user.name}" cannot {ask.verb} resource "{ask.full_resource}" in API group "{ask.group}" {where}'
    raise ApiError(403, "Forbidden", f"{qualified}{named} is forbidden: {why}{more}", details(qualified, ask.name))


# --- roles and bindings of the cluster ----------------------------------------------------


def rules_of(cluster: Cluster, user: User, namespace: str) -> Iterator[tuple[Json, str]]:
    """The rules that reach a user, cluster-wide ones first, each with the binding that gives it."""
    for binding in cluster.list(RBAC, "clusterrolebindings"):
        subject = _subject(binding, user, "")
        if subject:
            name = binding["metadata"]["name"]
            for rule in _rules(cluster, binding["roleRef"], ""):
                yield rule, f'ClusterRoleBinding "{name}" of {binding["roleRef"]["kind"]} "{binding["roleRef"]["name"]}" to {subject}'
    if not namespace:
        return
    for binding in cluster.list(RBAC, "rolebindings", namespace):
        subject = _subject(binding, user, namespace)
        if subject:
            name = f"{binding['metadata']['name']}/{namespace}"
            for rule in _rules(cluster, binding["roleRef"], namespace):
                yield rule, f'RoleBinding "{name}" of {binding["roleRef"]["kind"]} "{binding["roleRef"]["name"]}" to {subject}'


def _subject(binding: Json, user: User, namespace: str) -> str:
    """The subject of a binding that is this user, as the server shows it; "" if none is."""
    for each in binding.get("subjects") or ():
        kind, name = each.get("kind"), each.get("name", "")
        if kind == "User" and name == user.name:
            return f'User "{name}"'
        if kind == "Group" and name in user.groups:
            return f'Group "{name}"'
        place = each.get("namespace") or namespace
        if kind == "ServiceAccount" and user.name == f"system:serviceaccount:{place}:{name}":
            return f'ServiceAccount "{name}/{place}"'
    return ""


def _rules(cluster: Cluster, reference: Json, namespace: str) -> list[Json]:
    if reference["kind"] == "ClusterRole":
        role = cluster.get(RBAC, "clusterroles", None, reference["name"])
    else:
        role = cluster.get(RBAC, "roles", namespace, reference["name"])
    return list((role or {}).get("rules") or ())


def fits(rule: Json, ask: Ask) -> bool:
    if not _one_of(rule.get("verbs"), ask.verb):
        return False
    if ask.path:
        patterns = rule.get("nonResourceURLs") or ()
        return any(each == ask.path or (each.endswith("*") and ask.path.startswith(each[:-1])) for each in patterns)
    if not _one_of(rule.get("apiGroups"), ask.group):
        return False
    wanted = rule.get("resources") or ()
    if not _one_of(wanted, ask.full_resource) and not (ask.subresource and f"*/{ask.subresource}" in wanted):
        return False
    names = rule.get("resourceNames") or ()
    return not names or ask.name in names


def _one_of(allowed: t.Collection[str] | None, wanted: str) -> bool:
    return bool(allowed) and ("*" in t.cast("t.Collection[str]", allowed) or wanted in t.cast("t.Collection[str]", allowed))


# --- roles of Azure -------------------------------------------------------------------------


def _by_azure(cluster: Cluster, user: User, ask: Ask) -> Verdict:
    """Data actions at the cluster, or at a namespace as a scope below it."""
    arm = cluster.api.azure.arm
    parts = [each for each in (ask.group, ask.full_resource) if each] if not ask.path else [ask.path.strip("/")]
    action = "/".join((_AZURE, *parts, _AZURE_VERBS.get(ask.verb, f"{ask.verb}/action")))
    scope = cluster.id + (f"/namespaces/{ask.namespace}" if ask.namespace else "")
    allowed = rbac.allows(arm.data["role_assignments"].values(), arm.roles, user.object_id, action, scope, data=True)
    # Discovery is everybody's who has logged in.
    if not allowed and ask.path and ask.path.split("/")[1] in ("api", "apis", "openapi", "version", "livez", "readyz", "healthz"):
        return Verdict(True)
    return Verdict(True, f"Access allowed by Azure RBAC Role Assignment {action}") if allowed else Verdict(False, _NO_ACCESS)
