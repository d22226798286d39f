# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Origins of an accelerated domain: the `Sources` parameter, checked and filled up as the service does.

Source: help.aliyun.com AddCdnDomain, table "Sources".
"""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t

from sandbox.clouds.alibaba.cdn.service import DOMAIN_NAME
from sandbox.clouds.alibaba.gateway import Call, expect

BUCKET = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])\.oss-[a-z0-9-]+\.aliyuncs\.com")
FIELDS = {"content", "type", "port", "priority", "weight"}
TYPES = {"ipaddr", "domain", "oss", "fc_domain", "common"}
MOST = 20


def parse(call: Call, text: str) -> list[dict[str, t.Any]]:
    """Origins in the service's own form: Port is a number, Priority and Weight are text, all are there."""
    try:
        given = json.loads(text)
        expect(isinstance(given, list) and 0 < len(given) <= MOST)
        return [_origin(each) for each in given]
    except (ValueError, KeyError, TypeError):
        raise call.refuse(400, "InvalidSources.Malformed", "The specified Sources is invalid.") from None


def _origin(given: dict[str, t.Any]) -> dict[str, t.Any]:
    expect(set(given) <= FIELDS)
    content, kind = given["content"], given["type"]
    port, priority, weight = int(given.get("port", 80)), str(given.get("priority", "20")), str(given.get("weight", "10"))
    expect(kind in TYPES and 0 < port < 65536 and priority in ("20", "30") and 0 <= int(weight) <= 100)
    if kind == "ipaddr":
        ipaddress.ip_address(content)
    elif kind == "oss":
        expect(BUCKET.fullmatch(content))
    else:
        expect(DOMAIN_NAME.fullmatch(content))
    return {"Content": content, "Type": kind, "Port": port, "Priority": priority, "Weight": weight, "Enabled": "online"}


def buckets(sources: list[dict[str, t.Any]]) -> list[tuple[str, str]]:
    """(host, bucket) of the OSS origins."""
    return [(each["Content"], each["Content"].partition(".")[0]) for each in sources if each["Type"] == "oss"]
