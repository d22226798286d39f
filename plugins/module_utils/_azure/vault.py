# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""A key vault as it is reached: the challenge, a role that does not work yet, a vault that is not there. Knows no secrets."""

from __future__ import annotations

import time
import typing as t
from datetime import UTC, datetime
from urllib.parse import urlsplit

from .._core.errors import CloudError, PlanError
from .._core.normal import last_segment
from .._core.retry import Retry
from .._core.traffic import Traffic
from .._core.wait import Wait
from .._sdk import load
from .arm import Arm
from .calls import Calls, Response, check_host, host_of, json_of
from .credentials import Credential
from .errors import CLOUD
from .roles import BUILT_IN
from .transport import GuardedTransport

DOMAIN = "vault.azure.net"
VERSION = "7.4"  # of the data plane: every version of the SDK from 4.7 on speaks it
PROPAGATION = 600.0  # seconds until a new role assignment works everywhere (…/role-based-access-control/troubleshooting)
ASSIGNMENTS = "2022-04-01"
RESOURCES = "2021-04-01"
NO_VAULT = "VaultNotFound"
DATA_ROLES = frozenset(BUILT_IN[f"Key Vault {name}"] for name in ("Administrator", "Reader", "Secrets Officer", "Secrets User"))


class _NotReached(Exception):
    """Nobody answered under the vault's name: it may not exist."""


class Vault:
    """One vault: azure-keyvault-secrets as a transport of plain data.

    vault: name, or URI. subscription: where Resource Manager is asked, only when the vault cannot be reached, or refuses us although
    a role was given just now. timeout: seconds for what has to be waited for.
    """

    def __init__(
        self,
        vault: str,
        credential: Credential,
        traffic: Traffic,
        *,
        subscription: str | None = None,
        timeout: float = PROPAGATION,
        tell: t.Callable[[str], None] = lambda text: None,
        retry: Retry | None = None,
    ) -> None:
        self.uri = vault_uri(vault)
        self.host = host_of(self.uri)
        self.name = self.host.partition(".")[0]
        self.missing = False  # Resource Manager knows no such vault
        self._arm = Arm(credential, traffic, subscription, timeout, tell)
        self._timeout = timeout
        self._tell = tell
        self._retry = retry or Retry()
        self._calls = Calls(credential, self._retry)
        self._rest = load("azure.core.rest", CLOUD)
        sdk = load("azure.keyvault.secrets", CLOUD)
        # The SDK finds the tenant by the vault's challenge, and checks that the challenge speaks for the vault's own domain.
        self._client = sdk.SecretClient(
            self.uri, credential, api_version=VERSION, transport=GuardedTransport(traffic), retry_total=0, permit_redirects=False
        )
        self._exists = False  # Resource Manager knows it

    def get(self, what: str, path: str) -> dict[str, t.Any]:
        return json_of(what, self.send(what, "GET", path))

    def all(self, what: str, path: str) -> list[dict[str, t.Any]]:
        """Every item of a paged list; none if there is no vault."""
        found: list[dict[str, t.Any]] = []
        following: str | None = path
        while following:
            if host_of(following):  # it may be a path alone
                check_host(what, following, self.host)
            try:
                answer = self.get(what, following)
            except CloudError as error:
                if error.code == NO_VAULT:
                    return []
                raise
            found += answer.get("value") or []
            following = answer.get("nextLink")
        return found

    def send(self, what: str, verb: str, path: str, body: t.Any = None, *, idempotent: bool = True, patient: bool = True) -> Response:
        """A response below 400. patient: wait while a role that was given just now does not work yet."""

        def call() -> Response:
            return self._client.send_request(self._rest.HttpRequest(verb, path, json=body))

        def attempt() -> Response | CloudError:
            try:
                return self._reach(what, call, idempotent)
            except CloudError as error:
                if patient and error.code == "ForbiddenByRbac" and self._role_is_new():
                    return error
                raise

        waiting = "a role that was given just now does not work yet"
        return self.wait().until(what, attempt, lambda seen: not isinstance(seen, CloudError), lambda seen: waiting, cloud=CLOUD)

    def _reach(self, what: str, call: t.Callable[[], Response], idempotent: bool) -> Response:
        """The call; when the vault is not reached at all, Resource Manager is asked whether it exists, before any retry."""

        def attempt() -> Response:
            try:
                return self._calls.once(what, call, self.host)
            except CloudError as error:
                if error.code == "no_answer" and error.executed is False and not self._exists:
                    raise _NotReached from error
                raise

        try:
            return self._retry.call(attempt, idempotent=idempotent)
        except _NotReached:
            self._refuse_missing(what)
        return self._retry.call(attempt, idempotent=idempotent)

    def _refuse_missing(self, what: str) -> None:
        found = self._arm.get(
            f"look for the vault {self.name}",
            f"/subscriptions/{self._arm.subscription}/resources",
            RESOURCES,
            **{"$filter": f"resourceType eq 'Microsoft.KeyVault/vaults' and name eq '{self.name}'"},
        )["value"]
        self._exists, self.missing = bool(found), not found
        if not found:
            raise CloudError(
                what,
                f"there is no vault {self.name} in subscription {self._arm.subscription}",
                cloud=CLOUD,
                code=NO_VAULT,
                status=404,
                hint="Create it first (module key_vault), or check the name and the subscription",
            )

    def _role_is_new(self) -> bool:
        """Whether we were given a role here so recently that it may not work everywhere yet."""
        path = f"/subscriptions/{self._arm.subscription}/providers/Microsoft.Authorization/roleAssignments"
        try:
            found = self._arm.all("read our roles", path, ASSIGNMENTS, **{"$filter": f"principalId eq '{self._arm.object_id}'"})
        except CloudError:
            return False
        letting_in = [each for each in (item["properties"] for item in found) if self._lets_in(each)]
        return any(time.time() - _epoch(each["createdOn"]) < PROPAGATION for each in letting_in)

    def _lets_in(self, assignment: t.Mapping[str, t.Any]) -> bool:
        """Whether an assignment gives a right to secrets, here or above."""
        scope = assignment["scope"].casefold()
        here = "/providers/" not in scope or scope.endswith(f"/vaults/{self.name}")
        return here and last_segment(assignment["roleDefinitionId"]) in DATA_ROLES

    def wait(self) -> Wait:
        return Wait(timeout=self._timeout, pause=0.3, longest=10.0, tell=self._tell)


def vault_uri(vault: str) -> str:
    """The URI for a vault's name or URI. Raises PlanError for anything that is neither: no token goes to a foreign host."""
    text = vault.strip().rstrip("/")
    parts = urlsplit(text)
    if parts.scheme == "https" and parts.path == "" and parts.netloc.casefold().endswith(f".{DOMAIN}"):
        return f"https://{parts.netloc.casefold()}"
    if text and not set(text) & set("/:.@ "):
        return f"https://{text.casefold()}.{DOMAIN}"
    raise PlanError(f"{vault!r} is neither the name of a vault nor https://NAME.{DOMAIN}", cloud=CLOUD)


def _epoch(text: str) -> float:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
