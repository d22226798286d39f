# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who we are, how Azure's refusals read, and what counts as a write."""

from __future__ import annotations

import shutil
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.credentials import Credential, Identity, identity_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.errors import failed, seconds
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.progress import is_busy, is_settled
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.role_assignments import name_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.transport import GuardedTransport, is_write
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault import vault_uri
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._azure.vault_secrets import instant, rule_of
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, PlanError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic

VARIABLES = (
    "AZURE_TENANT_ID",
    "AZURE_TENANT",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_SECRET",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
)
PLAIN = {"auth_source": "auto", "tenant": None, "client_id": None, "secret": None, "subscription_id": None}
TENANT, CLIENT = "tenant-1", "client-1"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AZURE_TENANT_ID": "t-env", "AZURE_CLIENT_ID": "c-env", "AZURE_CLIENT_SECRET": "s-env"}.items():
        monkeypatch.setenv(name, value)
    assert identity_of(PLAIN) == Identity("env", "t-env", "c-env", "s-env")
    assert identity_of({**PLAIN, "tenant": " t ", "client_id": "c", "secret": "s"}) == Identity("env", "t", "c", "s")


def test_the_older_names_of_the_environment_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AZURE_TENANT": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_SECRET": "s"}.items():
        monkeypatch.setenv(name, value)
    assert identity_of(PLAIN) == Identity("env", TENANT, CLIENT, "s")


