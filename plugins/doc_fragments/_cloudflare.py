# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - cloudflare >= 5.0
options:
  api_token:
    description:
      - An API token. Records need the permission Zone:DNS:Edit on the zone; what other modules need is in their notes.
      - If not set, the environment variable E(CLOUDFLARE_API_TOKEN) is used.
    type: str
attributes:
  action_group:
    description: Use C(group/klinematrix.hybrid_cloud.cloudflare) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - klinematrix.hybrid_cloud.cloudflare
      - klinematrix.hybrid_cloud.all
"""
