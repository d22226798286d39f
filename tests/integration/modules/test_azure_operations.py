# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""azure_resource while operations are under way: its own, other people's, and what the directory has not heard of yet."""

from __future__ import annotations

import time
import uuid

from tests.cloud import LocalCloud
from tests.integration.modules.azure import CREDENTIAL, GROUP, IDENTITY, READER, ready, resource
from tests.steps import direct

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
