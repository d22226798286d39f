# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applications: the registrations of a tenant, and their client secrets."""

from __future__ import annotations

import secrets
import typing as t
from datetime import UTC, datetime
from uuid import uuid4

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.graph import fields
from sandbox.clouds.azure.graph.api import DOCS, Body, bad, body_of, denied, entity, not_found, page, refuse, routes
from sandbox.clouds.azure.tokens import Caller
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.graph import Graph

FILTERABLE = frozenset({"id", "appId", "displayName", "uniqueName", "signInAudience"})
TWO_YEARS = 2 * 365 * 86400.0
READERS = ("Application.Read.All", "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.Read.All")
MOST_SECRETS_PERSONAL = 2
Record = dict[str, t.Any]


def shown(record: Record) -> Body:
    """An application as it is read: the directory keeps no order in its lists of text."""
    body: Body = record["body"]
    mixed = {name: {**body[name], "redirectUris": sorted(body[name]["redirectUris"], reverse=True)} for name in fields.PLATFORMS}
    return {**body, **mixed, "tags": sorted(body["tags"], reverse=True)}


@routes.add("GET", "/v1.0/applications", "ListApplications", verified="spec", source=f"{DOCS}/application-list")
def list_applications(graph: Graph, request: Request) -> Reply:
    graph.allow(graph.caller(request), *READERS)
    moment = now()
    found = [shown(each) for each in graph.data["applications"].values() if each["listed"] <= moment]
    return page("applications", found, request, FILTERABLE)


@routes.add("POST", "/v1.0/applications", "CreateApplication", verified="spec", source=f"{DOCS}/application-post-applications")
def create(graph: Graph, request: Request) -> Reply:
    caller = graph.caller(request)
    graph.allow(caller, "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All")
    return entity("applications", shown(_make(graph, caller, body_of(request), None)), request, 201)


@routes.add("PATCH", "/v1.0/applications(uniqueName='{name}')", "UpsertApplication", verified="spec", source=f"{DOCS}/application-upsert")
def upsert(graph: Graph, request: Request, name: str) -> Reply:
    caller = graph.caller(request)
    graph.allow(caller, "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All")
    found = next((each for each in graph.data["applications"].values() if each["body"]["uniqueName"] == name), None)
    if found is not None:
        return _change(graph, caller, found, body_of(request))
    if request.headers.get("prefer", "") != "create-if-missing":
        raise not_found(name)
    return entity("applications", shown(_make(graph, caller, body_of(request), name)), request, 201)


@routes.add("GET", "/v1.0/applications/{key}", "GetApplication", verified="spec", source=f"{DOCS}/application-get")
def get(graph: Graph, request: Request, key: str) -> Reply:
    graph.allow(graph.caller(request), *READERS)
    return entity("applications", shown(find(graph, key)), request)


@routes.add("PATCH", "/v1.0/applications/{key}", "UpdateApplication", verified="spec", source=f"{DOCS}/application-update")
def update(graph: Graph, request: Request, key: str) -> Reply:
    caller = graph.caller(request)
    return _change(graph, caller, find(graph, key), body_of(request))


@routes.add("DELETE", "/v1.0/applications/{key}", "DeleteApplication", verified="spec", source=f"{DOCS}/application-delete")
def delete(graph: Graph, request: Request, key: str) -> Reply:
    caller, record = graph.caller(request), find(graph, key)
    own(graph, caller, record)
    # It can be restored for 30 days; its service principal goes with it.
    kept = graph.data["applications"].pop(record["body"]["id"])
    kept["body"]["deletedDateTime"] = timestamp(now(), 0)
    graph.data["deleted"][record["body"]["id"]] = kept
    graph.forget_principal(record["body"]["appId"])
    return Reply(204)


