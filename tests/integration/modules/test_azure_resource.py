# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""azure_resource, azure_resource_info and azure_role_assignment against the local cloud."""

from __future__ import annotations

import threading
import time
import typing as t
import uuid

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.arm import Arm
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps

GROUP: dict[str, t.Any] = {
    "type": "Microsoft.Resources/resourceGroups",
    "name": "FinancialAgent",
    "location": "Korea Central",
    "tags": {"owner": "platform"},
}
IDENTITY: dict[str, t.Any] = {
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
    "name": "app",
    "resource_group": "FinancialAgent",
    "location": "Korea Central",
}
CREDENTIAL: dict[str, t.Any] = {
    "type": "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials",
    "properties": {"issuer": "https://koreacentral.oic.prod-aks.azure.com/a/b/", "subject": "system:serviceaccount:eso:eso"},
}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def resource(cloud: LocalCloud, declared: dict[str, t.Any], *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "azure_resource", check=check, **{**declared, **more})


def ready(cloud: LocalCloud) -> None:
    """A group, and its subscription registered."""
    assert resource(cloud, GROUP).status == "ok"
    assert resource(cloud, IDENTITY, name="seed").status == "ok"
    cloud.forget()


def found_changes(done: Done) -> list[tuple[str, str, str]]:
    return [(change["action"], change["kind"], field["path"]) for change in done.result["changes"] for field in change["fields"]]


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


# --- long operations and what is under way ---------------------------------------------------------


def test_a_group_is_deleted_with_everything_in_it_and_waited_for(cloud: LocalCloud) -> None:
    ready(cloud)
    done = resource(cloud, GROUP, state="absent", confirm_delete="FinancialAgent", location=None, tags=None)
    assert done.writes == ["DELETE ResourceGroups_Delete"]
    assert "GET Operations_Result" in done.reads
    assert cloud.ask("GET", "state")["azure"]["arm"]["groups"] == {}
    assert resource(cloud, GROUP, state="absent", confirm_delete="FinancialAgent", location=None, tags=None).result["changed"] is False


def test_a_group_that_is_still_being_deleted_is_waited_for_and_made_anew(cloud: LocalCloud) -> None:
    ready(cloud)
    cloud.fault("slow_operation", action="ResourceGroups_Delete", seconds=1.5)
    deleting = {**GROUP, "state": "absent", "confirm_delete": "FinancialAgent", "timeout": 1, "location": None, "tags": None}
    cut_off = direct(cloud, "azure_resource", **deleting)
    assert (cut_off.status, cut_off.result["failure"]["code"]) == ("failed", "timeout")
    assert "a rerun picks it up" in cut_off.result["msg"]
    done = resource(cloud, GROUP)
    assert [change["action"] for change in done.result["changes"]] == ["create"]
    assert cloud.ask("GET", "state")["azure"]["arm"]["groups"]["financialagent"]["gone"] is None


def test_a_vault_that_is_still_being_made_is_waited_for_then_compared(cloud: LocalCloud) -> None:
    ready(cloud)
    vault = {
        "type": "Microsoft.KeyVault/vaults",
        "name": "klinematrix-test-kv",
        "resource_group": "FinancialAgent",
        "location": "koreacentral",
    }
    with cloud.state() as state:
        state["azure"]["arm"]["providers"]["Microsoft.KeyVault"] = {"state": "Registered", "until": 0}
    cloud.fault("slow_operation", action="Vaults_CreateOrUpdate", seconds=3600)
    cut_off = resource(cloud, vault, timeout=2)
    assert (cut_off.status, cut_off.result["failure"]["code"]) == ("failed", "timeout")
    assert "RegisteringDns" in cut_off.result["msg"]
    with cloud.state() as state:
        for record in state["azure"]["arm"]["resources"].values():
            record["until"] = min(record["until"], time.time() + 3)
    done = resource(cloud, vault)
    assert (done.result["changed"], done.writes) == (False, [])
    assert done.reads.count("GET Vaults_Get") > 1


# --- conflicts that pass -----------------------------------------------------------------------------


def test_a_write_that_finds_another_operation_is_tried_again(cloud: LocalCloud) -> None:
    ready(cloud)
    cloud.fault("status", status=409, code="AnotherOperationInProgress", method="PUT", count=2)
    done = resource(cloud, IDENTITY)
    assert done.status == "ok"
    assert len(done.writes) == 3


def test_a_principal_that_is_not_known_everywhere_yet_is_waited_for(cloud: LocalCloud) -> None:
    ready(cloud)
    facts = resource(cloud, IDENTITY).result["resource"]
    cloud.fault("status", status=400, code="PrincipalNotFound", method="PUT", count=1)
    done = direct(cloud, "azure_role_assignment", role="Reader", principal_id=facts["properties"]["principalId"])
    assert done.status == "ok"
    assert len(done.writes) == 2


