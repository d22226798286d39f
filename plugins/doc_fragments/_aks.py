# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  resource_group:
    description: Resource group of the cluster.
    type: str
    required: true
  location:
    description: Region. Needed for a cluster that shall be there; it cannot be changed.
    type: str
  kubernetes_version:
    description:
      - Version of Kubernetes. An alias such as V(1.35) is any patch of it; a new cluster then gets the newest.
      - Upgrades go forward, one minor version at a time. Node pools without a version of their own follow.
    type: str
  dns_prefix:
    description: First part of the host name of the API server. Used for a new cluster only; the name of the cluster unless given.
    type: str
  node_resource_group:
    description: Name of the group in which the service keeps the nodes. Used for a new cluster only.
    type: str
  sku_tier:
    description: Tier of the control plane. V(Premium) goes with long-term support. V(Free) for a new cluster unless given.
    type: str
    choices: [Free, Standard, Premium]
  support_plan:
    description: Support plan; V(AKSLongTermSupport) needs O(sku_tier=Premium) and allows older versions.
    type: str
    choices: [KubernetesOfficial, AKSLongTermSupport]
  network:
    description: Network of the cluster.
    type: dict
    suboptions:
      plugin:
        description: Network plugin; only from V(kubenet) to V(azure) with the overlay mode can it be changed.
        type: str
        choices: [azure, kubenet, none]
      plugin_mode:
        description: V(overlay) gives pods addresses of their own; without it they take addresses of the subnet. It cannot be taken back.
        type: str
        choices: [overlay]
      policy:
        description: Engine of network policies. From none to any, and from V(azure) or V(calico) to V(cilium) it can be changed.
        type: str
        choices: [azure, calico, cilium, none]
      dataplane:
        description: Data plane; V(cilium) goes with O(network.policy=cilium). From V(azure) to V(cilium) it can be changed.
        type: str
        choices: [azure, cilium]
      pod_cidr:
        description: Range of the pods' addresses. Used for a new cluster only.
        type: str
      service_cidr:
        description: Range of the services' addresses. Used for a new cluster only.
        type: str
      dns_service_ip:
        description: Address of the cluster's DNS, inside the range of the services. Used for a new cluster only.
        type: str
      outbound_type:
        description: How nodes reach the outside.
        type: str
        choices: [loadBalancer, userDefinedRouting, managedNATGateway, userAssignedNATGateway, none]
  oidc_issuer:
    description: Whether the cluster issues tokens that others can check. It cannot be turned off again.
    type: bool
  workload_identity:
    description: Whether pods may act as managed identities; needs O(oidc_issuer).
    type: bool
  prometheus:
    description: Managed Prometheus. Where the metrics go is said by data collection rules, not here.
    type: dict
    suboptions:
      enabled:
        description: Whether metrics are collected.
        type: bool
        default: true
      labels_allow_list:
        description: Labels that kube-state-metrics adds, such as V(pods=[app]).
        type: str
      annotations_allow_list:
        description: Annotations that kube-state-metrics adds.
        type: str
  container_insights:
    description: Logs of containers in a Log Analytics workspace, with the agent's managed identity.
    type: dict
    suboptions:
      enabled:
        description: Whether the agent runs.
        type: bool
        default: true
      workspace_id:
        description: Id of the workspace.
        type: str
  auto_upgrade:
    description: What the service upgrades by itself.
    type: dict
    suboptions:
      cluster:
        description: Channel of Kubernetes upgrades.
        type: str
        choices: [rapid, stable, patch, node-image, none]
      node_os:
        description: Channel of upgrades of the nodes' operating system.
        type: str
        choices: ["None", Unmanaged, NodeImage, SecurityPatch]
  maintenance_windows:
    description: When the service may upgrade. Windows that are not declared are left alone.
    type: list
    elements: dict
    suboptions:
      of:
        description: Whether it is for upgrades of Kubernetes or of the nodes' operating system.
        type: str
        required: true
        choices: [cluster, node_os]
      day_of_week:
        description: Day of a weekly window; without it the window is daily.
        type: str
        choices: [Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday]
      interval:
        description: Every how many weeks or days.
        type: int
        default: 1
      start_time:
        description: When it begins, such as V(03:00).
        type: str
        required: true
      utc_offset:
        description: Offset of the time zone from UTC, such as V(+09:00).
        type: str
      start_date:
        description: First day on which it counts, such as V(2026-12-01).
        type: str
      duration_hours:
        description: How long it lasts, 4 to 24.
        type: int
        required: true
  authorized_ip_ranges:
    description: Who may reach the API server; an empty list is everybody. V(203.0.113.7) is V(203.0.113.7/32).
    type: list
    elements: str
  local_accounts:
    description: Whether the cluster has accounts besides Entra's; turning them off needs O(entra).
    type: bool
  entra:
    description: Sign-in through Entra ID. It cannot be turned off again.
    type: dict
    suboptions:
      admin_group_object_ids:
        description: Groups whose members are administrators of the cluster; others are removed.
        type: list
        elements: str
      azure_rbac:
        description: Whether Azure's roles decide who may do what in the cluster.
        type: bool
  autoscaler_profile:
    description: Settings of the cluster autoscaler by the service's own names, such as V(scan-interval). Others are left alone.
    type: dict
  node_pools:
    description: The node pools. A new cluster needs at least one of O(node_pools[].mode=System).
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the pool, at most 12 small letters and digits.
        type: str
        required: true
      state:
        description: Whether the pool exists.
        type: str
        choices: [present, absent]
        default: present
      mode:
        description: V(System) pools carry what the cluster itself needs; one must remain. V(User) for a new pool unless given.
        type: str
        choices: [System, User]
      vm_size:
        description: Size of the nodes, such as V(Standard_D2ls_v5). It cannot be changed.
        type: str
      count:
        description: Number of nodes. Where the pool scales by itself it is the number to begin with, and never compared.
        type: int
      autoscaling:
        description: Whether the pool scales by itself.
        type: bool
      min_count:
        description: Fewest nodes of a pool that scales by itself.
        type: int
      max_count:
        description: Most nodes of a pool that scales by itself.
        type: int
      kubernetes_version:
        description: Version of the nodes, if it is not that of the cluster. It cannot be newer.
        type: str
      os_type:
        description: Operating system. V(Linux) for a new pool unless given; it cannot be changed.
        type: str
        choices: [Linux, Windows]
      os_sku:
        description: Distribution, such as V(Ubuntu) or V(AzureLinux). It can be changed among those of Linux.
        type: str
      os_disk_size_gb:
        description: Size of the nodes' disks. It cannot be changed.
        type: int
      os_disk_type:
        description: Kind of the nodes' disks. It cannot be changed.
        type: str
        choices: [Managed, Ephemeral]
      max_pods:
        description: Most pods on a node. It cannot be changed.
        type: int
      vnet_subnet_id:
        description: Id of the nodes' subnet. It cannot be changed.
        type: str
      pod_subnet_id:
        description: Id of the pods' subnet. It cannot be changed.
        type: str
      zones:
        description: Availability zones. They cannot be changed.
        type: list
        elements: str
      node_public_ip:
        description: Whether nodes have public addresses. It cannot be changed.
        type: bool
      priority:
        description: V(Spot) nodes are cheap and may be taken away. It cannot be changed.
        type: str
        choices: [Regular, Spot]
      eviction_policy:
        description: What happens to spot nodes that are taken away. It cannot be changed.
        type: str
        choices: [Delete, Deallocate]
      spot_max_price:
        description: Most that a spot node may cost, V(-1) for any price. It cannot be changed.
        type: float
      max_surge:
        description: How many nodes more an upgrade may use, such as V(1) or V(33%).
        type: str
      labels:
        description: Labels of the nodes that must be there. Others are left alone.
        type: dict
      taints:
        description: Taints of the nodes. Others are removed.
        type: list
        elements: str
      tags:
        description: Tags that must be there. Others are left alone.
        type: dict
"""
