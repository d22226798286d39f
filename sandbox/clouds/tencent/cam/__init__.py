# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cloud Access Management, API version 2019-01-16: sub-users, their access keys, and policies."""

from __future__ import annotations

from sandbox.clouds.tencent.cam import documents, keys, users
from sandbox.clouds.tencent.cam.service import Cam

__all__ = ["Cam", "documents", "keys", "users"]
