#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: key_vault_secrets
short_description: Keep secrets of an Azure key vault as declared
version_added: 0.1.0
description:
  - Keeps a set of secrets as declared. They are listed once, and each value that is declared is read once. A new version is written
    only when the value differs; attributes are changed in place. Secrets that are not declared are left alone.
  - No value is ever returned, neither the old nor the new one. A new version keeps the tags and attributes of the one before it.
  - A deleted secret that holds the name is recovered and then made as declared; a preview says so.
  - The value of a disabled secret cannot be read. It is not compared then; enabling the secret writes the declared value as a new version.
  - Where the role on the vault was assigned a moment ago, the module waits until it works. If there is no vault yet, a preview shows
    everything as created.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
options:
  vault:
    description: Name or URI of the vault.
    type: str
    required: true
  secrets:
    description: The secrets.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the secret, 1 to 127 letters, digits and hyphens.
        type: str
        required: true
      value:
        description:
          - The value. Text is kept as it is; a mapping or list is kept as JSON, and compared as such.
          - Without it only the attributes of the secret are kept, which must exist then.
        type: raw
      content_type:
        description: What the value is, for example V(application/json).
        type: str
      tags:
        description: Tags that must be there. Others are left alone.
        type: dict
      enabled:
        description: Whether the secret can be read.
        type: bool
      expires_on:
        description: When it expires, as ISO 8601 time; UTC unless it names another zone.
        type: str
      not_before:
        description: When it begins to be valid, as ISO 8601 time; UTC unless it names another zone.
        type: str
      state:
        description: Whether the secret exists.
        type: str
        choices: [present, absent]
        default: present
  recover:
    description: Recover deleted secrets that hold a declared name.
    type: bool
    default: true
  purge:
    description: Destroy secrets with the state V(absent) for good, also those that are deleted already.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep the secrets of an application
  klinematrix.hybrid_cloud.key_vault_secrets:
    vault: example-kv
    secrets:
      - name: api-key
        value: "{{ lookup('ansible.builtin.env', 'EXAMPLE_API_KEY') }}"
        expires_on: "2027-12-31T00:00:00Z"
      - name: smtp-credentials
        value: {USER: "{{ smtp_user }}", PASSWORD: "{{ smtp_password }}"}
        content_type: application/json
        tags: {owner: mail}
      - name: old-key
        state: absent
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
secrets:
  description: The declared secrets by name, without their values. C(version) is the newest one, where it was read or written.
  returned: success
  type: dict
  sample:
    api-key:
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
  sample: {reads: 3, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: ForbiddenByRbac, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE, SECRET, VAULT
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault_secrets import Secrets
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {"secrets": {"type": "list", "elements": "dict", "required": True, "no_log": False, "options": {**SECRET, **STATE.options}}}
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Secrets(host, traffic, host.params["secrets"])


MODULE = Module(AZURE | VAULT | SPEC, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
