#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: entra_application
short_description: Keep an app registration of Microsoft Entra, with its client secret in a key vault
version_added: 0.1.0
description:
  - Keeps an application in a tenant that exists already - an organization's own, an external tenant of Microsoft Entra External ID, or one
    of Azure AD B2C. Its service principal belongs to it.
  - The value of a client secret is shown by the directory once. It goes straight into the key vault, and is neither returned nor shown.
    The vault's secret has the id of its key as a tag, by which it is compared. When the vault refuses the value, the new key is removed
    again.
  - What is not declared is left alone. In check mode nothing is written, and the changes are those of a real run.
  - Tenants are not made. New Azure AD B2C tenants have not been sold to new customers since May 2025, and making a tenant needs a person
    who is logged in.
author:
  - klinematrix (@klinematrix)
extends_documentation_fragment:
  - klinematrix.hybrid_cloud._changes
  - klinematrix.hybrid_cloud._azure
  - klinematrix.hybrid_cloud._azure.login
  - klinematrix.hybrid_cloud._key_vault
options:
  display_name:
    description:
      - Name of the application. Without O(app_id) the application is found by it. Names are not unique in a directory; when several
        applications have it, the task fails and names them.
      - With O(app_id) the application is renamed to it.
    type: str
  app_id:
    description: Id (client id) of an existing application.
    type: str
  sign_in_audience:
    description:
      - Whose accounts may sign in. A new application gets V(AzureADMyOrg) unless it is declared.
      - In an external tenant and in Azure AD B2C customers are accounts of the tenant itself.
    type: str
    choices: [AzureADMyOrg, AzureADMultipleOrgs, AzureADandPersonalMicrosoftAccount, PersonalMicrosoftAccount]
  redirect_uris:
    description:
      - Where sign-ins may return to, by platform. Each list is kept as a whole, in any order. A platform that is not declared is left
        alone.
      - An address can be in one list only.
    type: dict
    suboptions:
      web:
        description: Of web applications with a server, which prove themselves by a secret.
        type: list
        elements: str
      spa:
        description: Of single-page applications in a browser.
        type: list
        elements: str
      public_client:
        description: Of mobile and desktop applications. Schemes of their own are possible.
        type: list
        elements: str
  home_page_url:
    description: Home page of the application. An empty text takes it away.
    type: str
  logout_url:
    description: Where the directory tells the application that somebody signed out. An empty text takes it away.
    type: str
  notes:
    description: Notes for those who manage the application.
    type: str
  tags:
    description: Words that classify the application, as a whole and in any order.
    type: list
    elements: str
  service_principal:
    description: Whether the application has a service principal in this tenant. Without one nobody can sign in.
    type: bool
    default: true
  assignment_required:
    description: Whether only users who were assigned to the application may sign in. A setting of the service principal.
    type: bool
  client_secret_in_vault:
    description:
      - A client secret that is kept in O(key_vault). One is made when the vault has none that works, or when less than the declared time
        is left. Older keys go on working until they end, so that there is time to change over.
      - The vault's secret is told apart by its tags C(app_id) and C(key_id), and by the first letters of its value, which the directory
        knows.
    type: dict
    suboptions:
      name:
        description: Name of the secret in the vault, 1 to 127 letters, digits and hyphens. A deleted one is recovered.
        type: str
        required: true
      label:
        description: What the key is called in the directory; the name of the secret unless it is declared.
        type: str
      days:
        description: How many days a new key is valid.
        type: int
        default: 180
      rotate_days:
        description: With fewer days left than this, a new key is made.
        type: int
        default: 30
  state:
    description: >-
      Whether the application exists. A deleted one can be restored in the directory for 30 days. With V(absent) the secret in the vault is
      left alone.
    type: str
    choices: [present, absent]
    default: present
notes:
  - The identity needs the application permission C(Application.ReadWrite.OwnedBy) of Microsoft Graph. It manages only applications that it
    owns; whoever makes one owns it.
  - O(tenant), O(client_id) and O(secret) are those of the directory, O(azure_auth) those of the vault's subscription. Both come from the
    environment where they are not set.
"""

EXAMPLES = r"""
- name: Keep the app registration of the web application
  klinematrix.hybrid_cloud.entra_application:
    display_name: example web
    redirect_uris:
      web: [https://app.example.com/auth/callback]
      spa: ["http://localhost:3000"]
    tags: [example]
    key_vault: example-kv
    client_secret_in_vault:
      name: entra-client-secret
      days: 180
      rotate_days: 30

- name: Keep an app registration in the tenant of the customers, with an identity of that tenant
  klinematrix.hybrid_cloud.entra_application:
    tenant: 11111111-2222-3333-4444-555555555555
    client_id: "{{ customers_client_id }}"
    secret: "{{ lookup('ansible.builtin.env', 'CUSTOMERS_CLIENT_SECRET') }}"
    display_name: example customers
    redirect_uris:
      web: [https://app.example.com/auth/callback]
"""

RETURN = r"""
changes:
  description: What is not as declared, the same in check mode and in a real run.
  returned: success
  type: list
  elements: dict
  sample:
    - cloud: azure
      kind: entra_application
      name: example web
      id: 7c1e4f2a-0b7d-4c59-9b7e-0f4a6d1c2b3e
      action: update
      fields: [{path: /secret, before: until 2026-12-20, after: stored}]
application:
  description: The application as it is, or as it would be in check mode. Empty if it does not exist.
  returned: success
  type: dict
  sample:
    id: 0a5f7c1d-6b1e-4d3c-8a2f-9e0b1c2d3e4f
    app_id: 7c1e4f2a-0b7d-4c59-9b7e-0f4a6d1c2b3e
    display_name: example web
    sign_in_audience: AzureADMyOrg
    redirect_uris: {web: [https://app.example.com/auth/callback], spa: ["http://localhost:3000"], public_client: []}
    tags: [example]
    service_principal: true
    service_principal_id: 5d2c1b0a-9f8e-4d7c-b6a5-4f3e2d1c0b9a
    key_id: 1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809
    secret_id: https://example-kv.vault.azure.net/secrets/entra-client-secret/0f1e2d
    secret_version: 0f1e2d
    secret_expires: "2027-05-24T10:00:00Z"
io:
  description: How many calls were made.
  returned: always
  type: dict
  sample: {reads: 3, writes: 0}
failure:
  description: What the cloud answered, for playbooks that handle errors.
  returned: failure
  type: dict
  sample: {cloud: azure, code: Authorization_RequestDenied, status: 403, request_id: 8f2c4e0a, retryable: false, hint: Give the identity}
"""

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.entra.application import Application
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.entra.application_state import APPLICATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import CLOUD
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.options import AZURE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import DESTINATION
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.spec import STATE
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._module import Module

MODULE = Module(AZURE | DESTINATION | APPLICATION | STATE, CLOUD, Application)


def main() -> None:
    MODULE.main()


if __name__ == "__main__":
    main()
