# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud: one account (a RAM user's access key) and the services on it."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Cloud, Service
from sandbox.clouds.alibaba import vpn  # noqa: F401  it registers
from sandbox.clouds.alibaba.cdn import Cdn
from sandbox.clouds.alibaba.dashscope import DashScope
from sandbox.clouds.alibaba.facts import Dds, Vpc
from sandbox.clouds.alibaba.keys import alnum, digits
from sandbox.clouds.alibaba.modelstudio import ModelStudio
from sandbox.clouds.alibaba.oss import Oss
from sandbox.clouds.alibaba.ram import Ram
from sandbox.clouds.alibaba.sts import Sts


class Alibaba(Cloud):
    name = "alibaba"
    service_types: t.ClassVar[tuple[type[Service], ...]] = (Cdn, DashScope, Dds, ModelStudio, Oss, Ram, Sts, Vpc)

    def new_credentials(self) -> dict[str, t.Any]:
        """access_keys: id → {secret, user, active}; the RAM user that the key belongs to decides its rights.

        A test may plant a weaker key here: one with a `policy`, a list of the actions that it may (`cdn:AddCdnDomain`).
        """
        key = f"LTAI5t{alnum(18)}"
        return {
            "account_id": digits(16),
            "deployer": key,
            "access_keys": {key: {"secret": alnum(30), "user": "deployer", "active": True}},
        }

    def environment(self) -> dict[str, str]:
        key = self.credentials["deployer"]
        return {"ALIBABA_CLOUD_ACCESS_KEY_ID": key, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.credentials["access_keys"][key]["secret"]}
