#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudflare_zone
short_description: Keep a Cloudflare zone, its settings and its DNSSEC as declared
version_added: 0.1.0
description:
  - Keeps one zone. Only the settings that are declared are read, compared and written, each with a call of its own, side by side.
  - Most settings act on traffic that goes through Cloudflare's proxy. For records with O(ignore:proxied=false) they have no effect.
  - A zone whose name servers are not set at its registrar yet is V(pending). That is a warning, with the name servers to set.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._cloudflare
notes:
  - The API token needs Zone:Zone:Read, Zone:Zone Settings:Edit for O(settings) and Zone:DNS:Edit for O(dnssec). To create, pause or
    delete a zone it needs Zone:Zone:Edit.
options:
  name:
    description: Name of the zone, for example V(example.com).
    type: str
    required: true
  account_id:
    description:
      - Id of the account in which a new zone is created, and of the one to look in where several accounts have a zone of this name.
      - Not needed if the API token sees exactly one account.
    type: str
  type:
    description:
      - How Cloudflare serves the zone, V(full) for a new one if not given. It cannot be changed here.
      - V(partial) and V(secondary) need a paid plan.
    type: str
    choices: [full, partial, secondary]
  paused:
    description: Whether Cloudflare only answers DNS queries and proxies nothing.
    type: bool
  settings:
    description:
      - Settings by Cloudflare's names, such as C(ssl), C(always_use_https), C(min_tls_version), C(tls_1_3), C(http3), C(brotli),
        C(automatic_https_rewrites) and C(security_header). A setting that is not given is not managed.
      - V(true) and V(false) stand for C(on) and C(off), which YAML does not tell apart.
      - Of a setting that is a mapping, such as C(security_header), only the parts that are given are managed.
      - A setting that the plan of the zone fixes may be declared as it is; to declare another value is an error.
    type: dict
  dnssec:
    description:
      - Whether the zone is signed. If the domain is registered at Cloudflare, the DS record gets to the registry by itself; else it has
        to be entered at the registrar, and before DNSSEC is disabled it has to be removed there, or validating resolvers lose the domain.
      - A zone whose DS record the registry does not show yet is V(ignore:pending), and counts as declared.
    type: str
    choices: [active, disabled]
  dnssec_timeout:
    description:
      - The longest to wait, in seconds, until DNSSEC has reached the declared state. V(0) does not wait.
      - With a value above 0, a state that is only asked for counts as a difference, and a run waits for it again.
    type: int
    default: 0
  state:
    description: Whether the zone exists. V(absent) needs O(confirm_deletion_of).
    type: str
    choices: [present, absent]
    default: present
  confirm_deletion_of:
    description:
      - The name of the zone once more, to confirm that it may be deleted with all its DNS records, settings and certificates.
    type: str
seealso:
  - module: klinematrix.hybrid_cloud.cloudflare_zone_info
  - module: klinematrix.hybrid_cloud.cloudflare_records
  - module: klinematrix.hybrid_cloud.cloudflare_registrar_domain
"""

EXAMPLES = r"""
- name: Keep a zone with strict TLS
  klinematrix.hybrid_cloud.cloudflare_zone:
    name: example.com
    settings:
      ssl: strict
      always_use_https: true
      min_tls_version: "1.2"
      security_header:
        strict_transport_security: {enabled: true, max_age: 31536000}
  register: example

- name: Keep its records without looking the zone up again
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    zone_id: "{{ example.zone.id }}"
    records:
      - {name: "@", type: A, content: 192.0.2.10}

- name: Sign a zone, and wait up to ten minutes until the registry shows it
  klinematrix.hybrid_cloud.cloudflare_zone:
    name: example.com
    dnssec: active
    dnssec_timeout: 600
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: cloudflare
      kind: zone
      name: example.com
      id: 023e105f4ecef8ad9ca31a8372d0c353
      action: update
      fields: [{path: /settings/ssl, before: flexible, after: strict}]
zone:
  description:
    - The zone as it is, or as it would be in check mode; null if it is absent.
    - C(settings) has those that are declared. C(dnssec) and C(dnssec_key) are there if O(dnssec) is declared; C(dnssec_key) is null for a
      zone that was never signed.
  returned: success
  type: dict
  sample:
    id: 023e105f4ecef8ad9ca31a8372d0c353
    name: example.com
    status: active
    name_servers: [ada.ns.cloudflare.com, walt.ns.cloudflare.com]
    account_id: 01a7362d577a6c3019a474fd6f485823
    type: full
    paused: false
    settings: {ssl: strict}
    dnssec: active
    dnssec_key:
      ds: example.com. 3600 IN DS 2371 13 2 32996839A6D808AFE3EB4A795A0E6A7A39A76FC52FF228B22B76F6D63826F2B9
      key_tag: 2371
      algorithm: "13"
      digest_type: "2"
      digest_algorithm: SHA256
      digest: 32996839A6D808AFE3EB4A795A0E6A7A39A76FC52FF228B22B76F6D63826F2B9
      flags: 257
      key_type: ECDSAP256SHA256
      public_key: oXiGYrSTO+LSCJ3mohc8EP+CzF9KxBj8/ydXJ22pKuZP3VAC3/Md/k7xZfz470CoRyZJ6gV6vml07IC3d8xqhA==
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
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._cloudflare.zones import Zone
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.host import Host
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.reconcile import Reconciler
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE, ArgumentSpec
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

SPEC = ArgumentSpec(
    {
        "name": {"type": "str", "required": True},
        "account_id": {"type": "str"},
        "type": {"type": "str", "choices": ["full", "partial", "secondary"]},
        "paused": {"type": "bool"},
        "settings": {"type": "dict"},
        "dnssec": {"type": "str", "choices": ["active", "disabled"]},
        "dnssec_timeout": {"type": "int", "default": 0},
        "confirm_deletion_of": {"type": "str"},
    }
)


def make(host: Host, traffic: Traffic) -> Reconciler:
    return Zone(host, Client.of(host, traffic))


MODULE = Module(AUTH | SPEC | STATE, CLOUD, make)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
