# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security Token Service, API version 2018-08-13: who is calling? The cheapest way to try a credential."""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.tencent.api import Api, Call, Table
from sandbox.http import Reply

actions = Table("STS API 2018-08-13, document")
_REGION = re.compile(r"(ap|na|eu|sa|me)-[a-z]+(-\d|-fsi)?")


class Sts(Api):
    name = "sts"
    version = "2018-08-13"
    hosts = ("sts.tencentcloudapi.com", "sts.intl.tencentcloudapi.com")
    table = actions

    def seed(self) -> dict[str, t.Any]:
        return {"requests_per_second": 100}

    def serves(self, host: str, region: str) -> bool:
        """Every region of the cloud has it."""
        return _REGION.fullmatch(region) is not None


@actions.add("GetCallerIdentity", write=False, free=True, verified="spec")
def caller(sts: Sts, call: Call) -> Reply:
    owner = sts.cloud.credentials["uin"]
    return call.reply(
        {
            "Arn": f"qcs::cam:{owner}:uin/{call.uin}",
            "AccountId": str(owner),
            "UserId": str(call.uin),
            "PrincipalId": str(call.uin),
            "Type": "RootAccount" if call.uin == owner else "CAMUser",
        }
    )
