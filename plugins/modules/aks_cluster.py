#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_cluster
short_description: Keep an AKS cluster and its node pools as declared
version_added: 0.1.0
description:
  - Keeps a cluster of Azure Kubernetes Service, its node pools, its maintenance windows and the roles of its identities as declared. What
    is not declared stays as it is. A node pool that is not declared is never touched unless O(purge_node_pools) is set.
  - What can only be set when a cluster is made (address ranges, O(dns_prefix), O(node_resource_group)) is not compared on a cluster that is
    there already. Other changes that Azure does not make in place fail, in check mode too.
  - The control plane is upgraded before the node pools, one operation after the other, as the service demands.
  - Credentials of the cluster are never returned.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._aks
options:
  purge_node_pools:
    description: Delete node pools that are not declared.
    type: bool
    default: false
  allow_mass_delete:
    description: Let a run delete more than two node pools, or all that there were.
    type: bool
    default: false
  attached_registries:
    description: Ids of container registries from which the nodes may pull (role AcrPull for the kubelet identity).
    type: list
    elements: str
  network_contributor_scopes:
    description: >-
      Ids of groups or resources at which the cluster's own identity is Network Contributor, such as the group of a public IP address that
      an ingress uses.
    type: list
    elements: str
  tags:
    description: Tags that must be there. Others are left alone.
    type: dict
  register_provider:
    description: Let the subscription use Microsoft.ContainerService if it does not yet. A preview names this.
    type: bool
    default: true
  confirm_delete:
    description: The name of the cluster, to confirm that O(state=absent) shall delete it with everything that runs in it.
    type: str
  state:
    description: Whether the cluster exists.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Keep a cluster with two autoscaled pools
  klinematrix.hybrid_cloud.aks_cluster:
    name: example-aks
    resource_group: example
    location: Korea Central
    kubernetes_version: "1.35"
    network: {plugin: azure, plugin_mode: overlay, policy: cilium, dataplane: cilium}
    oidc_issuer: true
    workload_identity: true
    auto_upgrade: {cluster: patch, node_os: NodeImage}
    maintenance_windows:
      - {of: cluster, day_of_week: Sunday, start_time: "03:00", utc_offset: "+09:00", duration_hours: 4}
    node_pools:
      - {name: system, mode: System, vm_size: Standard_D2ls_v5, autoscaling: true, min_count: 1, max_count: 3}
      - {name: memory, mode: User, vm_size: Standard_E2_v3, autoscaling: true, min_count: 1, max_count: 1, labels: {workload: memory}}
    attached_registries: ["{{ container_registry_id }}"]
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: aks_node_pool
      name: example-aks/system
      id: /subscriptions/0/resourceGroups/example/providers/Microsoft.ContainerService/managedClusters/example-aks/agentPools/system
      action: update
      fields: [{path: /properties/maxCount, before: 3, after: 1}]
aks_cluster:
  description:
    - The cluster as it is, or as it would be in check mode. Empty if it does not exist. Credentials are never part of it.
    - What only Azure knows is C((known after apply)) in the preview of a cluster that does not exist yet.
  returned: success
  type: dict
  sample:
    id: /subscriptions/0/resourceGroups/example/providers/Microsoft.ContainerService/managedClusters/example-aks
    name: example-aks
    location: koreacentral
    fqdn: example-aks-0a1b2c3d.hcp.koreacentral.azmk8s.io
    oidc_issuer_url: https://koreacentral.oic.prod-aks.azure.com/00000000-0000-0000-0000-000000000000/11111111-1111-1111-1111-111111111111/
    principal_id: 22222222-2222-2222-2222-222222222222
    kubelet_identity: {object_id: 33333333-3333-3333-3333-333333333333, client_id: 44444444-4444-4444-4444-444444444444}
    node_resource_group: MC_example_example-aks_koreacentral
    current_kubernetes_version: 1.35.4
    node_pools: [{name: system, mode: System, vm_size: Standard_D2ls_v5, count: 1, min_count: 1, max_count: 1}]
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: QuotaExceeded, status: 409, request_id: 8f2c4e0a, retryable: false, hint: Ask for more quota}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.aks.cluster import AksCluster
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.aks.options import AKS
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "purge_node_pools": {"type": "bool", "default": False},
        "allow_mass_delete": {"type": "bool", "default": False},
        "attached_registries": {"type": "list", "elements": "str"},
        "network_contributor_scopes": {"type": "list", "elements": "str"},
        "tags": {"type": "dict"},
        "register_provider": {"type": "bool", "default": True},
        "confirm_delete": {"type": "str"},
    }
)

MODULE = Module(AZURE | AKS | SPEC | STATE, CLOUD, AksCluster)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
