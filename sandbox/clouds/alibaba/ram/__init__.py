# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource Access Management, 2015-05-01: users, policies, roles and access keys of the account."""

from __future__ import annotations

from sandbox.clouds.alibaba.ram import attachments, keys, policies, roles, users
from sandbox.clouds.alibaba.ram.service import Ram

__all__ = ["Ram", "attachments", "keys", "policies", "roles", "users"]
