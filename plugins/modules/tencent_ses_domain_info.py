#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_ses_domain_info
short_description: Look at the sender domains of Tencent Cloud SES
version_added: 0.1.0
description:
  - Returns one sender domain, or all of the account, with what SES saw of their DNS records at its last check.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._tencent
options:
  name:
    description: The domain. All domains of the account if not given.
    type: str
seealso:
  - module: klinematrix.hybrid_cloud.tencent_ses_domain
"""

EXAMPLES = r"""
- name: Look at all sender domains
  klinematrix.hybrid_cloud.tencent_ses_domain_info:
  register: senders

- name: Show the records that SES finds wrong
  ansible.builtin.debug:
    msg: "{{ senders.domains | map(attribute='checks') | flatten | rejectattr('ok') }}"
"""

RETURN = r"""
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
domains:
  description:
    - The domains, by name. A domain that does not exist is not among them.
    - C(checks) says of each record what SES saw at its last check. Before the first check it has seen nothing.
  returned: success
  type: list
  elements: dict
  sample:
    - name: mail.example.com
      dkim_bits: 2048
      tags: {}
      verified: false
      dns_records: [{name: mail.example.com, type: MX, content: mxbiz1.qq.com, priority: 10}]
      checks: [{name: mail.example.com, type: MX, expected: mxbiz1.qq.com, current: "", ok: false}]
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: tencent, code: AuthFailure.SecretIdNotFound, status: null, request_id: 8f2c4e0a, retryable: false, hint: Check secret_id}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.domains import Domains

SPEC = ArgumentSpec({"name": {"type": "str"}})

MODULE = Module(AUTH | SPEC, CLOUD, Domains)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
