#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_records_info
short_description: Look at the DNS records of a Cloudflare zone
version_added: 0.1.0
description:
  - Returns the records of a zone with one read, whatever is asked for, in the form in which
    M(klinematrix.hybrid_cloud.cloudflare_records) takes and returns them.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
  - klinematrix.hybrid_cloud._cloudflare
notes:
  - The API token needs Zone:DNS:Read, and Zone:Zone:Read to find the zone by its name.
options:
  zone:
    description: Name of the zone, for example V(example.com).
    type: str
    required: true
  zone_id:
    description: Id of the zone. Saves the look-up by name.
    type: str
  names:
    description: Only records of these names, relative to the zone or in full. V(@) is the zone itself.
    type: list
    elements: str
  types:
    description: Only records of these types.
    type: list
    elements: str
    choices: [A, AAAA, CAA, CERT, CNAME, DNSKEY, DS, HTTPS, LOC, MX, NAPTR, NS, OPENPGPKEY, PTR, SMIMEA, SRV, SSHFP, SVCB, TLSA, TXT, URI]
seealso:
  - module: klinematrix.hybrid_cloud.cloudflare_records
"""

EXAMPLES = r"""
- name: See what receivers of mail look at
  klinematrix.hybrid_cloud.cloudflare_records_info:
    zone: example.com
    types: [MX, TXT]
  register: mail

- name: Look at what stands at two names
  klinematrix.hybrid_cloud.cloudflare_records_info:
    zone: example.com
    names: ["@", www]
"""

RETURN = r"""
changes:
  description: Always empty.
  returned: success
  type: list
  elements: dict
  sample: []
records:
  description:
    - The records, by name and type. C(owner) is whose record it is by the mark in its comment, null if it has none.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 023e105f4ecef8ad9ca31a8372d0c353
      name: www.example.com
      type: A
      content: 192.0.2.10
      ttl: 1
      proxied: false
      comment: "(managed-by: example-test)"
      owner: example-test
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
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.looking import ZoneRecords
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.options import RECORD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "zone": {"type": "str", "required": True},
        "zone_id": {"type": "str"},
        "names": {"type": "list", "elements": "str"},
        "types": {"type": "list", "elements": "str", "choices": RECORD["type"]["choices"]},
    }
)

MODULE = Module(AUTH | SPEC, CLOUD, ZoneRecords)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