def test_an_assignment_under_another_name_is_taken_as_it_is(cloud: LocalCloud) -> None:
    ready(cloud)
    facts = resource(cloud, IDENTITY).result["resource"]
    assignment = {"role": READER, "principal_id": facts["properties"]["principalId"].upper()}
    made = direct(cloud, "azure_role_assignment", **assignment).result["role_assignment"]
    name = str(uuid.uuid4())
    with cloud.state() as state:
        kept = state["azure"]["arm"]["role_assignments"]
        key = next(key for key, each in kept.items() if each["name"] == made["name"])
        other = kept.pop(key)
        kept[key.replace(made["name"], name)] = {**other, "name": name}
    found = direct(cloud, "azure_role_assignment", **{**assignment, "role": "Reader"})
    assert (found.result["changed"], found.result["role_assignment"]["name"]) == (False, name)
    gone = direct(cloud, "azure_role_assignment", **assignment, state="absent")
    assert gone.writes == ["DELETE RoleAssignments_Delete"]


def test_an_assignment_that_somebody_makes_meanwhile_is_no_failure(cloud: LocalCloud) -> None:
    ready(cloud)
    facts = resource(cloud, IDENTITY).result["resource"]
    assignment = {"role": "Reader", "principal_id": facts["properties"]["principalId"]}
    made = direct(cloud, "azure_role_assignment", **assignment).result["role_assignment"]
    name = str(uuid.uuid4())
    with cloud.state() as state:
        kept = state["azure"]["arm"]["role_assignments"]
        key = next(key for key, each in kept.items() if each["name"] == made["name"])
        kept[key.replace(made["name"], name)] = {**kept.pop(key), "name": name}
    # The first list does not show it yet.
    cloud.fault("status", status=404, action="RoleAssignments_ListForScope", count=1)
    done = direct(cloud, "azure_role_assignment", **assignment)
    assert (done.status, done.result["role_assignment"]["name"]) == ("ok", name)


def test_two_credentials_of_one_identity_at_the_same_time_both_succeed(cloud: LocalCloud) -> None:
    ready(cloud)
    parent = resource(cloud, IDENTITY).result["resource"]["id"]
    code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
    cloud.fault("status", status=409, code=code, method="PUT", count=1)
    done = resource(cloud, CREDENTIAL, name="eso", parent=parent)
    assert done.status == "ok"


# --- faults ----------------------------------------------------------------------------------------

FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401, "count": None}, {"status": 401, "retryable": False}),
    ({"kind": "status", "status": 403, "count": None}, {"status": 403, "code": "AuthorizationFailed"}),
    ({"kind": "status", "status": 409, "code": "ScopeLocked", "count": None}, {"status": 409, "code": "ScopeLocked"}),
    ({"kind": "status", "status": 429, "retry_after": 120, "count": None}, {"status": 429, "retryable": True}),
    ({"kind": "reset", "count": None}, {"code": "no_answer", "retryable": True}),
    ({"kind": "status", "status": 500, "count": None}, {"status": 500, "retryable": True}),
]


