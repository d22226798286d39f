#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_registrar_domain
short_description: Watch over the registration of a domain at Cloudflare Registrar
version_added: 0.1.0
description:
  - Makes sure that a domain is registered in this account, active, and not about to expire. By default it only looks.
  - The only thing that Cloudflare lets anybody change is O(auto_renew). What else is not as declared is a problem, see O(on_problem).
  - Registers a domain that is free, if and only if O(accept_charges) and O(max_price) say so. That is charged to the account's payment
    method at once and never refunded. The registrant is the default contact of the account, which is kept in the dashboard.
  - A domain is never transferred or given up.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._cloudflare
notes:
  - "The API token needs Account:Registrar: Domains:Read, and Account:Registrar: Domains:Edit for what changes something. To find the
    account without O(account_id) it needs Account:Account Settings:Read or Zone:Zone:Read."
options:
  name:
    description: The domain, for example V(example.com).
    type: str
    required: true
  account_id:
    description: Id of the account. Not needed if the API token sees exactly one, but it saves a call.
    type: str
  auto_renew:
    description:
      - Whether Cloudflare renews the registration, which it does and charges up to 30 days before the end.
    type: bool
  min_days_left:
    description:
      - A registration that ends in fewer days is a problem, unless this very run turns O(auto_renew) on.
      - A domain that renews itself may come under 30 days for a short time.
    type: int
    default: 30
  locked:
    description: Whether the domain is locked against transfers. Asserted, it cannot be changed here.
    type: bool
  privacy_mode:
    description:
      - Whether the registrant is hidden in WHOIS. Asserted for a domain that is registered, it cannot be changed here.
      - V(redaction) for a new registration if not given.
    type: str
    choices: ['off', redaction]
  on_problem:
    description: Whether a domain that is not as declared, and cannot be made so, stops the run or is a warning.
    type: str
    choices: [fail, warn]
    default: fail
  accept_charges:
    description:
      - Register the domain if it is not registered here. Give it for one run, on the command line.
      - Check mode previews the registration with its price.
    type: bool
    default: false
  max_price:
    description:
      - The most that the registration may cost for all its O(years), in O(currency). A higher price, another currency or a premium name is
        refused. Required with O(accept_charges).
    type: float
  currency:
    description: The currency of O(max_price).
    type: str
    default: USD
  years:
    description: For how many years a new registration is.
    type: int
    default: 1
  timeout:
    description: The longest to wait for the registrar, in seconds. A later run takes up a registration that is still under way.
    type: int
    default: 600
seealso:
  - module: klinematrix.hybrid_cloud.cloudflare_zone
"""

EXAMPLES = r"""
- name: Make sure that the domain stays ours
  klinematrix.hybrid_cloud.cloudflare_registrar_domain:
    name: example.com
    auto_renew: true
    locked: true

- name: Register a domain for at most 12 dollars
  klinematrix.hybrid_cloud.cloudflare_registrar_domain:
    name: example.com
    auto_renew: true
    accept_charges: true
    max_price: 12
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: cloudflare
      kind: registrar_domain
      name: example.com
      id: null
      action: create
      fields: [{path: /years, before: null, after: 1}, {path: /price, before: null, after: 10.46 USD}]
domain:
  description: The registration as it is, or as it would be in check mode; null if the domain is not registered here.
  returned: success
  type: dict
  sample:
    name: example.com
    account_id: 01a7362d577a6c3019a474fd6f485823
    status: active
    created_at: "2026-01-15T09:24:00.000000Z"
    expires_at: "2027-01-15T09:24:00.000000Z"
    auto_renew: true
    locked: true
    privacy_mode: redaction
problems:
  description: What is wrong and cannot be changed here, if O(on_problem) is V(warn).
  returned: success
  type: list
  elements: str
  sample: []
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 1, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: cloudflare, code: "9109", status: 403, request_id: 8f2c4e0a, retryable: false, hint: The API token lacks a permission}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import AUTH, CLOUD, Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.registrar import Registration
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "account_id": {"type": "str"},
        "auto_renew": {"type": "bool"},
        "min_days_left": {"type": "int", "default": 30},
        "locked": {"type": "bool"},
        "privacy_mode": {"type": "str", "choices": ["off", "redaction"]},
        "on_problem": {"type": "str", "choices": ["fail", "warn"], "default": "fail"},
        "accept_charges": {"type": "bool", "default": False},
        "max_price": {"type": "float"},
        "currency": {"type": "str", "default": "USD"},
        "years": {"type": "int", "default": 1},
        "timeout": {"type": "int", "default": 600},
    },
    required_if=(("accept_charges", True, ["max_price"]),),
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Registration(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
