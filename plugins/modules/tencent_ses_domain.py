#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_ses_domain
short_description: Keep a sender domain of Tencent Cloud SES as declared, and have it verified
version_added: 0.1.0
description:
  - Creates or removes a sender domain, returns the DNS records that SES wants to see for it, and has SES verify them.
  - The records are written by whoever keeps the zone, for example M(klinematrix.hybrid_cloud.cloudflare_records). After that, a second
    task with O(verify) asks SES for the check and waits until the domain is verified.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._tencent
options:
  name:
    description:
      - The domain, for example V(mail.example.com). Tencent Cloud advises a sub-domain, and refuses domains of Tencent Exmail.
    type: str
    required: true
  dkim_bits:
    description:
      - Length of the key that signs mails. It is chosen at creation and cannot be changed; V(2048) for a new domain if not given.
    type: int
    choices: [1024, 2048]
  tags:
    description: Tags. SES sets them at creation and never after. Tags that are not declared are left alone.
    type: dict
  verify:
    description:
      - Whether the domain has to be verified. If it is not yet, SES is asked for a check, and again from time to time, until the domain is
        verified or O(verify_timeout) has passed. A verified domain is not checked again.
      - If V(false), nothing is asked for.
    type: bool
    default: false
  verify_timeout:
    description:
      - The longest to wait for the verification, in seconds. Tencent Cloud says 5 minutes to 2 hours. A rerun picks up a check that is
        still under way.
    type: int
    default: 900
  dns_policy:
    description:
      - Which of the records are to be written, in RV(dns_records). Without it, all of them.
      - The SPF record is always among them, because M(klinematrix.hybrid_cloud.cloudflare_records) merges all SPF records of a name.
      - A DMARC record that the owner of the zone declares wins over the one of SES, with a warning if its policy is weaker.
      - The MX record decides where all mail to the domain goes. It is written for a sub-domain of the zone for which no MX is declared,
        but not for the name of the zone itself, unless O(dns_policy.write_mx) says so.
    type: dict
    suboptions:
      zone:
        description: Name of the zone that the records go to.
        type: str
        required: true
      declared:
        description:
          - The records that the owner of the zone declares, as in O(klinematrix.hybrid_cloud.cloudflare_records#module:records).
        type: list
        elements: dict
      write_mx:
        description: Write the MX record of SES in every case.
        type: bool
        default: false
  state:
    description:
      - Whether the domain exists. To remove it, its sender addresses have to be removed first, in every region; and only accounts of a
        company may remove a domain.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Register the sender domain
  klinematrix.hybrid_cloud.tencent_ses_domain:
    name: mail.example.com
    dns_policy:
      zone: example.com
  register: sender

- name: Write the DNS records that it needs
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    records: "{{ sender.dns_records }}"

- name: Have it verified
  klinematrix.hybrid_cloud.tencent_ses_domain:
    name: mail.example.com
    verify: true
    verify_timeout: 7200
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: tencent
      kind: ses_domain
      name: mail.example.com
      id: null
      action: update
      fields: [{path: /verified, before: false, after: true}]
domain:
  description:
    - The domain as it is, or as it would be in check mode; null if it is absent.
    - In C(dns_records) are all records that SES asks for. For a domain that a preview would create, they are the documented ones, and the
      DKIM key is known after apply.
  returned: success
  type: dict
  sample:
    name: mail.example.com
    dkim_bits: 2048
    tags: {}
    verified: true
    dns_records:
      - {name: _dmarc.mail.example.com, type: TXT, content: v=DMARC1; p=none}
      - {name: mail.example.com, type: MX, content: mxbiz1.qq.com, priority: 10}
      - {name: mail.example.com, type: TXT, content: "v=spf1 include:qcloudmail.com ~all"}
      - {name: qcloudhk2048._domainkey.mail.example.com, type: TXT, content: v=DKIM1; k=rsa; p=MIIBIjANBgkq}
dns_records:
  description:
    - The records to write, in the form of O(klinematrix.hybrid_cloud.cloudflare_records#module:records) and in a stable order. These are
      all of RV(domain), or those that O(dns_policy) leaves.
  returned: success
  type: list
  elements: dict
  sample: [{name: mail.example.com, type: TXT, content: "v=spf1 include:qcloudmail.com ~all"}]
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors. When a verification does not end, C(code) is C(timeout).
  returned: failure
  type: dict
  sample: {cloud: tencent, code: OperationDenied.NotAllowDelete, status: null, request_id: 8f2c4e0a, retryable: false, hint: Only accounts}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.domains import Domain

SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "dkim_bits": {"type": "int", "choices": [1024, 2048]},
        "tags": {"type": "dict"},
        "verify": {"type": "bool", "default": False},
        "verify_timeout": {"type": "int", "default": 900},
        "dns_policy": {
            "type": "dict",
            "options": {
                "zone": {"type": "str", "required": True},
                "declared": {"type": "list", "elements": "dict"},
                "write_mx": {"type": "bool", "default": False},
            },
        },
    }
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Domain(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC | STATE, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
