#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dashscope_model_info
short_description: See whether an API key of Alibaba Cloud DashScope works for models
version_added: 0.1.0
description:
  - Looks models up with an API key, which says whether the key is accepted and may use them, and costs nothing.
  - With O(test_call) each model is really called once, with one word and for one token, which is paid for. Check mode leaves that out.
  - Answers are facts, not failures. A missing key, a refused key and a model that is not available are returned as such.
author:
  - klinematrix (@klinematrix)
requirements:
  - requests
  - azure-identity >= 1.20
  - azure-keyvault-secrets >= 4.10
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._alibaba
  - klinematrix.hybrid_cloud._key_vault
options:
  models:
    description: The models, for example V(qwen-vl-plus).
    type: list
    elements: str
    required: true
  api_key:
    description: The key. Without it the one in the key vault is used.
    type: str
  secret_name:
    description: Name of the secret in O(key_vault) that holds the key.
    type: str
  region:
    description: Region that made the key.
    type: str
    choices: [cn-beijing, ap-southeast-1, cn-hongkong, eu-central-1]
    default: cn-beijing
  workspace:
    description: Id of the workspace of the key. Needed in regions that have no host of their own (V(eu-central-1)).
    type: str
  test_call:
    description: Whether each model is really called.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: See whether the backend can use its model
  klinematrix.hybrid_cloud.dashscope_model_info:
    key_vault: example-test-kv
    secret_name: dashscope-api-key
    models: [qwen-vl-plus]
    test_call: true
"""

RETURN = r"""
key:
  description: What DashScope says to the key, V(accepted) or V(refused); V(missing) if there is none.
  returned: success
  type: str
  sample: accepted
models:
  description: For each model V(available), V(not available) or the code of a refusal, and what a real call used.
  returned: success
  type: list
  elements: dict
  sample: [{model: qwen-vl-plus, status: available, usage: {input_tokens: 11, output_tokens: 1, total_tokens: 12}}]
host:
  description: The host for the region.
  returned: success
  type: str
  sample: dashscope.aliyuncs.com
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 0}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.look import ModelInfo
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.options import MODEL_INFO
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import DESTINATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | DESTINATION | MODEL_INFO, CLOUD, ModelInfo)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
