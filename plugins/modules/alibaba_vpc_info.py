#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alibaba_vpc_info
short_description: Read a virtual private cloud of Alibaba Cloud
version_added: 0.1.0
description:
  - Reads a virtual private cloud that is there already. Nothing is changed.
author:
  - klinematrix (@klinematrix)
requirements:
  - aliyun-python-sdk-core >= 2.16
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._alibaba
options:
  id:
    description: Its id, for example V(vpc-uf61bb584example).
    type: str
    required: true
  region:
    description: The region that it is in, for example V(cn-shanghai).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look at it
  klinematrix.hybrid_cloud.alibaba_vpc_info:
    id: vpc-uf61bb584example
    region: cn-shanghai
  register: found

- name: See that it is in use
  ansible.builtin.assert:
    that: found.vpc.status == 'Available'
"""

RETURN = r"""
vpc:
  description: What is there; null if there is none of this id in the region.
  returned: success
  type: dict
  sample: {id: vpc-uf61bb584example, status: Available, region: cn-shanghai, cidr_block: 172.16.0.0/12, vswitch_ids: [vsw-uf6k2n8r0example]}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.existing import VpcInfo
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | ArgumentSpec({"id": {"type": "str", "required": True}, "region": {"type": "str", "required": True}}), CLOUD, VpcInfo)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
