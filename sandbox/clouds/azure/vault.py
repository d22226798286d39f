# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key Vault's data plane, `https://{vault}.vault.azure.net`: who may come in, and how it refuses.

Texts: learn.microsoft.com/azure/key-vault/general/rest-error-codes and common-error-codes, and as users quote them in public issue threads.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from sandbox.clouds.azure import account, vault_secrets  # noqa: F401  it registers
from sandbox.clouds.azure.account import AzureService
from sandbox.clouds.azure.arm import groups, key_vault
from sandbox.clouds.azure.tokens import Caller, bearer, issuer, read
from sandbox.clouds.azure.vault_api import VERSIONS, failure, refuse, routes
from sandbox.http import Match, Operation, Refusal, Reply, Request

RESOURCE = "https://vault.azure.net"
CHALLENGE = f'Bearer authorization="https://login.microsoftonline.com/{account.TENANT_ID}", resource="{RESOURCE}"'
# The right of an access policy for each data action, where a vault does not use RBAC.
POLICY_RIGHTS = {
    "getSecret/action": "get",
    "setSecret/action": "set",
    "update/action": "set",
    "readMetadata/action": "list",
    "delete": "delete",
    "recover/action": "recover",
    "purge/action": "purge",
}


@dataclass(frozen=True)
class Open:
    """A vault that a caller has come into: what Resource Manager knows of it, and its secrets."""

    name: str
    id: str
    location: str
    properties: Mapping[str, t.Any]
    caller: Caller
    secrets: dict[str, t.Any]

    @property
    def url(self) -> str:
        return f"https://{self.name.lower()}.vault.azure.net"

    @property
    def who(self) -> str:
        return f"appid={self.caller.app_id};oid={self.caller.object_id};iss={issuer(self.caller.tenant_id)}"

    @property
    def where(self) -> str:
        return f"{self.name};location={self.location}"


