# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where helm has charts from: chart repositories and OCI registries at their real host names, with stand-ins of ours for the charts."""

from __future__ import annotations

from sandbox.clouds.kubernetes.charts.service import Charts

__all__ = ["Charts"]
