#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: key_vault_secrets_info
short_description: Look which secrets an Azure key vault holds
version_added: 0.1.0
description:
  - Lists the secrets of a vault with their attributes. Values are never read, so no right to read them is needed.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
options:
  vault:
    description: Name or URI of the vault.
    type: str
    required: true
  names:
    description: Only secrets of these names. All if not given.
    type: list
    elements: str
  versions:
    description: Whether the versions of each secret are looked up too, at the price of one call a secret.
    type: bool
    default: false
seealso:
  - module: klinematrix.hybrid_cloud.key_vault_secrets
"""

EXAMPLES = r"""
- name: Look which secrets are there
  klinematrix.hybrid_cloud.key_vault_secrets_info:
    vault: example-test-kv
  register: kept
"""

RETURN = r"""
secrets:
  description:
    - The secrets, in the order of their names. One that does not exist is not among them.
    - C(versions), the newest first, only where O(versions) asks for them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: api-key
      id: https://example-test-kv.vault.azure.net/secrets/api-key
      enabled: true
      content_type: text/plain
      tags: {}
      expires_on: "2027-01-31T00:00:00Z"
      not_before: null
      versions:
        - {version: 5387e9f3d6e14c459867679a90fd0f80, enabled: true, created_on: "2026-11-25T09:30:00Z"}
vault_exists:
  description: Whether there is such a vault.
  returned: success
  type: bool
  sample: true
uri:
  description: URI of the vault.
  returned: success
  type: str
  sample: https://example-test-kv.vault.azure.net/
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: ForbiddenByRbac, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secret_list import SecretList
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "vault": {"type": "str", "required": True},
        "names": {"type": "list", "elements": "str"},
        "versions": {"type": "bool", "default": False},
    }
)

MODULE = Module(AZURE | SPEC, CLOUD, SecretList)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
