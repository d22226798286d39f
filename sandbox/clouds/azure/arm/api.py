# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every Resource Manager operation shares: routes with api-versions, errors, paging, request bodies.

Error codes and texts: learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors, and answers of
the live service as users quote them in public issue threads.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from urllib.parse import quote

from sandbox.clouds.azure.arm.regions import REGIONS
from sandbox.http import Handler, Refusal, Reply, Request, Routes, Verified

HOST = "https://management.azure.com"
PAGE = 25

routes = Routes(ignore_case=True)


def failure(status: int, code: str, message: str, **more: t.Any) -> Reply:
    return Reply.of_json({"error": {"code": code, "message": message, **more}}, status)


def refuse(status: int, code: str, message: str, **more: t.Any) -> Refusal:
    return Refusal(failure(status, code, message, **more))


def operation(
    method: str,
    template: str,
    name: str,
    *,
    versions: Sequence[str],
    verified: Verified,
    source: str,
    kind: str | None = None,
    write: bool | None = None,
) -> Callable[[Handler], Handler]:
    """Register an operation. `kind` is the resource type without its namespace; core operations have none, and word the error about an
    unknown api-version in another way.
    """

    def register(handler: Handler) -> Handler:
        @wraps(handler)
        def checked(arm: t.Any, request: Request, **parameters: str) -> Reply:
            check_version(request, versions, kind)
            return handler(arm, request, **parameters)

        routes.add(method, template, name, verified=verified, source=source, write=write)(checked)
        return handler

    return register


def check_version(request: Request, versions: Sequence[str], kind: str | None) -> None:
    asked = version_of(request)
    if not asked:
        raise refuse(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
    if asked.lower() in versions:
        return
    if kind is None:
        known = ",".join(reversed(versions))
        raise refuse(400, "InvalidApiVersionParameter", f"The api-version '{asked}' is invalid. The supported versions are '{known}'.")
    raise refuse(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location 'koreacentral' and API version '{asked}' for type '{kind}'. "
        f"The supported api-versions are '{', '.join(versions)}'. The supported locations are '{', '.join(REGIONS)}'.",
    )


def version_of(request: Request) -> str:
    return next((value for name, value in request.query if name.lower() == "api-version"), "")


# What ARM itself knows at the top of a resource; anything else is refused before a resource provider sees it.
TOP_LEVEL = (
    *("id", "name", "type", "location", "tags", "properties", "sku", "kind", "plan", "identity", "managedby", "zones"),
    *("extendedlocation", "etag", "systemdata", "apiversion"),
)


def body_of(request: Request, definition: str = "ResourceDefinition") -> dict[str, t.Any]:
    """The JSON object of a request, with the top-level names that ARM knows. Text form: the .NET deserializer's, as quoted by users."""
    try:
        body = request.json() if request.body else None
    except ValueError:
        raise refuse(
            400, "InvalidRequestContent", "The request content was invalid and could not be deserialized: 'Unexpected character.'"
        ) from None
    if not isinstance(body, dict):
        raise refuse(
            400, "InvalidRequestContent", "The request content was invalid and could not be deserialized: 'A JSON object is required.'"
        )
    for name in body:
        if name.lower() not in TOP_LEVEL:
            raise refuse(
                400,
                "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: "
                f"'Could not find member '{name}' on object of type '{definition}'. Path '{name}', line 1, position 1.'.",
            )
    return body


def page(request: Request, items: Iterable[t.Any], *, size: int = PAGE, extra: dict[str, t.Any] | None = None) -> Reply:
    """One page of a list. `nextLink` is a whole URL, to be followed as it is; without more pages it is absent."""
    every = list(items)
    top = request.params.get("$top", "")
    size = min(int(top), size) if top.isdigit() and int(top) > 0 else size
    start = int(request.params.get("$skiptoken", "0") or 0)
    answer: dict[str, t.Any] = {"value": every[start : start + size], **(extra or {})}
    if start + size < len(every):
        kept = [(name, value) for name, value in request.query if name.lower() != "$skiptoken"]
        query = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in kept)
        answer["nextLink"] = f"{HOST}{request.path}?{query}&$skiptoken={start + size}"
    return Reply.of_json(answer)
