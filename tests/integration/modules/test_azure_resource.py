# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""azure_resource, azure_resource_info and azure_role_assignment: what is declared, previewed, found and mended."""

from __future__ import annotations

import typing as t
import uuid

import pytest

from tests.cloud import LocalCloud
from tests.integration.modules.azure import CREDENTIAL, GROUP, IDENTITY, found_changes, ready, resource
from tests.steps import BOTH_WAYS, direct, four_steps


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_group(cloud: LocalCloud, in_process: bool) -> None:
    preview, applied, again, _ = four_steps(cloud, "azure_resource", in_process=in_process, **GROUP)
    assert applied.writes == ["PUT ResourceGroups_CreateOrUpdate"]
    assert again.reads == ["GET ResourceGroups_Get"]
    # The id of a resource is known before it exists.
    assert preview.result["resource"]["id"] == applied.result["resource"]["id"]


def test_four_steps_of_an_identity(cloud: LocalCloud) -> None:
    resource(cloud, GROUP)
    preview, applied, again, _ = four_steps(cloud, "azure_resource", in_process=True, **IDENTITY, tags={"A": "b"})
    assert preview.result["resource"]["properties"]["principalId"] == "(known after apply)"
    assert uuid.UUID(applied.result["resource"]["properties"]["principalId"])
    assert again.reads == ["GET UserAssignedIdentities_Get"]
    assert applied.writes == ["POST Providers_Register", "PUT UserAssignedIdentities_CreateOrUpdate"]


def test_four_steps_of_a_federated_credential(cloud: LocalCloud) -> None:
    resource(cloud, GROUP)
    parent = resource(cloud, IDENTITY).result["resource"]["id"]
    done = four_steps(cloud, "azure_resource", in_process=True, **CREDENTIAL, name="eso", parent=parent)
    assert done[1].result["resource"]["properties"]["audiences"] == ["api://AzureADTokenExchange"]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_an_assignment(cloud: LocalCloud, in_process: bool) -> None:
    resource(cloud, GROUP)
    facts = resource(cloud, IDENTITY).result["resource"]
    assignment = {"role": "Reader", "principal_id": facts["properties"]["principalId"], "scope": facts["id"].rpartition("/providers/")[0]}
    preview, applied, again, _ = four_steps(cloud, "azure_role_assignment", in_process=in_process, **assignment, description="looks")
    assert preview.result["role_assignment"]["name"] == applied.result["role_assignment"]["name"]
    assert again.reads == ["GET RoleAssignments_ListForScope"]


# --- previews ----------------------------------------------------------------------------------


def test_a_preview_on_an_empty_estate_shows_everything_as_created_and_the_provider_as_registered(cloud: LocalCloud) -> None:
    done = resource(cloud, IDENTITY, check=True)
    assert (done.status, done.writes) == ("ok", [])
    assert found_changes(done) == [
        ("update", "resource_provider", "/registrationState"),
        ("create", "managed_identity", "/location"),
    ]
    child = resource(cloud, CREDENTIAL, check=True, name="eso", parent=done.result["resource"]["id"])
    assert [change["action"] for change in child.result["changes"]] == ["update", "create"]


