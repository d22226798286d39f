# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zones.

Sources: cloudflare/types/zones and resources/zones; error codes 1002, 1049, 1061, 1085, 1070 of the API's list of zone errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.clouds.cloudflare import access, names
from sandbox.clouds.cloudflare.seed import new_zone
from sandbox.clouds.cloudflare.service import Api, operation, settles
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, page_of, refusal, stamp
from sandbox.http import Reply, Request

SOURCE = "developers.cloudflare.com/api/resources/zones"
KINDS = ("full", "partial", "secondary", "internal")
NEVER_REGISTERED = ("alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test")
TWO_LABELS = ("co.jp", "co.uk", "com.au", "com.br", "com.cn", "com.hk", "com.sg", "net.cn", "org.cn", "org.uk")
AGAIN = 3600  # seconds between activation checks of a free zone
_NAME: dict[str, Callable[[str, str], bool]] = {
    "equal": lambda name, wanted: name == wanted,
    "not_equal": lambda name, wanted: name != wanted,
    "starts_with": lambda name, wanted: name.startswith(wanted),
    "ends_with": lambda name, wanted: name.endswith(wanted),
    "contains": lambda name, wanted: wanted in name,
}


@operation("GET", "/zones", "zones.list", "Zone Read", verified="sdk", source=SOURCE)
def list_zones(api: Api, request: Request) -> Reply:
    actor = access.caller(api.cloud.credentials, request)
    zones = [zone for zone in api.data["zones"].values() if actor.reaches(zone["id"]) and _wanted(api, zone, request.params)]
    order, descending = request.params.get("order", "name"), request.params.get("direction") == "desc"
    zones.sort(key=lambda zone: str(zone.get(order, zone["name"])), reverse=descending)
    return page_of([_shown(api, zone) for zone in zones], request, default=20, least=5, most=50)


def _wanted(api: Api, zone: Json, query: dict[str, str]) -> bool:
    """All filters, or with match=any one of them. Internal zones are listed only when asked for."""
    kinds = query.get("type", "full,partial,secondary").split(",")
    tests = [
        *([_named(zone["name"], query["name"])] if "name" in query else []),
        *([_named(api.data["account"]["name"], query["account.name"])] if "account.name" in query else []),
        *([api.data["account"]["id"] == query["account.id"]] if "account.id" in query else []),
        *([zone["status"] == query["status"]] if "status" in query else []),
    ]
    return zone["type"] in kinds and (any(tests) if tests and query.get("match") == "any" else all(tests))


def _named(name: str, wanted: str) -> bool:
    """`wanted` may begin with a comparison, as in `contains:matrix`."""
    comparison, _, text = wanted.partition(":")
    compare = _NAME.get(comparison.removesuffix("_case_sensitive"))
    return compare(name, text.lower()) if text and compare else name == wanted.lower()


@operation("POST", "/zones", "zones.create", "Zone Write", verified="sdk", source=SOURCE)
def create_zone(api: Api, request: Request) -> Reply:
    """A domain that is registered here is active soon; any other stays pending until its registry names Cloudflare's servers."""
    sent = body_of(request)
    if not isinstance(sent.get("account"), dict) or sent["account"].get("id") != api.data["account"]["id"]:
        raise refusal(403, 1067, "Invalid organization identifier passed in your organization variable")
    name, kind = _new_name(api, sent.get("name")), sent.get("type", "full")
    if kind not in KINDS:
        raise refusal(400, 1086, "Invalid property")
    if kind != "full":
        raise refusal(403, 1070, "This operation requires a Business or Enterprise account.")
    zone = new_zone(name, time.time(), "pending")
    zone["delegated"] = name in api.data["registrations"]
    zone["due"] = time.time() + api.seconds("zones.activate", 1.0) if zone["delegated"] else None
    api.data["zones"][zone["id"]] = zone
    return answer(_shown(api, zone))


def _new_name(api: Api, sent: object) -> str:
    try:
        name = names.host(sent) if isinstance(sent, str) else ""
    except (ValueError, UnicodeError):
        name = ""
    if not name or "_" in name:
        raise refusal(400, 1002, "'name' must be a valid domain")
    if any(zone["name"] == name for zone in api.data["zones"].values()):
        raise refusal(400, 1061, f"{name} already exists")
    if name.count(".") > (2 if name.endswith(TWO_LABELS) else 1):
        advice = "Please ensure you are providing the root domain and not any subdomains (e.g., example.com, not subdomain.example.com)"
        raise refusal(400, 1116, advice)  # code assumed
    if name.rpartition(".")[2] in NEVER_REGISTERED:
        raise refusal(400, 1049, f"{name} is not a registered domain")
    return name


