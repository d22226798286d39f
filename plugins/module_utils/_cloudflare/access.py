# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an API token may do. It can read its own rights back only with API Tokens:Read; without that, reads are tried."""

from __future__ import annotations

import typing as t

from .._core.access import GRANTED, MISSING, Access, Right, Verdict, unknown
from .._core.apply import side_by_side
from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.spec import ArgumentSpec
from .._core.traffic import Traffic
from .client import CLOUD, Client
from .places import checked_id, domain_name

DNS, ZONE, REGISTRATION = "cloudflare_dns", "cloudflare_zone", "cloudflare_registration"
# Permission groups by the names of the API; the dashboard says Edit for Write
# (developers.cloudflare.com/fundamentals/api/reference/permissions).
RIGHTS = (
    Right("Zone Read", (DNS, ZONE), write=False),
    Right("DNS Read", (DNS, ZONE), write=False),
    Right("DNS Write", (DNS, ZONE), write=True),
    Right("Zone Settings Read", (ZONE,), write=False),
    Right("Zone Settings Write", (ZONE,), write=True),
    Right("Zone Write", (ZONE,), write=True),
    Right("Registrar: Domains Read", (REGISTRATION,), write=False),
    Right("Registrar: Domains Write", (REGISTRATION,), write=True),
)
LOOKED_AT = ArgumentSpec({"zone": {"type": "str"}, "zone_id": {"type": "str"}})

READ_BACK = "API Tokens Read"
# Codes of a token that is fine and lacks a right; a token that is not fine has been found out before.
REFUSED = (401, 403)
_ROLL = "Create a new token, or roll this one: dash.cloudflare.com/profile/api-tokens; then set api_token or CLOUDFLARE_API_TOKEN"


class CloudflareAccess(Access):
    cloud = CLOUD
    rights = RIGHTS
    policy, reader_policy = "cloudflare-token.json", "cloudflare-reader-token.json"

    def __init__(self, host: Host, traffic: Traffic) -> None:
        super().__init__(host, traffic)
        self._client = Client.of(host, self.traffic)
        self._zone_name = domain_name(host.params["zone"]) if host.params["zone"] else None
        self._zone_id = checked_id("zone_id", host.params["zone_id"])

    def identify(self) -> dict[str, t.Any]:
        what = "check the API token"
        try:
            self._token = self._client.get(what, "/user/tokens/verify")
        except CloudError as error:
            # A token that belongs to an account is unknown there: it is checked at its account.
            account = self._some_account() if error.status == 401 else None
            if account is None:
                raise
            self._token = self._client.get(what, f"/accounts/{account}/tokens/verify")
        if self._token["status"] != "active":
            raise PlanError(f"the API token of Cloudflare is {self._token['status']}", code="credentials_ended", cloud=CLOUD, hint=_ROLL)
        return {"token": self._token["id"], "expires_on": self._token.get("expires_on")}

    def judge(self, rights: t.Sequence[Right]) -> list[Verdict]:
        self._find_zone()
        policies = self._policies()
        if policies is not None:
            return [self._by_policies(right.name, policies) for right in rights]
        return side_by_side(self._by_reading, rights)

    # --- what the token says of itself -----------------------------------------

    def _policies(self) -> list[dict[str, t.Any]] | None:
        try:
            found = self._client.get("read the token's rights", f"/user/tokens/{self._token['id']}")
        except CloudError:
            return None
        return t.cast("list[dict[str, t.Any]]", found["policies"])

    def _by_policies(self, name: str, policies: t.Sequence[dict[str, t.Any]]) -> Verdict:
        group, level = name.rsplit(" ", 1) if " " in name else ("", name)
        enough = {name, f"{group} Write"} if level == "Read" else {name}
        about = [
            each
            for each in policies
            if enough & {found["name"] for found in each["permission_groups"]} and self._reaches(each["resources"])
        ]
        if any(each["effect"] == "deny" for each in about):
            return MISSING
        return GRANTED if about else MISSING

    def _reaches(self, resources: t.Mapping[str, t.Any]) -> bool:
        """Whether a policy's resources include our zone, or its account (…/api/resources/user/subresources/tokens)."""
        scopes = [*resources, *(inner for each in resources.values() if isinstance(each, dict) for inner in each)]
        zone = self._zone or {"id": self._zone_id, "account": {}}
        ours = {"*", zone["id"], zone["account"].get("id")}
        return self._zone is None or any(scope.rpartition(".")[2] in ours for scope in scopes)

    # --- what it can be seen to do ----------------------------------------------

    def _by_reading(self, right: Right) -> Verdict:
        if right.write:
            return unknown(f"a token cannot tell what it may write, unless it also has {READ_BACK}")
        zone_id, account = self._zone_id, (self._zone or {}).get("account", {}).get("id")
        if right.name == "Zone Read":
            return self._sees_zones
        paths = {
            "DNS Read": zone_id and f"/zones/{zone_id}/dns_records",
            "Zone Settings Read": zone_id and f"/zones/{zone_id}/settings/ssl",
            "Registrar: Domains Read": account and f"/accounts/{account}/registrar/registrations",
        }
        path = paths[right.name]
        if path is None:
            name = self._zone_name or "any name"
            return unknown(f"the token sees no zone of {name}: there is none yet, or its resources leave the zone out")
        return self._may_get(f"see whether the token has {right.name}", path)

    def _may_get(self, what: str, path: str) -> Verdict:
        try:
            self._client.get(what, path, per_page=5)
        except CloudError as error:
            if error.status not in REFUSED:
                raise
            return MISSING
        return GRANTED

    def _find_zone(self) -> None:
        """The zone as the token sees it. Of a zone that is given by its id alone, the rest may stay unknown."""
        self._zone: dict[str, t.Any] | None = None
        query = {"name": self._zone_name} if self._zone_name else {"per_page": 5}
        try:
            found = self._client.get("see whether the token has Zone Read", "/zones", **query)
        except CloudError as error:
            if error.status not in REFUSED:
                raise
            # With the id of the zone nothing has to be looked up.
            self._sees_zones = GRANTED if self._zone_id else MISSING
            return
        self._sees_zones = GRANTED
        self._zone = next((zone for zone in found if self._zone_id in (None, zone["id"])), None)
        if self._zone is not None:
            self._zone_id = self._zone["id"]

    def _some_account(self) -> str | None:
        try:
            zones = self._client.get("find the account of the token", "/zones", per_page=5)
        except CloudError:
            return None
        return next((str(zone["account"]["id"]) for zone in zones), None)
