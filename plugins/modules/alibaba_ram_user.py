#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alibaba_ram_user
short_description: Keep an application's own RAM user, with its access key in an Azure key vault
version_added: 0.1.0
description:
  - Keeps a user of Alibaba Cloud's RAM that has one custom policy, and nothing else that it may do.
  - The access key goes straight into an Azure key vault. Its secret is shown when it is made, and never again; only ids and versions come
    back. When the vault refuses the secret of a new key, the key is deleted again.
  - A user may have two keys. A new key is made while the old one still works, see O(rotate_after_days) and O(retire_after_days).
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
  - klinematrix.hybrid_cloud._key_vault
  - klinematrix.hybrid_cloud._app_user
options:
  display_name:
    description: Name shown in the console. A new user is shown under its own name.
    type: str
  comments:
    description: A remark about the user.
    type: str
"""

EXAMPLES = r"""
- name: Let the backend keep charts in its bucket, and nothing else
  klinematrix.hybrid_cloud.alibaba_ram_user:
    name: example-backend
    comments: stores charts
    policy:
      Version: "1"
      Statement:
        - Effect: Allow
          Action: ["oss:GetObject", "oss:PutObject"]
          Resource: ["acs:oss:*:*:example-charts/*"]
    key_vault: example-test-kv
    id_secret_name: oss-access-key-id
    secret_name: oss-access-key-secret
    rotate_after_days: 90
    retire_after_days: 14
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: ram_user
      name: example-backend
      id: "207398512345678901"
      action: update
      fields: [{path: /secret, before: 91 days old, after: stored}]
user:
  description: The user as it is, or as it would be in check mode, without any secret; null if it is absent.
  returned: success
  type: dict
  sample:
    name: example-backend
    id: "207398512345678901"
    comments: stores charts
    policy: {Version: "1", Statement: [{Effect: Allow, Action: ["oss:GetObject"], Resource: ["acs:oss:*:*:example-charts/*"]}]}
    policies: ["Custom:example-backend"]
    access_key_id: LTAI5tExample
    old_access_key_id: null
    secret_version: 0f1e2d
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 8, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: too_many_keys, status: null, request_id: null, retryable: false, hint: Delete the one that nobody uses}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.ram_user import RAM_USER, ram_user
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import DESTINATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._identities.options import USER
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | DESTINATION | USER | RAM_USER, CLOUD, ram_user)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
