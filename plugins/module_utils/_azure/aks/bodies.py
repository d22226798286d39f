# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The options of `aks_cluster` as bodies of the service, and what of them makes no sense. Pure."""

from __future__ import annotations

import typing as t

from ..._core.errors import PlanError
from ..._core.plan import State
from ..errors import CLOUD
from ..resource_types.container_service import ENTRA_AUTH, WORKSPACE
from .versions import is_newer, numbers

Params = t.Mapping[str, t.Any]

NETWORK = {
    "plugin": "networkPlugin",
    "plugin_mode": "networkPluginMode",
    "policy": "networkPolicy",
    "dataplane": "networkDataplane",
    "pod_cidr": "podCidr",
    "service_cidr": "serviceCidr",
    "dns_service_ip": "dnsServiceIP",
    "outbound_type": "outboundType",
}
POOL = {
    "mode": "mode",
    "vm_size": "vmSize",
    "count": "count",
    "autoscaling": "enableAutoScaling",
    "min_count": "minCount",
    "max_count": "maxCount",
    "kubernetes_version": "orchestratorVersion",
    "os_type": "osType",
    "os_sku": "osSKU",
    "os_disk_size_gb": "osDiskSizeGB",
    "os_disk_type": "osDiskType",
    "max_pods": "maxPods",
    "vnet_subnet_id": "vnetSubnetID",
    "pod_subnet_id": "podSubnetID",
    "zones": "availabilityZones",
    "node_public_ip": "enableNodePublicIP",
    "priority": "scaleSetPriority",
    "eviction_policy": "scaleSetEvictionPolicy",
    "spot_max_price": "spotMaxPrice",
    "labels": "nodeLabels",
    "taints": "nodeTaints",
    "tags": "tags",
}
WINDOWS = {"cluster": "aksManagedAutoUpgradeSchedule", "node_os": "aksManagedNodeOSUpgradeSchedule"}


def cluster_body(params: Params) -> State:
    """The cluster without its pools."""
    network, entra, insights = params["network"] or {}, params["entra"], params["container_insights"]
    upgrades, workload = params["auto_upgrade"] or {}, params["workload_identity"]
    properties = {
        "kubernetesVersion": params["kubernetes_version"],
        "supportPlan": params["support_plan"],
        "dnsPrefix": params["dns_prefix"],
        "nodeResourceGroup": params["node_resource_group"],
        "oidcIssuerProfile": _given({"enabled": params["oidc_issuer"]}),
        "securityProfile": None if workload is None else {"workloadIdentity": {"enabled": workload}},
        "networkProfile": _given({name: network.get(option) for option, name in NETWORK.items()}),
        "autoUpgradeProfile": _given({"upgradeChannel": upgrades.get("cluster"), "nodeOSUpgradeChannel": upgrades.get("node_os")}),
        "azureMonitorProfile": _metrics(params["prometheus"]),
        "addonProfiles": None if insights is None else {"omsagent": _omsagent(insights)},
        "apiServerAccessProfile": _given({"authorizedIPRanges": params["authorized_ip_ranges"]}),
        "disableLocalAccounts": None if params["local_accounts"] is None else not params["local_accounts"],
        "aadProfile": None
        if entra is None
        else _given({"managed": True, "enableAzureRBAC": entra["azure_rbac"], "adminGroupObjectIDs": entra["admin_group_object_ids"]}),
        "autoScalerProfile": _given({name: _words(value) for name, value in (params["autoscaler_profile"] or {}).items()}),
    }
    tier = params["sku_tier"]
    body = {"location": params["location"], "tags": params["tags"], "sku": {"name": "Base", "tier": tier} if tier else None}
    return _given({**body, "properties": _given(properties) or {}}) or {}


def _given(values: t.Mapping[str, t.Any]) -> State | None:
    """What is declared; None if nothing is. An empty list is declared, an empty mapping is not."""
    return {name: value for name, value in values.items() if value is not None} or None


def _words(value: t.Any) -> t.Any:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _metrics(prometheus: Params | None) -> State | None:
    if prometheus is None:
        return None
    state_metrics = {
        "metricLabelsAllowlist": prometheus["labels_allow_list"],
        "metricAnnotationsAllowList": prometheus["annotations_allow_list"],
    }
    return {"metrics": _given({"enabled": prometheus["enabled"], "kubeStateMetrics": _given(state_metrics)})}


def _omsagent(insights: Params) -> State:
    if not insights["enabled"]:
        return {"enabled": False}
    return {"enabled": True, "config": {WORKSPACE: insights["workspace_id"], ENTRA_AUTH: "true"}}


def pool_body(pool: Params, cluster_version: str | None) -> State:
    """One node pool. Where it declares no version of its own it follows the cluster's."""
    properties = {name: pool[option] for option, name in POOL.items()}
    properties["orchestratorVersion"] = pool["kubernetes_version"] or cluster_version
    properties["upgradeSettings"] = _given({"maxSurge": pool["max_surge"]})
    return {"properties": _given(properties) or {}}


def window_body(window: Params) -> State:
    if window["day_of_week"]:
        schedule: State = {"weekly": {"dayOfWeek": window["day_of_week"], "intervalWeeks": window["interval"]}}
    else:
        schedule = {"daily": {"intervalDays": window["interval"]}}
    fields = {
        "schedule": schedule,
        "durationHours": window["duration_hours"],
        "startTime": window["start_time"],
        "utcOffset": window["utc_offset"],
        "startDate": window["start_date"],
    }
    return {"properties": {"maintenanceWindow": _given(fields)}}


def refuse_nonsense(params: Params) -> None:
    """Raise PlanError for what the service would refuse whatever is there."""
    network = params["network"] or {}
    if params["kubernetes_version"]:
        numbers(params["kubernetes_version"])
    if network.get("policy") == "cilium" and network.get("dataplane") not in (None, "cilium"):
        raise _wrong("network policy cilium needs dataplane cilium")
    if params["workload_identity"] and params["oidc_issuer"] is False:
        raise _wrong("workload_identity needs oidc_issuer")
    if params["support_plan"] == "AKSLongTermSupport" and params["sku_tier"] not in (None, "Premium"):
        raise _wrong("support_plan AKSLongTermSupport needs sku_tier Premium")
    insights = params["container_insights"]
    if insights and insights["enabled"] and not insights["workspace_id"]:
        raise _wrong("container_insights needs the workspace_id of a Log Analytics workspace")
    names = [pool["name"] for pool in params["node_pools"] or ()]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _wrong(f"node_pools: {', '.join(sorted(twice))} is declared more than once")
    for pool in params["node_pools"] or ():
        _refuse_pool(pool, params["kubernetes_version"])


def _refuse_pool(pool: Params, cluster_version: str | None) -> None:
    name, low, high = pool["name"], pool["min_count"], pool["max_count"]
    if pool["autoscaling"] is False and (low is not None or high is not None):
        raise _wrong(f"node pool {name}: min_count and max_count are for autoscaling")
    if pool["autoscaling"] and (low is None or high is None):
        raise _wrong(f"node pool {name}: autoscaling needs min_count and max_count")
    if low is not None and high is not None and low > high:
        raise _wrong(f"node pool {name}: min_count {low} is above max_count {high}")
    own = pool["kubernetes_version"]
    if own and cluster_version and is_newer(own, cluster_version):
        raise _wrong(f"node pool {name}: its version {own} is newer than the cluster's {cluster_version}")


def _wrong(text: str) -> PlanError:
    return PlanError(f"aks_cluster: {text}", cloud=CLOUD)
