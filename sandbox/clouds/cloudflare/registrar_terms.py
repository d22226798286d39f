# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be bought at the registrar, at which price, and what a registration must say.

Sources: the SDK's description of `registrar.registrations.create` (defaults, contacts, excluded extensions) and of the check's reasons.
The prices are made up, but in the range of the documentation's examples.
"""

from __future__ import annotations

import re
import typing as t

from sandbox.clouds.cloudflare import names
from sandbox.clouds.cloudflare.wire import Json, refusal

PRICES = {"app": "12.18", "cloud": "10.46", "com": "10.46", "dev": "10.18", "info": "17.68", "net": "11.86", "org": "7.50"}
DASHBOARD_ONLY = ("cc", "giving", "inc", "link", "lol", "mom", "new", "sh")
MOST_DOMAINS = 500
_PHONE = re.compile(r"\+\d{1,3}\.\d{4,14}")
_ADDRESS = ("street", "city", "state", "postal_code", "country_code")


def priced(data: Json, domain: str) -> Json:
    """One result of the check: an offer, or the reason why there is none."""
    extension = domain.partition(".")[2]
    taken = domain in data["registrations"] or domain in data["taken"]
    reason = (
        "extension_not_supported_via_api"
        if extension in DASHBOARD_ONLY
        else "extension_not_supported"
        if extension not in PRICES
        else "domain_premium"
        if domain in data["premium"]
        else "domain_unavailable"
        if taken
        else None
    )
    if reason is not None:
        return {"name": domain, "registrable": False, "reason": reason} | ({"tier": "premium"} if reason == "domain_premium" else {})
    price = PRICES[extension]
    pricing = {"currency": "USD", "registration_cost": price, "renewal_cost": price}
    return {"name": domain, "registrable": True, "tier": "standard", "pricing": pricing}


def registration_terms(data: Json, sent: Json) -> Json:
    """The terms of a registration with their defaults. Raises a refusal."""
    try:
        domain = names.host(t.cast(str, sent.get("domain_name")))
    except (AttributeError, ValueError, UnicodeError):
        raise refusal(400, 10400, "domain_name is required and must be a domain name.") from None
    years, privacy, renew = sent.get("years", 1), sent.get("privacy_mode", "redaction"), sent.get("auto_renew", False)
    if isinstance(years, bool) or not isinstance(years, int) or not 1 <= years <= 10:
        raise refusal(400, 10400, "years must be between 1 and 10.")
    if privacy not in ("off", "redaction"):
        raise refusal(400, 10400, "privacy_mode must be off or redaction.")
    if not isinstance(renew, bool):
        raise refusal(400, 10400, "auto_renew must be a boolean.")
    contact = _object(sent.get("contacts")).get("registrant")
    if contact is None and not data["default_contact"]:
        raise refusal(400, 10400, "A registrant contact, or a default address book entry, is required.")
    if contact is not None:
        _check_contact(_object(contact))
    if not data["payment_method"]:
        raise refusal(400, 10400, "The account has no default payment method.")
    if len(data["registrations"]) >= MOST_DOMAINS:
        raise refusal(400, 10400, f"The account has the maximum of {MOST_DOMAINS} domains.")
    return {"domain_name": domain, "years": years, "privacy_mode": privacy, "auto_renew": renew}


def _check_contact(contact: Json) -> None:
    postal = _object(contact.get("postal_info"))
    address = _object(postal.get("address"))
    missing = [
        *(name for name in ("email", "phone", "postal_info") if not contact.get(name)),
        *(f"postal_info.{name}" for name in ("name", "address") if not postal.get(name)),
        *(f"postal_info.address.{name}" for name in _ADDRESS if not address.get(name)),
    ]
    if missing:
        raise refusal(400, 10400, f"contacts.registrant lacks {', '.join(missing)}.")
    if not _PHONE.fullmatch(str(contact["phone"])):
        raise refusal(400, 10400, "contacts.registrant.phone must be of the form +1.5555555555.")


def _object(value: t.Any) -> Json:
    return value if isinstance(value, dict) else {}
