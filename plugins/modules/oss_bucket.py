#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oss_bucket
short_description: Keep a bucket of Alibaba Cloud OSS and its settings as declared
version_added: 0.1.0
description:
  - Keeps a bucket and its settings as declared, with one read for the bucket and one for each declared setting that this does not tell.
  - A setting that is not given is not managed. A setting that is given is owned as a whole, so what is left out inside it has OSS's
    default, and an empty list or dictionary removes the setting.
  - What OSS cannot change in place (region, storage class, redundancy) is refused with the way out. Nothing is ever replaced silently.
author:
  - klinematrix (@klinematrix)
requirements:
  - oss2 >= 2.19
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
  - klinematrix.hybrid_cloud._oss_settings
options:
  name:
    description: Name of the bucket. Names are shared by all accounts and regions.
    type: str
    required: true
  region:
    description: Region of the bucket, for example V(cn-shanghai).
    type: str
    required: true
  state:
    description:
      - Whether the bucket exists.
      - With V(absent) a bucket that still holds objects, old versions or unfinished uploads is refused, in check mode too. There is
        no force.
    type: str
    choices: [present, absent]
    default: present
  purge_lifecycle_rules:
    description:
      - Whether lifecycle rules that are not declared are removed. They may delete data, so they are by default, and a rule that somebody
        else added shows up as a change.
      - With V(false) rules whose id is not declared stay, and are not shown.
    type: bool
    default: true
  lifecycle_allow_overlap:
    description: Let OSS accept lifecycle rules with overlapping prefixes and the same action.
    type: bool
    default: false
  wait:
    description:
      - Wait until new replication rules work and removed ones are gone. A rule that has to make room for another is always waited for.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait for one replication rule. A rerun continues where a run was cut short.
    type: int
    default: 1800
  cname_timeout:
    description:
      - Seconds to wait until OSS sees the TXT record of a domain in O(cnames). With V(0) it looks once.
      - A domain that stays unverified is no failure. It is returned with the record to publish, and bound by a later run.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Keep the bucket for the charts
  klinematrix.hybrid_cloud.oss_bucket:
    name: example-charts
    region: cn-shanghai
    acl: private
    block_public_access: true
    encryption: {algorithm: AES256}
    cors_rules:
      - allowed_origins: ["https://www.example.com"]
        allowed_methods: [GET, HEAD]
        allowed_headers: ["*"]
        max_age_seconds: 3600
    lifecycle_rules:
      - id: charts-get-colder
        prefix: charts/
        transitions:
          - {days: 30, storage_class: IA}
          - {days: 180, storage_class: Archive}
        expiration: {days: 365}
        abort_multipart_upload: {days: 7}

- name: Copy it to another region
  klinematrix.hybrid_cloud.oss_bucket:
    name: example-charts
    region: cn-shanghai
    replication:
      - {target_bucket: example-charts-replica, target_region: cn-hangzhou}

- name: Remove every CORS rule
  klinematrix.hybrid_cloud.oss_bucket:
    name: example-charts
    region: cn-shanghai
    cors_rules: []
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: oss_bucket
      name: example-charts
      id: null
      action: update
      fields: [{path: /acl, before: public-read, after: private}]
bucket:
  description:
    - The bucket as it is, or as it would be in check mode; null if it is absent. Settings that need a read of their own are there when
      they are declared.
    - A replication rule has its id and its status. A domain that waits for its proof has the DNS record to publish as C(verification).
  returned: success
  type: dict
  sample:
    name: example-charts
    region: cn-shanghai
    domain: example-charts.oss-cn-shanghai.aliyuncs.com
    internal_domain: example-charts.oss-cn-shanghai-internal.aliyuncs.com
    acl: private
    storage_class: Standard
    redundancy: LRS
    block_public_access: true
    versioning: Suspended
    encryption: {algorithm: AES256, kms_master_key_id: "", kms_data_encryption: ""}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: AccessDenied, status: 403, request_id: 6745A1, retryable: false, hint: The RAM user lacks the right}
applied:
  description: The settings that were written before something failed.
  returned: when a run failed half-way
  type: list
  elements: str
  sample: [write the ACL of example-charts]
not_applied:
  description: The settings that were not written.
  returned: when a run failed half-way
  type: list
  elements: str
  sample: [write the lifecycle rules of example-charts]
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.bucket import Bucket
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.options import BUCKET
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | BUCKET | STATE, CLOUD, Bucket)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
