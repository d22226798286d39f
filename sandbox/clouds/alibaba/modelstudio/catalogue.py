# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models that the emulated regions offer, with the account's own limits.

Names are the vendor's; context sizes and limits are of the right order (help.aliyun.com model list and rate limits), not exact.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    name: str
    title: str
    sees: bool = False  # takes images
    context: int = 131072
    output: int = 8192
    requests: int = 1200  # a minute, for the whole account
    tokens: int = 1_000_000  # a minute, for the whole account

    def limit(self) -> dict[str, t.Any]:
        return {
            "requestLimit": self.requests,
            "requestLimitPeriod": 60,
            "usageLimit": self.tokens,
            "usageLimitField": "total_tokens",
            "usageLimitPeriod": 60,
        }


MODELS: dict[str, Model] = {
    each.name: each
    for each in (
        Model("qwen-max", "Qwen-Max"),
        Model("qwen-plus", "Qwen-Plus", output=16384, requests=15000),
        Model("qwen-turbo", "Qwen-Turbo", output=16384),
        Model("qwen-vl-max", "Qwen-VL-Max", sees=True),
        Model("qwen-vl-plus", "Qwen-VL-Plus", sees=True, context=8192, output=2048),
        Model("qwen-vl-plus-latest", "Qwen-VL-Plus-Latest", sees=True),
        Model("qwen3-vl-plus", "Qwen3-VL-Plus", sees=True, output=32768, requests=3000),
        Model("qwen3-max", "Qwen3-Max", context=262144, output=65536),
    )
}
