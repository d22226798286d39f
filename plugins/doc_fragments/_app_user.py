# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # For modules that keep an application's own user, with its access key in an Azure key vault.
    DOCUMENTATION = r"""
requirements:
  - requests
  - azure-identity >= 1.20
  - azure-keyvault-secrets >= 4.10
options:
  name:
    description: Name of the user. It tells users apart.
    type: str
    required: true
  state:
    description:
      - Whether the user exists. With V(absent) its keys, its rights and its policy go too; the secrets in the vault are left alone.
    type: str
    choices: [present, absent]
    default: present
  policy:
    description:
      - What the user may do, as the cloud writes it. It is the whole of one custom policy, compared as JSON, so that layout and the order
        of keys carry no meaning.
    type: dict
  policy_name:
    description: Name of that policy. It is named like the user unless given.
    type: str
  exclusive:
    description:
      - Whether other policies of the user are detached. Rights that come from groups are not looked at.
    type: bool
    default: true
  id_secret_name:
    description: Name of the secret in O(key_vault) that holds the id of the access key.
    type: str
  secret_name:
    description:
      - Name of the secret that holds the secret of the access key. Its tags say which key it belongs to and which one it replaced.
      - A pair that was put there by hand is adopted, when the key is the user's and works.
    type: str
  pair:
    description: A secret that holds both as a JSON document, for applications that read one secret only.
    type: dict
    suboptions:
      secret_name:
        description: Name of the secret.
        type: str
        required: true
      id_field:
        description: Name of the field with the id.
        type: str
        required: true
      secret_field:
        description: Name of the field with the secret.
        type: str
        required: true
  rotate_after_days:
    description:
      - Age at which a key is replaced. The new key is made, tried out and put into the vault while the old one still works.
      - Without it a key is replaced only when the vault has none that works. A key that somebody disabled is replaced too, and never
        enabled again.
    type: int
  retire_after_days:
    description:
      - Days that an old key lives on beside the new one. Then it is disabled, and deleted after as many days again, or when the next
        key needs the place.
      - Only keys that this module replaced are retired. Others are named in a warning and left alone.
    type: int
    default: 7
  timeout:
    description: Seconds to wait until a new key is accepted, or until a role at the vault works.
    type: int
    default: 600
"""
