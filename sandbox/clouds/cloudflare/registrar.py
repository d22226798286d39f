# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registrar: domains of the account, and buying one.

Sources: cloudflare/types/registrar and resources/registrar, and the example answers in developers.cloudflare.com/registrar/registrar-api.
Neither tells the codes of refusals: those here are assumed.
"""

from __future__ import annotations

import time
import typing as t

from sandbox.clouds.cloudflare import names
from sandbox.clouds.cloudflare.registrar_terms import priced, registration_terms
from sandbox.clouds.cloudflare.seed import new_registration, new_zone
from sandbox.clouds.cloudflare.service import Api, operation, settles
from sandbox.clouds.cloudflare.wire import Json, answer, body_of, refusal, stamp
from sandbox.http import Reply, Request

BASE = "/accounts/{account}/registrar"
ONE = BASE + "/registrations/{domain}"
READ, WRITE = "Registrar: Domains Read", "Registrar: Domains Write"
SOURCE = "developers.cloudflare.com/api/resources/registrar"
OLD = "cloudflare/resources/registrar/domains.py, which names 2026-09-27 as the end of its life"
PATIENCE = 10  # seconds that Cloudflare holds a request before it answers 202
_SORT = {"registry_created_at": "created_at", "registry_expires_at": "expires_at", "name": "domain_name"}


@operation("GET", BASE + "/registrations", "registrar.registrations.list", READ, verified="sdk", source=SOURCE)
def list_registrations(api: Api, request: Request, account: str) -> Reply:
    """Pages by cursor: an opaque text, here the number of the first item."""
    query = request.params
    key = _SORT.get(query.get("sort_by", "registry_created_at"))
    if key is None:
        raise refusal(400, 10400, "Invalid sort_by.")
    found = sorted(api.data["registrations"].values(), key=lambda each: each[key], reverse=query.get("direction") == "desc")
    try:
        start, size = int(query.get("cursor") or 0), int(query.get("per_page", 50))
    except ValueError:
        raise refusal(400, 10400, "Invalid cursor or per_page.") from None
    shown = found[start : start + size]
    cursor = str(start + size) if start + size < len(found) else ""
    info = {"count": len(shown), "per_page": size, "total_count": len(found), "cursor": cursor}
    return answer([_shown(each) for each in shown], info=info)


@operation("GET", ONE, "registrar.registrations.get", READ, verified="sdk", source=SOURCE)
def get_registration(api: Api, request: Request, account: str, domain: str) -> Reply:
    return answer(_shown(_registered(api, domain)))


@operation("PATCH", ONE, "registrar.registrations.edit", WRITE, verified="sdk", source=SOURCE)
def change_registration(api: Api, request: Request, account: str, domain: str) -> Reply:
    """Only auto_renew can be changed; the answer is a workflow, not the registration."""
    _registered(api, domain)
    sent = body_of(request)
    if set(sent) != {"auto_renew"} or not isinstance(sent["auto_renew"], bool):
        raise refusal(400, 10400, "Only auto_renew can be updated, and it must be a boolean.")
    workflow = _start(api, request, "update", domain, api.seconds("registrar.registrations.edit", 0.3), sent)
    return answer(_workflow_shown(api, workflow), status=200 if workflow["done"] else 202)


@operation("POST", BASE + "/registrations", "registrar.registrations.create", WRITE, verified="sdk", source=SOURCE)
def register(api: Api, request: Request, account: str) -> Reply:
    """Billable, and not refundable. 201 when it is done within the time that the server waits, else 202 and a status to poll."""
    terms = registration_terms(api.data, body_of(request))
    domain = terms["domain_name"]
    running = api.data["workflows"].get(domain)
    if domain in api.data["registrations"] or (running is not None and not running["done"]):
        raise refusal(409, 10409, f"{domain} is already registered, or its registration is in progress.")
    offer = priced(api.data, domain)
    if not offer["registrable"]:
        raise refusal(400, 10400, f"{domain} cannot be registered: {offer['reason']}.")
    workflow = _start(api, request, "registration", domain, api.seconds("registrar.registrations.create", 0.5), terms)
    return answer(_workflow_shown(api, workflow), status=201 if workflow["done"] else 202)


@operation("GET", ONE + "/{kind}-status", "registrar.registrations.status", READ, verified="sdk", source=SOURCE)
def get_status(api: Api, request: Request, account: str, domain: str, kind: str) -> Reply:
    workflow = api.data["workflows"].get(domain)
    if workflow is None or workflow["kind"] != kind:
        raise refusal(404, 10404, f"There is no {kind} workflow for {domain}.")
    return answer(_workflow_shown(api, workflow))


@operation("POST", BASE + "/domain-check", "registrar.check", READ, verified="sdk", source=SOURCE, write=False)
def check(api: Api, request: Request, account: str) -> Reply:
    """Prices are texts. Malformed names are left out of the answer."""
    domains = body_of(request).get("domains")
    if not isinstance(domains, list) or not 1 <= len(domains) <= 20 or not all(isinstance(each, str) for each in domains):
        raise refusal(400, 10400, "domains must be a list of 1 to 20 domain names.")
    return answer({"domains": [priced(api.data, name) for each in domains if (name := _well_formed(each))]})


@operation("GET", BASE + "/domain-search", "registrar.search", READ, verified="sdk", source=SOURCE)
def search(api: Api, request: Request, account: str) -> Reply:
    """Suggestions from cached data: here the words of the query under some extensions, those that are free."""
    if not request.params.get("q"):
        raise refusal(400, 10400, "q is required.")
    word = "".join(character for character in request.params["q"].lower().partition(".")[0] if character.isalnum() or character == "-")
    wanted = request.params.get("extensions", "com,net,org,dev,app").split(",")
    offers = [priced(api.data, f"{word}.{extension}") for extension in wanted]
    limit = request.params.get("limit", "20")
    return answer({"domains": [offer for offer in offers if offer["registrable"]][: int(limit) if limit.isdigit() else 20]})


@operation("GET", BASE + "/domains", "registrar.domains.list", READ, verified="sdk", source=OLD)
def list_domains(api: Api, request: Request, account: str) -> Reply:
    return answer([_old_form(each) for each in api.data["registrations"].values()])


@operation("GET", BASE + "/domains/{domain}", "registrar.domains.get", READ, verified="sdk", source=OLD)
def get_domain(api: Api, request: Request, account: str, domain: str) -> Reply:
    return answer(_old_form(_registered(api, domain)))


# --- workflows --------------------------------------------------------------


def _start(api: Api, request: Request, kind: str, domain: str, seconds: float, terms: Json) -> Json:
    now = time.time()
    workflow = {"kind": kind, "domain": domain, "terms": terms, "created_at": now, "due": now + seconds, "done": False}
    api.data["workflows"][domain] = workflow
    if seconds < PATIENCE and "respond-async" not in request.headers.get("prefer", ""):
        _finish(api, workflow)  # the client would be held until it is done
    return workflow


def _finish(api: Api, workflow: Json) -> None:
    domain, terms, now = workflow["domain"], workflow["terms"], min(time.time(), workflow["due"])
    if workflow["kind"] == "update":
        api.data["registrations"][domain]["auto_renew"] = terms["auto_renew"]
    else:
        wanted = {name: terms[name] for name in ("auto_renew", "privacy_mode")}
        api.data["registrations"][domain] = new_registration(domain, now, terms["years"]) | wanted
        if not any(zone["name"] == domain for zone in api.data["zones"].values()):
            zone = new_zone(domain, now, "active")  # a domain bought here has its zone at once
            api.data["zones"][zone["id"]] = zone
    workflow["done"] = True


@settles
def finish_due(api: Api) -> None:
    for workflow in api.data["workflows"].values():
        if not workflow["done"] and time.time() >= workflow["due"]:
            _finish(api, workflow)


def _workflow_shown(api: Api, workflow: Json) -> Json:
    domain, kind, done = workflow["domain"], workflow["kind"], workflow["done"]
    resource = f"/accounts/{api.data['account']['id']}/registrar/registrations/{domain}"
    context: Json = {"domain_name": domain}
    if done and kind == "registration":
        context["registration"] = _shown(api.data["registrations"][domain])
    return {
        "domain_name": domain,
        "state": "succeeded" if done else "in_progress",
        "completed": done,
        "created_at": stamp(workflow["created_at"]),
        "updated_at": stamp(min(time.time(), workflow["due"])),
        "context": context,
        "links": {"self": f"{resource}/{kind}-status", "resource": resource},
    }


# --- forms ------------------------------------------------------------------


def _registered(api: Api, domain: str) -> Json:
    if domain not in api.data["registrations"]:
        raise refusal(404, 10404, f"{domain} is not registered in this account.")
    return t.cast(Json, api.data["registrations"][domain])


def _well_formed(domain: str) -> str | None:
    try:
        return names.host(domain)
    except (ValueError, UnicodeError):
        return None


def _shown(registration: Json) -> Json:
    return registration | {name: stamp(registration[name]) for name in ("created_at", "expires_at")}


def _old_form(registration: Json) -> Json:
    return {
        "id": registration["domain_name"],
        "name": registration["domain_name"],
        "available": False,
        "can_register": False,
        "created_at": stamp(registration["created_at"]),
        "updated_at": stamp(registration["created_at"]),
        "current_registrar": "Cloudflare",
        "expires_at": stamp(registration["expires_at"]),
        "auto_renew": registration["auto_renew"],
        "locked": registration["locked"],
        "privacy": registration["privacy_mode"] == "redaction",
        "registry_statuses": "clienttransferprohibited",
        "supported_tld": True,
        "transfer_in": None,
    }
