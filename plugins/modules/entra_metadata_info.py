#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: entra_metadata_info
short_description: Look at the sign-in metadata that a tenant of Microsoft Entra publishes
version_added: 0.1.0
description:
  - Reads the OpenID Connect metadata of a tenant and the keys that it names, as an application does before anybody can sign in.
  - Fails when the metadata does not answer, lacks an endpoint, points to a host that is not a directory of Microsoft's, names another
    issuer than declared, or has no keys.
  - The metadata is public. No token is asked for and none is sent.
author:
  - klinematrix (@klinematrix)
requirements:
  - azure-core >= 1.37
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._reads
options:
  authority:
    description:
      - The address under which the tenant publishes its metadata, with or without C(/.well-known/openid-configuration).
      - It is C(https://login.microsoftonline.com/TENANT/v2.0) of an organization, C(https://NAME.ciamlogin.com/TENANT/v2.0) of an external
        tenant, and C(https://NAME.b2clogin.com/NAME.onmicrosoft.com/USER_FLOW/v2.0) of Azure AD B2C.
      - Without it, that of O(tenant) as an organization.
    type: str
  issuer:
    description: The issuer that the application is configured with. It is compared to the letter.
    type: str
  tenant:
    description: Id or domain of the tenant. If not set, the environment variables E(AZURE_TENANT_ID) and E(AZURE_TENANT) are used.
    type: str
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.azure) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.azure
      - klinematrix.hybrid_cloud.all
"""

EXAMPLES = r"""
- name: See that people can sign in
  klinematrix.hybrid_cloud.entra_metadata_info:
    authority: https://example.b2clogin.com/example.onmicrosoft.com/B2C_1_signup_signin/v2.0
  register: sign_in

- name: Show the issuer
  ansible.builtin.debug:
    var: sign_in.metadata.issuer
"""

RETURN = r"""
authority:
  description: The address that was asked.
  returned: success
  type: str
  sample: https://example.b2clogin.com/example.onmicrosoft.com/B2C_1_signup_signin/v2.0
metadata:
  description: What an application needs of it, and how many keys there are.
  returned: success
  type: dict
  sample:
    issuer: https://example.b2clogin.com/11111111-2222-3333-4444-555555555555/v2.0/
    authorization_endpoint: https://example.b2clogin.com/example.onmicrosoft.com/b2c_1_signup_signin/oauth2/v2.0/authorize
    token_endpoint: https://example.b2clogin.com/example.onmicrosoft.com/b2c_1_signup_signin/oauth2/v2.0/token
    jwks_uri: https://example.b2clogin.com/example.onmicrosoft.com/b2c_1_signup_signin/discovery/v2.0/keys
    keys: 1
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 2, writes: 0}
failure:
  description: What the directory answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: AADSTS90002, status: 400, request_id: null, retryable: false, hint: Check the tenant}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.entra.metadata import METADATA, Metadata
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(METADATA, CLOUD, Metadata)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