class Vault(AzureService):
    """*.vault.azure.net."""

    name = "vault"
    hosts = ("*.vault.azure.net",)

    def seed(self) -> dict[str, t.Any]:
        # client_address: the address that the firewall of a vault sees (a documentation address).
        return {"client_address": "203.0.113.10", "secrets": {}}

    def resolves(self, host: str) -> bool:
        """A vault's name is in the DNS once the vault exists."""
        groups.settle(self.azure.arm)
        key_vault.settle(self.azure.arm)
        return key_vault.find(self.azure.arm, host.partition(".")[0]) is not None

    def forget(self, name: str) -> None:
        """A vault was purged, and its secrets with it."""
        self.data["secrets"].pop(name.lower(), None)

    # --- the way in ------------------------------------------------------

    def match(self, request: Request) -> Match | None:
        """The SDK asks for the newest version with a trailing slash."""
        request = replace(request, path=request.path.rstrip("/") or "/")
        found = routes.match(self, request)
        return Match(found.operation, lambda: self._answer(request, found)) if found else None

    def _answer(self, request: Request, found: Match) -> Reply:
        try:
            reply = found.call()
        except Refusal as refusal:
            reply = refusal.reply
        return reply.with_headers(self._headers(request))

    def open(self, request: Request) -> Open:
        """The vault of this host, with a caller whose token is good for it."""
        name = request.host.partition(".")[0]
        record = key_vault.find(self.azure.arm, name)
        if record is None:
            raise refuse(404, "VaultNotFound", f"The vault '{name}' does not exist.")
        caller = self._caller(request)
        asked = request.params.get("api-version", "")
        if asked not in VERSIONS:
            text = f"The specified version ({asked}) is not recognized. Consider using the latest supported version ({VERSIONS[-1]})."
            raise refuse(400, "BadParameter", text)
        secrets = self.data["secrets"].setdefault(name.lower(), {})
        body = record["body"]
        opened = Open(record["name"], record["id"], body["location"], body["properties"], caller, secrets)
        self._check_network(opened)
        return opened

    def _caller(self, request: Request) -> Caller:
        token = bearer(request.headers.get("authorization", ""))
        if token is None:
            raise self._unauthorized("AKV10000: Request is missing a Bearer or PoP token.")
        caller = read(self.azure.credentials["signing_key"], token)
        if caller is None:
            raise self._unauthorized("AKV10046: Unable to resolve the key used for signature validation.")
        if caller.expired:
            raise self._unauthorized("Error validating token: IDX10223")
        if caller.audience.rstrip("/") != RESOURCE:
            raise self._unauthorized(f"AKV10022: Invalid audience. Expected {RESOURCE}, found: {caller.audience}.")
        if caller.tenant_id != account.TENANT_ID:
            expected, found = issuer(account.TENANT_ID), issuer(caller.tenant_id)
            raise self._unauthorized(f"AKV10032: Invalid issuer. Expected one of {expected}, found {found}.")
        return caller

    def _unauthorized(self, message: str) -> Refusal:
        return Refusal(failure(401, "Unauthorized", message).with_headers({"WWW-Authenticate": CHALLENGE}))

    def _check_network(self, vault: Open) -> None:
        properties = vault.properties
        if properties["publicNetworkAccess"] == "Disabled":
            raise refuse(
                403,
                "Forbidden",
                "Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\n"
                f"Caller: {vault.who}\r\nVault: {vault.where}",
                "ForbiddenByConnection",
            )
        rules = properties.get("networkAcls")
        if not rules or rules["defaultAction"] == "Allow":
            return
        address = self.data["client_address"]
        if not any(ipaddress.IPv4Address(address) in ipaddress.IPv4Network(rule["value"]) for rule in rules["ipRules"]):
            raise refuse(
                403,
                "Forbidden",
                f"Client address is not authorized and caller is not a trusted service.\r\nClient address: {address}\r\n"
                f"Caller: {vault.who}\r\nVault: {vault.where}",
                "ForbiddenByFirewall",
            )

    def allow(self, vault: Open, action: str, secret: str = "") -> None:
        """Let the caller do this, by role or by access policy, as the vault is set up; or 403."""
        if vault.properties["enableRbacAuthorization"]:
            self._allow_by_role(vault, f"Microsoft.KeyVault/vaults/secrets/{action}", secret)
        else:
            self._allow_by_policy(vault, POLICY_RIGHTS[action])

    def _allow_by_role(self, vault: Open, action: str, secret: str) -> None:
        scope = f"{vault.id}/secrets/{secret}" if secret else vault.id
        if self.azure.arm.allows(vault.caller, action, scope, data=True):
            return
        written = scope.replace("/resourceGroups/", "/resourcegroups/").replace("Microsoft.KeyVault", "microsoft.keyvault")
        raise refuse(
            403,
            "Forbidden",
            "Caller is not authorized to perform action on resource.\r\n"
            "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n"
            f"Caller: {vault.who}\r\nAction: '{action}'\r\nResource: '{written}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\n"
            f"DecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {vault.where}\r\n",
            "ForbiddenByRbac",
        )

    def _allow_by_policy(self, vault: Open, right: str) -> None:
        for policy in vault.properties["accessPolicies"]:
            rights = {each.lower() for each in policy["permissions"].get("secrets", [])}
            if policy["objectId"].lower() == vault.caller.object_id and rights & {right, "all"}:
                return
        raise refuse(
            403,
            "Forbidden",
            f"The user, group or application '{vault.who}' does not have secrets {right} permission on key vault '{vault.where}'. "
            "For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
            "AccessDenied",
        )

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {
            "Cache-Control": "no-cache",
            "Pragma": "no-cache",
            "x-ms-request-id": str(uuid4()),
            "x-ms-keyvault-region": "koreacentral",
            "x-ms-keyvault-service-version": "1.9.2800.1",
            "x-ms-keyvault-network-info": f"conn_type=Ipv4;addr={self.data['client_address']};act_addr_fam=InterNetwork;",
            "X-Content-Type-Options": "nosniff",
            "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
        }
        if "x-ms-client-request-id" in request.headers:
            headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        return headers

    # --- faults ----------------------------------------------------------

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual = {
            429: (
                "Throttled",
                "The request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached",
            ),
            409: ("Conflict", "There was a conflict with another operation. Retry later."),
            503: ("ServiceUnavailable", "The service is temporarily unavailable."),
        }
        name, text = usual.get(status, ("InternalServerError", "An internal error occurred."))
        return failure(status, code or name, text).with_headers(self._headers(request))

    def expired(self, request: Request) -> Reply:
        return self._unauthorized("Error validating token: IDX10223").reply.with_headers(self._headers(request))

    @property
    def operations(self) -> list[Operation]:
        return routes.operations
