# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance metadata service: the identity of the machine that the client runs on, over plain HTTP as in reality."""

from __future__ import annotations

import typing as t

from sandbox.clouds.azure import account
from sandbox.clouds.azure.account import AzureService, now
from sandbox.http import Match, Operation, Refusal, Reply, Request, Routes

SOURCE = "learn.microsoft.com/azure/virtual-machines/instance-metadata-service"
TOKEN_SOURCE = "learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token"
TOKEN_VERSIONS = ("2018-02-01", "2019-08-01", "2021-02-01")
INSTANCE_VERSIONS = ("2021-02-01", "2021-12-13", "2023-07-01", "2023-11-15")

routes = Routes()


class Imds(AzureService):
    """169.254.169.254, as on a virtual machine with a system-assigned identity."""

    name = "imds"
    hosts = ("169.254.169.254",)
    plain_http = True

    def seed(self) -> dict[str, t.Any]:
        return {"name": "controller", "location": "koreacentral", "group": "controllers", "size": "Standard_D2ls_v5"}

    def match(self, request: Request) -> Match | None:
        return routes.match(self, request)

    def error(self, request: Request, status: int, code: str | None = None) -> Reply:
        return _failure(status, code or "temporarily_unavailable", "injected")

    def expired(self, request: Request) -> Reply:
        return _failure(400, "invalid_request", "Identity not found")

    @property
    def operations(self) -> list[Operation]:
        return routes.operations


def _failure(status: int, error: str, description: str) -> Reply:
    return Reply.of_json({"error": error, "error_description": description}, status, {"Server": "IMDS/150.870.65.1253"})


@routes.add("GET", "/metadata/identity/oauth2/token", "IdentityToken", verified="sdk", source=TOKEN_SOURCE)
def identity_token(imds: Imds, request: Request) -> Reply:
    if request.headers.get("metadata", "").lower() != "true" or "x-forwarded-for" in request.headers:
        return _failure(400, "invalid_request", "Required metadata header not specified")
    if request.params.get("api-version") not in TOKEN_VERSIONS:
        return _failure(400, "invalid_request", "Required query variable 'api-version' is missing or not supported")
    resource = request.params.get("resource", "")
    if not resource:
        return _failure(400, "invalid_request", "Required query variable 'resource' is missing")
    client_id, object_id = _identity(imds, request)
    token, seconds = imds.azure.entra.token_for(resource, object_id, client_id)
    begin = int(now())
    body = {
        "access_token": token,
        "client_id": client_id,
        "expires_in": str(int(seconds)),
        "expires_on": str(begin + int(seconds)),
        "ext_expires_in": str(int(seconds)),
        "not_before": str(begin),
        "resource": resource,
        "token_type": "Bearer",
    }
    return Reply.of_json(body, headers={"Server": "IMDS/150.870.65.1253"})


def _identity(imds: Imds, request: Request) -> tuple[str, str]:
    """Client id and object id: the system-assigned identity, or any user-assigned one of the subscription that is asked for."""
    wanted = {
        name: request.params[name].lower() for name in ("client_id", "object_id", "msi_res_id", "mi_res_id") if name in request.params
    }
    if not wanted:
        return account.MACHINE_APP_ID, account.MACHINE_OBJECT_ID
    for key, properties in imds.azure.arm.identities():
        known = {"client_id": properties["clientId"], "object_id": properties["principalId"], "msi_res_id": key, "mi_res_id": key}
        if all(known[name] == value for name, value in wanted.items()):
            return properties["clientId"], properties["principalId"]
    raise Refusal(_failure(400, "invalid_request", "Identity not found"))


@routes.add("GET", "/metadata/instance", "Instance", verified="spec", source=SOURCE)
def instance(imds: Imds, request: Request) -> Reply:
    if request.headers.get("metadata", "").lower() != "true":
        return Reply.of_json({"error": "Bad request. Required metadata header not specified"}, 400)
    if request.params.get("api-version") not in INSTANCE_VERSIONS:
        problem = "Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds"
        return Reply.of_json({"error": problem, "newest-versions": list(reversed(INSTANCE_VERSIONS))[:3]}, 400)
    machine = imds.data
    group = f"/subscriptions/{account.SUBSCRIPTION_ID}/resourceGroups/{machine['group']}"
    compute = {
        "azEnvironment": "AzurePublicCloud",
        "location": machine["location"],
        "name": machine["name"],
        "resourceGroupName": machine["group"],
        "resourceId": f"{group}/providers/Microsoft.Compute/virtualMachines/{machine['name']}",
        "subscriptionId": account.SUBSCRIPTION_ID,
        "osType": "Linux",
        "vmSize": machine["size"],
        "tags": "",
        "tagsList": [],
    }
    return Reply.of_json({"compute": compute, "network": {"interface": []}})
