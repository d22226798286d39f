# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""key_vault against the local cloud."""

from __future__ import annotations

import typing as t

import pytest

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps

NAME = "klinematrix-test-kv"
VAULT: dict[str, t.Any] = {
    "name": NAME,
    "resource_group": "FinancialAgent",
    "location": "Korea Central",
    "sku": "standard",
    "rbac": True,
    "soft_delete_retention_days": 90,
    "network_rules": {"default_action": "Allow", "bypass": "AzureServices", "ip_rules": ["203.0.113.10", "198.51.100.0/24"]},
    "tags": {"owner": "platform"},
}
GONE: dict[str, t.Any] = {"name": NAME, "resource_group": "FinancialAgent", "state": "absent"}


@pytest.fixture(autouse=True)
def group(cloud: LocalCloud) -> None:
    declared = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    assert direct(cloud, "azure_resource", **declared).status == "ok"
    cloud.forget()


def vault(cloud: LocalCloud, *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "key_vault", check=check, **{**VAULT, **more})


def kept(cloud: LocalCloud) -> dict[str, t.Any]:
    resources = cloud.ask("GET", "state")["azure"]["arm"]["resources"].values()
    return next(each for each in resources if each["type"] == "Microsoft.KeyVault/vaults")["body"]["properties"]  # type: ignore[no-any-return]


def actions(done: Done) -> list[tuple[str, str]]:
    return [(change["action"], change["kind"]) for change in done.result["changes"]]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(cloud: LocalCloud, in_process: bool) -> None:
    preview, applied, again, _ = four_steps(
        cloud, "key_vault", in_process=in_process, **VAULT, deployer_role="Key Vault Secrets Officer", purge_protection=False
    )
    assert actions(preview) == [("update", "resource_provider"), ("create", "key_vault"), ("create", "role_assignment")]
    assert applied.writes == ["POST Providers_Register", "PUT Vaults_CreateOrUpdate", "PUT RoleAssignments_Create"]
    # The last thing that a real run does is to see that the role works.
    assert (applied.calls[-1]["action"], applied.calls[-1]["status"]) == ("GetSecrets", 200)
    assert again.reads == ["GET Vaults_Get", "GET RoleAssignments_ListForScope"]
    for done in (preview, applied):
        assert done.result["key_vault"]["uri"] == f"https://{NAME}.vault.azure.net/"
        assert done.result["key_vault"]["id"].endswith(f"/providers/Microsoft.KeyVault/vaults/{NAME}")


MUTATIONS: list[tuple[str, t.Any, str]] = [
    ("sku", {"family": "A", "name": "premium"}, "/properties/sku/name"),
    ("enableRbacAuthorization", False, "/properties/enableRbacAuthorization"),
    ("publicNetworkAccess", "Disabled", "/properties/publicNetworkAccess"),
    (
        "networkAcls",
        {
            "bypass": "AzureServices",
            "defaultAction": "Allow",
            "ipRules": [{"value": "203.0.113.11/32"}, {"value": "198.51.100.0/24"}],
            "virtualNetworkRules": [],
        },
        "/properties/networkAcls/ipRules/203.0.113.10/value",
    ),
]


@pytest.mark.parametrize(("field", "value", "path"), MUTATIONS, ids=[field for field, *_ in MUTATIONS])
def test_what_somebody_changes_is_found_by_its_path_and_mended(cloud: LocalCloud, field: str, value: t.Any, path: str) -> None:
    vault(cloud, public_network_access=True)
    before = kept(cloud)
    with cloud.state() as state:
        for record in state["azure"]["arm"]["resources"].values():
            if record["type"] == "Microsoft.KeyVault/vaults":
                record["body"]["properties"][field] = value
    cloud.forget()
    done = vault(cloud, public_network_access=True)
    assert path in [each["path"] for each in done.result["changes"][0]["fields"]]
    assert done.writes == ["PATCH Vaults_Update"]
    assert kept(cloud) == before


def test_what_is_not_declared_is_left_alone(cloud: LocalCloud) -> None:
    vault(cloud)
    with cloud.state() as state:
        for record in state["azure"]["arm"]["resources"].values():
            if record["type"] == "Microsoft.KeyVault/vaults":
                record["body"]["properties"] |= {"enabledForDeployment": True, "publicNetworkAccess": "Disabled"}
                record["body"]["tags"]["more"] = "x"
    assert vault(cloud).result["changed"] is False
    done = vault(cloud, sku="premium")
    assert [each["path"] for each in done.result["changes"][0]["fields"]] == ["/properties/sku/name"]
    assert kept(cloud)["enabledForDeployment"] is True
    assert done.result["key_vault"]["tags"] == {"owner": "platform", "more": "x"}


REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"soft_delete_retention_days": 7}, "/properties/softDeleteRetentionInDays is 90, declared 7"),
    ({"purge_protection": False}, "/properties/enablePurgeProtection is True, declared False"),
    ({"location": "japaneast"}, "/location is 'koreacentral', declared 'japaneast'"),
    ({"soft_delete_retention_days": 6}, "it can be 7 to 90"),
    ({"name": "two--hyphens"}, "3 to 24 letters"),
    ({"location": None}, "needs a location"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_what_cannot_be_is_refused_in_a_preview_too(cloud: LocalCloud, change: dict[str, t.Any], words: str) -> None:
    vault(cloud, purge_protection=True)
    cloud.forget()
    for check in (True, False):
        done = vault(cloud, check=check, **change)
        assert done.status == "failed"
        assert words in done.result["msg"]
    assert cloud.writes == []


# --- deleted vaults ------------------------------------------------------------------------------------


def test_a_deleted_vault_is_recovered_and_then_made_as_declared(cloud: LocalCloud) -> None:
    vault(cloud)
    assert actions(direct(cloud, "key_vault", **GONE)) == [("delete", "key_vault")]
    preview, applied, again = (vault(cloud, check=check, sku="premium") for check in (True, False, False))
    assert preview.result["changes"] == applied.result["changes"]
    assert {"path": "/deleted", "before": True, "after": False} in preview.result["changes"][0]["fields"]
    assert applied.writes == ["PUT Vaults_CreateOrUpdate", "PATCH Vaults_Update"]
    assert kept(cloud)["sku"]["name"] == "premium"
    assert again.result["changed"] is False


def test_a_deleted_vault_is_purged_only_when_that_is_asked_for(cloud: LocalCloud) -> None:
    vault(cloud)
    direct(cloud, "key_vault", **GONE)
    for check in (True, False):
        refused = vault(cloud, check=check, recover=False)
        assert refused.result["failure"]["code"] == "deleted_vault"
        assert "recover: true" in refused.result["msg"]
    done = vault(cloud, recover=False, purge=True)
    assert actions(done) == [("delete", "deleted_key_vault"), ("create", "key_vault")]
    assert done.writes == ["POST Vaults_PurgeDeleted", "PUT Vaults_CreateOrUpdate"]


def test_a_vault_is_destroyed_for_good_when_that_is_asked_for(cloud: LocalCloud) -> None:
    vault(cloud)
    preview, done, again = (direct(cloud, "key_vault", check=check, **GONE, purge=True) for check in (True, False, False))
    assert actions(preview) == actions(done) == [("delete", "key_vault"), ("delete", "deleted_key_vault")]
    assert done.writes == ["DELETE Vaults_Delete", "POST Vaults_PurgeDeleted"]
    assert again.result["changed"] is False
    assert cloud.ask("GET", "state")["azure"]["arm"]["deleted_vaults"] == {}


def test_purge_protection_is_respected_in_a_preview(cloud: LocalCloud) -> None:
    vault(cloud, purge_protection=True)
    for check in (True, False):
        assert direct(cloud, "key_vault", check=check, **GONE, purge=True).result["failure"]["code"] == "purge_protected"
    direct(cloud, "key_vault", **GONE)
    assert vault(cloud, recover=False, purge=True, check=True).result["failure"]["code"] == "purge_protected"


def test_a_name_that_somebody_else_has_is_told_apart(cloud: LocalCloud) -> None:
    done = vault(cloud, name="contoso-vault")
    assert done.result["failure"]["code"] == "VaultAlreadyExists"
    assert "Vault names are global" in done.result["failure"]["hint"]


def test_who_may_not_look_at_deleted_vaults_is_warned_and_goes_on(cloud: LocalCloud) -> None:
    cloud.fault("status", status=403, action="Vaults_GetDeleted")
    done = vault(cloud)
    assert done.status == "ok"
    assert "a deleted vault of this name would not be seen" in done.result["warnings"][0]


# --- our own role ----------------------------------------------------------------------------------------


def test_a_vault_that_lets_nobody_in_from_here_is_no_reason_to_wait_for_ever(cloud: LocalCloud) -> None:
    closed = {"default_action": "Deny", "ip_rules": ["198.51.100.7"]}
    done = vault(cloud, network_rules=closed, deployer_role="Key Vault Secrets Officer")
    assert done.status == "ok"
    assert "nobody can tell from here" in done.result["warnings"][0]


def test_a_role_that_never_works_ends_the_waiting_with_what_was_seen(cloud: LocalCloud) -> None:
    vault(cloud)
    cloud.fault("slow_operation", action="RoleAssignments_Effect", seconds=60)
    done = vault(cloud, deployer_role="Key Vault Secrets Officer", timeout=2)
    cloud.heal()
    assert (done.status, done.result["failure"]["code"]) == ("failed", "timeout")
    assert "the vault does not let us in yet" in done.result["msg"]
