#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: access_info
short_description: See who the credentials of a cloud are, and which rights they lack
version_added: 0.1.0
description:
  - Says whom the credentials of one cloud belong to, and which of the rights that this collection needs they have.
  - Fails when a right is missing, and names the policy that grants it. Rights are never tried out by writing.
  - Azure sums up by itself what an identity may do. Elsewhere the policies of the identity are read if it may read them; if it may not,
    reads are tried, and what nobody can tell is C(unknown), never granted.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._alibaba
  - klinematrix.hybrid_cloud._tencent
  - klinematrix.hybrid_cloud._cloudflare
requirements:
  - the SDKs of the cloud that is looked at, as for its other modules
notes:
  - Credentials are found as the modules of the cloud find them, in the options, in the environment, in the login of its command line.
options:
  cloud:
    description: Which cloud. Options that belong to another one are left alone.
    type: str
    required: true
    choices: [azure, alibaba, tencent, cloudflare]
  roles:
    description: Roles of this collection whose rights are needed. All roles that call the cloud if not given.
    type: list
    elements: str
  purpose:
    description:
      - V(manage) needs all rights, V(read) those of a run that only looks.
      - V(preview) fails for missing rights to read, and warns of missing rights to write.
    type: str
    choices: [manage, preview, read]
    default: manage
  on_missing:
    description: Whether missing rights stop the run or are a warning.
    type: str
    choices: [fail, warn]
    default: fail
  resource_group:
    description: The resource group at Azure for which rights are needed. While it does not exist, and without it, the subscription counts.
    type: str
  key_vault:
    description: The key vault in O(resource_group) whose secrets are needed. While it does not exist, nothing is said about them.
    type: str
  zone:
    description: Name of the DNS zone at Cloudflare for which rights are needed.
    type: str
  zone_id:
    description: Id of that zone, for a token that may not look zones up.
    type: str
attributes:
  action_group:
    description: Use one of these groups in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.azure
      - klinematrix.hybrid_cloud.alibaba
      - klinematrix.hybrid_cloud.tencent
      - klinematrix.hybrid_cloud.cloudflare
      - klinematrix.hybrid_cloud.all
"""

EXAMPLES = r"""
- name: See whether the token can keep the records of a zone
  klinematrix.hybrid_cloud.access_info:
    cloud: cloudflare
    zone: example.com
    roles: [cloudflare_dns]

- name: See whom the access key belongs to, and what it lacks
  klinematrix.hybrid_cloud.access_info:
    cloud: alibaba
    on_missing: warn
  register: found
"""

RETURN = r"""
access:
  description: Who the credentials are, and what they may do. Also returned when rights are missing.
  returned: success, or when rights are missing
  type: dict
  contains:
    cloud:
      description: The cloud.
      type: str
      sample: alibaba
    identity:
      description: Account or tenant, and user or application; never a secret.
      type: dict
      sample: {account: "1234567890123456", type: RAMUser, arn: "acs:ram::1234567890123456:user/deployer"}
    granted:
      description: Rights that are there.
      type: list
      elements: str
      sample: ["oss:GetBucketInfo", "oss:PutBucket"]
    missing:
      description: Rights that are not there, the roles that need them, and the file in C(roles/preflight/files/policies) that grants them.
      type: list
      elements: dict
      sample: [{right: "oss:PutBucketCors", needed_for: [oss], write: true, policy: alibaba-ram-policy.json}]
    unknown:
      description: Rights of which nobody can tell, by the reason for that.
      type: list
      elements: dict
      sample: [{why: "a token cannot tell what it may write, unless it also has API Tokens Read", rights: [DNS Write]}]
    libraries:
      description: The SDKs of the cloud that are installed, and their versions.
      type: dict
      sample: {cloudflare: 5.9.0}
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
  sample: {cloud: cloudflare, code: missing_rights, status: null, request_id: null, retryable: false, hint: Apply the policy}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba import access as alibaba
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH as ALIBABA
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure import access as azure
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare import access as cloudflare
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import AUTH as CLOUDFLARE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.access import ACCESS, Access
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._sdk import versions
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent import access as tencent
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH as TENCENT

KINDS = {each.cloud: each for each in (azure.AzureAccess, alibaba.AlibabaAccess, tencent.TencentAccess, cloudflare.CloudflareAccess)}
SPEC = ArgumentSpec({"cloud": {"type": "str", "required": True, "choices": ["azure", "alibaba", "tencent", "cloudflare"]}})


def make(host: Host, traffic: Traffic) -> Access:
    cloud = host.params["cloud"]
    libraries = versions(cloud)  # all of them, before the first call that would miss one
    access = KINDS[cloud](host, traffic)
    access.libraries = libraries
    return access


MODULE = Module(AZURE | ALIBABA | TENCENT | CLOUDFLARE | azure.LOOKED_AT | cloudflare.LOOKED_AT | ACCESS | SPEC, "access", make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
