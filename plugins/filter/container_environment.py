# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: container_environment
short_description: Where an environment variable is set for containers
version_added: 0.2.0
description:
  - Looks into the workloads among some manifests, and into the ConfigMaps among them that containers take their environment from.
positional: _input, variable
options:
  _input:
    description: The manifests.
    type: list
    elements: dict
    required: true
  variable:
    description: Name of the variable.
    type: str
    required: true
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Mail must be sent in production
  ansible.builtin.assert:
    that: manifests | klinematrix.hybrid_cloud.container_environment('EMAIL_BYPASS_MODE') | selectattr('value', 'eq', 'true') | length == 0
"""

RETURN = r"""
_value:
  description: For each container that has it C(where) it is and its C(value), which is null if the manifests do not show it.
  type: list
  elements: dict
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.workloads import environment


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"container_environment": environment}
