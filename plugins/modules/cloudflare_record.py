#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_record
short_description: Keep one DNS record of a Cloudflare zone as declared
version_added: 0.1.0
description:
  - Keeps one DNS record as declared. For the records of a whole zone use M(klinematrix.hybrid_cloud.cloudflare_records), which needs
    one read and one write for all of them.
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
  name:
    description: Name of the record, relative to the zone or in full. V(@) is the zone itself.
    type: str
    required: true
  type:
    description: Type of the record.
    type: str
    required: true
    choices: [A, AAAA, CAA, CERT, CNAME, DNSKEY, DS, HTTPS, LOC, MX, NAPTR, NS, OPENPGPKEY, PTR, SMIMEA, SRV, SSHFP, SVCB, TLSA, TXT, URI]
  content:
    description:
      - Value of the record, for types that have no O(data).
      - TXT content may be given plain or quoted; it is compared by what it says.
    type: str
  data:
    description:
      - Parts of the value for the types CAA, CERT, DNSKEY, DS, HTTPS, LOC, NAPTR, SMIMEA, SRV, SSHFP, SVCB, TLSA and URI,
        with the names of Cloudflare's API.
    type: dict
  ttl:
    description: Time to live in seconds, V(1) for automatic. Automatic for a new record unless given.
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
  owner:
    description:
      - Whose record this is, for example the name of the inventory. It is kept in the record's comment.
    type: str
  merge_spf:
    description: For an SPF record, keep what the present one allows and add what is declared, instead of replacing it.
    type: bool
    default: false
  state:
    description:
      - Whether the record exists. V(absent) removes all records of this name and type, or only those with this O(content) if it is given.
    type: str
    choices: [present, absent]
    default: present
"""

EXAMPLES = r"""
- name: Point the application at its load balancer
  klinematrix.hybrid_cloud.cloudflare_record:
    zone: example.com
    name: www
    type: A
    content: 192.0.2.10

- name: Let one more service send mail for the domain
  klinematrix.hybrid_cloud.cloudflare_record:
    zone: example.com
    name: "@"
    type: TXT
    content: v=spf1 include:mail.example.net ~all
    merge_spf: true

- name: Remove a record
  klinematrix.hybrid_cloud.cloudflare_record:
    zone: example.com
    name: old
    type: CNAME
    state: absent
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
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
record:
  description: The record as it is, or as it would be in check mode; null if it is absent.
  returned: success
  type: dict
  sample: {id: 023e105f4ecef8ad9ca31a8372d0c353, name: www.example.com, type: A, content: 192.0.2.10, ttl: 1, proxied: false}
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

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.client import AUTH, CLOUD, Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.options import RECORD, ZONE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.records import Records
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.plan import States
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module


class Record(Records):
    """A set of one, returned as one."""

    def result(self, after: States) -> dict[str, t.Any]:
        return {"record": next(iter(super().result(after)["records"]), None)}


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Record(host, Client.of(host, traffic), [{name: host.params[name] for name in (*RECORD, "state")}])


MODULE = Module(AUTH | ZONE | ArgumentSpec(RECORD) | STATE, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
