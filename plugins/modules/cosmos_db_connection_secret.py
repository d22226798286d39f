#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cosmos_db_connection_secret
short_description: Keep a connection string of Azure Cosmos DB in a key vault
version_added: 0.1.0
description:
  - Reads a connection string of an account with the API for MongoDB and keeps it as a secret of a key vault. It is compared and written
    within this task, and neither returned nor shown.
  - A new version is written only when the string differs, for example after a key was regenerated. A secret that was deleted is recovered.
  - While there is no account, a preview shows the secret as created. A real run needs the account.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._secret
options:
  account_id:
    description: Id of the database account.
    type: str
    required: true
  key:
    description: >-
      Which of the account's keys the string has. Rotate without an interruption by switching to the other one, regenerating the first, and
      switching back.
    type: str
    choices: [primary, secondary, primary_readonly, secondary_readonly]
    default: primary
  database:
    description: The database that clients use unless they name one. It becomes part of the string.
    type: str
"""

EXAMPLES = r"""
- name: Keep the connection string where the application reads it
  klinematrix.hybrid_cloud.cosmos_db_connection_secret:
    account_id: "{{ cosmos_db_account_id }}"
    vault: example-kv
    name: mongodb-url
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
      name: mongodb-url
      id: https://example-kv.vault.azure.net/secrets/mongodb-url/4387e9f3d6e14c459867679a90fd0f79
      action: update
      fields: [{path: /value, before: "********", after: "********"}]
secret:
  description: The secret without its value. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    id: https://example-kv.vault.azure.net/secrets/mongodb-url/5387e9f3d6e14c459867679a90fd0f80
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

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.connection_secret import CONNECTION, ConnectionSecret
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE, VAULT
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | VAULT | CONNECTION | STATE, CLOUD, ConnectionSecret)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
