#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: key_vault_secret_versions
short_description: Turn off old versions of secrets in an Azure key vault
version_added: 0.2.0
description:
  - Disables all versions of some secrets but the newest enabled ones, the last step of a rotation. A disabled version can be enabled again.
  - The newest enabled version is never touched, and no value is read.
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
  names:
    description: Names of the secrets. One that does not exist has no versions.
    type: list
    elements: str
    required: true
  keep:
    description: How many of the newest enabled versions stay.
    type: int
    default: 1
seealso:
  - module: klinematrix.hybrid_cloud.key_vault_secrets_info
"""

EXAMPLES = r"""
- name: Turn off what was there before the rotation
  klinematrix.hybrid_cloud.key_vault_secret_versions:
    vault: example-kv
    names: [mongodb-url]
"""

RETURN = r"""
changes:
  description: Each version that is disabled, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: secret_version
      name: mongodb-url/4387e9f3d6e14c459867679a90fd0f79
      id: https://example-kv.vault.azure.net/secrets/mongodb-url/4387e9f3d6e14c459867679a90fd0f79
      action: update
      fields: [{path: /enabled, before: true, after: false}]
secrets:
  description: By name of the secret its versions, the newest first.
  returned: success
  type: dict
  sample:
    mongodb-url:
      - {version: 5387e9f3d6e14c459867679a90fd0f80, enabled: true}
      - {version: 4387e9f3d6e14c459867679a90fd0f79, enabled: false}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 1}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: ForbiddenByRbac, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity a role}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secret_versions import OldVersions
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "vault": {"type": "str", "required": True},
        "names": {"type": "list", "elements": "str", "required": True},
        "keep": {"type": "int", "default": 1},
    }
)

MODULE = Module(AZURE | SPEC, CLOUD, OldVersions)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
