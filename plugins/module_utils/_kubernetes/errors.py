# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What an API server refuses, in one form."""

from __future__ import annotations

import json
import re
import typing as t

from .._core.errors import CloudError
from .secret_names import SHORTEST

CLOUD = "kubernetes"
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
# Codes of ours: an admission webhook does not answer, one takes no dry runs, the store behind the server takes no object of this size.
WEBHOOK, NO_DRY_RUN, TOO_LARGE = "webhook_not_ready", "no_dry_run", "RequestEntityTooLarge"
# What is Forbidden to whoever asks: by a webhook, by the namespace's level of pod security or its quota, or for want of something else.
DENIED, POD_SECURITY, QUOTA = "denied_by_webhook", "pod_security", "quota_exceeded"
NO_ACCOUNT, NO_PRIORITY = "missing_service_account", "missing_priority_class"

_OWN_TROUBLE = "The API server has trouble of its own: see the health of the cluster; run again, what was begun is picked up"
NO_ANSWER = "Check that the cluster runs, the network and its authorized IP ranges, the proxy (HTTPS_PROXY) and the certificate authority"
# By reason, or by status where a server (or what stands before it) gives no reason.
HINTS: dict[str | int, str] = {
    "Unauthorized": "The login was refused: check that the credentials belong to this cluster and have not ended",
    "Forbidden": "The message says what forbids it: a policy or an admission plugin, or that the identity lacks a right",
    "NamespaceTerminating": "Its namespace is being deleted: wait until it is gone (what holds it stands in its status), then run again",
    "Conflict": "Somebody else changes the same object; run again",
    "TooManyRequests": "The API server is throttling; run again later",
    401: "The login was refused: check that the credentials belong to this cluster and have not ended",
    DENIED: "A policy of this cluster refuses the object, whoever sends it: its message says what to change; see "
    "kubectl get validatingwebhookconfigurations",
    POD_SECURITY: "Set the pod's securityContext as the message says, or the label pod-security.kubernetes.io/enforce of its namespace",
    QUOTA: "See kubectl describe resourcequota in its namespace: ask for less there, or raise the quota",
    NO_ACCOUNT: "Declare the ServiceAccount too, or correct serviceAccountName",
    NO_PRIORITY: "Declare the PriorityClass too, or correct priorityClassName",
    403: "The identity lacks a right here, or something between here and the API server refuses the call",
    500: _OWN_TROUBLE,
    502: _OWN_TROUBLE,
    503: _OWN_TROUBLE,
    504: _OWN_TROUBLE,
    NO_DRY_RUN: "Without a dry run nobody can say what would become of the object. Set sideEffects: None or NoneOnDryRun in the webhook's "
    "configuration if that is true of it, or keep this namespace out of it",
    TOO_LARGE: "The store takes about 1.5 MB for one object: split it, or put large data where it belongs (a volume, a bucket)",
    WEBHOOK: "The service behind this webhook is not up yet, or its certificate is not in place; see whether its pods are ready, then run "
    "again",
}
# apiserver pkg/admission/plugin/webhook/errors, etcd api/v3rpc/rpctypes, plugin/pkg/admission of Kubernetes.
_CODES = (
    (re.compile(r"does not support dry run"), NO_DRY_RUN),
    (re.compile(r"etcdserver: request is too large"), TOO_LARGE),
    (re.compile(r"admission webhook .* denied"), DENIED),
    (re.compile(r"violates PodSecurity"), POD_SECURITY),
    (re.compile(r"exceeded quota"), QUOTA),
    (re.compile(r"error looking up service account"), NO_ACCOUNT),
    (re.compile(r"no PriorityClass"), NO_PRIORITY),
)
# How the authorizer says that the identity lacks a right; a refusal of everything else is nothing that a role mends.
_UNAUTHORIZED = re.compile(r'User "[^"]*" cannot ')
_LACKS = (
    "The identity lacks a right: give it a Role or ClusterRole that allows the verb on the resource (AKS: a role such as "
    "Azure Kubernetes Service RBAC Writer)"
)
# How API servers say that a webhook was not reached: client-go's text, the endpoint's, and the certificate's.
_WEBHOOK = re.compile(
    r"failed calling webhook|no endpoints available for service|ca cert not yet ready|failed to call webhook"
    r"|conversion webhook for .* failed|x509: certificate signed by unknown authority",
    re.IGNORECASE,
)
# What is wrong with the object itself, although older servers call it an internal error.
_UNTYPED = "failed to create typed patch object"
_BUSY = "the object has been modified"


