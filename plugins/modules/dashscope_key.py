#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dashscope_key
short_description: Keep an API key of Alibaba Cloud Model Studio, with its value in an Azure key vault
version_added: 0.1.0
description:
  - Keeps an API key for DashScope as declared. The key is told apart by its description.
  - The value of a key is shown when it is made or reset, and never again. It goes straight into the key vault; only ids and versions come
    back. When the vault refuses the value of a new key, the key is deleted again.
  - Model Studio exists in the regions of O(region) only. Keys work only in the region that made them.
  - With O(api_key) nothing is managed at Model Studio. The given key is checked and put into the vault, for accounts that cannot manage
    keys by API.
author:
  - klinematrix (@klinematrix)
requirements:
  - requests
  - azure-identity >= 1.20
  - azure-keyvault-secrets >= 4.10
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
  - klinematrix.hybrid_cloud._key_vault
options:
  description:
    description:
      - The description of the key, for example V(example-test backend). Exactly one key may have it.
      - RAM users see only the keys that they made themselves.
    type: str
  region:
    description: Region of Model Studio.
    type: str
    choices: [cn-beijing, ap-southeast-1, cn-hongkong, eu-central-1]
    default: cn-beijing
  workspace:
    description:
      - Id of the workspace of the key. Without it the key is looked for in all of them, and a new one belongs to the default workspace.
      - A workspace of your own may call no model until models are granted to it.
    type: str
  state:
    description: Whether the key exists. With V(absent) the secret in the vault is left alone.
    type: str
    choices: [present, absent]
    default: present
  enabled:
    description: Whether the key works.
    type: bool
  auth:
    description: What the key may do, as a whole.
    type: dict
    suboptions:
      type:
        description: Everything, or what the other options say.
        type: str
        choices: [All, Custom]
        required: true
      access_ips:
        description: Addresses and networks that may use the key, in any order. An empty list allows all.
        type: list
        elements: str
      models:
        description: Models that it may call, in any order. V(*) alone means all.
        type: list
        elements: str
  secret_name:
    description: Name of the secret in O(key_vault).
    type: str
  rotate:
    description:
      - When the key is reset, so that it gets another value. The old value stops working at once.
      - V(if_secret_missing) resets a key whose secret is not in the vault, belongs to another key, or is refused by DashScope.
      - V(always) resets it in every run.
    type: str
    choices: [never, always, if_secret_missing]
    default: never
  api_key:
    description: A key that was made in the console. It is put into the vault when DashScope accepts it.
    type: str
  models:
    description:
      - Models that the key must be able to call. Each is looked up with the value in the vault, which costs nothing.
      - Leave it out when the key may not be used from where Ansible runs (O(auth.access_ips)).
    type: list
    elements: str
  timeout:
    description: Seconds to wait until a new value is accepted, or until a role at the vault works.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Keep the API key of the backend
  klinematrix.hybrid_cloud.dashscope_key:
    description: example-test backend
    enabled: true
    auth:
      type: Custom
      models: [qwen-vl-plus]
    models: [qwen-vl-plus]
    rotate: if_secret_missing
    key_vault: example-test-kv
    secret_name: dashscope-api-key

- name: Store a key that was made in the console
  klinematrix.hybrid_cloud.dashscope_key:
    api_key: "{{ lookup('ansible.builtin.env', 'DASHSCOPE_API_KEY') }}"
    models: [qwen-vl-plus]
    key_vault: example-test-kv
    secret_name: dashscope-api-key
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: dashscope_key
      name: example-test backend
      id: "1204501"
      action: update
      fields: [{path: /secret, before: missing, after: stored}]
key:
  description: The key as it is, or as it would be in check mode, without its value; null if it is absent.
  returned: success
  type: dict
  sample:
    description: example-test backend
    id: "1204501"
    workspace: ws-0a1b2c3d4e5f6071
    host: dashscope.aliyuncs.com
    enabled: true
    auth: {type: Custom, access_ips: [0.0.0.0/0, "::/0"], models: [qwen-vl-plus]}
    secret_id: https://example-test-kv.vault.azure.net/secrets/dashscope-api-key/0f1e2d
    secret_version: 0f1e2d
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: secret_missing, status: null, request_id: null, retryable: false, hint: Set rotate}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.given_key import GivenKey
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.keys import ApiKey
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.options import KEY
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import DESTINATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module


def make(host: Host, traffic: Traffic) -> Reconciler:
    return GivenKey(host, traffic) if host.params["api_key"] else ApiKey(host, traffic)


MODULE = Module(AUTH | DESTINATION | KEY, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
