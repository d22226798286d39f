#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: key_vault
short_description: Keep an Azure key vault as declared
version_added: 0.1.0
description:
  - Keeps a key vault as declared. What is not declared stays as it is; a new vault uses Azure role-based access control.
  - A deleted vault keeps its name until it is recovered or purged. This module recovers it and then makes it as declared; a preview says
    so. It purges only with O(purge).
  - With O(deployer_role) whoever runs this gets a role on the vault, and the module waits until the vault lets it in. Owner and Contributor
    do not reach the secrets of a vault.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
options:
  name:
    description: Name of the vault, 3 to 24 letters, digits and single hyphens. Vault names are global.
    type: str
    required: true
  resource_group:
    description: Resource group of the vault.
    type: str
    required: true
  location:
    description: Region. Needed for a vault that shall be there; it cannot be changed.
    type: str
  sku:
    description: V(premium) keeps keys in hardware. V(standard) for a new vault unless given.
    type: str
    choices: [standard, premium]
  rbac:
    description: Whether roles decide who may do what, instead of access policies. V(true) for a new vault unless given.
    type: bool
  soft_delete_retention_days:
    description: How many days a deleted vault and deleted secrets can be recovered, 7 to 90. It can be set once.
    type: int
  purge_protection:
    description: Whether nobody may purge before that time is over. It cannot be turned off again.
    type: bool
  public_network_access:
    description: Whether the vault can be reached from public networks at all.
    type: bool
  network_rules:
    description: Who gets through the firewall of the vault. Rules of a kind that is given and are not declared are removed.
    type: dict
    suboptions:
      default_action:
        description: What happens to everybody else.
        type: str
        choices: [Allow, Deny]
      bypass:
        description: Whether trusted services of Azure get through.
        type: str
        choices: [AzureServices, "None"]
      ip_rules:
        description: Addresses and ranges, compared by what they mean. V(203.0.113.7) is V(203.0.113.7/32).
        type: list
        elements: str
      subnet_ids:
        description: Ids of subnets.
        type: list
        elements: str
  tags:
    description: Tags that must be there. Others are left alone.
    type: dict
  deployer_role:
    description: Role on the vault for whoever runs this.
    type: str
    choices: [Key Vault Secrets Officer, Key Vault Administrator, Key Vault Secrets User, Key Vault Reader]
  recover:
    description: Recover a deleted vault of this name, with its secrets.
    type: bool
    default: true
  purge:
    description:
      - With O(state=absent), destroy the vault and its secrets for good. With O(state=present) and O(recover=false), do so with a deleted
        vault that holds the name.
    type: bool
    default: false
  register_provider:
    description: Let the subscription use Microsoft.KeyVault if it does not yet. A preview names this.
    type: bool
    default: true
  state:
    description: Whether the vault exists.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Keep a vault whose secrets the deployer may write
  klinematrix.hybrid_cloud.key_vault:
    name: example-kv
    resource_group: example
    location: Korea Central
    purge_protection: true
    network_rules:
      default_action: Deny
      ip_rules: [203.0.113.7, 198.51.100.0/24]
    deployer_role: Key Vault Secrets Officer
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: key_vault
      name: example-kv
      id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.KeyVault/vaults/example-kv
      action: update
      fields: [{path: /properties/sku/name, before: standard, after: premium}]
key_vault:
  description: The vault as it is, or as it would be in check mode, with Azure's own names, and its C(uri). Empty if it does not exist.
  returned: success
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/example/providers/Microsoft.KeyVault/vaults/example-kv
    name: example-kv
    uri: https://example-kv.vault.azure.net/
    location: koreacentral
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: VaultAlreadyExists, status: 409, request_id: 8f2c4e0a, retryable: false, hint: Vault names are global}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.key_vault import KeyVault
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

NETWORK_RULES = {
    "default_action": {"type": "str", "choices": ["Allow", "Deny"]},
    "bypass": {"type": "str", "choices": ["AzureServices", "None"]},
    "ip_rules": {"type": "list", "elements": "str"},
    "subnet_ids": {"type": "list", "elements": "str"},
}
DEPLOYER_ROLES = ["Key Vault Secrets Officer", "Key Vault Administrator", "Key Vault Secrets User", "Key Vault Reader"]

SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "resource_group": {"type": "str", "required": True},
        "location": {"type": "str"},
        "sku": {"type": "str", "choices": ["standard", "premium"]},
        "rbac": {"type": "bool"},
        "soft_delete_retention_days": {"type": "int"},
        "purge_protection": {"type": "bool"},
        "public_network_access": {"type": "bool"},
        "network_rules": {"type": "dict", "options": NETWORK_RULES},
        "tags": {"type": "dict"},
        "deployer_role": {"type": "str", "choices": DEPLOYER_ROLES},
        "recover": {"type": "bool", "default": True},
        "purge": {"type": "bool", "default": False},
        "register_provider": {"type": "bool", "default": True},
    }
)

MODULE = Module(AZURE | SPEC | STATE, CLOUD, KeyVault)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
