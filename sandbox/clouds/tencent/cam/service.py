# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service itself: its host, its state, and how its users are found."""

from __future__ import annotations

import typing as t

from sandbox.clouds.tencent.api import Api, Call, Table

User = dict[str, t.Any]

actions = Table("CAM API 2019-01-16, document")
_RELEASED = 1_555_642_531  # 2019-04-19, when the vendor made the preset policy of its own example
_PRESETS = {"1": ("AdministratorAccess", "*"), "219185": ("QcloudSESFullAccess", "ses:*")}


class Cam(Api):
    name = "cam"
    version = "2019-01-16"
    hosts = ("cam.tencentcloudapi.com", "cam.intl.tencentcloudapi.com")
    table = actions
    regional = False

    def seed(self) -> dict[str, t.Any]:
        """Preset policies are there from the start; the number of the SES one is made up."""
        presets = {
            number: {
                "name": name,
                "document": {"version": "2.0", "statement": [{"effect": "allow", "action": [action], "resource": ["*"]}]},
                "description": "",
                "preset": True,
                "created": _RELEASED,
                "updated": _RELEASED,
            }
            for number, (name, action) in _PRESETS.items()
        }
        return {"requests_per_second": 100, "users": {}, "access_keys": {}, "policies": presets}

    def serves(self, host: str, region: str) -> bool:
        return True

    @property
    def users(self) -> dict[str, User]:
        return t.cast("dict[str, User]", self.data["users"])

    def user(self, call: Call, uin: int) -> User:
        """The sub-user of that number."""
        for user in self.users.values():
            if user["uin"] == uin:
                return user
        raise call.refusal("ResourceNotFound.UserNotExist")

    def keys(self, uin: int) -> dict[str, dict[str, t.Any]]:
        """A user's access keys: also those that came with the account, so that a deployer finds its own."""
        every = {**self.cloud.credentials["secret_ids"], **self.data["access_keys"]}
        return {secret_id: key for secret_id, key in every.items() if key.get("uin") == uin}