@operation("GET", "/zones/{zone}", "zones.get", "Zone Read", verified="sdk", source=SOURCE)
def get_zone(api: Api, request: Request, zone: Json) -> Reply:
    return answer(_shown(api, zone))


@operation("PATCH", "/zones/{zone}", "zones.edit", "Zone Write", verified="sdk", source=SOURCE)
def change_zone(api: Api, request: Request, zone: Json) -> Reply:
    sent = body_of(request)
    if len(sent) != 1:
        raise refusal(400, 1085, "Only one property can be updated at a time")
    if isinstance(sent.get("paused"), bool):
        zone.update(paused=sent["paused"], modified_on=time.time())
        return answer(_shown(api, zone))
    if "vanity_name_servers" in sent or "type" in sent:
        raise refusal(403, 1070, "This operation requires a Business or Enterprise account.")
    raise refusal(400, 1086, "Invalid property")


@operation("DELETE", "/zones/{zone}", "zones.delete", "Zone Write", verified="sdk", source=SOURCE)
def delete_zone(api: Api, request: Request, zone: Json) -> Reply:
    """A domain that is registered here keeps its zone: Cloudflare's name servers are the only ones it may have."""
    if zone["name"] in api.data["registrations"]:
        raise refusal(400, 1059, "Unable to delete zone")  # the rule is the registrar's, its code assumed
    del api.data["zones"][zone["id"]]
    return answer({"id": zone["id"]})


@operation("PUT", "/zones/{zone}/activation_check", "zones.activation_check.trigger", "Zone Write", verified="sdk", source=SOURCE)
def check_activation(api: Api, request: Request, zone: Json) -> Reply:
    """Look again for the name servers of a pending zone; on the free plan once an hour."""
    if zone["status"] != "pending":
        raise refusal(400, 1018, "Invalid zone status")
    if zone["checked_on"] is not None and time.time() < zone["checked_on"] + AGAIN:
        raise refusal(400, 1224, "You may only perform this action once per hour.")  # code assumed
    zone["checked_on"] = time.time()
    if zone["delegated"]:
        zone["due"] = time.time() + api.seconds("zones.activate", 1.0)
    return answer({"id": zone["id"]})


@operation("GET", "/zones/{zone}/pagerules", "pagerules.list", "Zone Read", verified="assumed", source="asked for by octodns-cloudflare")
def list_page_rules(api: Api, request: Request, zone: Json) -> Reply:
    return answer([])


@settles
def activate(api: Api) -> None:
    now = time.time()
    for zone in api.data["zones"].values():
        if zone["status"] == "pending" and zone.get("due") is not None and now >= zone["due"]:
            zone.update(status="active", activated_on=zone["due"], modified_on=zone["due"], due=None)


def _shown(api: Api, zone: Json) -> Json:
    registered_here = zone["name"] in api.data["registrations"]
    return {
        "id": zone["id"],
        "name": zone["name"],
        "status": zone["status"],
        "paused": zone["paused"],
        "type": zone["type"],
        "development_mode": 0,
        "name_servers": zone["name_servers"],
        "original_name_servers": None if registered_here else ["ns1.registrar.example", "ns2.registrar.example"],
        "original_registrar": "cloudflare, inc. (id: 1910)" if registered_here else None,
        "original_dnshost": None,
        "modified_on": stamp(zone["modified_on"]),
        "created_on": stamp(zone["created_on"]),
        "activated_on": None if zone["activated_on"] is None else stamp(zone["activated_on"]),
        "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 3, "phishing_detected": False},
        "owner": {"id": None, "type": "user", "email": None},
        "account": {"id": api.data["account"]["id"], "name": api.data["account"]["name"]},
        "tenant": {"id": None, "name": None},
        "tenant_unit": {"id": None},
        "permissions": ["#dns_records:edit", "#dns_records:read", "#zone:edit", "#zone:read", "#zone_settings:edit", "#zone_settings:read"],
        "plan": {
            "id": "0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
            "name": "Free Website",
            "price": 0,
            "currency": "USD",
            "frequency": "",
            "is_subscribed": False,
            "can_subscribe": False,
            "legacy_id": zone["plan"],
            "legacy_discount": False,
            "externally_managed": False,
        },
    }
