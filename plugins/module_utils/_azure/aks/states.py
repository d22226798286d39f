# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Clusters and pools as the service returns them, in the form in which they are compared and sent back. Pure."""

from __future__ import annotations

import typing as t
from copy import deepcopy

from ..._core.plan import State
from ..bodies import as_declared, at
from ..resource_types.container_service import ENTRA_AUTH, WORKSPACE

# What the service says and does not want to be told.
CLUSTER_FACTS = ("azurePortalFQDN", "maxAgentPools", "powerState", "privateFQDN", "resourceUID", "status")
POOL_FACTS = ("currentOrchestratorVersion", "eTag", "etag", "nodeImageVersion", "powerState", "provisioningState", "status")
_OMSAGENT = {name.casefold(): name for name in (WORKSPACE, ENTRA_AUTH)}


def cluster_state(found: State, declared: State) -> State:
    """A cluster as read. What runs is compared, not what was once asked for; names of addons come back in any case."""
    state = deepcopy(as_declared(found, declared))
    properties = state["properties"]
    properties["kubernetesVersion"] = properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion")
    addons = properties.get("addonProfiles") or {}
    for name in [name for name in addons if name.casefold() == "omsagent"]:
        addon = addons.pop(name)
        config = {_OMSAGENT.get(key.casefold(), key): value for key, value in (addon.get("config") or {}).items()}
        addons["omsagent"] = {**addon, "config": config}
    return state


def pool_states(cluster: t.Mapping[str, t.Any], label: str, declared: t.Mapping[str, State | None]) -> dict[str, State]:
    """The pools of a cluster as read, by label, each like the resource that it also is."""
    states = {}
    for profile in at(cluster, "/properties/agentPoolProfiles") or ():
        name = f"{label}/{profile['name']}"
        properties = {key: deepcopy(value) for key, value in profile.items() if key != "name" and value is not None}
        properties["orchestratorVersion"] = profile.get("currentOrchestratorVersion") or profile.get("orchestratorVersion")
        spelled = {key.casefold(): key for key in at(declared.get(name), "/properties/tags") or {}}
        if isinstance(properties.get("tags"), dict):
            properties["tags"] = {spelled.get(key.casefold(), key): value for key, value in properties["tags"].items()}
        states[name] = {"id": f"{cluster['id']}/agentPools/{profile['name']}", "name": profile["name"], "properties": properties}
    return states


def pool_sent(properties: t.Mapping[str, t.Any]) -> State:
    """A pool's properties as the service takes them: without what only it may say, and without bounds where nothing scales."""
    unsaid = POOL_FACTS if properties.get("enableAutoScaling") else (*POOL_FACTS, "minCount", "maxCount")
    return {name: deepcopy(value) for name, value in properties.items() if name not in unsaid and value is not None}


def cluster_sent(sent: State, before: State | None, *, keep_version: bool) -> State:
    """A cluster's body as the service takes it. The pools go along exactly as they were read."""
    properties = sent["properties"]
    for name in CLUSTER_FACTS:
        properties.pop(name, None)
    if before is not None:
        kept = before["properties"]
        if kept.get("identityProfile"):
            properties["identityProfile"] = kept["identityProfile"]
        profiles = kept.get("agentPoolProfiles") or ()
        properties["agentPoolProfiles"] = [{"name": each["name"], **_unnamed(each)} for each in profiles]
    if keep_version:
        # What was asked for may be an alias, and the service may have upgraded meanwhile: unsaid, it stays.
        properties.pop("kubernetesVersion", None)
    own = at(sent, "/identity/userAssignedIdentities")
    if own:
        sent["identity"]["userAssignedIdentities"] = {name: {} for name in own}
    return sent


def _unnamed(profile: State) -> State:
    return {name: value for name, value in pool_sent(profile).items() if name != "name"}


def result_of(state: State | None, pools: t.Mapping[str, State], path: str, unknown: str) -> State:
    """What the module returns of a cluster: never a credential. `unknown` stands for what only a later state knows."""
    if not state:
        return {}
    creating = "id" not in state
    kubelet = at(state, "/properties/identityProfile/kubeletidentity") or {}
    later = unknown if creating else None
    issuer = at(state, "/properties/oidcIssuerProfile/issuerURL")
    if at(state, "/properties/oidcIssuerProfile/enabled"):
        issuer = issuer or unknown
    return {
        "id": path,
        "name": path.rpartition("/")[2],
        "location": state.get("location"),
        "fqdn": at(state, "/properties/fqdn") or later,
        "oidc_issuer_url": issuer,
        "principal_id": principal_of(state) or later,
        "kubelet_identity": {
            "object_id": kubelet.get("objectId") or later,
            "client_id": kubelet.get("clientId") or later,
            "resource_id": kubelet.get("resourceId") or later,
        },
        "node_resource_group": at(state, "/properties/nodeResourceGroup") or later,
        "current_kubernetes_version": at(state, "/properties/currentKubernetesVersion") or later,
        "node_pools": [_pool_result(name, pool) for name, pool in sorted(pools.items())],
    }


def _pool_result(label: str, state: State) -> State:
    pool = state["properties"]
    return {
        "name": label.rpartition("/")[2],
        "mode": pool.get("mode"),
        "vm_size": pool.get("vmSize"),
        "count": pool.get("count"),
        "autoscaling": pool.get("enableAutoScaling"),
        "min_count": pool.get("minCount"),
        "max_count": pool.get("maxCount"),
        "kubernetes_version": pool.get("orchestratorVersion"),
    }


def principal_of(state: t.Mapping[str, t.Any]) -> str | None:
    """The object that the cluster itself acts as."""
    own = at(state, "/identity/userAssignedIdentities") or {}
    return at(state, "/identity/principalId") or next((each.get("principalId") for each in own.values() if each), None)


def kubelet_of(state: t.Mapping[str, t.Any]) -> str | None:
    """The object that the nodes act as, who pull the images."""
    return t.cast("str | None", at(state, "/properties/identityProfile/kubeletidentity/objectId"))
