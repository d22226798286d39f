# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What exists in the account before anybody provisions: domains bought at Cloudflare's registrar, and therefore their zones."""

from __future__ import annotations

import hashlib
import secrets
import time

from sandbox.clouds.cloudflare.wire import Json

DAY = 86400
OWNED = ("klinematrix.com", "klinematrix.net")
NAME_SERVERS = ["ada.ns.cloudflare.com", "walt.ns.cloudflare.com"]


def new_account() -> Json:
    """Identifiers come from names, so that they stay the same after a reset."""
    now = time.time()
    account = {"id": identifier("account klinematrix"), "name": "klinematrix", "created_on": now - 400 * DAY}
    bought = now - 60 * DAY
    return {
        "account": account,
        "zones": {identifier(f"zone {name}"): new_zone(name, bought, "active", identifier(f"zone {name}")) for name in OWNED},
        "registrations": {name: new_registration(name, bought, 1) | {"auto_renew": True} for name in OWNED},
        "workflows": {},
        # Names that the registries refuse: sold to others, or at a premium.
        "taken": ["cloudflare.com", "example.com", "example.net", "example.org", "google.com"],
        "premium": ["matrix.cloud"],
        # Both can be set up in the dashboard only; without them nothing can be registered.
        "default_contact": True,
        "payment_method": True,
        "rates": {},
    }


def identifier(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def new_registration(domain: str, moment: float, years: int) -> Json:
    return {
        "domain_name": domain,
        "status": "active",
        "created_at": moment,
        "expires_at": moment + years * 365 * DAY,
        "auto_renew": False,
        "privacy_mode": "redaction",
        "locked": True,
    }


def new_zone(name: str, moment: float, status: str, zone_id: str | None = None, kind: str = "full") -> Json:
    """A zone on the free plan. `delegated`: the registry names Cloudflare's servers, which makes a pending zone active."""
    return {
        "id": zone_id or secrets.token_hex(16),
        "name": name,
        "type": kind,
        "status": status,
        "paused": False,
        "plan": "free",
        "delegated": status == "active",
        "created_on": moment,
        "modified_on": moment,
        "activated_on": moment if status == "active" else None,
        "checked_on": None,
        "name_servers": NAME_SERVERS,
        "records": {},
        "settings": {},
        "dnssec": {"status": "disabled", "due": None, "modified_on": None},
    }
