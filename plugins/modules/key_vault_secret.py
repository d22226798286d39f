#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: key_vault_secret
short_description: Keep one secret of an Azure key vault as declared
version_added: 0.1.0
description:
  - Keeps one secret as declared. For several secrets use M(klinematrix.hybrid_cloud.key_vault_secrets), which lists them once.
  - A new version is written only when the value differs; attributes are changed in place. No value is ever returned, neither the old nor
    the new one. A new version keeps the tags and attributes of the one before it.
  - A deleted secret of the name is recovered and then made as declared; a preview says so.
  - The value of a disabled secret cannot be read. It is not compared then; enabling the secret writes the declared value as a new version.
  - Where the role on the vault was assigned a moment ago, the module waits until it works. If there is no vault yet, a preview shows
    the secret as created.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._secret
options:
  value:
    description:
      - The value. Text is kept as it is; a mapping or list is kept as JSON, and compared as such.
      - Without it only the attributes of the secret are kept, which must exist then.
    type: raw
"""

EXAMPLES = r"""
- name: Keep an API key
  klinematrix.hybrid_cloud.key_vault_secret:
    vault: example-kv
    name: api-key
    value: "{{ lookup('ansible.builtin.env', 'EXAMPLE_API_KEY') }}"
    expires_on: "2027-12-31T00:00:00Z"

- name: Let a secret expire, whatever its value is
  klinematrix.hybrid_cloud.key_vault_secret:
    vault: https://example-kv.vault.azure.net/
    name: session-key
    expires_on: "2027-06-30T00:00:00Z"
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run. Values are masked on both sides.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: secret
      name: api-key
      id: https://example-kv.vault.azure.net/secrets/api-key/4387e9f3d6e14c459867679a90fd0f79
      action: update
      fields: [{path: /value, before: "********", after: "********"}]
secret:
  description: The secret without its value. C(version) is the newest one, where it was read or written. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    id: https://example-kv.vault.azure.net/secrets/api-key/5387e9f3d6e14c459867679a90fd0f80
    version: 5387e9f3d6e14c459867679a90fd0f80
    enabled: true
uri:
  description: URI of the vault.
  returned: success
  type: str
  sample: https://example-kv.vault.azure.net/
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: ForbiddenByRbac, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE, SECRET, VAULT
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault_secrets import OneSecret
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | VAULT | ArgumentSpec(SECRET) | STATE, CLOUD, OneSecret)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
