# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Finding accounts and zones, and the names of domains."""

from __future__ import annotations

import re
import typing as t

from .._core import normal
from .._core.errors import CloudError, PlanError
from .._core.unknown import has_unknown
from .client import CLOUD, Client

ZONES_PER_PAGE = 50  # the most that the API gives (developers.cloudflare.com, List Zones)
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_ID = re.compile(r"[0-9a-f]{32}")


def domain_name(text: str) -> str:
    """A domain as Cloudflare keeps it: lower-case, in punycode, without a final dot. Raises PlanError for what is none."""
    if has_unknown(text):
        return text
    name = str(normal.dns_name(text))
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError as error:
        raise PlanError(f"{text} is no domain: {error}", cloud=CLOUD) from error
    if not _DOMAIN.fullmatch(name):
        raise PlanError(f"{text} is no domain", cloud=CLOUD, hint="For example example.com, without a scheme or a path")
    return name


def find_zone(client: Client, name: str, account_id: str | None = None) -> dict[str, t.Any] | None:
    """The zone of that name as the API returns it, or None. Raises PlanError when several accounts have one."""
    query = {"name": name} | ({"account.id": account_id} if account_id else {})
    found = [zone for zone in client.get(f"find the zone {name}", "/zones", **query) if zone["name"] == name]
    if len(found) > 1:
        accounts = ", ".join(f"{zone['account']['id']} ({zone['account']['name']})" for zone in found)
        raise PlanError(
            f"find the zone {name}: several accounts have one: {accounts}", code="ambiguous", cloud=CLOUD, hint="Say which with account_id"
        )
    return found[0] if found else None


def zone_id_of(client: Client, name: str) -> str:
    """The id of a zone that must be there. Raises PlanError when the token sees none of that name."""
    zone = find_zone(client, name)
    if zone is not None:
        return str(zone["id"])
    raise PlanError(
        f"find the zone {name}: this API token sees no zone of that name",
        code="no_such_zone",
        cloud=CLOUD,
        hint="Check the spelling and the token's resources, or give zone_id: a token with Zone:DNS:Edit alone cannot look zones up",
    )


def checked_id(option: str, value: str | None) -> str | None:
    """An id that is fit to stand in a path. Raises PlanError for what cannot be one."""
    if value is None or has_unknown(value) or _ID.fullmatch(value):
        return value
    raise PlanError(f"{option} {value!r} is no id of Cloudflare", cloud=CLOUD, hint="An id has 32 digits and letters from a to f")


def account_of(client: Client) -> str:
    """The id of the one account that the token sees. Raises PlanError when it sees none or several."""
    seen = {account["id"]: account["name"] for account in client.get("list the accounts", "/accounts", per_page=ZONES_PER_PAGE)}
    # A token without Account Settings:Read gets an empty list; the zones that it sees name their accounts.
    seen = seen or _accounts_of_zones(client)
    if len(seen) == 1:
        return str(next(iter(seen)))
    some = ", ".join(f"{key} ({name})" for key, name in seen.items())
    raise PlanError(
        f"this API token sees {f'several accounts: {some}' if seen else 'no account'}",
        code="ambiguous" if seen else "no_such_account",
        cloud=CLOUD,
        hint="Give account_id, or let the token read the account: Account:Account Settings:Read",
    )


def _accounts_of_zones(client: Client) -> dict[str, str]:
    try:
        zones = client.get("list the zones", "/zones", per_page=ZONES_PER_PAGE)
    except CloudError as error:
        if error.status != 403:
            raise
        return {}
    return {zone["account"]["id"]: zone["account"]["name"] for zone in zones}
