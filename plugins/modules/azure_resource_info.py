#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_resource_info
short_description: Read one resource of Azure Resource Manager
version_added: 0.1.0
description:
  - Returns one resource as it is. Of types that this collection knows by themselves it returns everything but secrets; of any other type
    id, location, tags and what O(outputs) names.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
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
  outputs:
    description: JSON pointers of values that the result shall hold, for types that are not known by themselves.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Read an identity
  klinematrix.hybrid_cloud.azure_resource_info:
    type: Microsoft.ManagedIdentity/userAssignedIdentities
    name: example-app
    resource_group: example
  register: app_identity
"""

RETURN = r"""
resource:
  description: The resource, empty if there is none.
  returned: success
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example
    name: example
    type: Microsoft.Resources/resourceGroups
    location: koreacentral
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
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE, PLACE, resource_info_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | PLACE, CLOUD, resource_info_of)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
