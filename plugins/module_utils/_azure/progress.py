# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What is under way: states of resources and operations, and refusals that pass by themselves."""

from __future__ import annotations

import typing as t

from .._core.errors import CloudError

TERMINAL = ("succeeded", "failed", "canceled")

# Refusals that pass by themselves: somebody else is at work on the thing, or a new principal is not known everywhere yet.
BUSY = frozenset(
    {
        "AnotherOperationInProgress",
        "RetryableErrorDueToAnotherOperation",
        "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
        "ReferencedResourceNotProvisioned",
        "ResourceGroupBeingDeleted",
        "PrincipalNotFound",
        "EtagMismatch",
        "InUseSubnetCannotBeDeleted",
    }
)
# These codes also stand for refusals that last; the sentence tells which it is.
SOMETIMES_BUSY = frozenset({"OperationNotAllowed", "Conflict", "PreconditionFailed", "BadRequest", "ServiceUnavailable"})
BUSY_WORDS = ("in progress", "another operation", "exclusive lock", "another user operation", "being deleted", "try again later")


def is_busy(error: CloudError) -> bool:
    """Whether a refusal passes by itself, as far as its code and sentence tell."""
    if error.code in BUSY:
        return True
    return error.code in SOMETIMES_BUSY and any(word in str(error).casefold() for word in BUSY_WORDS)


def provisioning(resource: t.Mapping[str, t.Any]) -> str:
    """The resource's provisioningState; types without one are always done."""
    return str((resource.get("properties") or {}).get("provisioningState") or "Succeeded")


def is_settled(resource: t.Mapping[str, t.Any]) -> bool:
    """Every state but three says that something is under way (Resource Manager, asynchronous operations).

    An account in several regions may be done before each of them says so itself (Cosmos DB, readLocations).
    """
    properties = resource.get("properties") or {}
    places = [each for name in ("readLocations", "writeLocations") for each in properties.get(name) or ()]
    states = [provisioning(resource), *(str(each.get("provisioningState") or "Succeeded") for each in places)]
    return all(state.casefold() in TERMINAL for state in states)


def state_of(operation: t.Mapping[str, t.Any]) -> str:
    return str(operation.get("status") or provisioning(operation))


def is_over(operation: t.Mapping[str, t.Any]) -> bool:
    return state_of(operation).casefold() in TERMINAL
