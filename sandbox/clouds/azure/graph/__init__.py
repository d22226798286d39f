# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft Graph, `https://graph.microsoft.com/v1.0`: who may come in, and how it refuses."""

from __future__ import annotations

import typing as t
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import AzureService
from sandbox.clouds.azure.graph import applications, service_principals  # noqa: F401  they register
from sandbox.clouds.azure.graph.api import HOST, denied, failure, refuse, routes
from sandbox.clouds.azure.tokens import Caller, bearer, read
from sandbox.http import Match, Operation, Refusal, Reply, Request

AUDIENCES = (HOST, "00000003-0000-0000-c000-000000000000")


class Graph(AzureService):
    """graph.microsoft.com. Its state: applications and service principals by object id, and who holds which permission."""

    name = "graph"
    hosts = ("graph.microsoft.com",)

    def seed(self) -> dict[str, t.Any]:
        return {
            "applications": {},
            "deleted": {},
            "service_principals": {},
            # Application permissions that an administrator has consented to, by principal.
            "permissions": {account.DEPLOYER_OBJECT_ID: ["Application.ReadWrite.OwnedBy"]},
        }

    def match(self, request: Request) -> Match | None:
        found = routes.match(self, request)
        return Match(found.operation, lambda: self._answer(found)) if found else None

    def _answer(self, found: Match) -> Reply:
        try:
            reply = found.call()
        except Refusal as refusal:
            reply = refusal.reply
        return reply.with_headers({"request-id": str(uuid4()), "x-ms-ags-diagnostic": "{}", "OData-Version": "4.0"})

    def caller(self, request: Request) -> Caller:
        token = bearer(request.headers.get("authorization", ""))
        if token is None:
            raise refuse(401, "InvalidAuthenticationToken", "Access token is empty.")
        caller = read(self.azure.credentials["signing_key"], token)
        if caller is None:
            raise refuse(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid signature.")
        if caller.expired:
            raise refuse(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
        if caller.audience.rstrip("/") not in AUDIENCES:
            raise refuse(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        if caller.tenant_id != account.TENANT_ID:
            # Another tenant's directory: nothing of this one is in there, and its administrator has consented to nothing.
            raise denied()
        return caller

    def permissions(self, caller: Caller) -> list[str]:
        return t.cast("list[str]", self.data["permissions"].get(caller.object_id, []))

    def roles(self, audience: str, object_id: str) -> list[str]:
        """The permissions that a token for Graph carries."""
        return self.data["permissions"].get(object_id, []) if audience.rstrip("/") in AUDIENCES else []

    def allow(self, caller: Caller, *any_of: str) -> None:
        """Let the caller do what one of these permissions covers, or 403."""
        if not set(any_of) & set(self.permissions(caller)):
            raise denied()

    def forget_principal(self, app_id: str) -> None:
        """The service principal of an application goes, and with it the way to log in."""
        for key in [key for key, each in self.data["service_principals"].items() if each["body"]["appId"] == app_id]:
            del self.data["service_principals"][key]
            self.azure.entra.remove_managed_identity(app_id, key)

    def secret_ends(self, app_id: str, text: str) -> float | None:
        return applications.secret_ends(self, app_id, text)

    # --- faults ----------------------------------------------------------

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        usual = {
            429: ("TooManyRequests", "Too many requests."),
            503: ("serviceNotAvailable", "The service is temporarily unavailable."),
        }
        name, text = usual.get(status, ("UnknownError", "An unexpected error occurred."))
        return failure(status, code or name, text)

    def expired(self, request: Request) -> Reply:
        return failure(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")

    @property
    def operations(self) -> list[Operation]:
        return routes.operations
