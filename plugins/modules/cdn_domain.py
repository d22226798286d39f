#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cdn_domain
short_description: Keep a domain of Alibaba Cloud CDN as declared
version_added: 0.1.0
description:
  - Keeps an accelerated domain with its origins, certificate, functions and tags as declared.
  - A setting that is not given is not managed. Of a function only the declared arguments are compared, because the service fills in others.
  - A new domain takes minutes to spread, and every change after it. A run waits for that; when it is cut short, the next run continues.
  - The first domain under a root needs a proof of ownership, the TXT record that M(klinematrix.hybrid_cloud.cdn_domain_info) returns. Once
    that record is published, this module lets the service look at it and adds the domain.
  - Domains in the Chinese mainland need an ICP filing. Without one, O(scope) must be V(overseas).
author:
  - klinematrix (@klinematrix)
requirements:
  - aliyun-python-sdk-core >= 2.16
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
options:
  name:
    description: The domain, for example V(img.example.com). A wildcard is written V(*.example.com) or V(.example.com).
    type: str
    required: true
  state:
    description: Whether the domain exists.
    type: str
    choices: [present, absent]
    default: present
  type:
    description: What it is for. V(web) for a new domain unless given. It cannot be changed.
    type: str
    choices: [web, download, video]
  scope:
    description: Where visitors are served from. The service takes V(domestic) for a new domain unless given.
    type: str
    choices: [domestic, overseas, global]
  sources:
    description: The origins, as a whole. A new domain needs them, or O(origin_bucket).
    type: list
    elements: dict
    suboptions:
      content:
        description: A host name, an IP address, or the host name of a bucket.
        type: str
        required: true
      type:
        description: What O(sources[].content) is.
        type: str
        required: true
        choices: [oss, domain, ipaddr, fc_domain, common]
      port:
        description: The port, V(80) for a new origin unless given. V(443) makes the way to the origin encrypted.
        type: int
      priority:
        description: V(20) for a primary origin, V(30) for a standby.
        type: int
        choices: [20, 30]
      weight:
        description: Share of the requests among origins of the same priority, from 0 to 100.
        type: int
  origin_bucket:
    description: Name of an OSS bucket as the only origin, reached over TLS.
    type: str
  origin_region:
    description: Region of O(origin_bucket).
    type: str
  private_origin:
    description:
      - Whether CDN signs its requests to buckets of this account, so that a private bucket need not be opened.
      - The account needs the RAM role AliyunCDNAccessingPrivateOSSRole for that, which the CDN console creates once.
    type: bool
  certificate:
    description: The certificate for HTTPS.
    type: dict
    suboptions:
      type:
        description: Where it comes from. V(cas) is Certificate Management Service, V(none) switches HTTPS off.
        type: str
        required: true
        choices: [upload, cas, none]
      name:
        description: Its name. Needed for V(cas).
        type: str
      id:
        description: Its id in Certificate Management Service.
        type: str
      region:
        description: Region of Certificate Management Service.
        type: str
        choices: [cn-hangzhou, ap-southeast-1]
      certificate:
        description: The chain in PEM form, for V(upload). It is compared by the fingerprint of its first certificate.
        type: str
      private_key:
        description: The private key in PEM form, for V(upload). Nobody can read it again, so it is sent whenever the certificate changes.
        type: str
  force_https:
    description: Whether plain HTTP is redirected to HTTPS.
    type: bool
  http2:
    description: Whether visitors may use HTTP/2.
    type: bool
  cache_rules:
    description: How long the edge keeps what it has, as a whole. Rules that are not declared are removed.
    type: list
    elements: dict
    suboptions:
      path:
        description: A directory or file, beginning with a slash. Either this or O(cache_rules[].file_types).
        type: str
      file_types:
        description: File name extensions, such as V(png).
        type: list
        elements: str
      ttl:
        description: Seconds.
        type: int
        required: true
      weight:
        description: Which rule wins where several fit, from 1 to 99.
        type: int
      honor_origin:
        description: Whether caching headers of the origin win over this rule.
        type: bool
  functions:
    description:
      - Any other function, by the names of CDN's API. Functions that are not declared are left alone, and so are those that stand under a
        condition of the rules engine.
      - Functions that a domain can have several times are told apart by what they are about, for example a response header by its key.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the function, for example V(HSTS) or V(set_resp_header).
        type: str
        required: true
      args:
        description: Its arguments. V(true) and V(false) mean V(on) and V(off).
        type: dict
      secret_args:
        description: Arguments that must not be shown, such as the keys of C(aliauth).
        type: dict
      state:
        description: Whether the domain has it.
        type: str
        choices: [present, absent]
        default: present
  tags:
    description: Tags of the domain, as a whole.
    type: dict
  enabled:
    description: Whether the domain serves visitors.
    type: bool
    default: true
  verify_timeout:
    description: Seconds to wait until the service sees the TXT record that proves the ownership.
    type: int
    default: 120
  timeout:
    description: Seconds to wait for one change to spread.
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Serve the charts of a private bucket from the edge
  klinematrix.hybrid_cloud.cdn_domain:
    name: charts.example.com
    scope: overseas
    origin_bucket: example-charts
    origin_region: cn-shanghai
    private_origin: true
    cache_rules:
      - {path: /charts/, ttl: 3600}
      - {file_types: [png, svg], ttl: 86400}
    functions:
      - {name: set_resp_header, args: {key: Access-Control-Allow-Origin, value: "*"}}
  register: cdn

- name: Point the name at the edge
  klinematrix.hybrid_cloud.cloudflare_records:
    zone: example.com
    records: "{{ cdn.dns_records }}"
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: cdn_domain
      name: charts.example.com
      id: null
      action: update
      fields: [{path: /functions/path_based_ttl_set ~1charts~1/args/ttl, before: "60", after: "3600"}]
domain:
  description: The domain as it is, or as it would be in check mode; null if it is absent.
  returned: success
  type: dict
  sample: {name: charts.example.com, type: web, scope: overseas, status: online, cname: charts.example.com.w.kunlunsl.com}
dns_records:
  description: The CNAME record that sends visitors to the edge, as M(klinematrix.hybrid_cloud.cloudflare_records) takes it.
  returned: success
  type: list
  elements: dict
  sample: [{name: charts.example.com, type: CNAME, content: charts.example.com.w.kunlunsl.com, proxied: false}]
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: DomainNotRegistration, status: 404, request_id: 6745A1, retryable: false, hint: set scope to overseas}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.cdn.domain import Domain
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.cdn.options import CDN_DOMAIN
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | CDN_DOMAIN, CLOUD, Domain)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
