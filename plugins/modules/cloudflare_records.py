#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_records
short_description: Keep the DNS records of a Cloudflare zone as declared
version_added: 0.1.0
description:
  - Keeps a set of DNS records of one zone as declared, with one read of the zone and one transactional write.
  - Records that are not declared are left alone unless O(purge) says otherwise.
  - SPF records that are declared for the same name are merged into one, because receivers accept only one.
  - A record whose value was changed by somebody else is changed back; it never gets a second record beside it.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._cloudflare
options:
  zone:
    description: Name of the zone, for example V(example.com).
    type: str
    required: true
  zone_id:
    description:
      - Id of the zone. Saves the look-up by name, which a token with Zone:DNS:Edit alone may not do.
    type: str
  records:
    description: The records.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the record, relative to the zone or in full. V(@) is the zone itself.
        type: str
        required: true
      type:
        description: Type of the record.
        type: str
        required: true
        choices:
          [A, AAAA, CAA, CERT, CNAME, DNSKEY, DS, HTTPS, LOC, MX, NAPTR, NS, OPENPGPKEY, PTR, SMIMEA, SRV, SSHFP, SVCB, TLSA, TXT, URI]
      content:
        description:
          - Value of the record, for types that have no O(records[].data).
          - TXT content may be given plain or quoted; it is compared by what it says.
        type: str
      data:
        description:
          - Parts of the value for the types CAA, CERT, DNSKEY, DS, HTTPS, LOC, NAPTR, SMIMEA, SRV, SSHFP, SVCB, TLSA and URI,
            with the names of Cloudflare's API.
        type: dict
      ttl:
        description: Time to live in seconds, V(1) for automatic. Automatic for new records unless given.
        type: int
      proxied:
        description: Whether traffic goes through Cloudflare's proxy. For A, AAAA and CNAME only.
        type: bool
      priority:
        description: Priority of MX and URI records.
        type: int
      comment:
        description: A note on the record.
        type: str
      tags:
        description: Tags in the form C(name:value). Paid plans only.
        type: list
        elements: str
      settings:
        description: Settings of the record by Cloudflare's names, such as C(flatten_cname).
        type: dict
      state:
        description:
          - V(absent) removes all records of this name and type, or only those with this O(records[].content) if it is given.
        type: str
        choices: [present, absent]
        default: present
  purge:
    description:
      - What happens to records that are not declared.
      - V(none) leaves them alone. V(owned) removes those that carry the mark of O(owner). V(all) removes all but NS and SOA of
        the zone itself and records that other Cloudflare products manage.
    type: str
    choices: [none, owned, all]
    default: none
  owner:
    description:
      - Whose records these are, for example the name of the inventory. It is kept in each record's comment.
    type: str
  merge_spf:
    description: Keep what a present SPF record allows and add what is declared, instead of replacing it.
    type: bool
    default: false
  allow_mass_delete:
    description: Let this run delete more than a few records at once.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Keep the records of the application and of its mail
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    owner: example-test
    purge: owned
    records:
      - {name: "@", type: A, content: 192.0.2.10}
      - {name: www, type: CNAME, content: example.com, proxied: true}
      - {name: "@", type: TXT, content: "v=spf1 include:spf.example.net ~all"}
      - {name: "@", type: MX, content: mx.example.net, priority: 10}
      - {name: "@", type: CAA, data: {flags: 0, tag: issue, value: letsencrypt.org}}

- name: Replace an A record by a CNAME in one transaction
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    records:
      - {name: shop, type: A, state: absent}
      - {name: shop, type: CNAME, content: shop.example.net}
"""

RETURN = r"""
changes:
  description: Each record that is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: cloudflare
      kind: dns_record
      name: www.example.com A
      id: 023e105f4ecef8ad9ca31a8372d0c353
      action: update
      fields: [{path: /content, before: 192.0.2.66, after: 192.0.2.10}]
records:
  description: The declared records as they are, or as they would be in check mode.
  returned: success
  type: list
  elements: dict
  sample: [{id: 023e105f4ecef8ad9ca31a8372d0c353, name: www.example.com, type: A, content: 192.0.2.10, ttl: 1, proxied: false}]
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
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.options import RECORD, ZONE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.records import Records
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "records": {"type": "list", "elements": "dict", "required": True, "options": {**RECORD, **STATE.options}},
        "purge": {"type": "str", "choices": ["none", "owned", "all"], "default": "none"},
        "allow_mass_delete": {"type": "bool", "default": False},
    },
    required_if=(("purge", "owned", ["owner"]),),
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Records(host, Client.of(host, traffic), host.params["records"], purge=host.params["purge"])


MODULE = Module(AUTH | ZONE | SPEC, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
