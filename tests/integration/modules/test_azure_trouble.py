# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""azure_resource when something is wrong: the cloud, the rights, the login; and what guards its token and its dry runs."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.arm import Arm
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.integration.modules.azure import GROUP, IDENTITY, READER, ready, resource

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
