# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model Studio, 2026-02-10: workspaces, API keys, and what each workspace may use of each model."""

from __future__ import annotations

from sandbox.clouds.alibaba.modelstudio import keys, models, workspaces
from sandbox.clouds.alibaba.modelstudio.service import ModelStudio

__all__ = ["ModelStudio", "keys", "models", "workspaces"]
