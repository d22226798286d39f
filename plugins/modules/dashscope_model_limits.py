#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dashscope_model_limits
short_description: Keep the rate limits of models in a workspace of Alibaba Cloud Model Studio
version_added: 0.1.0
description:
  - Keeps how often a workspace may call a model, and how many tokens it may use. Model Studio answers calls beyond that with status 429.
  - The account itself has limits for each model, which all its workspaces and keys share. Those of a workspace must be below them.
author:
  - klinematrix (@klinematrix)
requirements:
  - requests
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
options:
  region:
    description: Region of Model Studio.
    type: str
    choices: [cn-beijing, ap-southeast-1, cn-hongkong, eu-central-1]
    default: cn-beijing
  workspace:
    description: Id of the workspace. The default workspace unless given.
    type: str
  limits:
    description: The limits, one entry for each model.
    type: list
    elements: dict
    required: true
    suboptions:
      model:
        description: The model, for example V(qwen-vl-plus).
        type: str
        required: true
      request_limit:
        description: Calls in a period.
        type: int
      request_limit_period:
        description: The period in seconds.
        type: int
        default: 60
      usage_limit:
        description: Tokens in a period.
        type: int
      usage_limit_period:
        description: The period in seconds.
        type: int
        default: 60
      state:
        description: Whether the workspace has limits of its own for the model. With V(absent) only those of the account hold.
        type: str
        choices: [present, absent]
        default: present
  purge:
    description: Whether limits of models that are not declared are removed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep the backend within its budget
  klinematrix.hybrid_cloud.dashscope_model_limits:
    limits:
      - {model: qwen-vl-plus, request_limit: 60, usage_limit: 100000}
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: dashscope_model_limit
      name: qwen-vl-plus
      id: null
      action: update
      fields: [{path: /request_limit, before: 600, after: 60}]
limits:
  description: The workspace's own limits as they are, or as they would be in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{model: qwen-vl-plus, request_limit: 60, request_limit_period: 60, usage_limit: 100000, usage_limit_period: 60}]
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: NoPermission, status: 403, request_id: 6745A1, retryable: false, hint: The RAM user lacks the right}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.limits import ModelLimits
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.modelstudio.options import LIMITS
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | LIMITS, CLOUD, ModelLimits)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
