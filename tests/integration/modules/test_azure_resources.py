# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""azure_resources against the local cloud: one plan for many resources, written in the order that follows from them."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps

REGISTRY: dict[str, t.Any] = {"type": "Microsoft.ContainerRegistry/registries", "name": "financialAgent", "sku": {"name": "Basic"}}
LOGS: dict[str, t.Any] = {
    "type": "Microsoft.OperationalInsights/workspaces",
    "name": "FinancialAgent-logs",
    "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 30, "workspaceCapping": {"dailyQuotaGb": 1}},
}
APP: dict[str, t.Any] = {"type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "app"}


@pytest.fixture(autouse=True)
def group(cloud: LocalCloud) -> str:
    declared = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    done = direct(cloud, "azure_resource", **declared)
    cloud.forget()
    return str(done.result["resource"]["id"])


def resources(cloud: LocalCloud, *items: dict[str, t.Any], check: bool = False, **more: t.Any) -> Done:
    common = {"resource_group": "FinancialAgent", "location": "Korea Central"}
    return direct(cloud, "azure_resources", check=check, resources=list(items), **{**common, **more})


def credential(parent: str) -> dict[str, t.Any]:
    return {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
        "name": "eso",
        "parent": parent,
        "properties": {"issuer": "https://koreacentral.oic.prod-aks.azure.com/a/b/", "subject": "system:serviceaccount:eso:eso"},
    }


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cloud: LocalCloud, group: str, in_process: bool) -> None:
    app = f"{group}/providers/{APP['type']}/app"
    declared = {"resource_group": "FinancialAgent", "location": "Korea Central", "tags": {"owner": "platform"}}
    items = [credential(app), REGISTRY, LOGS, APP]
    preview, applied, again, _ = four_steps(cloud, "azure_resources", in_process=in_process, resources=items, **declared)
    # One registration for each namespace, though two resources are of the same one.
    assert sorted(applied.writes) == [
        "POST Providers_Register",
        "POST Providers_Register",
        "POST Providers_Register",
        "PUT FederatedIdentityCredentials_CreateOrUpdate",
        "PUT Registries_CreateOrUpdate",
        "PUT UserAssignedIdentities_CreateOrUpdate",
        "PUT Workspaces_CreateOrUpdate",
    ]
    # The child stands first in the declaration, and is written last.
    assert applied.writes[-1] == "PUT FederatedIdentityCredentials_CreateOrUpdate"
    assert sorted(again.reads) == [
        "GET FederatedIdentityCredentials_Get",
        "GET Registries_Get",
        "GET UserAssignedIdentities_Get",
        "GET Workspaces_Get",
    ]
    registry = f"{REGISTRY['type']}/financialAgent"
    for done in (preview, applied):
        assert done.result["resources"][registry]["properties"]["loginServer"] == "financialagent.azurecr.io"
        # Children have neither location nor tags, whatever holds for the rest.
        assert "location" not in done.result["resources"][f"{credential(app)['type']}/app/eso"]
    assert applied.result["resources"][registry]["tags"] == {"owner": "platform"}
    assert preview.result["resources"][f"{LOGS['type']}/FinancialAgent-logs"]["properties"]["customerId"] == "(known after apply)"


def test_what_takes_long_is_made_side_by_side(cloud: LocalCloud) -> None:
    resources(cloud, REGISTRY, LOGS)
    items = [{**REGISTRY, "name": "second1"}, {**LOGS, "name": "second"}]
    cloud.fault("slow_operation", cloud="azure", seconds=1.0, count=None)
    cloud.forget()
    assert resources(cloud, *items).status == "ok"
    cloud.heal()
    calls = cloud.journal
    begun = max(place for place, call in enumerate(calls) if call["action"].endswith("_CreateOrUpdate"))
    # Once both are begun neither has ended: each is asked for after that.
    asked = {call["path"] for call in calls[begun:] if call["action"] == "Operations_Status"}
    assert len(asked) == 2


