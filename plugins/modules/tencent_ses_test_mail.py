#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_ses_test_mail
short_description: Send one mail with Tencent Cloud SES to prove the way
version_added: 0.1.0
description:
  - Sends one mail with an approved template, and reports what became of it if asked to.
  - A mail is a deed, not a state. Each run sends one, and check mode says that it would. Do not leave it in what runs every night.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._tencent
options:
  from_address:
    description: A sender address of this region.
    type: str
    required: true
  sender_name:
    description: The name that recipients see. It has no colons and no angle brackets.
    type: str
  to:
    description: The recipients, 50 at most. They see each other.
    type: list
    elements: str
    required: true
  subject:
    description: The subject.
    type: str
    required: true
  template:
    description: Name of the template. It has to be approved.
    type: str
    required: true
  template_data:
    description: Values of the template's variables, texts and numbers only. They are shown in results, so they are no place for secrets.
    type: dict
  bypass:
    description:
      - Do everything but send. Nothing is asked and nothing is sent, and RV(bypassed) says so.
      - If not set, the environment variable E(EMAIL_BYPASS_MODE) is used.
    type: bool
    default: false
  await_delivery:
    description: Wait until the mail is delivered, and fail if it is not.
    type: bool
    default: false
  delivery_timeout:
    description: The longest to wait for the delivery, in seconds.
    type: int
    default: 120
attributes:
  idempotent:
    description: Each run sends a mail.
    support: none
seealso:
  - module: klinematrix.hybrid_cloud.tencent_ses_sender
  - module: klinematrix.hybrid_cloud.tencent_ses_template
"""

EXAMPLES = r"""
- name: Prove that mail arrives
  klinematrix.hybrid_cloud.tencent_ses_test_mail:
    from_address: noreply@mail.example.com
    to: [postmaster@example.com]
    subject: A test
    template: verification-code
    template_data: {code: "000000"}
    await_delivery: true
"""

RETURN = r"""
changes:
  description: The mail that was sent, or would be sent in check mode. Empty under the bypass.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: tencent
      kind: ses_mail
      name: postmaster@example.com
      id: null
      action: create
      fields: [{path: /from, before: null, after: noreply@mail.example.com}]
mail:
  description: The mail; null under the bypass. C(delivered) is null if nobody waited for the delivery.
  returned: success
  type: dict
  sample:
    from: noreply@mail.example.com
    to: [postmaster@example.com]
    subject: A test
    template: verification-code
    template_data: {code: "000000"}
    message_id: qcloudses-30-1250000000-date-20260101000000-AbCdEf
    delivered: true
bypassed:
  description: Whether nothing was sent because of O(bypass).
  returned: success
  type: bool
  sample: false
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 1}
failure:
  description: What the cloud answered, for playbooks that handle errors. For a mail that did not arrive, C(code) is C(not_delivered).
  returned: failure
  type: dict
  sample: {cloud: tencent, code: FailedOperation.NotAuthenticatedSender, status: null, request_id: 8f2c4e0a, hint: The sender}
"""

from ansible.module_utils.basic import env_fallback

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.mails import TestMail

SPEC = ArgumentSpec(
    {
        "from_address": {"type": "str", "required": True},
        "sender_name": {"type": "str"},
        "to": {"type": "list", "elements": "str", "required": True},
        "subject": {"type": "str", "required": True},
        "template": {"type": "str", "required": True},
        "template_data": {"type": "dict"},
        "bypass": {"type": "bool", "default": False, "fallback": (env_fallback, ["EMAIL_BYPASS_MODE"])},
        "await_delivery": {"type": "bool", "default": False},
        "delivery_timeout": {"type": "int", "default": 120},
    }
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return TestMail(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
