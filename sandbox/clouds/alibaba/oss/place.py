# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which bucket, object and region a request speaks of: everything is in the host name and the path."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.http import Request

Level = t.Literal["service", "bucket", "object"]

# help.aliyun.com/en/oss/user-guide/regions-and-endpoints
MAINLAND = (
    "cn-hangzhou", "cn-shanghai", "cn-nanjing", "cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu",
    "cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-wuhan-lr", "cn-fuzhou",
)  # fmt: skip
ELSEWHERE = (
    "cn-hongkong", "us-west-1", "us-east-1", "na-south-1", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-3",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "eu-central-1", "eu-west-1", "me-east-1", "me-central-1",
)  # fmt: skip
REGIONS = MAINLAND + ELSEWHERE
BUCKET_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")

_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?oss-(?P<endpoint>[a-z0-9-]+?)(?P<internal>-internal)?\.aliyuncs\.com")


@dataclass(frozen=True)
class Place:
    """`region` is None at the transfer acceleration endpoints, which serve every region. `path` is what a host without a bucket carries."""

    bucket: str | None
    key: str
    region: str | None
    known: bool
    internal: bool
    path: str

    @property
    def level(self) -> Level:
        if self.bucket is None:
            return "service"
        return "object" if self.key else "bucket"

    @property
    def resource(self) -> str:
        """The name that is signed, and that policies speak of."""
        return "" if self.bucket is None else f"{self.bucket}/{self.key}"

    @classmethod
    def of(cls, request: Request) -> Place:
        found = _HOST.fullmatch(request.host.lower())
        endpoint = found["endpoint"] if found else ""
        accelerate = endpoint in ("accelerate", "accelerate-overseas")
        bucket = found["bucket"] if found else None
        path = unquote(request.path).removeprefix("/")
        return cls(
            bucket=bucket,
            key=path if bucket else "",
            region=None if accelerate else endpoint,
            known=accelerate or endpoint in REGIONS,
            internal=bool(found and found["internal"]),
            path="" if bucket else path,
        )
