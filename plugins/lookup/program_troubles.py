# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: program_troubles
short_description: What is wrong with helm, kubectl and kustomize
version_added: 0.2.0
description:
  - Looks on the controller whether the programs that this collection runs for clusters are there, run, and are new enough. These are helm
    3.17 or later, or 4, and kubectl or kustomize. Nothing but their version is asked for.
options:
  _terms:
    description: None are taken.
    type: list
    elements: str
    default: []
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: See that the programs are there
  ansible.builtin.assert:
    that: troubles | length == 0
    fail_msg: "{{ troubles | join(' ') }}"
  vars:
    troubles: "{{ query('klinematrix.hybrid_cloud.program_troubles') }}"
"""

RETURN = r"""
_raw:
  description: A sentence for each trouble, with what to install. Empty if there is none.
  type: list
  elements: str
"""

import typing as t

from ansible.plugins.lookup import LookupBase

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.programs import troubles


class LookupModule(LookupBase):
    def run(self, terms: t.Sequence[t.Any], variables: t.Any = None, **kwargs: t.Any) -> list[t.Any]:
        self.set_options(var_options=variables, direct=kwargs)
        return troubles()
