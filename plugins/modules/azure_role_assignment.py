#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_role_assignment
short_description: Keep an Azure role assigned to a principal
version_added: 0.1.0
description:
  - Keeps one role assigned to one principal at one scope. An assignment that is already there is kept under whatever name it has; a new
    one gets a name that follows from role, principal and scope.
  - A principal that was created a moment ago is waited for until Azure knows it everywhere.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
options:
  role:
    description: The role, by its name (V(Key Vault Secrets User)), its GUID or its resource id.
    type: str
    required: true
  principal_id:
    description: Object id of the principal. Without it, whoever runs this.
    type: str
  principal_type:
    description: What the principal is. It helps Azure to find one that was created a moment ago.
    type: str
    choices: [ServicePrincipal, User, Group, ForeignGroup, Device]
    default: ServicePrincipal
  scope:
    description: Id of the resource, resource group or subscription. Without it, the subscription.
    type: str
  description:
    description: What the assignment is for.
    type: str
  condition:
    description: Condition that narrows the assignment, in the language of Azure's attribute-based access control, version 2.0.
    type: str
  state:
    description: Whether the role is assigned.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Let an identity read the secrets of a vault
  klinematrix.hybrid_cloud.azure_role_assignment:
    role: Key Vault Secrets User
    principal_id: "{{ app_identity.resource.properties.principalId }}"
    scope: "{{ vault.key_vault.id }}"
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: role_assignment
      name: Key Vault Secrets User for 11111111-1111-1111-1111-111111111111 at example-kv
      id: null
      action: create
      fields: [{path: /principalId, before: null, after: 11111111-1111-1111-1111-111111111111}]
role_assignment:
  description: The assignment as it is, or as it would be in check mode.
  returned: success
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Authorization/roleAssignments/9f6c1c1e
    name: 9f6c1c1e
    principalId: 11111111-1111-1111-1111-111111111111
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: PrincipalNotFound, status: 400, request_id: 8f2c4e0a, retryable: false, hint: null}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.role_assignments import RoleAssignment
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "role": {"type": "str", "required": True},
        "principal_id": {"type": "str"},
        "principal_type": {
            "type": "str",
            "choices": ["ServicePrincipal", "User", "Group", "ForeignGroup", "Device"],
            "default": "ServicePrincipal",
        },
        "scope": {"type": "str"},
        "description": {"type": "str"},
        "condition": {"type": "str"},
    }
)

MODULE = Module(AZURE | SPEC | STATE, CLOUD, RoleAssignment)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
