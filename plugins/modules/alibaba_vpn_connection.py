#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alibaba_vpn_connection
short_description: Keep an IPsec connection at a VPN gateway of Alibaba Cloud as declared
version_added: 0.1.0
description:
  - Keeps an IPsec connection with its tunnels as declared, and makes the customer gateway that it needs, which is what Alibaba Cloud calls
    the address of the other end.
  - The VPN gateway must be there already. In the Chinese mainland gateways are paid in advance, so none is ever made from here.
  - A gateway of the newer kind has two addresses, and its connections two tunnels, C(master) and C(slave); both get what is declared. At an
    older gateway there is the tunnel C(single).
  - A setting that is not given is not managed. The service fills in weak ones for a new connection (C(md5), C(group2)).
  - Connections are told apart by their names, which must be unique at a gateway. A customer gateway is never deleted.
author:
  - klinematrix (@klinematrix)
requirements:
  - aliyun-python-sdk-core >= 2.16
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._alibaba
options:
  name:
    description: Name of the connection.
    type: str
    required: true
  state:
    description: Whether the connection exists.
    type: str
    choices: [present, absent]
    default: present
  region:
    description: Region of the gateway, for example V(cn-shanghai).
    type: str
    required: true
  vpn_gateway_id:
    description: Id of the VPN gateway.
    type: str
    required: true
  remote_address:
    description: Public address of the other end. It cannot be changed. Needed unless O(state=absent).
    type: str
  local_subnets:
    description: Address ranges at this end. Needed unless O(state=absent).
    type: list
    elements: str
  remote_subnets:
    description: Address ranges behind the other end. Needed unless O(state=absent).
    type: list
    elements: str
  shared_key:
    description: The key that both ends share. It is compared with the one that is there, and never shown. Empty leaves that alone.
    type: str
  ike:
    description: The first phase. What is not given is left as it is.
    type: dict
    suboptions:
      version:
        description: Version of the protocol.
        type: str
        choices: [ikev1, ikev2]
      encryption:
        description: Encryption.
        type: str
        choices: [aes, aes192, aes256, des, 3des]
      integrity:
        description: Integrity.
        type: str
        choices: [md5, sha1, sha256, sha384, sha512]
      dh_group:
        description: Diffie-Hellman group.
        type: str
        choices: [group1, group2, group5, group14]
      lifetime:
        description: Life time of the agreement, in seconds.
        type: int
  ipsec:
    description: The second phase. What is not given is left as it is.
    type: dict
    suboptions:
      encryption:
        description: Encryption.
        type: str
        choices: [aes, aes192, aes256, des, 3des]
      integrity:
        description: Integrity.
        type: str
        choices: [md5, sha1, sha256, sha384, sha512]
      dh_group:
        description: Diffie-Hellman group for perfect forward secrecy.
        type: str
        choices: [disabled, group1, group2, group5, group14]
      lifetime:
        description: Life time of the agreement, in seconds.
        type: int
  timeout:
    description: For how many seconds to wait while the gateway carries out another change.
    type: int
    default: 600
"""

EXAMPLES = r"""
- name: Keep the connection to Azure
  klinematrix.hybrid_cloud.alibaba_vpn_connection:
    name: to-azure
    region: cn-shanghai
    vpn_gateway_id: vpn-uf6k3m5n7example
    remote_address: 203.0.113.30
    local_subnets: [172.16.0.0/12]
    remote_subnets: [10.32.0.0/16]
    shared_key: "{{ lookup('ansible.builtin.env', 'NETWORK_VPN_SHARED_KEY') }}"
    ike: {version: ikev2, encryption: aes256, integrity: sha256, dh_group: group14, lifetime: 28800}
    ipsec: {encryption: aes256, integrity: sha256, dh_group: group14, lifetime: 27000}
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: alibaba
      kind: vpn_connection
      name: to-azure
      id: vco-uf6a1b2c3example
      action: update
      fields: [{path: /tunnels/master/ike/encryption, before: aes, after: aes256}]
vpn_connection:
  description: The connection; null if there is none. Its key is masked.
  returned: success
  type: dict
  sample: {id: vco-uf6a1b2c3example, name: to-azure, remote_subnets: [10.32.0.0/16], gateway_addresses: [203.0.113.40, 203.0.113.41]}
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 0}
failure:
  description: What went wrong, and the way out.
  returned: failure
  type: dict
  sample: {cloud: alibaba, code: no_vpn_gateway, status: null, request_id: null, retryable: false, hint: Buy one in the console}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.vpn.connection import SPEC, Connection
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(SPEC, CLOUD, Connection)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
