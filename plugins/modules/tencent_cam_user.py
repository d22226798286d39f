#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_cam_user
short_description: Keep an application's own sub-user at Tencent Cloud, with its access key in an Azure key vault
version_added: 0.1.0
description:
  - Keeps a sub-user of Tencent Cloud's CAM that has one custom policy, and nothing else that it may do. It cannot log in to the console.
  - The access key goes straight into an Azure key vault. Its secret is shown when it is made, and never again; only ids and versions come
    back. When the vault refuses the secret of a new key, the key is deleted again.
  - A user may have two keys. A new key is made while the old one still works, see O(rotate_after_days) and O(retire_after_days).
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._tencent
  - klinematrix.hybrid_cloud._key_vault
  - klinematrix.hybrid_cloud._app_user
options:
  remark:
    description: A remark about the user.
    type: str
"""

EXAMPLES = r"""
- name: Let the backend send mail, and nothing else
  klinematrix.hybrid_cloud.tencent_cam_user:
    name: example-mailer
    remark: sends mail
    policy:
      version: "2.0"
      statement:
        - {effect: allow, action: ["ses:SendEmail"], resource: ["*"]}
    key_vault: example-test-kv
    id_secret_name: tencent-ses-secret-id
    secret_name: tencent-ses-secret-key
    pair: {secret_name: tencent-ses-credentials, id_field: TENCENT_SECRET_ID, secret_field: TENCENT_SECRET_KEY}
    rotate_after_days: 90
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: tencent
      kind: cam_user
      name: example-mailer
      id: "100012345678"
      action: update
      fields: [{path: /secret, before: 91 days old, after: stored}]
user:
  description: The user as it is, or as it would be in check mode, without any secret; null if it is absent.
  returned: success
  type: dict
  sample:
    name: example-mailer
    id: "100012345678"
    remark: sends mail
    policy: {version: "2.0", statement: [{effect: allow, action: ["ses:SendEmail"], resource: ["*"]}]}
    policies: ["User:example-mailer"]
    access_key_id: AKIDExample
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
  sample: {cloud: tencent, code: too_many_keys, status: null, request_id: null, retryable: false, hint: Delete the one that nobody uses}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import DESTINATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._identities.options import USER
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.cam_user import CAM_USER, cam_user
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD

MODULE = Module(AUTH | DESTINATION | USER | CAM_USER, CLOUD, cam_user)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
