# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster of the tests of aks_cluster, and what the local cloud holds of it."""

from __future__ import annotations

import json
import time
import typing as t
import uuid
from copy import deepcopy

from tests.cloud import LocalCloud
from tests.integration.modules.arm import plant
from tests.steps import Done, direct

GROUP, CLUSTER = "FinancialAgent", "FinancialAgent-AKS"
SUBSCRIPTION = "b7a4e1c8-63d2-4f7b-8e0a-9c15d2f68b43"
IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
ID = f"{IN_GROUP}/Microsoft.ContainerService/managedClusters/{CLUSTER}"
WORKSPACE = f"{IN_GROUP}/Microsoft.OperationalInsights/workspaces/logs"
REGISTRY = f"{IN_GROUP}/Microsoft.ContainerRegistry/registries/financialAgent"
ADDRESSES = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Addresses"

SCALING = {"autoscaling": True, "min_count": 1, "max_count": 1}
POOLS: list[dict[str, t.Any]] = [
    {"name": "agentpool", "mode": "System", "vm_size": "Standard_D2ls_v5", **SCALING},
    {"name": "userpool", "mode": "User", "vm_size": "Standard_D2ls_v5", **SCALING, "labels": {"app": "web"}, "tags": {"Owner": "web"}},
    {"name": "userpoolv2", "mode": "User", "vm_size": "Standard_E2_v3", **SCALING, "taints": ["memory=only:NoSchedule"]},
]
DECLARED: dict[str, t.Any] = {
    "name": CLUSTER,
    "resource_group": GROUP,
    "location": "Korea Central",
    "kubernetes_version": "1.35",
    "sku_tier": "Free",
    "network": {"plugin": "azure", "plugin_mode": "overlay", "policy": "cilium", "dataplane": "cilium", "service_cidr": "10.0.0.0/16"},
    "oidc_issuer": True,
    "workload_identity": True,
    "auto_upgrade": {"cluster": "patch", "node_os": "NodeImage"},
    "authorized_ip_ranges": ["203.0.113.7", "198.51.100.0/24"],
    "autoscaler_profile": {"scan-interval": "20s", "skip-nodes-with-system-pods": False},
    "prometheus": {"enabled": True},
    "maintenance_windows": [
        {"of": "cluster", "day_of_week": "Sunday", "start_time": "03:00", "utc_offset": "+09:00", "duration_hours": 4, "interval": 1}
    ],
    "node_pools": POOLS,
    "tags": {"owner": "platform"},
}


def prepare(cloud: LocalCloud) -> None:
    """The groups, a workspace and a registry, as others have made them."""
    for name in (GROUP, "Addresses"):
        assert direct(cloud, "azure_resource", type="Microsoft.Resources/resourceGroups", name=name, location="koreacentral").status == "ok"
    with cloud.state() as state:
        plant(state, (WORKSPACE, REGISTRY))
    cloud.forget()


def register(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["azure"]["arm"]["providers"]["Microsoft.ContainerService"]["state"] = "Registered"


def aks(cloud: LocalCloud, *, check: bool = False, **more: t.Any) -> Done:
    declared = {name: value for name, value in {**deepcopy(DECLARED), **more}.items() if value is not None}
    return direct(cloud, "aks_cluster", check=check, **declared)


def pools(**changes: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The declared pools, some of them with other values."""
    return [{**deepcopy(pool), **changes.get(pool["name"], {})} for pool in POOLS]


_SEEDED: dict[str, dict[str, t.Any]] = {}


def seed(cloud: LocalCloud, **more: t.Any) -> None:
    """A cluster as declared, as if it had been there for long: made once by the module, and planted wherever it is wanted again."""
    key = f"{cloud.address} {json.dumps(more, sort_keys=True)}"
    register(cloud)
    if key not in _SEEDED:
        done = aks(cloud, **more)
        assert done.status == "ok", done.result["msg"]
        _SEEDED[key] = {name: each for name, each in cloud.ask("GET", "state")["azure"].items() if name in ("arm", "entra")}
    with cloud.state() as state:
        state["azure"] |= deepcopy(_SEEDED[key])
    cloud.forget()


def hurry(cloud: LocalCloud) -> None:
    """Operations that are done when they are answered: a poll takes a second, and most tests are not about waiting."""
    for action in ("ManagedClusters_CreateOrUpdate", "ManagedClusters_Update", "AgentPools_CreateOrUpdate", "AgentPools_Update"):
        cloud.fault("slow_operation", action=action, seconds=0)


def record(state: dict[str, t.Any], path: str = ID) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", state["azure"]["arm"]["resources"][path.lower()])


def properties(cloud: LocalCloud, pool: str | None = None) -> dict[str, t.Any]:
    found = record(cloud.ask("GET", "state"), ID if pool is None else f"{ID}/agentPools/{pool}")
    return t.cast("dict[str, t.Any]", found["body"]["properties"])


def pool_names(cloud: LocalCloud) -> set[str]:
    prefix = f"{ID}/agentPools/".lower()
    return {each["name"] for key, each in cloud.ask("GET", "state")["azure"]["arm"]["resources"].items() if key.startswith(prefix)}


def plant_pool(cloud: LocalCloud, name: str, **values: t.Any) -> None:
    """A pool that somebody else has made."""
    with cloud.state() as state:
        like = deepcopy(record(state, f"{ID}/agentPools/userpool"))
        like |= {"id": f"{ID}/agentPools/{name}", "name": name, "etag": str(uuid.uuid4()), "created": time.time()}
        like["body"]["properties"] |= values
        state["azure"]["arm"]["resources"][f"{ID}/agentPools/{name}".lower()] = like


def fields(done: Done) -> dict[tuple[str, str], tuple[t.Any, t.Any]]:
    """What is not as declared: (name, path): (before, after)."""
    return {
        (change["name"], each["path"]): (each["before"], each["after"]) for change in done.result["changes"] for each in change["fields"]
    }


def actions(done: Done) -> list[tuple[str, str, str]]:
    return [(change["action"], change["kind"], change["name"]) for change in done.result["changes"]]
