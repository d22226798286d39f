# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - tencentcloud-sdk-python-ses >= 3.0
notes:
  - The key is taken whole from the options or, if they have none, from the environment variables E(TENCENTCLOUD_SECRET_ID),
    E(TENCENTCLOUD_SECRET_KEY) and, for a temporary key, E(TENCENTCLOUD_TOKEN).
  - Sender domains belong to the account, whatever the region. Sender addresses and templates belong to a region.
options:
  secret_id:
    description: Id of an access key. Its user needs the policy C(QcloudSESFullAccess), or the rights of the calls that are made.
    type: str
  secret_key:
    description: Secret of the access key.
    type: str
  token:
    description: Token that belongs to a temporary access key.
    type: str
  region:
    description:
      - Where mail is sent from. Accounts of the mainland site have V(ap-guangzhou) and V(ap-hongkong), those of the international site
        V(ap-singapore).
      - If not set, the environment variable E(TENCENTCLOUD_REGION) is used.
    type: str
    choices: [ap-guangzhou, ap-hongkong, ap-singapore]
    default: ap-hongkong
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.tencent) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.tencent
      - klinematrix.hybrid_cloud.all
"""
