# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Service principals: what an application is in a tenant."""

from __future__ import annotations

import typing as t
from uuid import uuid4

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.graph.api import DOCS, Body, bad, body_of, denied, entity, not_found, page, refuse, routes
from sandbox.clouds.azure.graph.applications import READERS
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.graph import Graph

FILTERABLE = frozenset({"id", "appId", "displayName", "servicePrincipalType"})
# What may be set; more exists (learn.microsoft.com/graph/api/resources/serviceprincipal).
WRITABLE: dict[str, type] = {"accountEnabled": bool, "appRoleAssignmentRequired": bool, "notes": str, "tags": list}


def shown(graph: Graph, record: dict[str, t.Any]) -> Body:
    """A service principal; its name and addresses are those of its application."""
    body: Body = record["body"]
    application = next((each["body"] for each in graph.data["applications"].values() if each["body"]["appId"] == body["appId"]), None)
    if application is None:
        return dict(body)
    uris = sorted({uri for platform in ("web", "spa", "publicClient") for uri in application[platform]["redirectUris"]})
    return {
        **body,
        "displayName": application["displayName"],
        "appDisplayName": application["displayName"],
        "replyUrls": uris,
        "signInAudience": application["signInAudience"],
    }


@routes.add("GET", "/v1.0/servicePrincipals", "ListServicePrincipals", verified="spec", source=f"{DOCS}/serviceprincipal-list")
def list_principals(graph: Graph, request: Request) -> Reply:
    graph.allow(graph.caller(request), *READERS)
    moment = now()
    found = [shown(graph, each) for each in graph.data["service_principals"].values() if each["seen"] <= moment]
    return page("servicePrincipals", found, request, FILTERABLE)


@routes.add(
    "POST", "/v1.0/servicePrincipals", "CreateServicePrincipal", verified="spec", source=f"{DOCS}/serviceprincipal-post-serviceprincipals"
)
def create(graph: Graph, request: Request) -> Reply:
    caller = graph.caller(request)
    graph.allow(caller, "Application.ReadWrite.OwnedBy", "Application.ReadWrite.All")
    body = body_of(request)
    app_id = body.pop("appId", None)
    if not app_id:
        raise bad("A value is required for property 'appId' of resource 'ServicePrincipal'.")
    _check(body)
    moment = now()
    application = next((each for each in graph.data["applications"].values() if each["body"]["appId"] == app_id), None)
    if application is None or application["seen"] > moment:
        text = f"The appId '{app_id}' of the service principal does not reference a valid application object."
        raise refuse(400, "NoBackingApplicationObject", text)
    if "Application.ReadWrite.All" not in graph.permissions(caller) and caller.object_id not in application["owners"]:
        raise denied()
    if any(each["body"]["appId"] == app_id for each in graph.data["service_principals"].values()):
        text = (
            f"The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
        )
        raise refuse(409, "Request_MultipleObjectsWithSameKeyValue", text)
    made = {
        "id": str(uuid4()),
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": None,
        "appId": app_id,
        "appOwnerOrganizationId": account.TENANT_ID,
        "appRoleAssignmentRequired": False,
        "createdDateTime": timestamp(moment, 0),
        "displayName": None,
        "homepage": None,
        "notes": None,
        "replyUrls": [],
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": None,
        "tags": [],
        **body,
    }
    # A search finds it a little later.
    record = {"body": made, "owners": [caller.object_id], "seen": moment + graph.seconds("ServicePrincipals_Replication", 0.2)}
    graph.data["service_principals"][made["id"]] = record
    graph.azure.entra.add_managed_identity(app_id, str(made["id"]), application["body"]["displayName"], 0.2)
    return entity("servicePrincipals", shown(graph, record), request, 201)


@routes.add("GET", "/v1.0/servicePrincipals/{key}", "GetServicePrincipal", verified="spec", source=f"{DOCS}/serviceprincipal-get")
def get(graph: Graph, request: Request, key: str) -> Reply:
    graph.allow(graph.caller(request), *READERS)
    return entity("servicePrincipals", shown(graph, _find(graph, key)), request)


@routes.add("PATCH", "/v1.0/servicePrincipals/{key}", "UpdateServicePrincipal", verified="spec", source=f"{DOCS}/serviceprincipal-update")
def update(graph: Graph, request: Request, key: str) -> Reply:
    record = _owned(graph, request, key)
    body = body_of(request)
    _check(body)
    record["body"] |= body
    return Reply(204)


@routes.add("DELETE", "/v1.0/servicePrincipals/{key}", "DeleteServicePrincipal", verified="spec", source=f"{DOCS}/serviceprincipal-delete")
def delete(graph: Graph, request: Request, key: str) -> Reply:
    graph.forget_principal(_owned(graph, request, key)["body"]["appId"])
    return Reply(204)


def _find(graph: Graph, key: str) -> dict[str, t.Any]:
    record = graph.data["service_principals"].get(key)
    if record is None or record["seen"] > now():
        raise not_found(key)
    return t.cast("dict[str, t.Any]", record)


def _owned(graph: Graph, request: Request, key: str) -> dict[str, t.Any]:
    caller, record = graph.caller(request), _find(graph, key)
    held = graph.permissions(caller)
    owner = "Application.ReadWrite.OwnedBy" in held and caller.object_id in record["owners"]
    if "Application.ReadWrite.All" not in held and not owner:
        raise denied()
    return record


def _check(body: Body) -> None:
    for name, value in body.items():
        if name not in WRITABLE:
            raise bad(f"Invalid property '{name}'.")
        if not isinstance(value, WRITABLE[name]):
            raise bad(f"Invalid value specified for property '{name}' of resource 'ServicePrincipal'.")
