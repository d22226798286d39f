# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # How to log in; other clouds' modules that go through Azure have it, too.
    LOGIN = r"""
options:
  auth_source:
    description:
      - How to log in. V(auto) takes the first way that is complete, without trying any over the network - a client secret, then workload
        identity, then the login of the az CLI.
      - V(env) is a client secret from O(tenant), O(client_id) and O(secret), each from the environment where the option is not set.
      - V(workload) is the token in the file that E(AZURE_FEDERATED_TOKEN_FILE) names.
      - V(msi) is the managed identity of this machine; O(client_id) names a user-assigned one.
      - V(cli) is whoever is logged in with C(az login).
    type: str
    choices: [auto, env, workload, msi, cli]
    default: auto
  tenant:
    description: Id of the Entra tenant. If not set, the environment variables E(AZURE_TENANT_ID) and E(AZURE_TENANT) are used.
    type: str
  client_id:
    description: Client id of the application or managed identity. If not set, the environment variable E(AZURE_CLIENT_ID) is used.
    type: str
  secret:
    description: Client secret. If not set, the environment variables E(AZURE_CLIENT_SECRET) and E(AZURE_SECRET) are used.
    type: str
    aliases: [client_secret]
  subscription_id:
    description:
      - Id of the subscription. If not set, the environment variable E(AZURE_SUBSCRIPTION_ID) is used; without that, the only subscription
        that the identity can see.
    type: str
"""

    DOCUMENTATION = r"""
requirements:
  - azure-identity >= 1.20
  - azure-mgmt-core >= 1.6
  - azure-mgmt-keyvault >= 14 (for vaults)
  - azure-keyvault-secrets >= 4.10 (for secrets)
options:
  timeout:
    description:
      - How many seconds to wait for what takes its time, all in all. What is still under way then goes on at the cloud, and the next run
        picks it up.
    type: int
    default: 1800
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.azure) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.azure
      - klinematrix.hybrid_cloud.all
"""
