#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_resource
short_description: Keep one resource of Azure Resource Manager as declared
version_added: 0.1.0
description:
  - Keeps one resource of any type as declared, with the names that Azure itself uses in its resource bodies.
  - Only what is declared is compared; the rest stays as it is. Values are compared by their meaning. V(Korea Central) is
    V(koreacentral), V(PT5M) is V(PT05M), ids have no case, lists that are sets have no order.
  - The types C(Microsoft.Resources/resourceGroups), C(Microsoft.ManagedIdentity/userAssignedIdentities),
    C(Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials), C(Microsoft.KeyVault/vaults),
    C(Microsoft.ContainerRegistry/registries), C(Microsoft.OperationalInsights/workspaces), C(Microsoft.Monitor/accounts), and of
    C(Microsoft.Network) C(virtualNetworks), C(virtualNetworks/subnets), C(publicIPAddresses), C(virtualNetworkGateways),
    C(localNetworkGateways) and C(connections) are known by themselves. Their api-version is pinned, names that they do not have are
    refused, and so is every change that is not possible in place.
  - For any other type give O(api_version). Declared values are then compared one by one. Text under C(location) is a region, text that
    begins with C(/subscriptions/) an id, text that looks like one an ISO 8601 duration; C(kind), C(tier), C(type) and everything under
    C(sku) have no case; lists of plain values are sets; lists of mappings that all have a C(name) are told apart by it, others are
    compared place by place. C(location) cannot be changed.
  - A resource that is still being created or changed is waited for before it is compared. A long operation that is cut off is picked up
    by the next run.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
options:
  type:
    description: Type of the resource, for example V(Microsoft.KeyVault/vaults).
    type: str
    required: true
  name:
    description: Name of the resource. For a child that is given by O(resource_group) it holds the parents' names too, C(parent/child).
    type: str
    required: true
  resource_group:
    description: Resource group that the resource is in. Without this, O(parent) and O(scope) it belongs to the subscription.
    type: str
  parent:
    description: Id of the resource that this one is a child of.
    type: str
  scope:
    description: Id of what this one extends, for types that can stand at any resource.
    type: str
  api_version:
    description: Version of the API, for types that this collection does not know by itself.
    type: str
  location:
    description: Region. It cannot be changed.
    type: str
  tags:
    description: Tags that must be there. Others are left alone.
    type: dict
  properties:
    description: Properties, as Azure names them.
    type: dict
  secret_properties:
    description:
      - Properties that are secrets, in the same place below as in O(properties), also within lists. Nothing in here is ever shown, so
        leave everything else in O(properties).
      - For types that are known by themselves a secret in O(properties) is refused.
    type: dict
  sku:
    description: SKU, as Azure names its parts.
    type: dict
  kind:
    description: Kind of the resource, for types that have one.
    type: str
  identity:
    description: Managed identity of the resource, as Azure names its parts.
    type: dict
  zones:
    description: Availability zones.
    type: list
    elements: str
  managed_by:
    description: Id of the resource that manages this one.
    type: str
  outputs:
    description: JSON pointers of values that the cloud sets and the result shall hold, for types that are not known by themselves.
    type: list
    elements: str
    default: []
  write_only:
    description:
      - JSON pointers of declared values that the cloud never returns, such as passwords, for types that are not known by themselves. They
        are written when the resource is created, and again with O(rewrite); they are never shown.
    type: list
    elements: str
    default: []
  rewrite:
    description: Write the values of O(write_only) again.
    type: bool
    default: false
  register_provider:
    description: Let the subscription use the namespace of the type if it does not yet. A preview names this.
    type: bool
    default: true
  confirm_delete:
    description: The name once more, to delete a resource with everything in it, such as a resource group.
    type: str
  state:
    description: Whether the resource exists.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Keep a resource group
  klinematrix.hybrid_cloud.azure_resource:
    type: Microsoft.Resources/resourceGroups
    name: example
    location: Korea Central
    tags: {owner: platform}

- name: Keep an identity
  klinematrix.hybrid_cloud.azure_resource:
    type: Microsoft.ManagedIdentity/userAssignedIdentities
    name: example-app
    resource_group: example
    location: koreacentral
  register: app_identity

- name: Let a service account of Kubernetes be that identity
  klinematrix.hybrid_cloud.azure_resource:
    type: Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials
    name: app
    parent: "{{ app_identity.resource.id }}"
    properties:
      issuer: "{{ cluster_issuer }}"
      subject: system:serviceaccount:example:app

- name: Keep a resource of a type that the collection does not know
  klinematrix.hybrid_cloud.azure_resource:
    type: Microsoft.Cache/redis
    api_version: "2024-11-01"
    name: example
    resource_group: example
    location: koreacentral
    properties: {sku: {name: Basic, family: C, capacity: 0}, minimumTlsVersion: "1.2"}
    outputs: [/properties/hostName]
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: resource_group
      name: example
      id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example
      action: update
      fields: [{path: /tags/owner, before: somebody, after: platform}]
resource:
  description: The resource as it is, or as it would be in check mode. What only the cloud knows is then V((known after apply\)).
  returned: success
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example
    name: example
    type: Microsoft.Resources/resourceGroups
    location: koreacentral
    tags: {owner: platform}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: AuthorizationFailed, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE, RESOURCE, resource_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | RESOURCE, CLOUD, resource_of)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
