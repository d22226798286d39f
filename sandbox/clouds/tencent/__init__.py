# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud: one account, its mail service (SES), its sub-users (CAM) and who is calling (STS)."""

from __future__ import annotations

import typing as t

from sandbox.cloud import Cloud
from sandbox.clouds.tencent import account
from sandbox.clouds.tencent.cam import Cam
from sandbox.clouds.tencent.ses import Ses
from sandbox.clouds.tencent.sts import Sts


class Tencent(Cloud):
    name = "tencent"
    service_types = (Ses, Cam, Sts)

    def new_credentials(self) -> dict[str, t.Any]:
        return account.new_credentials()

    def environment(self) -> dict[str, str]:
        """The deployer's under the names that the SDK's EnvironmentVariableCredential reads."""
        deployer = self.credentials["deployer"]
        return {
            "TENCENTCLOUD_SECRET_ID": deployer,
            "TENCENTCLOUD_SECRET_KEY": self.credentials["secret_ids"][deployer]["key"],
        }
