#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_check
short_description: Find what is wrong in an inventory before anything is called
version_added: 0.1.0
description:
  - Checks the variables of all hosts of the inventory, whatever the run is limited to, against the roles of this collection.
  - It finds variables that no role knows and names the one that was probably meant; required ones that are missing, and values of a wrong
    type; names that a cloud would refuse; things that are declared twice, and references to what is not declared; secrets in plain text;
    and what another inventory calls its own.
  - Nothing is called. Templates are evaluated as in any task, so a lookup in the inventory does what it does.
author:
  - klinematrix (@klinematrix)
options:
  other_inventories:
    description: Paths of inventories that must not own what this one owns, such as that of production.
    type: list
    elements: path
    default: []
  provided:
    description: Names of required variables that a playbook sets, so that the inventory need not have them.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Reads variables, nothing else.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
notes:
  - This is an action plugin; it runs on the controller only.
"""

EXAMPLES = r"""
- name: Check the inventory
  hosts: all
  gather_facts: false
  tasks:
    - name: Find what is wrong before anything is called
      klinematrix.hybrid_cloud.inventory_check:
        other_inventories: ["{{ inventory_dir }}/../prod"]
      run_once: true
"""

RETURN = r"""
problems:
  description: What is wrong, each with the place and the way out. The task fails if there is anything.
  returned: always
  type: list
  elements: str
  sample:
    - "group_vars/cloudflare.yml:3: the role cloudflare_dns has no variable cloudflare_dns_recrods: did you mean cloudflare_dns_records?"
advice:
  description: What may be wrong.
  returned: always
  type: list
  elements: str
  sample: []
changes:
  description: Always empty.
  returned: always
  type: list
  elements: dict
  sample: []
"""
