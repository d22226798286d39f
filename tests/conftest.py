# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import hypothesis
from ansible.plugins.loader import init_plugin_loader

# Tests import the collection the way Ansible does, through Ansible's own loader and under the same names.
# A plain sys.path entry would also find it, but Ansible then cannot load plugins in the same process.
init_plugin_loader([str(Path(__file__).resolve().parent.parent / ".collections")])

# How long an example takes says something about the machine and what else runs on it, nothing about the code.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")
