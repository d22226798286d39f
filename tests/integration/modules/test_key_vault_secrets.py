# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""key_vault_secrets, key_vault_secret and VaultSecrets against the local cloud."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.secrets import VaultSecrets
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault import Vault
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.steps import BOTH_WAYS, Done, direct, four_steps, paths, play, task

NAME = "klinematrix-test-kv"
SECRETS: list[dict[str, t.Any]] = [
    {"name": "mongodb-url", "value": "mongodb://made:up@example.net", "tags": {"owner": "data"}},
    {"name": "dashscope-api-key", "value": "sk-made-up-1", "expires_on": "2035-12-31T00:00:00Z"},
    {
        "name": "tencent-ses-credentials",
        "value": {"TENCENT_SECRET_KEY": "made-up-key", "TENCENT_SECRET_ID": "made-up-id"},
        "content_type": "application/json",
    },
]
CANARY = "canary-" + "c" * 30


@pytest.fixture
def vault(cloud: LocalCloud) -> LocalCloud:
    """A cloud with a vault that lets us in."""

    def make() -> None:
        group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "azure_resource", **group).status == "ok"
        declared = {"name": NAME, "resource_group": "FinancialAgent", "location": "koreacentral"}
        assert direct(cloud, "key_vault", **declared, deployer_role="Key Vault Secrets Officer").status == "ok"

    cloud.once("a vault that lets us in", make)
    return cloud


def keep(cloud: LocalCloud, secrets: t.Sequence[dict[str, t.Any]] = SECRETS, *, check: bool = False, **more: t.Any) -> Done:
    return direct(cloud, "key_vault_secrets", check=check, vault=NAME, secrets=list(secrets), **more)


def one(cloud: LocalCloud, *, check: bool = False, **declared: t.Any) -> Done:
    return direct(cloud, "key_vault_secret", check=check, vault=NAME, **declared)


def versions(cloud: LocalCloud, name: str) -> list[dict[str, t.Any]]:
    return t.cast("list[dict[str, t.Any]]", cloud.ask("GET", "state")["azure"]["vault"]["secrets"][NAME][name]["versions"])


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_a_set(vault: LocalCloud, in_process: bool) -> None:
    preview, applied, again, _ = four_steps(vault, "key_vault_secrets", in_process=in_process, vault=NAME, secrets=SECRETS)
    assert applied.writes == ["PUT SetSecret"] * 3
    assert len(again.calls) - len([call for call in again.calls if call["status"] == 401 or "login" in call["host"]]) <= len(SECRETS) + 2
    assert again.reads == ["GET GetSecrets", *["GET GetSecret"] * 3]
    assert preview.result["secrets"]["mongodb-url"]["version"] == "(known after apply)"
    assert applied.result["secrets"]["mongodb-url"]["version"] == versions(vault, "mongodb-url")[0]["id"]
    assert json.loads(versions(vault, "tencent-ses-credentials")[0]["value"]) == SECRETS[2]["value"]


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_four_steps_of_one(vault: LocalCloud, in_process: bool) -> None:
    done = four_steps(vault, "key_vault_secret", in_process=in_process, vault=NAME, **SECRETS[1])
    assert done[2].reads == ["GET GetSecret"]
    assert done[1].result["secret"]["id"].startswith(f"https://{NAME}.vault.azure.net/secrets/dashscope-api-key/")


def test_no_value_is_ever_shown_neither_the_old_nor_the_new(vault: LocalCloud) -> None:
    keep(vault)
    with vault.state() as state:
        for secret in state["azure"]["vault"]["secrets"][NAME].values():
            secret["versions"][-1]["value"] = CANARY
        state["azure"]["vault"]["secrets"][NAME]["canary"] = {
            **state["azure"]["vault"]["secrets"][NAME]["mongodb-url"],
            "name": "canary",
        }
    tasks = [
        task("key_vault_secrets", check=True, vault=NAME, secrets=SECRETS),
        task("key_vault_secrets", vault=NAME, secrets=SECRETS),
        task("key_vault_secret", vault=NAME, name="canary", enabled=True, tags={"a": "b"}),
        task("key_vault_secret", vault=NAME, name="canary", value="sk-made-up-2", content_type="x" * 300),
        task("key_vault_secret", vault=NAME, name="canary", state="absent"),
    ]
    for in_process in BOTH_WAYS:
        ran = play(vault, tasks, in_process=in_process, arguments=["-vvv"])
        shown = ran.output + json.dumps([done.result for done in ran.done])
        for value in (CANARY, "made:up@example.net", "sk-made-up-1", "made-up-key", "made-up-id", "sk-made-up-2"):
            assert value not in shown
    assert "********" in shown


