# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container registries and workspaces: what is found, by path, and what is no difference."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.arm import record
from tests.steps import Done, direct, paths

REGISTRIES = "Microsoft.ContainerRegistry/registries"
LOGS = "Microsoft.OperationalInsights/workspaces"
METRICS = "Microsoft.Monitor/accounts"
ITEMS: dict[str, dict[str, t.Any]] = {
    REGISTRIES: {
        "name": "financialAgent",
        "sku": {"name": "Premium"},
        "properties": {
            "adminUserEnabled": False,
            "publicNetworkAccess": "Enabled",
            "roleAssignmentMode": "LegacyRegistryPermissions",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7/32"}, {"value": "198.51.100.0/24"}]},
        },
        "tags": {"owner": "platform"},
    },
    LOGS: {
        "name": "FinancialAgent-logs",
        "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 30, "workspaceCapping": {"dailyQuotaGb": 1}},
        "tags": {"owner": "platform"},
    },
    METRICS: {"name": "FinancialAgent-metrics", "properties": {"publicNetworkAccess": "Enabled"}, "tags": {"owner": "platform"}},
}
# Path → value behind everybody's back, at the same path of what the local cloud keeps.
MUTATIONS: dict[str, dict[str, t.Any]] = {
    REGISTRIES: {
        "/sku/name": "Standard",
        "/properties/adminUserEnabled": True,
        "/properties/publicNetworkAccess": "Disabled",
        "/properties/roleAssignmentMode": "AbacRepositoryPermissions",
        "/properties/networkRuleSet/defaultAction": "Allow",
        "/tags/owner": "somebody",
    },
    LOGS: {
        "/properties/sku/name": "capacityreservation",
        "/properties/retentionInDays": 90,
        "/properties/workspaceCapping/dailyQuotaGb": -1.0,
        "/tags/owner": "somebody",
    },
    METRICS: {"/properties/publicNetworkAccess": "Disabled", "/tags/owner": "somebody"},
}


def keep(cloud: LocalCloud, *types: str, check: bool = False, location: str = "Korea Central", **more: t.Any) -> Done:
    items = [{"type": name, **copy.deepcopy(ITEMS[name]), **more} for name in types or ITEMS]
    return direct(cloud, "azure_resources", check=check, resources=items, resource_group="FinancialAgent", location=location)


@pytest.fixture
def estate(cloud: LocalCloud) -> LocalCloud:
    def make() -> None:
        group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "azure_resource", **group).status == "ok"
        assert keep(cloud).status == "ok"

    cloud.once("a registry and workspaces", make)
    return cloud


def test_what_the_services_make_of_it_is_no_difference(estate: LocalCloud) -> None:
    """'Korea Central', dropped /32, other orders, small letters, decimal quotas, defaults: nothing of that is drift."""
    for location in ("Korea Central", "koreacentral"):
        assert keep(estate, check=True, location=location).result["changes"] == []
    assert estate.writes == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [(kind, path, value) for kind, values in MUTATIONS.items() for path, value in values.items()],
    ids=lambda each: str(each).rpartition("/")[2],
)
def test_each_declared_value_is_found_by_its_path_and_put_back(estate: LocalCloud, kind: str, path: str, value: t.Any) -> None:
    with estate.state() as state:
        place = record(state, kind)["body"]
        *parents, last = path.split("/")[1:]
        for part in parents:
            place = place[part]
        assert place[last] != value
        place[last] = value
    for check in (True, False):
        assert paths(keep(estate, check=check)) == [path]
    assert keep(estate, check=True).result["changes"] == []


def test_a_lost_ip_rule_is_found_by_its_address(estate: LocalCloud) -> None:
    with estate.state() as state:
        record(state, REGISTRIES)["body"]["properties"]["networkRuleSet"]["ipRules"].pop()
    (path,) = paths(keep(estate, REGISTRIES, check=True))
    assert path.startswith("/properties/networkRuleSet/ipRules/")


def test_a_preview_of_a_new_registry_says_create(cloud: LocalCloud) -> None:
    done = keep(cloud, REGISTRIES, check=True)
    assert [(change["action"], change["kind"]) for change in done.result["changes"]][-1] == ("create", "container_registry")
    assert done.result["changed"]


def test_other_tags_stay(estate: LocalCloud) -> None:
    with estate.state() as state:
        record(state, REGISTRIES)["body"]["tags"]["theirs"] = "yes"
    assert keep(estate, REGISTRIES, tags={"owner": "data"}).result["changed"]
    assert record(estate.ask("GET", "state"), REGISTRIES)["body"]["tags"] == {"owner": "data", "theirs": "yes"}


@pytest.mark.parametrize("kind", ITEMS)
def test_another_region_is_refused_in_a_preview_too(estate: LocalCloud, kind: str) -> None:
    for check in (True, False):
        done = keep(estate, kind, check=check, location="Japan East")
        assert (done.result["failure"]["code"], done.status) == ("immutable", "failed")
        assert f"{ITEMS[kind]['name']}/location" in done.result["msg"]
    assert estate.writes == []


def test_what_only_premium_has_is_refused_before_any_call(estate: LocalCloud) -> None:
    done = keep(estate, REGISTRIES, sku={"name": "Basic"})
    assert "needs the SKU Premium, declared is Basic" in done.result["msg"]
    assert done.calls == []


def test_a_name_of_somebody_else_is_told(estate: LocalCloud) -> None:
    done = keep(estate, REGISTRIES, name="contosoregistry")
    assert done.status == "failed"
    assert "Registry names are global" in done.result["msg"]


def test_no_key_is_ever_asked_for(estate: LocalCloud) -> None:
    """The admin's passwords and the workspace's keys are in no result, because nobody reads them."""
    with estate.state() as state:
        record(state, REGISTRIES)["body"]["properties"]["adminUserEnabled"] = True
    done = keep(estate)
    assert not {call["action"] for call in done.calls} & {"Registries_ListCredentials", "SharedKeys_GetSharedKeys"}
    assert "password" not in json.dumps(done.result)