@routes.add("POST", "/v1.0/applications/{key}/addPassword", "AddPassword", verified="spec", source=f"{DOCS}/application-addpassword")
def add_password(graph: Graph, request: Request, key: str) -> Reply:
    caller, record = graph.caller(request), find(graph, key)
    own(graph, caller, record)
    asked = body_of(request).get("passwordCredential") or {}
    unknown = set(asked) - {"displayName", "endDateTime", "startDateTime"}
    if unknown:
        raise bad(f"Invalid property '{sorted(unknown)[0]}'.")
    start, end = _moment(asked, "startDateTime", now()), _moment(asked, "endDateTime", None)
    end = start + TWO_YEARS if end is None else end
    if end <= max(start, now()):
        raise bad("Credential end date is invalid: it must be later than the start date and than now.")
    live = record["body"]["passwordCredentials"]
    if record["body"]["signInAudience"] in fields.PERSONAL and len(live) >= MOST_SECRETS_PERSONAL:
        raise refuse(400, "CredentialLimitExceeded", "An application with this signInAudience can have two client secrets at most.")
    _settled(graph, record)
    text = f"{secrets.token_urlsafe(2)}8Q~{secrets.token_urlsafe(25)}"[:40]
    made = {
        "customKeyIdentifier": None,
        "displayName": asked.get("displayName"),
        "endDateTime": timestamp(end),
        "hint": text[:3],
        "keyId": str(uuid4()),
        "secretText": None,
        "startDateTime": timestamp(start),
    }
    live.insert(0, made)
    record["secrets"][made["keyId"]] = text
    # The one time that anybody sees it.
    return Reply.of_json({"@odata.context": f"{DOCS}#microsoft.graph.passwordCredential", **made, "secretText": text})


@routes.add(
    "POST", "/v1.0/applications/{key}/removePassword", "RemovePassword", verified="spec", source=f"{DOCS}/application-removepassword"
)
def remove_password(graph: Graph, request: Request, key: str) -> Reply:
    caller, record = graph.caller(request), find(graph, key)
    own(graph, caller, record)
    asked = body_of(request).get("keyId")
    live = record["body"]["passwordCredentials"]
    if not any(each["keyId"] == asked for each in live):
        raise bad(f"No password credential found with keyId '{asked}'.")
    _settled(graph, record)
    record["body"]["passwordCredentials"] = [each for each in live if each["keyId"] != asked]
    record["secrets"].pop(asked, None)
    return Reply(204)


# --- below -----------------------------------------------------------------------


def find(graph: Graph, key: str) -> Record:
    """An application by its object id. What was made just now is not known everywhere."""
    record: Record | None = graph.data["applications"].get(key)
    if record is None or record["seen"] > now():
        raise not_found(key)
    return record


def own(graph: Graph, caller: Caller, record: Record) -> None:
    """…/graph/permissions-reference: OwnedBy manages the applications that the caller owns, and no others."""
    held = graph.permissions(caller)
    if "Application.ReadWrite.All" in held:
        return
    if "Application.ReadWrite.OwnedBy" not in held or caller.object_id not in record["owners"]:
        raise denied()


def secret_ends(graph: Graph, app_id: str, text: str) -> float | None:
    """When a client secret of an application runs out, None if it is none of its secrets."""
    for record in graph.data["applications"].values():
        if record["body"]["appId"] == app_id:
            for each in record["body"]["passwordCredentials"]:
                if secrets.compare_digest(record["secrets"].get(each["keyId"], "").encode(), text.encode()):
                    return _epoch(each["endDateTime"])
    return None


def _make(graph: Graph, caller: Caller, body: Body, unique_name: str | None) -> Record:
    properties = fields.created(body)
    moment = now()
    identity = {"id": str(uuid4()), "appId": str(uuid4()), "createdDateTime": timestamp(moment, 0), "uniqueName": unique_name}
    record = {
        "body": {**properties, **identity},
        "owners": [caller.object_id],
        # A read by id works soon, a search only later (…/graph/aad-advanced-queries: eventual consistency).
        "seen": moment + graph.seconds("Applications_Replication", 0.2),
        "listed": moment + graph.seconds("Applications_Index", 0.4),
        "busy": 0.0,
        "secrets": {},
    }
    graph.data["applications"][identity["id"]] = record
    return record


def _change(graph: Graph, caller: Caller, record: Record, body: Body) -> Reply:
    own(graph, caller, record)
    record["body"] = fields.changed(record["body"], body)
    return Reply(204)


def _settled(graph: Graph, record: Record) -> None:
    """Two changes of an application's keys right after each other meet in the directory."""
    if record["busy"] > now():
        text = "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."
        raise refuse(409, "Directory_ConcurrencyViolation", text)
    record["busy"] = now() + graph.seconds("Applications_Keys", 0.1)


def _moment(asked: Body, name: str, otherwise: t.Any) -> t.Any:
    if asked.get(name) is None:
        return otherwise
    try:
        return _epoch(asked[name])
    except (ValueError, TypeError, AttributeError):
        raise bad(f"Invalid value specified for property '{name}' of resource 'PasswordCredential'.") from None


def _epoch(text: str) -> float:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
