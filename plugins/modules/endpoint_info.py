#!/usr/bin/python
# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: endpoint_info
short_description: See whether an address answers as it should, with a certificate that people trust
version_added: 0.1.0
description:
  - Asks an address once, or again and again within O(wait_timeout), and returns what it answers, with which certificate, and where plain
    HTTP leads.
  - When a certificate is not trusted it looks again without the check, to say why. It may come from an issuer that nobody trusts, it may
    have expired, or it may be for another name.
  - Redirections are not followed. No login is sent.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
requirements:
  - cryptography
notes:
  - The environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) name proxies; E(SSL_CERT_FILE), E(SSL_CERT_DIR),
    E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) name authorities to trust.
options:
  url:
    description: The address, beginning with C(https://) or C(http://).
    type: str
    required: true
  expected_status:
    description: The statuses that are right. With an empty list every one is.
    type: list
    elements: int
    default: [200]
  expected_json:
    description:
      - What the answer has to hold, as JSON. What is not named may be anything.
      - Lists are compared as a whole.
    type: dict
  minimum_days:
    description: For how many days the certificate has to be valid at least.
    type: int
  validate_certs:
    description:
      - Whether a certificate that this machine does not trust is wrong.
      - If not, RV(endpoint.certificate.trusted) still says whether it is trusted.
    type: bool
    default: true
  http_too:
    description: Whether the same host and path are asked by plain HTTP too, to see where that leads.
    type: bool
    default: true
  required:
    description:
      - Whether the task fails when something is wrong.
      - If not, RV(endpoint.ok) and RV(endpoint.problem) tell.
    type: bool
    default: true
  timeout:
    description: Seconds that one look may take.
    type: int
    default: 10
  wait_timeout:
    description: Seconds in which the address has to become right. V(0) looks once.
    type: int
    default: 0
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.kubernetes) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.kubernetes
      - klinematrix.hybrid_cloud.all
"""

EXAMPLES = r"""
- name: See the backend answer behind its certificate
  klinematrix.hybrid_cloud.endpoint_info:
    url: https://example.com/api/health
    expected_json: {status: ok}
    minimum_days: 14
    wait_timeout: 300

- name: Look at a certificate without failing
  klinematrix.hybrid_cloud.endpoint_info:
    url: https://example.com/
    expected_status: []
    required: false
  register: seen

- name: Show when the certificate ends
  ansible.builtin.debug:
    var: seen.endpoint.certificate.not_after
"""

RETURN = r"""
endpoint:
  description: What was seen. Without a value when the address itself is not known yet in a preview.
  returned: success
  type: dict
  contains:
    url:
      description: The address, without its query.
      type: str
    ok:
      description: Whether everything is as it should be.
      type: bool
    problem:
      description:
        - What is wrong first, with a code, a text and a hint.
        - The code is one of V(name_not_resolved), V(not_reached), V(refused), V(timeout), V(dropped), V(no_tls), V(untrusted_issuer),
          V(expired), V(not_yet_valid), V(wrong_name), V(unexpected_status), V(unexpected_body), V(expires_soon).
      type: dict
    status:
      description: The status of the answer.
      type: int
    content_type:
      description: The media type of the answer.
      type: str
    location:
      description: Where a redirection leads.
      type: str
    json:
      description: The answer, if it is JSON of at most 4096 bytes.
      type: raw
    certificate:
      description: What the certificate says, and whether this machine trusts it.
      type: dict
      contains:
        subject:
          description: Whom it names.
          type: str
        issuer:
          description: Who has issued it.
          type: str
        names:
          description: The hosts that it is for.
          type: list
          elements: str
        not_before:
          description: When it begins, UTC.
          type: str
        not_after:
          description: When it ends, UTC.
          type: str
        days_left:
          description: Whole days until then, negative afterwards.
          type: int
        trusted:
          description: Whether this machine trusts it for this host, now.
          type: bool
    http:
      description: Status and location that plain HTTP answers, and whether it leads to HTTPS.
      type: dict
    addresses:
      description: The addresses of the host by this machine's DNS. Empty behind a proxy, which looks the host up itself.
      type: list
      elements: str
    proxied:
      description: Whether a proxy was used.
      type: bool
  sample:
    url: https://example.com/api/health
    ok: true
    problem: null
    status: 200
    content_type: application/json
    location: null
    json: {status: ok}
    certificate:
      subject: CN=example.com
      issuer: C=US, O=Let's Encrypt, CN=E7
      names: [example.com]
      not_before: "2026-11-01T00:00:00Z"
      not_after: "2027-01-30T00:00:00Z"
      days_left: 60
      trusted: true
    http: {status: 308, location: "https://example.com/api/health", to_https: true}
    addresses: [203.0.113.7]
    proxied: false
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What was wrong, for playbooks that handle errors. Its code is that of RV(endpoint.problem).
  returned: failure
  type: dict
  sample: {cloud: web, code: untrusted_issuer, status: 200, request_id: null, retryable: true, hint: Switch to the production issuer}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._web.endpoint import CLOUD, ENDPOINT, Endpoint

MODULE = Module(ENDPOINT, CLOUD, Endpoint)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
