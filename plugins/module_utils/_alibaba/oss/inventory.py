# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""The buckets that there are, in the form in which oss_bucket returns one."""

from __future__ import annotations

import functools
import typing as t

from ..._core.apply import side_by_side
from ..._core.inspect import Inspector
from ..._core.plan import State, States
from ..._core.wait import Wait
from .client import Client, region_of
from .cnames import Cnames
from .declared import bucket_name
from .documents import flag, parse, text
from .reading import read_bucket, shown
from .replication import Replication
from .rules import KIND
from .settings import SETTINGS

# Settings that GetBucketInfo does not tell, by the name of their option.
MORE = (*(setting.fields[0] for setting in SETTINGS if setting.read), "replication", "cnames")
ANY_REGION = "cn-hangzhou"  # every region's endpoint lists the buckets of all regions
PAGE = "1000"
# How a setting is shown that was never made.
UNSET: State = {"policy": {}, "cors_rules": [], "lifecycle_rules": [], "website": {}, "https": {"tls_versions": []}}


class Buckets(Inspector):
    """Some buckets of an account, or all of them."""

    kind = KIND

    def read(self) -> dict[str, State]:
        params = self.host.params
        region = region_of(params["region"]) if params["region"] else None
        wanted = None if params["names"] is None else [bucket_name(name) for name in params["names"]]
        fields = set(MORE if "all" in params["settings"] else params["settings"])
        if wanted is not None and region:
            places = dict.fromkeys(wanted, region)
        else:
            everywhere = _places(self._client(region or ANY_REGION))
            places = {name: at for name, at in everywhere.items() if at == (region or at) and (wanted is None or name in wanted)}
        clients = {at: self._client(at) for at in {*places.values()}}
        found = side_by_side(lambda place: _one(clients[place[1]], place[0], fields), list(places.items()))
        return {state["name"]: state for state in found if state}

    def result(self, after: States) -> dict[str, t.Any]:
        return {"buckets": [shown(state) for state in after.values()]}

    def _client(self, region: str) -> Client:
        return Client.of(self.host, self.traffic, region)


def _places(client: Client) -> dict[str, str]:
    """The regions of all buckets of the account, by their names."""
    what, marker = "list the buckets", ""
    places: dict[str, str] = {}
    while True:
        page = parse(what, client.get(what, "", **{"max-keys": PAGE, **({"marker": marker} if marker else {})}).body)
        places |= {text(each, "Name"): region_of(text(each, "Location")) for each in page.findall("Buckets/Bucket")}
        marker = text(page, "NextMarker")
        if not (flag(page, "IsTruncated") and marker):
            return places


def _one(client: Client, name: str, fields: t.AbstractSet[str]) -> State | None:
    reads: list[t.Callable[[], State | None]] = [functools.partial(read_bucket, client, name)]
    reads += [functools.partial(each.get, client, name) for each in SETTINGS if each.read and each.fields[0] in fields]
    at_once = Wait(0)
    if "replication" in fields:
        reads.append(lambda: {"replication": Replication(client, name, at_once, patient=False).read()})
    if "cnames" in fields:
        reads.append(lambda: {"cnames": Cnames(client, name, at_once, lambda text: None).read()})
    info, *parts = side_by_side(lambda read: read(), reads)
    unset = {field: value for field, value in UNSET.items() if field in fields}
    return {key: value for part in (info, unset, *parts) for key, value in (part or {}).items()} if info else None
