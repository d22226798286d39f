# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # For modules that keep one secret of a key vault, wherever its value comes from.
    DOCUMENTATION = r"""
options:
  vault:
    description: Name or URI of the vault.
    type: str
    required: true
  name:
    description: Name of the secret, 1 to 127 letters, digits and hyphens.
    type: str
    required: true
  content_type:
    description: What the value is, for example V(application/json).
    type: str
  tags:
    description: Tags that must be there. Others are left alone.
    type: dict
  enabled:
    description: Whether the secret can be read.
    type: bool
  expires_on:
    description: When it expires, as ISO 8601 time; UTC unless it names another zone.
    type: str
  not_before:
    description: When it begins to be valid, as ISO 8601 time; UTC unless it names another zone.
    type: str
  recover:
    description: Recover a deleted secret that holds the name.
    type: bool
    default: true
  purge:
    description: With O(state=absent), destroy the secret for good, also if it is deleted already.
    type: bool
    default: false
  state:
    description: Whether the secret exists.
    type: str
    choices: [present, absent]
    default: present
"""