def test_workload_identity_and_the_cli_come_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert identity_of(PLAIN) == Identity("cli")
    for name, value in {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_FEDERATED_TOKEN_FILE": "/var/token"}.items():
        monkeypatch.setenv(name, value)
    assert identity_of(PLAIN) == Identity("workload", TENANT, CLIENT, None, "/var/token")
    assert identity_of({**PLAIN, "auth_source": "cli"}) == Identity("cli")


def test_a_managed_identity_is_used_only_when_asked_for_and_takes_no_client_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    assert identity_of({**PLAIN, "auth_source": "msi"}) == Identity("msi")
    assert identity_of({**PLAIN, "auth_source": "msi", "client_id": "assigned"}) == Identity("msi", client_id="assigned")


def test_without_credentials_it_says_what_each_way_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    with pytest.raises(PlanError) as caught:
        identity_of(PLAIN)
    text = str(caught.value)
    assert caught.value.failure["code"] == "no_credentials"
    assert "client_id (AZURE_CLIENT_ID), secret (AZURE_CLIENT_SECRET or AZURE_SECRET)" in text
    assert "token_file (AZURE_FEDERATED_TOKEN_FILE)" in text
    assert "az CLI is not on PATH" in text
    assert "auth_source: msi" in text
    assert "lacks tenant" not in text
    with pytest.raises(PlanError, match="a client secret lacks client_id"):
        identity_of({**PLAIN, "auth_source": "env"})


def test_neither_a_key_nor_a_text_of_an_identity_holds_its_secret() -> None:
    identity = Identity("env", TENANT, CLIENT, "made-up-secret")
    assert "made-up-secret" not in identity.key + repr(identity)
    assert identity.key != Identity("env", TENANT, CLIENT, "another").key


class Login:
    """Stands for azure-identity: hands out numbered tokens."""

    def __init__(self, lives: float) -> None:
        self.count, self.lives = 0, lives

    def get_token(self, scope: str) -> t.Any:
        import time

        from azure.core.credentials import AccessToken

        self.count += 1
        return AccessToken(f"token-{self.count}", int(time.time() + self.lives))


def credential(lives: float, shared: dict[str, t.Any]) -> tuple[Credential, Login]:
    login, made = Login(lives), Credential(Identity("env", TENANT, CLIENT, "made-up-secret"), shared)
    made._make = lambda: login  # type: ignore[method-assign]
    return made, login


def test_tasks_share_a_token_as_long_as_it_is_good() -> None:
    shared: dict[str, t.Any] = {}
    (first, one), (second, other) = credential(3600, shared), credential(3600, shared)
    assert [first.token("a"), first.token("a"), second.token("a"), second.token("b")] == ["token-1", "token-1", "token-1", "token-1"]
    assert (one.count, other.count) == (1, 1)
    assert "made-up-secret" not in str(shared)
    second.forget()
    assert shared == {}
    soon_over, login = credential(200, {})
    assert [soon_over.token("a"), soon_over.token("a")] == ["token-1", "token-2"]
    assert login.count == 2


# --- writes ------------------------------------------------------------------------------------

ARM = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/a"
CALLS = [
    ("GET", ARM, False),
    ("HEAD", ARM, False),
    ("PUT", ARM, True),
    ("PATCH", ARM, True),
    ("DELETE", ARM, True),
    ("POST", f"{ARM}/listKeys?api-version=1", False),
    ("POST", f"{ARM}/ListConnectionStrings", False),
    ("POST", f"{ARM}/regenerateKey", True),
    ("POST", f"{ARM}/failoverPriorityChange", True),
    ("POST", "https://management.azure.com/subscriptions/s/providers/Microsoft.KeyVault/register", True),
    ("POST", "https://v.vault.azure.net/deletedsecrets/listKeys/recover", True),
    ("POST", "https://v.vault.azure.net/listKeysAndMore", True),
]


@pytest.mark.parametrize(("method", "url", "write"), CALLS)
def test_the_verb_decides_what_is_a_write_but_for_posts_that_only_read(method: str, url: str, write: bool) -> None:
    assert is_write(method, url) is write


def test_nothing_leaves_that_the_guard_refuses() -> None:
    class Inner:
        sent: t.ClassVar[list[str]] = []

        def send(self, request: t.Any, **options: t.Any) -> str:
            self.sent.append(request.method)
            return "answer"

    class Request:
        url = ARM

        def __init__(self, method: str) -> None:
            self.method = method

    transport = GuardedTransport(Traffic("azure", read_only=True), Inner())
    assert transport.send(Request("GET")) == "answer"
    with pytest.raises(WriteRefused, match=r"DELETE management\.azure\.com/subscriptions/s"):
        transport.send(Request("DELETE"))
    assert Inner.sent == ["GET"]


# --- refusals ------------------------------------------------------------------------------------


def test_a_refusal_tells_codes_words_and_ids() -> None:
    error = {"code": "Forbidden", "message": "No.\r\nReally.", "innererror": {"code": "ForbiddenByRbac"}}
    found = failed("read the secret a", error, status=403, headers={"x-ms-request-id": "r-1"})
    assert str(found).startswith("read the secret a: No. Really (HTTP 403, ForbiddenByRbac, request id r-1). ")
    assert "Key Vault Secrets Officer" in str(found)
    nested = failed("w", {"code": "A", "message": "outer", "details": [{"code": "B", "message": "inner"}]}, status=400)
    assert "outer; inner" in str(nested)


def test_signed_urls_are_cut_before_they_are_shown() -> None:
    found = failed("w", {"code": "A", "message": "see https://x.blob.core.windows.net/a?sig=made-up-signature&se=1 now"}, status=400)
    assert "made-up-signature" not in str(found)
    assert "https://x.blob.core.windows.net/a?… now" in str(found)


@pytest.mark.parametrize(
    ("status", "retryable", "executed"), [(400, False, False), (409, False, False), (429, True, False), (503, True, None)]
)
def test_what_a_later_try_can_mend(status: int, retryable: bool, executed: bool | None) -> None:
    found = failed("w", {"code": "X"}, status=status)
    assert (found.failure["retryable"], found.executed) == (retryable, executed)


def test_waiting_times_come_in_three_forms() -> None:
    assert seconds({"Retry-After": "7"}) == 7
    assert seconds({"x-ms-retry-after-ms": "1500", "Retry-After": "7"}) == 1.5
    assert seconds({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}) is None


BUSY = [
    ("AnotherOperationInProgress", "x", True),
    ("PrincipalNotFound", "Principal x does not exist", True),
    ("OperationNotAllowed", "Another operation (Updating) is in progress", True),
    ("OperationNotAllowed", "exceeding approved Total Regional Cores quota", False),
    ("Conflict", "Issuer and subject combination already exists", False),
    ("VaultAlreadyExists", "in progress", False),
]


@pytest.mark.parametrize(("code", "text", "busy"), BUSY)
def test_a_refusal_that_passes_by_itself(code: str, text: str, busy: bool) -> None:
    assert is_busy(CloudError("w", text, cloud="azure", code=code, status=409)) is busy


@pytest.mark.parametrize(
    ("state", "settled"), [("Succeeded", True), ("failed", True), ("RegisteringDns", False), ("Deleting", False), (None, True)]
)
def test_every_state_but_three_is_under_way(state: str | None, settled: bool) -> None:
    assert is_settled({"properties": {"provisioningState": state}}) is settled


# --- names ---------------------------------------------------------------------------------------


def test_the_name_of_an_assignment_follows_from_what_it_says() -> None:
    assert name_of("/subscriptions/S/", "r", "P") == name_of("/SUBSCRIPTIONS/s", "R", "p")
    assert name_of("/subscriptions/s", "r", "p") != name_of("/subscriptions/s", "r", "q")


@pytest.mark.parametrize("vault", ["Klinematrix-KV", "https://klinematrix-kv.vault.azure.net", "https://Klinematrix-kv.vault.azure.net/ "])
def test_a_vault_is_named_or_given_by_its_uri(vault: str) -> None:
    assert vault_uri(vault) == "https://klinematrix-kv.vault.azure.net"


@pytest.mark.parametrize(
    "vault", ["", "http://kv.vault.azure.net", "https://kv.vault.azure.net.example.com", "https://kv.vault.azure.net@example.com", "kv/x"]
)
def test_no_token_goes_to_a_host_that_is_no_vault(vault: str) -> None:
    with pytest.raises(PlanError, match="neither the name of a vault"):
        vault_uri(vault)


def test_moments_and_values_are_compared_by_what_they_mean() -> None:
    assert instant("2027-01-31T00:00:00Z") == instant("2027-01-31") == instant("2027-01-31T09:00:00+09:00") == 1801353600
    data, text = rule_of({"value": {"A": 1, "B": "x"}}).fields["value"], rule_of({"value": '{"A": 1}'}).fields["value"]
    assert data.equal('{"B":"x","A":1}', {"A": 1, "B": "x"})  # type: ignore[union-attr]
    assert not text.equal('{"A":1}', '{"A": 1}')  # type: ignore[union-attr]