# --- what differs --------------------------------------------------------------------------------------


def test_a_value_is_written_only_when_it_differs(vault: LocalCloud) -> None:
    keep(vault)
    changed = [{**SECRETS[0], "value": "mongodb://another@example.net"}, *SECRETS[1:]]
    done = keep(vault, changed)
    assert paths(done) == ["/value"]
    assert done.writes == ["PUT SetSecret"]
    assert [len(versions(vault, secret["name"])) for secret in SECRETS] == [2, 1, 1]
    # A new version takes nothing over by itself.
    assert versions(vault, "mongodb-url")[-1]["tags"] == {"owner": "data"}


def test_json_is_compared_as_json(vault: LocalCloud) -> None:
    keep(vault)
    with vault.state() as state:
        version = state["azure"]["vault"]["secrets"][NAME]["tencent-ses-credentials"]["versions"][0]
        version["value"] = '{ "TENCENT_SECRET_ID":"made-up-id",\n"TENCENT_SECRET_KEY":"made-up-key" }'
    assert keep(vault).result["changed"] is False
    other = {**SECRETS[2], "value": {**SECRETS[2]["value"], "TENCENT_SECRET_ID": "made-up-other"}}
    assert paths(keep(vault, [other])) == ["/value"]


ATTRIBUTES: list[tuple[dict[str, t.Any], str]] = [
    ({"expires_on": "2036-01-01"}, "/expires_on"),
    ({"not_before": "2026-01-01T09:00:00+09:00"}, "/not_before"),
    ({"content_type": "text/plain"}, "/content_type"),
    ({"tags": {"owner": "somebody"}}, "/tags/owner"),
    ({"enabled": False}, "/enabled"),
]


@pytest.mark.parametrize(("attribute", "path"), ATTRIBUTES, ids=[path for _, path in ATTRIBUTES])
def test_attributes_are_changed_without_a_new_version(vault: LocalCloud, attribute: dict[str, t.Any], path: str) -> None:
    keep(vault)
    preview, applied, again = (one(vault, name="mongodb-url", **attribute, check=check) for check in (True, False, False))
    assert paths(preview) == paths(applied) == [path]
    assert applied.writes == ["PATCH UpdateSecret"]
    assert again.result["changed"] is False
    assert len(versions(vault, "mongodb-url")) == 1


def test_without_a_value_only_attributes_are_kept_and_the_value_is_not_even_read(vault: LocalCloud) -> None:
    keep(vault)
    done = keep(vault, [{"name": "mongodb-url", "tags": {"owner": "data"}}])
    assert (done.result["changed"], done.reads) == (False, ["GET GetSecrets"])
    for check in (True, False):
        missing = keep(vault, [{"name": "not-there", "tags": {"a": "b"}}], check=check)
        assert missing.result["failure"]["code"] == "no_value"


def test_a_disabled_secret_is_not_compared_and_gets_a_new_version_when_it_is_enabled(vault: LocalCloud) -> None:
    keep(vault)
    one(vault, name="mongodb-url", enabled=False)
    quiet = keep(vault)
    assert (quiet.result["changed"], quiet.writes) == (False, [])
    assert "nobody can read its value" in quiet.result["warnings"][0]
    preview, applied = (keep(vault, [{**SECRETS[0], "enabled": True}], check=check) for check in (True, False))
    assert preview.result["changes"] == applied.result["changes"]
    assert sorted(paths(preview)) == ["/enabled", "/value"]
    assert versions(vault, "mongodb-url")[-1]["enabled"] is True


# --- deleted secrets --------------------------------------------------------------------------------------