@pytest.mark.parametrize(("fault", "failure"), FAULTS, ids=[str(fault.get("status", fault["kind"])) for fault, _ in FAULTS])
def test_trouble_is_told_with_what_was_tried(
    cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(cloud)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    cloud.fault(**fault, path="/subscriptions/*/userAssignedIdentities/app", method="PUT")
    done = resource(cloud, IDENTITY)
    cloud.heal()
    assert done.status == "failed"
    assert {name: done.result["failure"][name] for name in failure} == failure
    assert "create azure managed_identity app" in done.result["msg"]
    assert done.result["not_applied"] == ["create azure managed_identity app"]
    if failure.get("status"):
        assert done.result["failure"]["request_id"]


PASSING: list[dict[str, t.Any]] = [
    {"kind": "status", "status": 429, "retry_after": 0, "count": 2},
    {"kind": "status", "status": 503, "count": 2},
    {"kind": "reset", "count": 1},
    {"kind": "reset", "when": "after", "count": 1},
    {"kind": "expired_token", "count": 1},
    {"kind": "latency", "seconds": 0.2, "count": 1},
]


@pytest.mark.parametrize("fault", PASSING, ids=[f"{fault.get('status', fault['kind'])} {fault.get('when', '')}" for fault in PASSING])
def test_trouble_that_passes_is_sat_out(cloud: LocalCloud, fault: dict[str, t.Any]) -> None:
    ready(cloud)
    cloud.fault(**fault, path="/subscriptions/*/userAssignedIdentities/app")
    done = resource(cloud, IDENTITY)
    cloud.heal()
    assert done.status == "ok", done.result["msg"]
    assert resource(cloud, IDENTITY).result["changed"] is False


def test_a_registration_is_sent_once_when_the_answer_is_lost(cloud: LocalCloud) -> None:
    resource(cloud, GROUP)
    cloud.fault("status", status=500, action="Providers_Register", when="after", count=None)
    done = resource(cloud, IDENTITY)
    cloud.heal()
    assert done.status == "failed"
    assert done.writes == ["POST Providers_Register"]


def test_a_slow_cloud_is_named_and_not_waited_for_for_ever(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ready(cloud)
    transport = "ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.transport.READ"
    monkeypatch.setattr(transport, 0.3)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    cloud.fault("hold", path="/subscriptions/*/userAssignedIdentities/app", count=None)
    done = resource(cloud, IDENTITY, check=True)
    cloud.heal()
    assert (done.status, done.result["failure"]["code"]) == ("failed", "no_answer")
    assert "management.azure.com" in done.result["msg"]


# --- rights, logins, guards ---------------------------------------------------------------------------


def test_a_missing_right_is_told_with_the_way_out(cloud: LocalCloud) -> None:
    ready(cloud)
    with cloud.state() as state:
        kept = state["azure"]["arm"]["role_assignments"]
        state["azure"]["arm"]["role_assignments"] = {
            key: {**each, "role": READER if each["role"] == "b24988ac-6180-42a0-ab88-20f7382dd24c" else each["role"]}
            for key, each in kept.items()
        }
    assert resource(cloud, IDENTITY, check=True).status == "ok"
    done = resource(cloud, IDENTITY)
    assert done.result["failure"]["code"] == "AuthorizationFailed"
    assert "Contributor" in done.result["failure"]["hint"]


def test_a_refused_login_says_which_way_was_tried_and_shows_no_secret(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "wrong~" + "w" * 34
    done = resource(cloud, GROUP, secret=secret)
    assert done.result["failure"]["code"] == "AADSTS7000215"
    assert "log in to Azure" in done.result["msg"]
    assert secret not in str(done.result)
    no_tenant = resource(cloud, GROUP, tenant="00000000-1111-2222-3333-444444444444")
    assert no_tenant.status == "failed"
    assert "log in to Azure" in no_tenant.result["msg"]
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("PATH", "/nonexistent")
    none = resource(cloud, GROUP)
    assert none.result["failure"]["code"] == "no_credentials"
    assert "AZURE_CLIENT_SECRET" in none.result["msg"]
    assert none.calls == []


def test_the_managed_identity_of_the_machine_works_when_asked_for(cloud: LocalCloud) -> None:
    done = resource(cloud, GROUP, check=True, auth_source="msi")
    # The machine may not read here; but it is logged in, as itself.
    assert done.result["failure"]["code"] == "AuthorizationFailed"
    assert any(call["host"] == "169.254.169.254" for call in done.calls)


def test_the_only_subscription_is_found(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_SUBSCRIPTION_ID")
    done = resource(cloud, GROUP, check=True)
    assert done.result["resource"]["id"] == f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}/resourceGroups/FinancialAgent"
    assert done.reads[0] == "GET Subscriptions_List"
    other = resource(cloud, GROUP, check=True, subscription_id="00000000-1111-2222-3333-444444444444")
    assert other.result["failure"]["code"] == "SubscriptionNotFound"


def arm(cloud: LocalCloud, *, read_only: bool) -> Arm:
    credential = Credential(identity_of({}), {})
    return Arm(credential, Traffic("azure", read_only=read_only), cloud.environment["AZURE_SUBSCRIPTION_ID"], timeout=5)


def test_a_forged_write_is_refused_in_a_dry_run_and_named(cloud: LocalCloud) -> None:
    client = arm(cloud, read_only=True)
    path = f"/subscriptions/{client.subscription}/resourceGroups/forged"
    with pytest.raises(WriteRefused, match=r"PUT management\.azure\.com/subscriptions/.*/resourceGroups/forged"):
        client.write("forge a group", "PUT", path, "2024-03-01", {"location": "koreacentral"})
    vault = f"{path}/providers/Microsoft.KeyVault/vaults/forged"
    from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.key_vault import KEY_VAULT

    with pytest.raises(WriteRefused, match=r"PUT management\.azure\.com/subscriptions/.*/vaults/forged"):
        client.write("forge a vault", "PUT", vault, KEY_VAULT.version, {"location": "koreacentral"}, sdk=KEY_VAULT.sdk)
    assert cloud.writes == []


def test_the_token_goes_to_no_other_host(cloud: LocalCloud) -> None:
    client = arm(cloud, read_only=True)
    with pytest.raises(CloudError, match="gets no token of ours"):
        client._follow("poll", "https://management.azure.com.example.net/operations/1")
    with pytest.raises(CloudError, match="gets no token of ours"):
        client._follow("poll", "http://management.azure.com/operations/1")


def test_tasks_of_one_run_log_in_once(cloud: LocalCloud) -> None:
    shared: dict[str, t.Any] = {}
    for _ in range(2):
        client = Arm(Credential(identity_of({}), shared), Traffic("azure", read_only=True))
        assert client.subscription == cloud.environment["AZURE_SUBSCRIPTION_ID"]
    logins = [entry for entry in cloud.journal if entry["action"] == "Token"]
    assert len(logins) == 1
    assert cloud.environment["AZURE_CLIENT_SECRET"] not in str(shared)


def test_several_threads_log_in_once(cloud: LocalCloud) -> None:
    client = arm(cloud, read_only=True)
    threads = [threading.Thread(target=lambda: client.registration("Microsoft.KeyVault")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(entry["action"] == "Token" for entry in cloud.journal) == 1
    assert sum(entry["action"] == "Providers_Get" for entry in cloud.journal) == 4


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
