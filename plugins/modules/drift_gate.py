#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drift_gate
short_description: Fail when the estate is not as declared, or when nobody can tell
version_added: 0.1.0
description:
  - The last task of a drift run. It judges what the callback P(klinematrix.hybrid_cloud.estate#callback) has collected from all tasks
    of this collection, and fails when something differs.
  - It also fails when the run was blind. That is when the callback is not loaded, when a task failed, was skipped or never reported, when
    a host was lost, or when the run was limited to a part of the estate. What was not looked at is never called clean.
author:
  - klinematrix (@klinematrix)
options:
  accept_partial:
    description: Accept a run that was limited on purpose, for example with C(--limit) or C(--tags), as whole.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reads what was collected, nothing else.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
notes:
  - This is an action plugin; it runs on the controller only.
"""

EXAMPLES = r"""
- name: Judge
  hosts: all
  gather_facts: false
  tasks:
    - name: Compare the estate with its declaration
      klinematrix.hybrid_cloud.drift_gate:
      run_once: true
"""

RETURN = r"""
drift:
  description: The verdict and what it rests on.
  returned: always
  type: dict
  contains:
    status:
      description: V(clean), V(drift) or V(blind).
      type: str
      sample: drift
    findings:
      description: Every change that a real run would make.
      type: list
      elements: dict
      sample:
        - cloud: cloudflare
          kind: dns_record
          name: www.example.com A
          id: 023e105f4ecef8ad9ca31a8372d0c353
          action: update
          fields: [{path: /content, before: 192.0.2.66, after: 192.0.2.10}]
    unknown:
      description: What was not seen, and why.
      type: list
      elements: str
      sample: []
    checked:
      description: How many tasks of this collection reported.
      type: int
      sample: 12
    io:
      description: Calls of all tasks together.
      type: dict
      sample: {reads: 14, writes: 0}
"""
