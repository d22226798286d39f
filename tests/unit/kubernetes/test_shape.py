# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as they are shown."""

from __future__ import annotations

import typing as t

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import MASK
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._kubernetes.shape import shown


def test_secret_variables_are_shown_as_they_are_in_differences() -> None:
    env: list[t.Any] = [
        {"name": "DB_PASSWORD", "value": "canary"},
        {"name": "MODE", "value": "loud"},
        {"name": "API", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}},
    ]
    pod = {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "x", "env": env}]}}
    found = shown({"kind": "List", "items": [pod]})["items"][0]
    assert found["spec"]["containers"][0]["env"] == [{"name": "DB_PASSWORD", "value": MASK}, *env[1:]]