def test_a_deleted_secret_is_recovered_then_set(vault: LocalCloud) -> None:
    keep(vault)
    deleted = one(vault, name="mongodb-url", state="absent")
    assert deleted.writes == ["DELETE DeleteSecret"]
    assert one(vault, name="mongodb-url", state="absent").result["changed"] is False
    preview, applied, again = (keep(vault, check=check) for check in (True, False, False))
    assert preview.result["changes"] == applied.result["changes"]
    assert paths(preview) == ["/deleted", "/value"]
    assert applied.writes == ["POST RecoverDeletedSecret", *["PUT SetSecret"] * (len(applied.writes) - 1)]
    assert again.result["changed"] is False
    assert len(versions(vault, "mongodb-url")) == 2
    refused = one(vault, name="dashscope-api-key", state="absent")
    assert refused.status == "ok"
    held = keep(vault, check=True, recover=False)
    assert held.result["failure"]["code"] == "deleted_secret"


def test_a_secret_is_purged_only_when_that_is_asked_for(vault: LocalCloud) -> None:
    keep(vault)
    done = one(vault, name="mongodb-url", state="absent", purge=True)
    assert done.writes == ["DELETE DeleteSecret", "DELETE PurgeDeletedSecret"]
    assert [change["kind"] for change in done.result["changes"]] == ["secret", "deleted_secret"]
    one(vault, name="dashscope-api-key", state="absent")
    later = one(vault, name="dashscope-api-key", state="absent", purge=True)
    assert later.writes == ["DELETE PurgeDeletedSecret"]
    # A name that is being purged can be written as soon as the vault allows it.
    assert keep(vault).status == "ok"
    assert len(versions(vault, "mongodb-url")) == 1


# --- before there is a vault, or a right ----------------------------------------------------------------------


def test_a_preview_without_a_vault_shows_everything_as_created(cloud: LocalCloud) -> None:
    for done in (keep(cloud, check=True), one(cloud, **SECRETS[0], check=True)):
        assert done.status == "ok", done.result["msg"]
        assert {change["action"] for change in done.result["changes"]} == {"create"}
        assert done.writes == []
    real = keep(cloud)
    assert real.result["failure"]["code"] == "VaultNotFound"
    assert "Create it first" in real.result["msg"]


def test_a_vault_that_is_there_but_does_not_answer_is_no_missing_vault(vault: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    vault.fault("reset", path="/secrets*", count=None)
    done = keep(vault, check=True)
    vault.heal()
    assert (done.status, done.result["failure"]["code"]) == ("failed", "no_answer")
    assert f"{NAME}.vault.azure.net" in done.result["msg"]


def test_when_resource_manager_does_not_answer_either_nothing_is_taken_for_absent(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    cloud.fault("reset", path="/subscriptions/*/resources", count=None)
    done = keep(cloud, check=True)
    cloud.heal()
    assert (done.status, done.result["failure"]["code"]) == ("failed", "no_answer")
    assert "management.azure.com" in done.result["msg"]


def test_a_missing_right_fails_at_once_and_says_which_role_is_needed(cloud: LocalCloud) -> None:
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    direct(cloud, "azure_resource", **group)
    direct(cloud, "key_vault", name=NAME, resource_group="FinancialAgent", location="koreacentral")
    done = keep(cloud, check=True)
    assert done.result["failure"]["code"] == "ForbiddenByRbac"
    assert "Key Vault Secrets Officer" in done.result["failure"]["hint"]
    assert done.reads.count("GET GetSecrets") == 1


def test_a_role_that_was_given_just_now_is_waited_for(cloud: LocalCloud) -> None:
    group = {"type": "Microsoft.Resources/resourceGroups", "name": "FinancialAgent", "location": "koreacentral"}
    direct(cloud, "azure_resource", **group)
    made = direct(cloud, "key_vault", name=NAME, resource_group="FinancialAgent", location="koreacentral")
    cloud.fault("slow_operation", action="RoleAssignments_Effect", seconds=2.0)
    direct(cloud, "azure_role_assignment", role="Key Vault Secrets Officer", scope=made.result["key_vault"]["id"])
    done = keep(cloud)
    cloud.heal()
    assert done.status == "ok", done.result["msg"]
    assert [call["status"] for call in done.calls if call["action"] == "GetSecrets"].count(403) >= 1


# --- faults and guards -------------------------------------------------------------------------------------------


def test_a_new_version_is_sent_once_when_the_answer_is_lost_and_a_rerun_sees_it(vault: LocalCloud) -> None:
    vault.fault("status", status=500, action="SetSecret", when="after")
    done = one(vault, **SECRETS[1])
    assert (done.status, done.writes) == ("failed", ["PUT SetSecret"])
    assert "create azure secret dashscope-api-key" in done.result["not_applied"]
    assert one(vault, **SECRETS[1]).result["changed"] is False
    assert len(versions(vault, "dashscope-api-key")) == 1


PASSING: list[dict[str, t.Any]] = [
    {"kind": "status", "status": 429, "retry_after": 0},
    {"kind": "expired_token"},
    {"kind": "latency", "seconds": 0.2},
]


@pytest.mark.parametrize("action", ["GetSecret", "SetSecret"])
@pytest.mark.parametrize("fault", PASSING, ids=[str(fault.get("status", fault["kind"])) for fault in PASSING])
def test_trouble_that_passes_is_sat_out(vault: LocalCloud, fault: dict[str, t.Any], action: str) -> None:
    vault.fault(**fault, action=action)
    done = one(vault, **SECRETS[1])
    assert done.status == "ok", done.result["msg"]
    assert len(versions(vault, "dashscope-api-key")) == 1


LASTING: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"status": 401}),
    ({"kind": "status", "status": 409, "code": "Conflict"}, {"status": 409}),
    ({"kind": "status", "status": 503}, {"status": 503, "retryable": True}),
    ({"kind": "reset"}, {"code": "no_answer"}),
]


