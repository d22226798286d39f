# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Azure's refusals, in one form."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import CloudError

CLOUD = "azure"
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
REQUEST_IDS = ("x-ms-correlation-request-id", "x-ms-request-id", "request-id")  # the last one is Microsoft Graph's

HINTS = {
    401: "The token was refused: check the tenant, and that the clock of this machine is right",
    403: "The identity lacks a right here, or was given it only just now; `az role assignment list --assignee <object id>` shows its roles",
    429: "Azure is throttling this identity; run again later, or with fewer hosts side by side",
}
CODE_HINTS = {
    "AuthorizationFailed": "Give the identity a role that allows the action at this scope: Contributor writes resources, "
    "Role Based Access Control Administrator assigns roles",
    "LinkedAuthorizationFailed": "Give the identity Network Contributor, or the action that is named, at the linked scope as well",
    "ForbiddenByRbac": "Give the identity the role Key Vault Secrets Officer on the vault (Owner and Contributor do not reach its secrets)",
    "Authorization_RequestDenied": "Give the identity the application permission Application.ReadWrite.OwnedBy of Microsoft Graph, with an "
    "administrator's consent; it manages the applications that it owns, no others",
    "ForbiddenByFirewall": "Allow the address of this machine in the vault's network rules",
    "ForbiddenByConnection": "The vault has no public access: run from a network with its private endpoint",
    "SubscriptionNotFound": "Check subscription_id (AZURE_SUBSCRIPTION_ID) and that the identity has a role in it",
    "VaultAlreadyExists": "Vault names are global: choose another, or recover or purge the deleted vault of this name",
    "AlreadyInUse": "Registry names are global: choose another one",
    "ConflictError": "A deleted vault may hold this name: set recover: true, or purge it",
    "ResourceNotFound": "Check its id or name; what makes it may not have run yet",
    "ResourceGroupNotFound": "Create the resource group first (module azure_resource or role resource_group)",
    "ObjectIsDeletedButRecoverable": "Recover the secret first (module key_vault_secret), or purge it",
    "QuotaExceeded": "Ask for more quota, or choose another size or region",
    "SkuNotAvailable": "Choose another size or region",
    "RequestDisallowedByPolicy": "A policy of the subscription forbids this; the message names it",
    "ScopeLocked": "A lock protects this; remove it first",
}
# What may stand in a text that is shown: a signature in a URL is a secret, too.
_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']+")


def refusal(what: str, response: t.Any) -> CloudError:
    """The error of an answer with a status of 400 or more. `what` is the sentence: `read the vault klinematrix-kv`."""
    status: int = response.status_code
    body = body_of(response)
    error = body.get("error") if isinstance(body.get("error"), dict) else body
    return failed(what, error or {}, status=status, headers=response.headers)


def failed(what: str, error: t.Mapping[str, t.Any], *, status: int | None = None, headers: t.Mapping[str, str] | None = None) -> CloudError:
    """The error for an error object of Azure's: code and message, the inner ones included."""
    headers = headers or {}
    codes, texts = _flat(error)
    detail = _QUERY.sub(r"\1?…", "; ".join(dict.fromkeys(texts)) or f"HTTP {status} without a reason")
    # The innermost code says most: Key Vault's 403 is Forbidden outside, ForbiddenByRbac inside.
    inner = error.get("innererror") if isinstance(error.get("innererror"), dict) else None
    code = str(inner["code"]) if inner and inner.get("code") else (codes[0] if codes else None)
    return CloudError(
        what,
        detail[:800],
        cloud=CLOUD,
        code=code,
        status=status,
        request_id=next((headers[name] for name in REQUEST_IDS if headers.get(name)), None),
        retryable=status in RETRYABLE,
        retry_after=seconds(headers),
        executed=None if status is not None and status >= 500 else False,
        hint=CODE_HINTS.get(code or "") or HINTS.get(status or 0),
    )


def _flat(error: t.Mapping[str, t.Any]) -> tuple[list[str], list[str]]:
    codes = [str(error["code"])] if error.get("code") else []
    texts = [" ".join(str(error["message"]).split())] if error.get("message") else []
    for each in error.get("details") or []:
        if isinstance(each, dict):
            more_codes, more_texts = _flat(each)
            codes, texts = codes + more_codes, texts + more_texts
    for each in error.get("additionalInfo") or []:
        policy = (each.get("info") or {}).get("policyDefinitionDisplayName") if isinstance(each, dict) else None
        texts += [f"policy {policy}"] if policy else []
    return codes, texts


def no_answer(what: str, error: t.Any, host: str, *, executed: bool | None = None) -> CloudError:
    """The call did not get through, or its answer did not arrive. executed: False if it cannot have been carried out."""
    cause = getattr(error, "inner_exception", None) or error.__cause__ or error
    return CloudError(
        what,
        _QUERY.sub(r"\1?…", f"no answer from {host}: {type(cause).__name__}: {cause}")[:400],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=executed,
        hint="Check the network, the proxy (HTTPS_PROXY) and the certificate authority (REQUESTS_CA_BUNDLE, SSL_CERT_FILE)",
    )


def body_of(response: t.Any) -> dict[str, t.Any]:
    """The JSON object of an answer, empty if there is none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def seconds(headers: t.Mapping[str, str]) -> float | None:
    """How long the cloud asks to wait: Retry-After, or Azure's finer forms of it."""
    for name, unit in (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        try:
            return float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
    return None
