# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: advisories
short_description: What is declared and will disappoint
version_added: 0.1.0
description:
  - Says what a host's variables declare that is allowed, and nevertheless outdated, without effect or unwise.
positional: _input
options:
  _input:
    description: The variables of a host.
    type: dict
    required: true
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Show what to know
  ansible.builtin.debug:
    msg: "{{ hostvars[inventory_hostname] | klinematrix.hybrid_cloud.advisories }}"
"""

RETURN = r"""
_value:
  description: Sentences; none if there is nothing to say.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.advisories import advisories


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"advisories": advisories}
