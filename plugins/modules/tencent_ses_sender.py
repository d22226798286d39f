#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_ses_sender
short_description: Keep a sender address of Tencent Cloud SES as declared
version_added: 0.1.0
description:
  - Keeps one sender address of a region as declared. Its domain has to be verified.
  - SES cannot change the name of a sender. The module never replaces an address silently; see O(recreate).
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._tencent
options:
  address:
    description: The address, for example V(noreply@mail.example.com).
    type: str
    required: true
  sender_name:
    description:
      - The name that recipients see, where the mail itself does not bring one. It has no colons and no angle brackets.
      - If not given, the name is not managed; a new address then has none.
    type: str
  recreate:
    description:
      - Delete the address and create it again when its O(sender_name) has to change. In between no mail goes out from it, and an SMTP
        password is lost.
    type: bool
    default: false
  state:
    description: Whether the address exists.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: klinematrix.hybrid_cloud.tencent_ses_domain
"""

EXAMPLES = r"""
- name: Let the application send mail
  klinematrix.hybrid_cloud.tencent_ses_sender:
    address: noreply@mail.example.com
    sender_name: Example

- name: Give the sender another name
  klinematrix.hybrid_cloud.tencent_ses_sender:
    address: noreply@mail.example.com
    sender_name: Example Shop
    recreate: true
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: tencent
      kind: ses_sender
      name: noreply@mail.example.com
      id: null
      action: create
      fields: [{path: /sender_name, before: null, after: Example}]
sender:
  description: The address as it is, or as it would be in check mode; null if it is absent.
  returned: success
  type: dict
  sample: {address: noreply@mail.example.com, sender_name: Example, smtp_password_set: false}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: tencent, code: OperationDenied.DomainNotVerified, status: null, request_id: 8f2c4e0a, retryable: false, hint: Its domain}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.senders import Sender

SPEC = ArgumentSpec(
    {
        "address": {"type": "str", "required": True},
        "sender_name": {"type": "str"},
        "recreate": {"type": "bool", "default": False},
    }
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Sender(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC | STATE, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
