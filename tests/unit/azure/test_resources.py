# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a resource is, and what its body may hold."""

from __future__ import annotations

import string
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.bodies import (
    at,
    filled,
    laid_under,
    patch_of,
    put,
    refuse_unknown,
    secrets_in,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.generic import generic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.place import place_of, type_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types import table
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.foundation import (
    FEDERATED_CREDENTIAL,
    IDENTITY,
    RESOURCE_GROUP,
)
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.resource_types.key_vault import KEY_VAULT, address
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import PlanError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.plan import Kind, make_plan
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.rules import Keyed, Leaf, Map, differences, overlay

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/FinancialAgent"
IDENTITY_ID = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app"


def test_places() -> None:
    def path(row: t.Any, name: str, **where: str) -> str:
        return place_of(row, name, subscription=SUBSCRIPTION, **where).path

    assert path(RESOURCE_GROUP, "FinancialAgent") == GROUP
    assert path(IDENTITY, "app", group="FinancialAgent") == IDENTITY_ID
    assert path(FEDERATED_CREDENTIAL, "app/eso", group="FinancialAgent") == f"{IDENTITY_ID}/federatedIdentityCredentials/eso"
    assert path(FEDERATED_CREDENTIAL, "eso", parent=IDENTITY_ID.lower()) == f"{IDENTITY_ID.lower()}/federatedIdentityCredentials/eso"
    rule = generic("Microsoft.Insights/dataCollectionRuleAssociations", "2023-03-11", {}, (), ())
    assert path(rule, "one", scope=GROUP) == f"{GROUP}/providers/Microsoft.Insights/dataCollectionRuleAssociations/one"


BAD_PLACES: list[tuple[t.Any, str, dict[str, str], str]] = [
    (FEDERATED_CREDENTIAL, "eso", {"group": "g"}, "<userAssignedIdentities>/<federatedIdentityCredentials>"),
    (FEDERATED_CREDENTIAL, "eso", {"parent": GROUP}, "not the id of a Microsoft.ManagedIdentity/userAssignedIdentities"),
    (FEDERATED_CREDENTIAL, "eso", {"parent": "app"}, "is no resource id"),
    (KEY_VAULT, "a", {"group": "g"}, "3 to 24 letters"),
    (KEY_VAULT, "two--hyphens", {"group": "g"}, "3 to 24 letters"),
    (KEY_VAULT, "1st-vault", {"group": "g"}, "a letter first"),
    (KEY_VAULT, "v" * 25, {"group": "g"}, "3 to 24 letters"),
    (RESOURCE_GROUP, "ends.", {}, "no '.' at the end"),
    (IDENTITY, "äpp", {"group": "g"}, "3 to 128 letters"),
]


@pytest.mark.parametrize(("row", "name", "where", "words"), BAD_PLACES, ids=[words for *_, words in BAD_PLACES])
def test_bad_places_are_refused(row: t.Any, name: str, where: dict[str, str], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        place_of(row, name, subscription=SUBSCRIPTION, **where)


def test_the_type_that_an_id_names() -> None:
    assert type_of(GROUP) == RESOURCE_GROUP.name
    assert type_of(IDENTITY_ID) == IDENTITY.name
    assert type_of(f"{IDENTITY_ID}/federatedIdentityCredentials/x") == FEDERATED_CREDENTIAL.name
    assert type_of(f"{IDENTITY_ID}/providers/Microsoft.Insights/diagnosticSettings/x") == "Microsoft.Insights/diagnosticSettings"
    assert type_of(f"/subscriptions/{SUBSCRIPTION}") == ""


def test_the_table() -> None:
    for key, row in table.TABLE.items():
        assert key == row.name.casefold()
        # What dashboards show has no other versions yet.
        assert row.version.endswith("-preview") is (row.kind in ("portal_dashboard", "dashboard_definition"))
        assert all(path.startswith(("/properties/", "/identity/")) for path in row.outputs)
    assert table.find("microsoft.KEYVAULT/vaults") is KEY_VAULT
    assert table.find("Microsoft.Cache/redis") is None
    assert "Microsoft.KeyVault/vaults" in str(table.unknown("Microsoft.KeyVault/vault"))
    with pytest.raises(PlanError, match="azure_role_assignment"):
        table.find("Microsoft.Authorization/roleAssignments")


def test_secrets_are_filled_in_where_they_belong() -> None:
    shown = {"name": "a", "hooks": [{"name": "one"}, {"name": "two"}], "keys": ["x"]}
    secret = {"hooks": [None, {"address": "s"}], "password": "p"}
    assert filled(shown, secret) == {**shown, "hooks": [{"name": "one"}, {"name": "two", "address": "s"}], "password": "p"}
    assert shown["hooks"] == [{"name": "one"}, {"name": "two"}]


def test_a_name_that_the_type_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(PlanError, match=r"no /properties/networkAcls/ipRule.*Did you mean ipRules"):
        refuse_unknown(KEY_VAULT.rule, {"properties": {"networkAcls": {"ipRule": []}}}, "v")
    with pytest.raises(PlanError, match="no /properties/networkAcls/ipRules/1/port"):
        refuse_unknown(KEY_VAULT.rule, {"properties": {"networkAcls": {"ipRules": [{"value": "x"}, {"port": 1}]}}}, "v")
    with pytest.raises(PlanError, match="/properties/sku must be a mapping"):
        refuse_unknown(KEY_VAULT.rule, {"properties": {"sku": "standard"}}, "v")
    refuse_unknown(KEY_VAULT.rule, {"tags": {"any": "thing"}, "properties": {"sku": {"name": "standard"}}}, "v")


# --- what Azure returns is what was declared ---------------------------------------------------

VAULT = {
    "location": "Korea Central",
    "properties": {
        "sku": {"family": "A", "name": "standard"},
        "publicNetworkAccess": "enabled",
        "enablePurgeProtection": False,
        "networkAcls": {
            "ipRules": [{"value": "203.0.113.7"}, {"value": "198.51.100.0/24"}],
            "virtualNetworkRules": [{"id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/S"}],
        },
    },
}
AS_RETURNED = {
    "id": "x",
    "location": "koreacentral",
    "properties": {
        "sku": {"name": "Standard", "family": "a"},
        "publicNetworkAccess": "Enabled",
        "networkAcls": {
            "bypass": "AzureServices",
            "ipRules": [{"value": "198.51.100.0/24"}, {"value": "203.0.113.7/32"}],
            "virtualNetworkRules": [
                {
                    "id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/S".lower(),
                    "ignoreMissingVnetServiceEndpoint": False,
                }
            ],
        },
        "accessPolicies": [],
    },
}


def test_the_odd_forms_of_a_vault_are_no_difference() -> None:
    assert list(differences(KEY_VAULT.rule, AS_RETURNED, VAULT)) == []


def paths(have: t.Any, want: t.Any) -> list[str]:
    return [each.path for each in differences(KEY_VAULT.rule, have, want)]


def test_addresses_are_compared_by_value_not_by_number() -> None:
    other = {"properties": {"networkAcls": {"ipRules": [{"value": "203.0.113.8"}, {"value": "198.51.100.0/24"}]}}}
    assert paths(AS_RETURNED, other) == [
        "/properties/networkAcls/ipRules/203.0.113.8/value",
        "/properties/networkAcls/ipRules/203.0.113.7~132",
    ]


IMMUTABLE: list[tuple[dict[str, t.Any], dict[str, t.Any], bool]] = [
    ({"softDeleteRetentionInDays": 90}, {"softDeleteRetentionInDays": 7}, False),
    ({}, {"softDeleteRetentionInDays": 7}, True),
    ({"enablePurgeProtection": True}, {"enablePurgeProtection": False}, False),
    ({}, {"enablePurgeProtection": True}, True),
    ({"enableSoftDelete": True}, {"enableSoftDelete": False}, False),
    ({"tenantId": "A"}, {"tenantId": "b"}, False),
    ({"tenantId": "A"}, {"tenantId": "a"}, True),
]


@pytest.mark.parametrize(("have", "want", "possible"), IMMUTABLE)
def test_what_cannot_be_taken_back_is_refused_by_the_plan(have: dict[str, t.Any], want: dict[str, t.Any], possible: bool) -> None:
    kind = Kind("azure", "key_vault", KEY_VAULT.rule)
    if possible:
        make_plan(kind, {"v": {"properties": have}}, {"v": {"properties": want}})
    else:
        with pytest.raises(PlanError, match="cannot be changed in place"):
            make_plan(kind, {"v": {"properties": have}}, {"v": {"properties": want}})


def test_issuers_are_compared_to_the_letter() -> None:
    def found(issuer: str) -> list[t.Any]:
        return list(differences(FEDERATED_CREDENTIAL.rule, {"properties": {"issuer": "https://a/b/"}}, {"properties": {"issuer": issuer}}))

    assert found("https://a/b/") == []
    assert [each.path for each in found("https://a/b")] == ["/properties/issuer"]


@given(st.ip_addresses(v=4))
def test_an_address_is_its_range_of_one(value: t.Any) -> None:
    assert address(f"{value}/32") == address(str(value)) == str(value)


# --- bodies ---------------------------------------------------------------------------------------


def test_a_patch_holds_whole_properties_that_change_and_no_others() -> None:
    kind = Kind("azure", "key_vault", KEY_VAULT.rule)
    want = {"tags": {"b": "2"}, "properties": {"networkAcls": {"defaultAction": "Deny"}, "enableRbacAuthorization": True}}
    have = {
        "location": "koreacentral",
        "tags": {"a": "1"},
        "properties": {"enableRbacAuthorization": True, "networkAcls": {"bypass": "None", "ipRules": []}},
    }
    (change,) = make_plan(kind, {"v": have}, {"v": want})
    assert patch_of(change) == {
        "tags": {"a": "1", "b": "2"},
        "properties": {"networkAcls": {"bypass": "None", "ipRules": [], "defaultAction": "Deny"}},
    }


keys = st.text(string.ascii_lowercase, min_size=1, max_size=3)
bodies = st.recursive(st.integers() | st.text(max_size=3), lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=6)


@given(st.dictionaries(keys, bodies, max_size=3), st.dictionaries(keys, bodies, max_size=3))
def test_laying_under_keeps_what_lies_over(base: dict[str, t.Any], over: dict[str, t.Any]) -> None:
    found = laid_under(base, over)
    assert laid_under(found, over) == found
    assert set(found) == set(base) | set(over)
    assert laid_under({}, over) == over


@given(st.lists(keys, min_size=1, max_size=3), st.integers())
def test_what_was_put_is_there_until_it_is_taken(parts: list[str], value: int) -> None:
    body: dict[str, t.Any] = {}
    path = "/" + "/".join(parts)
    put(body, path, value)
    assert at(body, path) == value
    put(body, path, None)
    assert at(body, path) is None


# --- types that the table does not have ---------------------------------------------------------------

DECLARED = {
    "location": "Korea Central",
    "sku": {"name": "Basic", "capacity": 1},
    "tags": {"a": "b"},
    "properties": {
        "subnet": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/S",
        "interval": "PT5M",
        "regions": ["a", "b"],
        "receivers": [{"name": "ops", "emailAddress": "a@example.com"}, {"name": "dev", "emailAddress": "b@example.com"}],
        "steps": [{"order": 1}, {"order": 2}],
        "size": 3,
        "Name": "Case",
    },
}
RETURNED = {
    "location": "koreacentral",
    "sku": {"name": "basic", "capacity": 1, "family": "C"},
    "tags": {"a": "b", "more": "x"},
    "properties": {
        "subnet": DECLARED["properties"]["subnet"].upper().replace("/SUBSCRIPTIONS/", "/subscriptions/"),  # type: ignore[index]
        "interval": "PT300S",
        "regions": ["b", "a"],
        "receivers": [
            {"name": "Dev", "emailAddress": "b@example.com", "status": "Enabled"},
            {"name": "ops", "emailAddress": "a@example.com"},
        ],
        "steps": [{"order": 1, "id": "x"}, {"order": 2}],
        "size": 3.0,
        "Name": "Case",
        "default": True,
    },
}


def test_any_type_is_compared_by_its_declared_values() -> None:
    row = generic("Microsoft.Some/things", "2024-01-01", DECLARED, (), ())
    assert list(differences(row.rule, RETURNED, DECLARED)) == []
    lower = {**RETURNED, "properties": {**RETURNED["properties"], "Name": "case", "size": 4, "steps": [{"order": 2}, {"order": 1}]}}  # type: ignore[dict-item]
    assert sorted(each.path for each in differences(row.rule, lower, DECLARED)) == [
        "/properties/Name",
        "/properties/size",
        "/properties/steps/0/order",
        "/properties/steps/1/order",
    ]


def test_what_is_never_returned_is_written_once_and_never_shown() -> None:
    declared = {"properties": {"adminPassword": "made-up-password", "user": "u"}}
    row = generic("Microsoft.Some/things", "2024-01-01", declared, ("/properties/adminPassword",), ())
    kind = Kind("azure", row.kind, row.rule)
    (change,) = make_plan(kind, {}, {"x": declared})
    assert "made-up-password" not in str(change.as_json())
    assert "/properties/adminPassword" in [field["path"] for field in change.as_json()["fields"]]
    assert make_plan(kind, {"x": {"properties": {"user": "u"}}}, {"x": declared}) == []


@given(st.dictionaries(keys, bodies | st.lists(bodies, max_size=3), max_size=3))
def test_a_generic_plan_is_carried_out_by_its_overlay(properties: dict[str, t.Any]) -> None:
    declared = {"properties": properties}
    row = generic("Microsoft.Some/things", "2024-01-01", declared, (), ())
    assert list(differences(row.rule, overlay(row.rule, {}, declared), declared)) == []


SUBNET = table.TABLE["microsoft.network/virtualnetworks/subnets"]


@pytest.mark.parametrize(
    ("found", "declared", "seen"),
    [
        ({"addressPrefix": "a"}, {"addressPrefixes": ["a"]}, {"addressPrefixes": ["a"]}),
        ({"addressPrefix": "a", "addressPrefixes": ["a"]}, {"addressPrefixes": ["a"]}, {"addressPrefixes": ["a"]}),
        ({"addressPrefixes": ["a"]}, {"addressPrefix": "a"}, {"addressPrefix": "a"}),
        ({"addressPrefixes": ["a", "b"]}, {"addressPrefix": "a"}, {"addressPrefix": "a, b"}),
        ({"addressPrefixes": ["a", "b"]}, {}, {"addressPrefixes": ["a", "b"]}),
        ({"addressPrefix": "a"}, {"addressPrefix": "a"}, {"addressPrefix": "a"}),
    ],
)
def test_a_subnet_is_read_in_the_form_in_which_it_is_declared(found: t.Any, declared: t.Any, seen: t.Any) -> None:
    assert SUBNET.as_read({"properties": found}, {"properties": declared}) == {"properties": seen}


def test_secrets_are_found_wherever_they_stand() -> None:
    secret = Leaf(secret=True)
    rule = Map({"a": secret, "b": Map({"c": secret, "d": Leaf()}), "e": Keyed("name", Map({"name": Leaf(), "k": secret})), "f": Leaf()})
    value = {"a": "x", "b": {"c": None, "d": "y"}, "e": [{"name": "n"}, {"name": "m", "k": "z"}], "f": {"a": "no"}, "g": 1}
    assert list(secrets_in(rule, value)) == ["/a", "/e/1/k"]
