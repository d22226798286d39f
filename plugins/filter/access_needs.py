# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: access_needs
short_description: For which roles a host needs rights at its cloud
version_added: 0.1.0
description:
  - Names the roles of this collection that a host's variables declare, as M(klinematrix.hybrid_cloud.access_info) takes them.
positional: _input, cloud
options:
  _input:
    description: The variables of a host.
    type: dict
    required: true
  cloud:
    description: Its cloud.
    type: str
    required: true
    choices: [azure, alibaba, tencent, cloudflare, kubernetes]
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Check the rights that are needed
  klinematrix.hybrid_cloud.access_info:
    cloud: alibaba
    roles: "{{ hostvars[inventory_hostname] | klinematrix.hybrid_cloud.access_needs('alibaba') }}"
"""

RETURN = r"""
_value:
  description: Names of roles.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.estate import needs_of


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"access_needs": needs_of}
