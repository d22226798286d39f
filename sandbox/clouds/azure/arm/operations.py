# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long-running operations: the URLs that a client polls (learn.microsoft.com/azure/azure-resource-manager/management/async-operations)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from uuid import uuid4

from sandbox.clouds.azure.account import now, timestamp
from sandbox.clouds.azure.arm.api import HOST, failure, routes
from sandbox.http import Reply, Request

if t.TYPE_CHECKING:
    from sandbox.clouds.azure.arm import Arm

SOURCE = "learn.microsoft.com/azure/azure-resource-manager/management/async-operations"
VERSION = "2024-03-01"
# ARM suggests 15 seconds; the work here is done much sooner.
RETRY_AFTER = "1"


@dataclass(frozen=True)
class Started:
    """An operation under way. `status`: a URL with its state in the body; `result`: a URL that answers 202 until it is done."""

    status: str
    result: str

    def headers(self, form: t.Literal["status", "result"]) -> dict[str, str]:
        name, url = ("Azure-AsyncOperation", self.status) if form == "status" else ("Location", self.result)
        return {name: f"{HOST}{url}?api-version={VERSION}", "Retry-After": RETRY_AFTER}


def start(arm: Arm, subscription: str, namespace: str, location: str, seconds: float) -> Started:
    identifier = str(uuid4())
    arm.data["operations"][identifier] = {"begin": now(), "due": now() + seconds}
    if not namespace:
        url = f"/subscriptions/{subscription}/operationresults/{identifier}"
        return Started(url, url)
    base = f"/subscriptions/{subscription}/providers/{namespace}/locations/{location}"
    return Started(f"{base}/operations/{identifier}", f"{base}/operationResults/{identifier}")


# Polling carries the api-version of the URL that was given; it is not looked at.
@routes.add(
    "GET",
    "/subscriptions/{subscription}/providers/{namespace}/locations/{location}/operations/{identifier}",
    "Operations_Status",
    verified="spec",
    source=SOURCE,
)
def status(arm: Arm, request: Request, subscription: str, namespace: str, location: str, identifier: str) -> Reply:
    found = arm.data["operations"].get(identifier)
    if found is None:
        return failure(404, "OperationNotFound", f"The operation '{identifier}' could not be found.")
    done = found["due"] <= now()
    body = {"id": request.path, "name": identifier, "status": "Succeeded" if done else "InProgress", "startTime": timestamp(found["begin"])}
    if done:
        return Reply.of_json(body | {"endTime": timestamp(found["due"])})
    return Reply.of_json(body, headers={"Retry-After": RETRY_AFTER})


@routes.add("GET", "/subscriptions/{subscription}/operationresults/{identifier}", "Operations_Result", verified="sdk", source=SOURCE)
def result(arm: Arm, request: Request, identifier: str, **_: str) -> Reply:
    found = arm.data["operations"].get(identifier)
    if found is None:
        return failure(404, "OperationNotFound", f"The operation '{identifier}' could not be found.")
    if found["due"] <= now():
        return Reply(200)
    return Reply(202, headers={"Location": f"{HOST}{request.path}?{request.query_string}", "Retry-After": RETRY_AFTER})


routes.add(
    "GET",
    "/subscriptions/{subscription}/providers/{namespace}/locations/{location}/operationResults/{identifier}",
    "Operations_Result",
    verified="sdk",
    source=SOURCE,
)(result)
