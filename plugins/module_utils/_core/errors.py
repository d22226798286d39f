# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What can go wrong, as data: each error carries the machine part of a failed result beside its sentence."""

from __future__ import annotations

import typing as t


class HybridCloudError(Exception):
    """Base of all errors that a user gets to read.

    Attributes:
        failure: {cloud, code, status, request_id, retryable, hint}, JSON values only; absent facts are None.
    """

    def __init__(
        self,
        message: str,
        *,
        cloud: str | None = None,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message if hint is None else f"{message}. {hint}")
        self.failure: dict[str, t.Any] = {
            "cloud": cloud,
            "code": code,
            "status": status,
            "request_id": request_id,
            "retryable": retryable,
            "hint": hint,
        }


class PlanError(HybridCloudError):
    """What is declared cannot be reached or makes no sense. Raised before anything is written, in check mode too."""

    def __init__(self, message: str, *, code: str = "invalid", cloud: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, cloud=cloud, code=code, hint=hint)


class MassDeletion(PlanError):
    """A plan would delete suspiciously much."""

    def __init__(self, message: str, *, cloud: str | None = None, hint: str | None = None) -> None:
        super().__init__(message, code="mass_deletion", cloud=cloud, hint=hint)


class WriteRefused(HybridCloudError):
    """A call that is not on its client's list of reads was tried while nothing may be written."""

    def __init__(self, cloud: str, call: str) -> None:
        super().__init__(
            f"{cloud}: the write guard refused {call}: this run may only read",
            cloud=cloud,
            code="write_refused",
            hint="This is a defect of the module, nothing was sent; please report it with the name of the call",
        )


class CloudError(HybridCloudError):
    """A cloud refused a call, or did not answer.

    Attributes:
        executed: None if it is not known whether the cloud carried the call out (dropped connection, 5xx).
        retry_after: seconds that the cloud asked to wait, if it did.
    """

    def __init__(
        self,
        what: str,
        detail: str,
        *,
        executed: bool | None = False,
        retry_after: float | None = None,
        **failure: t.Any,
    ) -> None:
        code, status, request_id = failure.get("code"), failure.get("status"), failure.get("request_id")
        facts = [
            text for text in (f"HTTP {status}" if status else "", code or "", f"request id {request_id}" if request_id else "") if text
        ]
        super().__init__(f"{what}: {detail.strip().rstrip('.')}" + (f" ({', '.join(facts)})" if facts else ""), **failure)
        self.executed = executed
        self.retry_after = retry_after

    def advise(self, hint: str) -> None:
        """Give better advice, from somebody who knows more of the case."""
        text, old = str(self), self.failure["hint"]
        self.args = (f"{text.removesuffix(old) if old else f'{text}. '}{hint}",)
        self.failure["hint"] = hint

    @property
    def code(self) -> str | None:
        return t.cast("str | None", self.failure["code"])

    @property
    def status(self) -> int | None:
        return t.cast("int | None", self.failure["status"])


class ApplyError(HybridCloudError):
    """A plan failed half-way.

    Attributes:
        applied, not_applied: titles of the steps that were carried out, and of those that failed or were not tried.
    """

    def __init__(self, cause: HybridCloudError, applied: list[str], not_applied: list[str]) -> None:
        super().__init__(str(cause))
        self.failure = cause.failure
        self.applied = applied
        self.not_applied = not_applied
