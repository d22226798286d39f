# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

from __future__ import annotations


class ModuleDocFragment:
    # What every module of this collection that changes something has in common.
    DOCUMENTATION = r"""
notes:
  - With a local connection the module runs inside Ansible's own process, which saves about half a second for each task. Set the
    variable C(hybrid_cloud_in_process) to V(false) to run it as an ordinary module.
attributes:
  check_mode:
    description: Shows the plan that a real run carries out. Calls that write are refused by the client itself.
    support: full
  diff_mode:
    description: Shows each value that differs, before and after. Secrets are masked on both sides.
    support: full
  idempotent:
    description: A second run changes nothing and writes nothing.
    support: full
"""
