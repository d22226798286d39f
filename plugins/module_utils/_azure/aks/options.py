# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The options that say what a cluster and its node pools shall be."""

from __future__ import annotations

import typing as t

from ..._core.spec import ArgumentSpec

Options = dict[str, dict[str, t.Any]]

NETWORK: Options = {
    "plugin": {"type": "str", "choices": ["azure", "kubenet", "none"]},
    "plugin_mode": {"type": "str", "choices": ["overlay"]},
    "policy": {"type": "str", "choices": ["azure", "calico", "cilium", "none"]},
    "dataplane": {"type": "str", "choices": ["azure", "cilium"]},
    "pod_cidr": {"type": "str"},
    "service_cidr": {"type": "str"},
    "dns_service_ip": {"type": "str"},
    "outbound_type": {
        "type": "str",
        "choices": ["loadBalancer", "userDefinedRouting", "managedNATGateway", "userAssignedNATGateway", "none"],
    },
}
UPGRADES: Options = {
    "cluster": {"type": "str", "choices": ["rapid", "stable", "patch", "node-image", "none"]},
    "node_os": {"type": "str", "choices": ["None", "Unmanaged", "NodeImage", "SecurityPatch"]},
}
WINDOW: Options = {
    "of": {"type": "str", "required": True, "choices": ["cluster", "node_os"]},
    "day_of_week": {"type": "str", "choices": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]},
    "interval": {"type": "int", "default": 1},
    "start_time": {"type": "str", "required": True},
    "utc_offset": {"type": "str"},
    "start_date": {"type": "str"},
    "duration_hours": {"type": "int", "required": True},
}
POOL: Options = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "mode": {"type": "str", "choices": ["System", "User"]},
    "vm_size": {"type": "str"},
    "count": {"type": "int"},
    "autoscaling": {"type": "bool"},
    "min_count": {"type": "int"},
    "max_count": {"type": "int"},
    "kubernetes_version": {"type": "str"},
    "os_type": {"type": "str", "choices": ["Linux", "Windows"]},
    "os_sku": {"type": "str"},
    "os_disk_size_gb": {"type": "int"},
    "os_disk_type": {"type": "str", "choices": ["Managed", "Ephemeral"]},
    "max_pods": {"type": "int"},
    "vnet_subnet_id": {"type": "str"},
    "pod_subnet_id": {"type": "str"},
    "zones": {"type": "list", "elements": "str"},
    "node_public_ip": {"type": "bool"},
    "priority": {"type": "str", "choices": ["Regular", "Spot"]},
    "eviction_policy": {"type": "str", "choices": ["Delete", "Deallocate"]},
    "spot_max_price": {"type": "float"},
    "max_surge": {"type": "str"},
    "labels": {"type": "dict"},
    "taints": {"type": "list", "elements": "str"},
    "tags": {"type": "dict"},
}

AKS = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "resource_group": {"type": "str", "required": True},
        "location": {"type": "str"},
        "kubernetes_version": {"type": "str"},
        "dns_prefix": {"type": "str"},
        "node_resource_group": {"type": "str"},
        "sku_tier": {"type": "str", "choices": ["Free", "Standard", "Premium"]},
        "support_plan": {"type": "str", "choices": ["KubernetesOfficial", "AKSLongTermSupport"]},
        "network": {"type": "dict", "options": NETWORK},
        "oidc_issuer": {"type": "bool"},
        "workload_identity": {"type": "bool"},
        "prometheus": {
            "type": "dict",
            "options": {
                "enabled": {"type": "bool", "default": True},
                "labels_allow_list": {"type": "str"},
                "annotations_allow_list": {"type": "str"},
            },
        },
        "container_insights": {
            "type": "dict",
            "options": {"enabled": {"type": "bool", "default": True}, "workspace_id": {"type": "str"}},
        },
        "auto_upgrade": {"type": "dict", "options": UPGRADES},
        "maintenance_windows": {"type": "list", "elements": "dict", "options": WINDOW},
        "authorized_ip_ranges": {"type": "list", "elements": "str"},
        "local_accounts": {"type": "bool"},
        "entra": {
            "type": "dict",
            "options": {"admin_group_object_ids": {"type": "list", "elements": "str"}, "azure_rbac": {"type": "bool"}},
        },
        "autoscaler_profile": {"type": "dict"},
        "node_pools": {"type": "list", "elements": "dict", "options": POOL},
    }
)
