# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - Credentials are taken whole from the first source that has any. These are the options O(access_key_id) and O(access_key_secret), the
    profile named by O(profile), the environment variables E(ALIBABA_CLOUD_ACCESS_KEY_ID) and E(ALIBABA_CLOUD_ACCESS_KEY_SECRET), and
    the profile of the aliyun CLI that E(ALIBABA_CLOUD_PROFILE) names, or else its current one.
options:
  access_key_id:
    description: Id of an access key of a RAM user.
    type: str
  access_key_secret:
    description: Secret of the access key.
    type: str
  security_token:
    description: Token that belongs to a temporary access key. In the environment it is E(ALIBABA_CLOUD_SECURITY_TOKEN).
    type: str
  profile:
    description:
      - A profile in the configuration of the aliyun CLI, C(~/.aliyun/config.json), of the mode AK or StsToken.
    type: str
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.alibaba) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.alibaba
      - klinematrix.hybrid_cloud.all
"""
