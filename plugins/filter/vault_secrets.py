# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: vault_secrets
short_description: Which secrets of the vault are synced
version_added: 0.2.0
description:
  - Names the secrets of a vault that are read, from the short form in which the role P(klinematrix.hybrid_cloud.external_secrets#role)
    takes what is synced.
positional: _input
options:
  _input:
    description: What is synced, as in the role.
    type: list
    elements: dict
    required: true
author:
  - klinematrix (@klinematrix)
"""

EXAMPLES = r"""
- name: Look which versions the vault holds
  klinematrix.hybrid_cloud.key_vault_secrets_info:
    vault: example-kv
    names: "{{ external_secrets_secrets | klinematrix.hybrid_cloud.vault_secrets }}"
    versions: true
"""

RETURN = r"""
_value:
  description: The names, each once.
  type: list
  elements: str
"""

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.plugin_utils.external_secrets import vault_secrets


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"vault_secrets": vault_secrets}
