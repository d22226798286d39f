#!/usr/bin/python

# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_report
short_description: Say which checks failed, and how to fix what they found
version_added: 0.1.0
description:
  - The last task of a verification. It fails when a check has failed, after all of them were made, and says of each what was found and
    what to do.
author:
  - klinematrix (@klinematrix)
options:
  checks:
    description: The checks, as the filter P(klinematrix.hybrid_cloud.checks#filter) returns them.
    type: list
    elements: dict
    required: true
attributes:
  check_mode:
    description: Changes nothing.
    support: full
  diff_mode:
    description: Changes nothing.
    support: N/A
notes:
  - This is an action plugin; it runs on the controller only.
"""

EXAMPLES = r"""
- name: Say what works
  klinematrix.hybrid_cloud.check_report:
    checks: "{{ found.buckets | klinematrix.hybrid_cloud.checks('buckets', oss_buckets) }}"
"""

RETURN = r"""
failed_checks:
  description: The checks that failed.
  returned: always
  type: list
  elements: dict
  sample: [{what: bucket example-charts is private, ok: false, found: its ACL is public-read, fix: Run the role oss}]
changes:
  description: Always empty.
  returned: always
  type: list
  elements: dict
  sample: []
"""
