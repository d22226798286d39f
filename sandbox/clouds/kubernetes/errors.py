# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals of an API server: `Status` objects (kubernetes.io/docs/reference/kubernetes-api/common-definitions/status)."""

from __future__ import annotations

import typing as t

from sandbox.http import Refusal, Reply

Json = dict[str, t.Any]


class ApiError(Refusal):
    """The server refuses. `code` is the HTTP status, `reason` the word that clients branch on."""

    def __init__(
        self, code: int, reason: str, message: str, details: Json | None = None, headers: t.Mapping[str, str] | None = None
    ) -> None:
        self.code, self.reason, self.message, self.details = code, reason, message, details
        super().__init__(Reply.of_json(self.body, code, headers))
        self.args = (f"{code} {reason}: {message}",)

    @property
    def body(self) -> Json:
        status: Json = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        if self.reason:
            status["reason"] = self.reason
        if self.details:
            status["details"] = self.details
        return status | {"code": self.code}


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def no_such_path() -> ApiError:
    """The path is of no resource that is served."""
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def not_found(qualified: str, name: str) -> ApiError:
    """`qualified`: the resource with its group, `deployments.apps`."""
    return ApiError(404, "NotFound", f'{qualified} "{name}" not found', details(qualified, name))


def exists(qualified: str, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{qualified} "{name}" already exists', details(qualified, name))


def conflict(qualified: str, name: str, why: str) -> ApiError:
    text = f'Operation cannot be fulfilled on {qualified} "{name}": {why}'
    return ApiError(409, "Conflict", text, details(qualified, name))


def stale(qualified: str, name: str) -> ApiError:
    """Somebody else has written since."""
    return conflict(qualified, name, "the object has been modified; please apply your changes to the latest version and try again")


def forbidden(qualified: str, name: str, why: str, causes: list[Json] | None = None) -> ApiError:
    shown = f' "{name}"' if name else ""
    return ApiError(
        403, "Forbidden", f"{qualified}{shown} is forbidden: {why}", details(qualified, name) | ({"causes": causes} if causes else {})
    )


class Cause(t.NamedTuple):
    """One reason for which an object is invalid: where, of which kind, and in words."""

    field: str
    reason: str  # FieldValueRequired, FieldValueInvalid, FieldValueForbidden, FieldValueNotSupported, FieldValueDuplicate ...
    text: str


def invalid(group: str, kind: str, name: str, causes: t.Sequence[Cause]) -> ApiError:
    """422 with every cause. The kind stands where other errors name the resource."""
    qualified = f"{kind}.{group}" if group else kind
    each = [f"{cause.field}: {cause.text}" for cause in causes]
    words = each[0] if len(each) == 1 else f"[{', '.join(each)}]"
    told = [{"reason": cause.reason, "message": cause.text, "field": cause.field} for cause in causes]
    known = {"name": name, "group": group, "kind": kind}
    about: Json = {**{key: value for key, value in known.items() if value}, "causes": told}
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {words}', about)


def details(qualified: str, name: str) -> Json:
    kind, _, group = qualified.partition(".")
    return {**({"name": name} if name else {}), **({"group": group} if group else {}), "kind": kind}
