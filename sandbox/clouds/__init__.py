# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulated clouds, one module or package each."""

from __future__ import annotations

from sandbox.cloud import Cloud
from sandbox.clouds.alibaba import Alibaba
from sandbox.clouds.azure import Azure
from sandbox.clouds.cloudflare import Cloudflare
from sandbox.clouds.kubernetes import Kubernetes
from sandbox.clouds.tencent import Tencent

CLOUDS: tuple[type[Cloud], ...] = (Alibaba, Azure, Cloudflare, Kubernetes, Tencent)
