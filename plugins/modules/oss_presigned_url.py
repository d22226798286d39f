#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: oss_presigned_url
short_description: Keep a pre-signed URL for an object of Alibaba Cloud OSS in a file
version_added: 0.1.0
description:
  - Signs a URL (signature V4) with which anybody may use one object for a while, and keeps it in a file that only its owner may read.
  - Whoever holds such a URL may use it. So it is never returned, shown or logged; a play reads it from the file where it needs it.
  - A URL in the file that fits and still lives long enough stays. Another one is written when the object, the method or the access key
    changed, or when it ends soon.
  - Signing needs no call to OSS, so a URL for an object that does not exist can be made as well.
author:
  - klinematrix (@klinematrix)
requirements:
  - oss2 >= 2.19
notes:
  - Accounts opened since March 2025 may not use the public endpoints of mainland China for objects. Bind a domain to the bucket and
    give it as O(domain).
  - A URL that was signed with a temporary access key ends with that key.
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
options:
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  region:
    description: Region of the bucket, for example V(cn-shanghai).
    type: str
    required: true
  key:
    description: Name of the object.
    type: str
    required: true
  dest:
    description: The file that holds the URL, with mode 0600. Its directory must exist.
    type: path
    required: true
  method:
    description: What may be done with the URL.
    type: str
    choices: [GET, HEAD, PUT, DELETE]
    default: GET
  expires:
    description: For how many seconds the URL is valid, at most seven days (V(604800)), with a temporary access key twelve hours.
    type: int
    default: 3600
  renew_before:
    description: Another URL is written when this one is valid for fewer seconds than that. Half of O(expires) unless given.
    type: int
  domain:
    description: A domain of your own that is bound to the bucket, for example V(img.example.com), instead of OSS's.
    type: str
  params:
    description: Parameters of the request, for example C(response-content-disposition) or C(x-oss-process).
    type: dict
    default: {}
  headers:
    description: Headers with which the request must be made, for example C(Content-Type) of an upload.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Let somebody download a chart for a day
  klinematrix.hybrid_cloud.oss_presigned_url:
    bucket: example-charts
    region: cn-shanghai
    key: charts/2026/q3.png
    expires: 86400
    dest: "{{ playbook_dir }}/q3.url"

- name: Use it
  ansible.builtin.get_url:
    url: "{{ lookup('ansible.builtin.file', playbook_dir ~ '/q3.url') }}"
    dest: "{{ playbook_dir }}/q3.png"
    mode: "0644"
  no_log: true  # get_url is not ours and quotes the signed URL
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: oss_presigned_url
      name: example-charts/charts/2026/q3.png
      id: null
      action: update
      fields: [{path: /valid, before: false, after: true}]
presigned_url:
  description: What the URL is for, where it is, and until when it is valid. C(address) is the URL without its signature.
  returned: success
  type: dict
  sample:
    bucket: example-charts
    key: charts/2026/q3.png
    method: GET
    dest: /srv/plays/q3.url
    address: https://example-charts.oss-cn-shanghai.aliyuncs.com/charts/2026/q3.png
    expires: 86400
    expires_at: "2026-11-23T10:00:00Z"
io:
  description: How many calls were made, which is none.
  returned: always
  type: dict
  sample: {reads: 0, writes: 0}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import AUTH, CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.oss.presigned import OPTIONS, PresignedUrl
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AUTH | OPTIONS, CLOUD, PresignedUrl)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
