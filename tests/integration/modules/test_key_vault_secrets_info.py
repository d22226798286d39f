# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""key_vault_secrets_info against the local cloud: names and attributes, never a value."""

from __future__ import annotations

import json

import pytest

from tests.cloud import LocalCloud
from tests.steps import direct

VAULT = "klinematrix-test-kv"
VALUE = "a-value-that-nobody-may-see"


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    """A vault that the deployer may fill, with three secrets."""
    steps = [
        ("azure_resource", {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}),
        ("key_vault", {"name": VAULT, "resource_group": "FinancialAgent", "location": "koreacentral"}),
    ]
    steps[1][1]["deployer_role"] = "Key Vault Secrets Officer"
    secrets = [
        {"name": "mongodb-url", "value": VALUE},
        {"name": "ends", "value": VALUE, "expires_on": "2027-01-31T00:00:00Z", "content_type": "text/plain", "tags": {"a": "b"}},
        {"name": "off", "value": VALUE, "enabled": False},
    ]
    for module, options in [*steps, ("key_vault_secrets", {"vault": VAULT, "secrets": secrets})]:
        done = direct(cloud, module, **options)
        assert done.status == "ok", done.result
    return cloud


def test_all_secrets_with_their_attributes_and_no_value(vault: LocalCloud) -> None:
    done = direct(vault, "key_vault_secrets_info", vault=VAULT)
    found = {each["name"]: each for each in done.result["secrets"]}
    assert sorted(found) == ["ends", "mongodb-url", "off"]
    assert (found["ends"]["expires_on"], found["ends"]["content_type"], found["ends"]["tags"]) == (
        "2027-01-31T00:00:00Z",
        "text/plain",
        {"a": "b"},
    )
    assert [each["enabled"] for each in done.result["secrets"] if each["name"] == "off"] == [False]
    assert (len(done.calls) - len([call for call in done.calls if call["status"] == 401]), done.writes) == (1, [])
    assert VALUE not in json.dumps(done.result)


def test_only_the_secrets_that_are_asked_for(vault: LocalCloud) -> None:
    done = direct(vault, "key_vault_secrets_info", vault=VAULT, names=["MONGODB-URL", "gone"])
    assert [each["name"] for each in done.result["secrets"]] == ["mongodb-url"]


def test_the_versions_of_a_secret_newest_first(vault: LocalCloud) -> None:
    with vault.state() as state:  # times have whole seconds
        for each in state["azure"]["vault"]["secrets"][VAULT]["mongodb-url"]["versions"]:
            each["created"] -= 60
    newer = direct(vault, "key_vault_secrets", vault=VAULT, secrets=[{"name": "mongodb-url", "value": f"{VALUE}-2"}])
    done = direct(vault, "key_vault_secrets_info", vault=VAULT, names=["mongodb-url", "off"], versions=True)
    by_name = {each["name"]: each["versions"] for each in done.result["secrets"]}
    assert [len(by_name[name]) for name in ("mongodb-url", "off")] == [2, 1]
    assert by_name["mongodb-url"][0]["version"] == newer.result["secrets"]["mongodb-url"]["version"]
    assert [each["enabled"] for each in by_name["mongodb-url"] + by_name["off"]] == [True, True, False]
    assert (VALUE in json.dumps(done.result), done.writes) == (False, [])


def test_a_vault_that_is_not_there_holds_nothing(cloud: LocalCloud) -> None:
    done = direct(cloud, "key_vault_secrets_info", vault="nowhere-kv")
    assert (done.status, done.result["secrets"], done.result["vault_exists"]) == ("ok", [], False)