def test_nothing_is_written_while_one_of_them_cannot_be(cloud: LocalCloud) -> None:
    resources(cloud, REGISTRY)
    cloud.forget()
    for check in (True, False):
        done = resources(cloud, {**REGISTRY, "location": "japaneast"}, LOGS, check=check)
        assert done.result["failure"]["code"] == "immutable"
        assert "financialAgent/location" in done.result["msg"]
    assert cloud.writes == []


REFUSED: list[tuple[list[dict[str, t.Any]], str]] = [
    ([REGISTRY, {**REGISTRY, "name": "FINANCIALagent"}], "is declared twice"),
    ([{**REGISTRY, "name": "financial-agent"}], "5 to 50 letters and digits"),
    ([{**REGISTRY, "properties": {"publicNetworkAccess": "Disabled"}}], "needs the SKU Premium"),
    ([{**REGISTRY, "properties": {"loginServer": "x"}}], "it cannot be declared"),
    ([{**REGISTRY, "properties": {"adminUser": True}}], "Did you mean adminUserEnabled?"),
    ([{"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "state": "absent"}], "set confirm_delete: FinancialAgent"),
]


@pytest.mark.parametrize(("items", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_is_refused_in_a_preview_too(cloud: LocalCloud, items: list[dict[str, t.Any]], words: str) -> None:
    for check in (True, False):
        done = resources(cloud, *items, check=check)
        assert done.status == "failed"
        assert words in done.result["msg"]
    assert cloud.writes == []


def test_a_circle_is_refused(cloud: LocalCloud, group: str) -> None:
    base = f"{group}/providers/{LOGS['type']}"
    one, two = (
        {**LOGS, "name": name, "tags": {"other": f"{base}/{other}"}} for name, other in (("logs-one", "logs-two"), ("logs-two", "logs-one"))
    )
    done = resources(cloud, one, two, check=True)
    assert done.result["failure"]["code"] == "circle"
    # An id that only begins like another one is not that one.
    assert resources(cloud, {**one, "tags": {"other": f"{base}/logs-two-more"}}, two, check=True).status == "ok"


def test_what_goes_goes_last_and_children_before_their_parents(cloud: LocalCloud, group: str) -> None:
    app = f"{group}/providers/{APP['type']}/app"
    resources(cloud, APP, credential(app), REGISTRY)
    cloud.forget()
    gone = [{**APP, "state": "absent"}, {**credential(app), "state": "absent", "properties": None}]
    preview, done, again = (
        resources(cloud, *gone, {**REGISTRY, "sku": {"name": "Standard"}}, check=check) for check in (True, False, False)
    )
    assert preview.result["changes"] == done.result["changes"]
    assert done.writes == ["PATCH Registries_Update", "DELETE FederatedIdentityCredentials_Delete", "DELETE UserAssignedIdentities_Delete"]
    assert done.result["resources"][f"{APP['type']}/app"] == {}
    assert again.result["changed"] is False


def test_when_one_fails_the_rest_of_its_wave_is_finished_and_told(cloud: LocalCloud, group: str) -> None:
    app = f"{group}/providers/{APP['type']}/app"
    resources(cloud, APP)
    taken = {**REGISTRY, "name": "contoso"}
    done = resources(cloud, taken, LOGS, credential(app), {**APP, "tags": {"a": "b"}})
    assert done.result["failure"]["code"] == "AlreadyInUse"
    assert "registry names are global" in done.result["failure"]["hint"].casefold()
    assert "create azure log_analytics_workspace FinancialAgent-logs" in done.result["applied"]
    assert done.result["not_applied"] == ["create azure container_registry contoso", "create azure federated_credential app/eso"]


def test_a_place_that_is_known_only_after_apply_previews_as_created(cloud: LocalCloud) -> None:
    unknown = "/subscriptions/x/resourceGroups/y/providers/Microsoft.ManagedIdentity/userAssignedIdentities/(known after apply)"
    preview, real = (resources(cloud, credential(unknown), REGISTRY, check=check) for check in (True, False))
    assert [change["action"] for change in preview.result["changes"]] == ["update", "create", "create"]
    assert real.result["failure"]["code"] == "unknown_value"


# --- what the usual collection gets wrong about registries and workspaces -------------------------------------------------------


def kept(cloud: LocalCloud, kind: str, change: t.Callable[[dict[str, t.Any]], None] = lambda body: None) -> dict[str, t.Any]:
    """The body of the one resource of a type, perhaps changed behind everybody's back."""
    with cloud.state() as state:
        body = next(each["body"] for each in state["azure"]["arm"]["resources"].values() if each["type"] == kind)
        change(body)
    return body  # type: ignore[no-any-return]


def test_a_registry_that_will_be_made_is_said_to_be_changed(cloud: LocalCloud) -> None:
    preview = resources(cloud, REGISTRY, check=True)
    assert preview.result["changed"] is True
    assert preview.result["changes"][-1]["action"] == "create"


REGISTRY_DRIFT: list[tuple[str, t.Callable[[dict[str, t.Any]], t.Any]]] = [
    ("/properties/adminUserEnabled", lambda body: body["properties"].update(adminUserEnabled=True)),
    ("/sku/name", lambda body: body.update(sku={"name": "Standard", "tier": "Standard"})),
    ("/tags/owner", lambda body: body.update(tags={"owner": "somebody"})),
    ("/properties/roleAssignmentMode", lambda body: body["properties"].update(roleAssignmentMode="AbacRepositoryPermissions")),
]


@pytest.mark.parametrize(("path", "change"), REGISTRY_DRIFT, ids=[path for path, _ in REGISTRY_DRIFT])
def test_what_somebody_changes_at_a_registry_is_found_by_its_path(
    cloud: LocalCloud, path: str, change: t.Callable[[dict[str, t.Any]], t.Any]
) -> None:
    properties = {"adminUserEnabled": False, "roleAssignmentMode": "LegacyRegistryPermissions"}
    declared = {**REGISTRY, "tags": {"owner": "platform"}, "properties": properties}
    resources(cloud, declared)
    before = kept(cloud, REGISTRY["type"])
    kept(cloud, REGISTRY["type"], change)
    cloud.forget()
    done = resources(cloud, declared)
    assert [field["path"] for each in done.result["changes"] for field in each["fields"]] == [path]
    assert done.writes == ["PATCH Registries_Update"]
    assert kept(cloud, REGISTRY["type"]) == before


def test_addresses_and_the_spelling_of_a_region_are_no_drift(cloud: LocalCloud) -> None:
    rules = {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.10/32"}, {"value": "198.51.100.0/24"}]}
    declared = {**REGISTRY, "sku": {"name": "premium"}, "location": "KoreaCentral", "properties": {"networkRuleSet": rules}}
    assert resources(cloud, declared).result["changed"] is True
    assert resources(cloud, declared).result["changes"] == []
    rules["ipRules"][0]["value"] = "203.0.113.11"
    paths = [field["path"] for field in resources(cloud, declared, check=True).result["changes"][0]["fields"]]
    assert paths == ["/properties/networkRuleSet/ipRules/203.0.113.11/value", "/properties/networkRuleSet/ipRules/203.0.113.10"]


def test_the_tier_of_a_workspace_counts_and_no_key_is_shown(cloud: LocalCloud) -> None:
    resources(cloud, LOGS)
    kept(cloud, LOGS["type"], lambda body: body["properties"].update(sku={"name": "standalone"}, workspaceCapping={"dailyQuotaGb": -1.0}))
    done = resources(cloud, LOGS)
    assert [field["path"] for field in done.result["changes"][0]["fields"]] == [
        "/properties/sku/name",
        "/properties/workspaceCapping/dailyQuotaGb",
    ]
    assert "SharedKey" not in str(done.result)
    assert "SharedKeys_GetSharedKeys" not in [call["action"] for call in done.calls]
