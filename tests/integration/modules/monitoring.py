# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What watches a cluster, as the tests declare it, and how it is changed behind everybody's back."""

from __future__ import annotations

import typing as t
from copy import deepcopy

from tests.cloud import LocalCloud
from tests.integration.modules.arm import plant, record
from tests.steps import Done, direct

GROUP, CLUSTER = "FinancialAgent", "FinancialAgent-AKS"
SUBSCRIPTION = "b7a4e1c8-63d2-4f7b-8e0a-9c15d2f68b43"
IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
CLUSTER_ID = f"{IN_GROUP}/Microsoft.ContainerService/managedClusters/{CLUSTER}"
LOGS_ID = f"{IN_GROUP}/Microsoft.OperationalInsights/workspaces/logs"
METRICS_ID = f"{IN_GROUP}/Microsoft.Monitor/accounts/metrics"
PROMETHEUS = f"MSProm-koreacentral-{CLUSTER}"

Item = dict[str, t.Any]


def prepare(cloud: LocalCloud) -> None:
    """The group, two workspaces and a cluster, as others have made them."""
    assert direct(cloud, "azure_resource", type="Microsoft.Resources/resourceGroups", name=GROUP, location="koreacentral").status == "ok"
    with cloud.state() as state:
        for provider in state["azure"]["arm"]["providers"].values():
            provider["state"] = "Registered"
        plant(state, (CLUSTER_ID, LOGS_ID, METRICS_ID))
    cloud.forget()


def keep(cloud: LocalCloud, items: t.Iterable[Item], *, check: bool = False, **more: t.Any) -> Done:
    usual = {"resource_group": GROUP, "location": "Korea Central", "tags": {"owner": "platform"}}
    return direct(cloud, "azure_resources", check=check, resources=[deepcopy(item) for item in items], **{**usual, **more})


def findings(done: Done) -> list[tuple[str, str]]:
    return [(change["kind"], field["path"]) for change in done.result["changes"] for field in change["fields"]]


def body(state: dict[str, t.Any], item: Item) -> Item:
    """What the local cloud keeps of a resource."""
    return t.cast(Item, record(state, item["type"], item["name"])["body"])


def change(place: t.Any, path: str) -> None:
    """Put another value at a JSON pointer; an item of a list stands at its number, its name, or the id of its action group."""
    place, last = _above(place, path)
    place[last] = other(place[last])


def drop(place: t.Any, path: str) -> None:
    """Take an item of a list away."""
    items, key = _above(place, path)
    items.remove(_item(items, key))


def _above(place: t.Any, path: str) -> tuple[t.Any, str]:
    *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    for part in parents:
        place = _item(place, part) if isinstance(place, list) else place[part]
    return place, last


def _item(items: list[t.Any], key: str) -> t.Any:
    if key.isdigit():
        return items[int(key)]
    (found,) = [each for each in items if key.lower() in (each.get("name", "").lower(), each.get("actionGroupId", "").lower())]
    return found


def other(value: t.Any) -> t.Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return [*value, "another"]
    return "PT7M" if str(value).startswith("PT") else f"{value}-another"


def declared_values(cloud: LocalCloud, items: list[Item]) -> list[tuple[str, str]]:
    """What a preview finds where nothing of it is there yet; the cloud is left as it is."""
    whole = cloud.ask("GET", "state")
    bare = deepcopy(whole)
    names = {(item["type"], item["name"]) for item in items}
    resources = bare["azure"]["arm"]["resources"]
    bare["azure"]["arm"]["resources"] = {key: each for key, each in resources.items() if (each["type"], each["name"]) not in names}
    cloud.ask("PUT", "state", bare)
    found = findings(keep(cloud, items, check=True))
    cloud.ask("PUT", "state", whole)
    return found


def check_each_value(cloud: LocalCloud, items: dict[str, Item], declared: list[tuple[str, str]]) -> None:
    """Every declared value is changed, one at a time: a preview of its resource names that path and no other. Then all are put back.

    items: by the kind that reports call them.
    """
    original = cloud.ask("GET", "state")
    everything = deepcopy(original)
    for kind, path in declared:
        changed = deepcopy(original)
        for state in (changed, everything):
            change(body(state, items[kind]), path)
        cloud.ask("PUT", "state", changed)
        assert findings(keep(cloud, [items[kind]], check=True)) == [(kind, path)]
    cloud.ask("PUT", "state", everything)
    cloud.forget()
    assert sorted(findings(keep(cloud, items.values()))) == sorted(declared)
    assert len(cloud.writes) == len(items)
    assert keep(cloud, items.values(), check=True).result["changes"] == []
