#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cdn_domain_info
short_description: Read a domain of Alibaba Cloud CDN, and the DNS records that it needs
version_added: 0.1.0
description:
  - Reads an accelerated domain, and returns the DNS records that it needs so far.
  - The TXT record that proves the ownership of the root domain is known before the domain exists, so it can be published first. The CNAME
    record is known once the domain has been online.
author:
  - klinematrix (@klinematrix)
requirements:
  - aliyun-python-sdk-core >= 2.16
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._alibaba
options:
  name:
    description: The domain, for example V(img.example.com).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look which DNS records the domain needs
  klinematrix.hybrid_cloud.cdn_domain_info:
    name: charts.example.com
  register: cdn

- name: Publish them
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    records: "{{ cdn.dns_records }}"
"""

RETURN = r"""
domain:
  description: The domain; null if there is none.
  returned: success
  type: dict
  sample: {name: charts.example.com, type: web, scope: overseas, status: online, cname: charts.example.com.w.kunlunsl.com}
dns_records:
  description:
    - The proof of ownership, and the CNAME record once its target is known, in the form of
      M(klinematrix.hybrid_cloud.cloudflare_records).
  returned: success
  type: list
  elements: dict
  sample:
    - {name: verification.example.com, type: TXT, content: verify_dffeb6610035dcb77b413a59c32c91a2}
    - {name: charts.example.com, type: CNAME, content: charts.example.com.w.kunlunsl.com, proxied: false}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.cdn.domain import DomainInfo
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | ArgumentSpec({"name": {"type": "str", "required": True}}), CLOUD, DomainInfo)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
