# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud CDN, 2018-05-10: accelerated domains and the functions configured on them."""

from __future__ import annotations

from sandbox.clouds.alibaba.cdn import certificates, configs, domains, ownership, tags
from sandbox.clouds.alibaba.cdn.service import Cdn

__all__ = ["Cdn", "certificates", "configs", "domains", "ownership", "tags"]
