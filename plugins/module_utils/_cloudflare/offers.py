# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What a registration may cost, and what is offered. Pure."""

from __future__ import annotations

import typing as t
from decimal import Decimal, InvalidOperation

from .._core.errors import PlanError
from .client import CLOUD

YEARS = range(1, 11)
# The registrar's reasons in words (developers.cloudflare.com/api/resources/registrar, Check).
REASONS = {
    "extension_not_supported_via_api": "the API does not sell this extension, the dashboard does",
    "extension_not_supported": "Cloudflare does not sell this extension",
    "extension_disallows_registration": "the registry of this extension takes no registrations",
    "domain_premium": "it is a premium name, which this API does not sell",
    "domain_unavailable": "it is registered elsewhere, reserved or held back",
}


def check_terms(name: str, params: t.Mapping[str, t.Any]) -> None:
    """Refuse terms that make no sense, before anything is asked."""
    where = f"cloudflare registrar_domain {name}"
    if params["years"] not in YEARS:
        raise PlanError(f"{where}: years is {params['years']}", cloud=CLOUD, hint="1 to 10 years, as the registry allows")
    if params["min_days_left"] < 0:
        raise PlanError(f"{where}: min_days_left is {params['min_days_left']}", cloud=CLOUD, hint="0 or more days")
    if params["accept_charges"] and _amount(params["max_price"]) <= 0:
        raise PlanError(
            f"{where}: max_price is {params['max_price']}", cloud=CLOUD, hint=f"An amount in {params['currency']}, such as 12.50"
        )


def price(offer: t.Mapping[str, t.Any], name: str, params: t.Mapping[str, t.Any]) -> str:
    """The price of all years, such as `10.46 USD`. Raises PlanError for what is not for sale, a premium name, or too dear."""
    where = f"cloudflare registrar_domain {name}"
    if not offer.get("registrable"):
        reason = str(offer.get("reason") or "Cloudflare makes no offer for this name")
        raise _refused(where, "not_registrable", REASONS.get(reason, reason), "Choose another name, or transfer it if it is yours")
    if offer.get("tier") != "standard":
        raise _refused(where, "premium", f"it is a {offer.get('tier')} name", "Premium names are bought in the dashboard")
    terms = offer["pricing"]
    cost = _amount(terms["registration_cost"]) + (params["years"] - 1) * _amount(terms["renewal_cost"])
    shown = f"{cost} {terms['currency']}"
    if terms["currency"].upper() != params["currency"].upper():
        raise _refused(where, "currency", f"it costs {shown}", f"max_price is in {params['currency']}: set currency and max_price to fit")
    if cost > _amount(params["max_price"]):
        raise _refused(
            where, "too_dear", f"it costs {shown}, max_price is {params['max_price']}", "Raise max_price if it is worth that to you"
        )
    return shown


def _amount(value: t.Any) -> Decimal:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite():
        return amount
    raise PlanError(f"{value!r} is no amount of money", cloud=CLOUD, hint="A number, such as 12.50")


def _refused(where: str, code: str, reason: str, hint: str) -> PlanError:
    return PlanError(f"{where}: cannot be registered: {reason}; nothing was bought", code=code, cloud=CLOUD, hint=hint)
