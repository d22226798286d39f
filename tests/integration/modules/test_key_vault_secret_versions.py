# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""key_vault_secret_versions against the local cloud: what was there before a rotation is turned off, and nothing else."""

from __future__ import annotations

import json

import pytest
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, direct, four_steps

VAULT = "klinematrix-test-kv"
VALUE = "a-value-that-nobody-may-see"


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    """A vault with three versions of one secret and one of another."""
    cloud.once("versions of secrets", lambda: fill(cloud))
    return cloud


def fill(cloud: LocalCloud) -> None:
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    place = {"name": VAULT, "resource_group": "FinancialAgent", "location": "koreacentral"}
    steps = [("azure_resource", group), ("key_vault", {**place, "deployer_role": "Key Vault Secrets Officer"})]
    secrets = [[{"name": "mongodb-url", "value": f"{VALUE}-{number}"}, {"name": "other", "value": VALUE}] for number in range(3)]
    for module, options in [*steps, *(("key_vault_secrets", {"vault": VAULT, "secrets": each}) for each in secrets)]:
        done = direct(cloud, module, **options)
        assert done.status == "ok", done.result


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps(vault: LocalCloud, in_process: bool) -> None:
    steps = four_steps(vault, "key_vault_secret_versions", in_process=in_process, vault=VAULT, names=["MongoDB-URL", "other", "gone"])
    changes = steps[1].result["changes"]
    assert [each["fields"] for each in changes] == [[{"path": "/enabled", "before": True, "after": False}]] * 2
    assert {each["kind"] for each in changes} == {"secret_version"}
    assert [each["enabled"] for each in steps[1].result["secrets"]["mongodb-url"]] == [True, False, False]
    assert VALUE not in json.dumps([step.result for step in steps])
    newest = direct(vault, "key_vault_secrets", vault=VAULT, secrets=[{"name": "mongodb-url", "value": f"{VALUE}-2"}])
    assert newest.result["changed"] is False


def test_some_can_be_kept(vault: LocalCloud) -> None:
    done = direct(vault, "key_vault_secret_versions", vault=VAULT, names=["mongodb-url"], keep=2)
    assert [each["enabled"] for each in done.result["secrets"]["mongodb-url"]] == [True, True, False]


def test_the_newest_one_always_stays(vault: LocalCloud) -> None:
    done = direct(vault, "key_vault_secret_versions", vault=VAULT, names=["mongodb-url"], keep=0)
    assert "keep must be 1 or more" in done.result["msg"]
    assert done.writes == []


def test_a_newest_one_that_somebody_has_disabled_does_not_take_the_last_good_one_with_it(vault: LocalCloud) -> None:
    """A rotation that was taken back: the secret must not be without any version that can be read."""
    first = direct(vault, "key_vault_secret_versions", check=True, vault=VAULT, names=["mongodb-url"])
    newest = first.result["secrets"]["mongodb-url"][0]["version"]
    secrets = SecretClient(f"https://{VAULT}.vault.azure.net", DefaultAzureCredential())
    secrets.update_secret_properties("mongodb-url", newest, enabled=False)
    done = direct(vault, "key_vault_secret_versions", vault=VAULT, names=["mongodb-url"])
    assert [each["enabled"] for each in done.result["secrets"]["mongodb-url"]] == [False, True, False]


def test_a_vault_that_is_not_there_yet_previews_nothing(cloud: LocalCloud) -> None:
    done = direct(cloud, "key_vault_secret_versions", check=True, vault="nowhere-kv", names=["mongodb-url"])
    assert (done.status, done.result["changes"]) == ("ok", [])