_PRIVATE = "This is a private cluster: its name and its address are known in its virtual network only. Run this there, or by a proxy there"


class ApiError(CloudError):
    """A refusal of the API server. causes: what it objects to, as {field, reason, message}."""

    causes: tuple[dict[str, str], ...] = ()
    about: str = ""  # the resource that it is about, by its plural name: `namespaces`
    text: str = ""

    @property
    def is_invalid(self) -> bool:
        """Whether the object itself is refused, whoever sends it."""
        return self.code != NO_DRY_RUN and (self.status in (400, 422) or _UNTYPED in self.text)

    @property
    def lacks_right(self) -> bool:
        """Whether it is the identity that is refused."""
        return self.status == 403 and _UNAUTHORIZED.search(self.text) is not None


def refusal(what: str, status: int, headers: t.Mapping[str, str], body: bytes, hidden: t.Sequence[str] = ()) -> ApiError:
    """The error of an answer of 400 or more, from its Status object (kubernetes.io/docs/reference/kubernetes-api/common-definitions).

    hidden: values that must not be shown, should the server quote them.
    """
    found = _status(body)
    reason = str(found.get("reason") or "")
    text = str(found.get("message") or " ".join(body[:300].decode("utf-8", "replace").split()) or f"HTTP {status} without a reason")
    details = found.get("details") or {}
    webhook = status >= 500 and _WEBHOOK.search(text) is not None
    inner = [str(each.get("reason")) for each in details.get("causes") or () if isinstance(each, dict)]
    special = [WEBHOOK] if webhook else [code for pattern, code in _CODES if pattern.search(text)]
    code = next((each for each in [*special, *inner] if each in (*special, "NamespaceTerminating")), reason or None)
    busy = status == 409 and _BUSY in text
    error = ApiError(
        what,
        without(text[:1000], hidden),
        cloud=CLOUD,
        code=code,
        status=status,
        request_id=next((headers[name] for name in ("Audit-Id", "X-Request-Id") if headers.get(name)), None),
        # A webhook is waited for by whoever knows how long; the short pauses of a retry would only delay that.
        retryable=busy or (status in RETRYABLE and not special and _UNTYPED not in text),
        retry_after=_seconds(headers.get("Retry-After") or details.get("retryAfterSeconds")),
        executed=None if status >= 500 and not webhook else False,
        hint=_LACKS if status == 403 and _UNAUTHORIZED.search(text) else HINTS.get(code or "") or HINTS.get(status),
    )
    error.text = without(text, hidden)
    error.about = str(details.get("kind") or "")
    error.causes = tuple(
        {name: without(str(each.get(name) or ""), hidden) for name in ("field", "reason", "message")}
        for each in details.get("causes") or ()
        if isinstance(each, dict)
    )
    return error


def no_answer(what: str, error: Exception, host: str, *, executed: bool | None = None) -> CloudError:
    """The call did not get through, or its answer did not arrive. executed: False if it cannot have been carried out."""
    cause = getattr(error, "reason", None) or error
    return CloudError(
        what,
        f"no answer from {host}: {type(cause).__name__}: {cause}"[:400],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=executed,
        # learn.microsoft.com/azure/aks/private-clusters
        hint=_PRIVATE if ".privatelink." in host else NO_ANSWER,
    )


def without(text: str, hidden: t.Sequence[str]) -> str:
    """The text without values that must not be shown. Short ones are in every word: they go only where they are quoted, as a whole."""
    for value in sorted(filter(None, hidden), key=len, reverse=True):
        if len(value) >= SHORTEST:
            text = text.replace(value, "********")
        else:
            text = re.sub(rf"""(["'`]){re.escape(value)}\1""", r"\1********\1", text)
    return text


def _status(body: bytes) -> dict[str, t.Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}


def _seconds(value: t.Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
