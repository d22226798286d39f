# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Where a domain fetches what it does not have yet."""

from __future__ import annotations

import json
import re
import typing as t

from ..._core import normal
from ..._core.errors import PlanError
from ..._core.plan import State
from ..._core.rules import Keyed, Leaf, Map
from ..credentials import CLOUD

# What the service fills in (help.aliyun.com, AddCdnDomain, "Sources").
DEFAULTS = {"port": 80, "priority": 20, "weight": 10}
RULE = Keyed(
    "content",
    Map(
        {
            "content": Leaf(normal=normal.dns_name),
            "type": Leaf(),
            **{name: Leaf(normal=normal.number, absent=value) for name, value in DEFAULTS.items()},
        }
    ),
    normal=normal.dns_name,
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\.oss-[a-z0-9-]+\.aliyuncs\.com")
MOST = 20


def declared(params: t.Mapping[str, t.Any]) -> list[State] | None:
    """The declared origins; None if they are not managed. Raises PlanError."""
    if params["origin_bucket"]:
        region = params["origin_region"].removeprefix("oss-")
        # Port 443: the way from the edge to the bucket is encrypted too.
        return [{"content": f"{params['origin_bucket']}.oss-{region}.aliyuncs.com", "type": "oss", "port": 443}]
    if params["sources"] is None:
        return None
    sources = [{name: value for name, value in each.items() if value is not None} for each in params["sources"]]
    if not 0 < len(sources) <= MOST:
        raise PlanError(f"sources: {len(sources)} origins; a domain has 1 to {MOST}", cloud=CLOUD)
    for each in sources:
        if each["type"] == "oss" and not _BUCKET.fullmatch(each["content"]):
            raise PlanError(f"sources: {each['content']} is no bucket", cloud=CLOUD, hint="For example BUCKET.oss-cn-shanghai.aliyuncs.com")
        for name, low, high in (("port", 1, 65535), ("weight", 0, 100)):
            if not low <= each.get(name, low) <= high:
                raise PlanError(f"sources: {name} {each[name]} of {each['content']} is out of range: {low} to {high}", cloud=CLOUD)
    if len({each["content"] for each in sources}) < len(sources):
        raise PlanError("sources: an origin is declared twice", cloud=CLOUD)
    return sources


def present(detail: t.Mapping[str, t.Any]) -> list[State]:
    """The origins as DescribeCdnDomainDetail returns them: the port is a number there, priority and weight are text."""
    return [
        {
            "content": each["Content"],
            "type": each["Type"],
            "port": int(each.get("Port") or DEFAULTS["port"]),
            "priority": int(each.get("Priority") or DEFAULTS["priority"]),
            "weight": int(each.get("Weight") or DEFAULTS["weight"]),
        }
        for each in (detail.get("SourceModels") or {}).get("SourceModel") or ()
    ]


def wire(sources: t.Sequence[State]) -> str:
    """The parameter Sources. Unknown fields are refused, and so is a number where the service wants text."""
    full = [{**DEFAULTS, **each} for each in sources]
    return json.dumps(
        [
            {"content": each["content"], "type": each["type"], "port": each["port"], **{k: str(each[k]) for k in ("priority", "weight")}}
            for each in full
        ]
    )
