# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # For modules of any cloud that put a secret into an Azure key vault.
    DOCUMENTATION = r"""
options:
  key_vault:
    description: Name or URI of the Azure key vault that keeps the secret.
    type: str
  azure_auth:
    description: Who to be at Azure. What is not set comes from the environment, as for the modules of Azure.
    type: dict
    suboptions:
      auth_source:
        description: How to log in; see M(klinematrix.hybrid_cloud.key_vault_secret).
        type: str
        choices: [auto, env, workload, msi, cli]
        default: auto
      tenant:
        description: Id of the Entra tenant.
        type: str
      client_id:
        description: Client id of the application or managed identity.
        type: str
      secret:
        description: Client secret.
        type: str
        aliases: [client_secret]
      subscription_id:
        description: Id of the subscription of the vault.
        type: str
"""
