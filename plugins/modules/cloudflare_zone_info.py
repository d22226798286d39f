#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_zone_info
short_description: Look at Cloudflare zones
version_added: 0.1.0
description:
  - Returns one zone, or all that the API token sees, in the form in which M(klinematrix.hybrid_cloud.cloudflare_zone) returns one.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._cloudflare
notes:
  - The API token needs Zone:Zone:Read, Zone:Zone Settings:Read for O(settings) and Zone:DNS:Read for O(dnssec).
options:
  name:
    description: Name of the zone. All zones if not given. A zone that does not exist is left out.
    type: str
  account_id:
    description: Only zones of this account.
    type: str
  settings:
    description: Settings to read, by Cloudflare's names. Each costs a call for every zone.
    type: list
    elements: str
    default: []
  dnssec:
    description: Whether to read DNSSEC. It costs a call for every zone.
    type: bool
    default: false
seealso:
  - module: klinematrix.hybrid_cloud.cloudflare_zone
"""

EXAMPLES = r"""
- name: Look at all zones
  klinematrix.hybrid_cloud.cloudflare_zone_info:
  register: found

- name: Show the DS record of a zone
  klinematrix.hybrid_cloud.cloudflare_zone_info:
    name: example.com
    dnssec: true
  register: example
"""

RETURN = r"""
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
zones:
  description: The zones, as cloudflare_zone returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 023e105f4ecef8ad9ca31a8372d0c353
      name: example.com
      status: active
      name_servers: [ada.ns.cloudflare.com, walt.ns.cloudflare.com]
      account_id: 01a7362d577a6c3019a474fd6f485823
      type: full
      paused: false
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

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.looking import Zones
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "name": {"type": "str"},
        "account_id": {"type": "str"},
        "settings": {"type": "list", "elements": "str", "default": []},
        "dnssec": {"type": "bool", "default": False},
    }
)

MODULE = Module(AUTH | SPEC, CLOUD, Zones)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
