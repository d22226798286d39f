#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tencent_ses_template
short_description: Keep a mail template of Tencent Cloud SES as declared
version_added: 0.1.0
description:
  - Keeps one mail template of a region as declared.
  - SES knows templates by number and allows a name several times. This module knows them by name and fails if there are several.
  - People at Tencent Cloud review each text that is sent, and a template cannot be used before they approve it. So a template is updated
    only when its text differs.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._tencent
options:
  name:
    description: Name of the template.
    type: str
    required: true
  html:
    description:
      - The text as HTML, with variables in double braces. In a playbook they are kept from Ansible with C(!unsafe), or come from a file
        by a lookup.
      - If not given, it is not managed. An empty text removes it.
    type: str
  text:
    description: The text for readers without HTML. If not given, it is not managed. An empty text removes it.
    type: str
  await_review:
    description:
      - Whether the template has to be approved. A template that is still under review is waited for, in a rerun too; one that was rejected
        is an error.
      - If V(false), a rejected template is a warning.
    type: bool
    default: false
  review_timeout:
    description: The longest to wait for the review, in seconds.
    type: int
    default: 900
  state:
    description: Whether the template exists.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Keep the template of verification codes
  klinematrix.hybrid_cloud.tencent_ses_template:
    name: verification-code
    html: "{{ lookup('ansible.builtin.file', 'verification-code.html') }}"
    text: !unsafe "Your code is {{code}}."
    await_review: true

- name: Remove an old template
  klinematrix.hybrid_cloud.tencent_ses_template:
    name: newsletter-2019
    state: absent
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: tencent
      kind: ses_template
      name: verification-code
      id: "61234"
      action: update
      fields: [{path: /text, before: Code, after: Your code}]
template:
  description:
    - The template as it is, or as it would be in check mode; null if it is absent.
    - C(status) is V(approved), V(pending) or V(rejected), the latter with the C(review_reason).
  returned: success
  type: dict
  sample: {name: verification-code, id: 61234, html: <p>Your code</p>, text: Your code, status: approved, review_reason: null}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors. When a review does not end, C(code) is C(timeout).
  returned: failure
  type: dict
  sample: {cloud: tencent, code: rejected, status: null, request_id: null, retryable: false, hint: Change its content}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.templates import Template

SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "html": {"type": "str"},
        "text": {"type": "str"},
        "await_review": {"type": "bool", "default": False},
        "review_timeout": {"type": "int", "default": 900},
    }
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Template(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC | STATE, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