@pytest.mark.parametrize(("fault", "failure"), LASTING, ids=[str(fault.get("status", fault["kind"])) for fault, _ in LASTING])
def test_trouble_is_told_with_what_was_tried(
    vault: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    vault.fault(**fault, action="SetSecret", count=None)
    done = one(vault, **SECRETS[1])
    vault.heal()
    assert done.status == "failed"
    assert {name: done.result["failure"][name] for name in failure} == failure
    assert "write the secret dashscope-api-key" in done.result["msg"]
    assert "sk-made-up-1" not in json.dumps(done.result)


BAD: list[tuple[dict[str, t.Any], str]] = [
    ({"name": "under_score", "value": "x"}, "1 to 127 letters"),
    ({"name": "a", "value": 5}, "quote numbers"),
    ({"name": "a", "value": ""}, "1 to 25600 bytes"),
    ({"name": "a", "value": "x" * 26000}, "1 to 25600 bytes"),
    ({"name": "a", "value": "x", "expires_on": "tomorrow"}, "no ISO 8601 time"),
    ({"name": "a", "value": "x", "tags": {str(number): "x" for number in range(16)}}, "15 tags at most"),
    ({"name": "MONGODB-url", "value": "x"}, "declared twice"),
]


@pytest.mark.parametrize(("secret", "words"), BAD, ids=[words for _, words in BAD])
def test_bad_input_is_refused_before_anything_is_asked(cloud: LocalCloud, secret: dict[str, t.Any], words: str) -> None:
    for check in (True, False):
        done = keep(cloud, [SECRETS[0], secret], check=check)
        assert (done.status, done.calls) == ("failed", [])
        assert words in done.result["msg"]


def secrets_of(cloud: LocalCloud, *, read_only: bool) -> VaultSecrets:
    credential = Credential(identity_of({}), {})
    traffic = Traffic("azure", read_only=read_only)
    return VaultSecrets(Vault(NAME, credential, traffic, subscription=cloud.environment["AZURE_SUBSCRIPTION_ID"], timeout=10))


def test_a_forged_write_is_refused_in_a_dry_run_and_named(vault: LocalCloud) -> None:
    client = secrets_of(vault, read_only=True)
    assert client.read("not-there") is None
    with pytest.raises(WriteRefused, match=f"PUT {NAME}"):
        client.write("forged", "made-up")
    with pytest.raises(WriteRefused, match="DELETE"):
        client.delete("forged")
    assert vault.writes == []


def test_other_modules_put_a_secret_straight_into_a_vault(vault: LocalCloud) -> None:
    client = secrets_of(vault, read_only=False)
    version = client.write("moved", "made-up", content_type="text/plain", tags={"source": "x"}, expires=2_000_000_000)
    found = client.read("moved")
    assert found is not None
    assert (found.version, found.value, found.content_type, found.expires) == (version, "made-up", "text/plain", 2_000_000_000)
    assert "made-up" not in repr(found)
    client.delete("moved")
    with pytest.raises(CloudError, match=r"ObjectIsDeletedButRecoverable.*Recover the secret first") as caught:
        client.write("moved", "made-up-again")
    assert "made-up-again" not in str(caught.value)
