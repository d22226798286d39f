#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oss_bucket_info
short_description: Look at buckets of Alibaba Cloud OSS
version_added: 0.1.0
description:
  - Returns buckets in the form in which M(klinematrix.hybrid_cloud.oss_bucket) returns one. Buckets that do not exist are left out.
author:
  - klinematrix (@klinematrix)
requirements:
  - oss2 >= 2.19
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._alibaba
options:
  names:
    description: Names of the buckets. All buckets of the account if it is not given.
    type: list
    elements: str
  region:
    description:
      - Only buckets of this region. Together with O(names) it saves listing the buckets, and with it the right oss:ListBuckets.
    type: str
  settings:
    description: Settings to read that OSS does not tell with the bucket itself. Each costs a call for every bucket.
    type: list
    elements: str
    choices: [all, policy, cors_rules, lifecycle_rules, tags, logging, referer, website, https, replication, cnames]
    default: []
"""

EXAMPLES = r"""
- name: Look at two buckets and their CORS rules
  klinematrix.hybrid_cloud.oss_bucket_info:
    names: [example-charts, example-logs]
    region: cn-shanghai
    settings: [cors_rules]
  register: found

- name: Look at everything there is
  klinematrix.hybrid_cloud.oss_bucket_info:
    settings: [all]
"""

RETURN = r"""
buckets:
  description: The buckets, as oss_bucket returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: example-charts
      region: cn-shanghai
      domain: example-charts.oss-cn-shanghai.aliyuncs.com
      internal_domain: example-charts.oss-cn-shanghai-internal.aliyuncs.com
      acl: private
      storage_class: Standard
      redundancy: LRS
      block_public_access: true
      versioning: Suspended
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
  sample: {reads: 3, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: AccessDenied, status: 403, request_id: 6745A1, retryable: false, hint: The RAM user lacks the right}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.inventory import MORE, Buckets
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "names": {"type": "list", "elements": "str"},
        "region": {"type": "str"},
        "settings": {"type": "list", "elements": "str", "choices": ["all", *MORE], "default": []},
    }
)

MODULE = Module(AUTH | SPEC, CLOUD, Buckets)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