def test_what_is_known_after_apply_previews_as_created(cloud: LocalCloud) -> None:
    ready(cloud)
    unknown = "/subscriptions/x/resourceGroups/(known after apply)"
    child = resource(cloud, CREDENTIAL, check=True, name="eso", parent=unknown)
    assert [change["action"] for change in child.result["changes"]] == ["create"]
    assignment = {"role": "Reader", "principal_id": "(known after apply)", "scope": f"{unknown}/x"}
    preview, real = (direct(cloud, "azure_role_assignment", check=check, **assignment) for check in (True, False))
    assert [change["action"] for change in preview.result["changes"]] == ["create"]
    assert real.result["failure"]["code"] == "unknown_value"
    assert cloud.writes == []


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({**GROUP, "location": "japaneast"}, "cannot be changed in place"),
    ({**GROUP, "name": "ends."}, "no '.' at the end"),
    ({**IDENTITY, "properties": {"isolatonScope": "None"}}, "Did you mean isolationScope?"),
    ({**IDENTITY, "properties": {"principalId": "x"}}, "it cannot be declared"),
    (
        {**IDENTITY, "type": "Microsoft.ManagedIdentity/userAssignedIdentity"},
        "Did you mean Microsoft.ManagedIdentity/userAssignedIdentities?",
    ),
    ({**IDENTITY, "api_version": "2020-01-01"}, "its api-version is pinned"),
    ({"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "state": "absent"}, "set confirm_delete: FinancialAgent"),
]


@pytest.mark.parametrize(("declared", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_is_refused_in_a_preview_too(cloud: LocalCloud, declared: dict[str, t.Any], words: str) -> None:
    resource(cloud, GROUP)
    cloud.forget()
    for check in (True, False):
        done = direct(cloud, "azure_resource", check=check, **declared)
        assert done.status == "failed"
        assert words in done.result["msg"]
    assert cloud.writes == []


def test_each_declared_field_that_somebody_changes_is_found_by_its_path_and_mended(cloud: LocalCloud) -> None:
    ready(cloud)
    parent = resource(cloud, IDENTITY, tags={"Owner": "platform", "Stage": "test"}).result["resource"]["id"]
    declared = {**CREDENTIAL, "name": "eso", "parent": parent}
    declared["properties"] = {**declared["properties"], "audiences": ["api://AzureADTokenExchange"]}
    resource(cloud, declared)
    with cloud.state() as state:
        for record in state["azure"]["arm"]["resources"].values():
            if record["name"] == "app":
                record["body"]["tags"] = {"owner": "somebody", "mine": "x", "STAGE": "test"}
            if record["name"] == "eso":
                record["body"]["properties"] |= {"issuer": "https://koreacentral.oic.prod-aks.azure.com/a/b", "audiences": ["y"]}
    tagged = resource(cloud, IDENTITY, tags={"Owner": "platform", "Stage": "test"})
    # The names of tags have no case; a tag that is not declared is left alone.
    assert found_changes(tagged) == [("update", "managed_identity", "/tags/Owner")]
    assert tagged.result["resource"]["tags"]["mine"] == "x"
    mended = resource(cloud, declared)
    assert [path for *_, path in found_changes(mended)] == ["/properties/issuer", "/properties/audiences"]
    assert resource(cloud, declared).result["changed"] is False


def test_the_issuer_of_another_cluster_is_refused_in_a_preview_too(cloud: LocalCloud) -> None:
    """Pods of the cluster before would lose their identity."""
    ready(cloud)
    parent = resource(cloud, IDENTITY).result["resource"]["id"]
    resource(cloud, {**CREDENTIAL, "name": "eso", "parent": parent})
    other = {**CREDENTIAL["properties"], "issuer": "https://koreacentral.oic.prod-aks.azure.com/a/another/"}
    cloud.forget()
    for check in (True, False):
        done = direct(cloud, "azure_resource", check=check, **{**CREDENTIAL, "name": "eso", "parent": parent, "properties": other})
        assert (done.status, done.result["failure"]["code"]) == ("failed", "immutable")
        assert "/properties/issuer" in done.result["msg"]
    assert cloud.writes == []


# --- types that the collection does not know -------------------------------------------------------------

OTHER: dict[str, t.Any] = {
    "type": "Microsoft.ManagedIdentity/identities",
    "api_version": "2023-01-31",
    "name": "x",
    "resource_group": "FinancialAgent",
}


def test_any_other_type_needs_its_version(cloud: LocalCloud) -> None:
    done = resource(cloud, {**OTHER, "api_version": None}, check=True)
    assert done.result["failure"]["code"] == "unknown_type"
    assert "api_version" in done.result["msg"]


def test_reading_one_resource(cloud: LocalCloud) -> None:
    ready(cloud)
    made = resource(cloud, IDENTITY).result["resource"]
    where = {name: IDENTITY[name] for name in ("type", "name", "resource_group")}
    done = direct(cloud, "azure_resource_info", **where)
    assert done.result["resource"] == made
    assert (done.result["changed"], done.writes, len(done.reads)) == (False, [], 1)
    assert direct(cloud, "azure_resource_info", **{**where, "name": "not-there"}).result["resource"] == {}
