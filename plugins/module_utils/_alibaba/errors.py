# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""What Alibaba Cloud's APIs answer when they refuse, and what to do about it. The code decides: statuses differ between products."""

from __future__ import annotations

import re
import typing as t

from .._core.errors import CloudError
from .credentials import CLOUD

RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# Refused because of load, whatever the status: the older products say so with 400.
LOAD = re.compile(r"Throttling|ServiceUnavailable|SystemBusy")
# A quota does not come back by waiting a few seconds.
USED_UP = re.compile(r"AllocationQuota|insufficient_quota|FreeTierOnly")

_KEY = "Check the access key (access_key_id or ALIBABA_CLOUD_ACCESS_KEY_ID): is it complete, active and of this account?"
_MODEL = "Grant the model to the key's workspace in Model Studio, and name it in auth.models of a key with Custom rights"
HINTS = {
    "InvalidAccessKeyId.NotFound": _KEY,
    "InvalidAccessKeyId.Inactive": _KEY,
    "SignatureDoesNotMatch": "Check the secret of the access key: is it complete and of this very key?",
    "InvalidTimeStamp.Expired": "The clock of this machine is wrong: signatures are valid for 15 minutes",
    "InvalidSecurityToken.Expired": "The temporary access key has expired: fetch a new one",
    "InvalidSecurityToken.MismatchWithAccessKey": "The security token belongs to another access key",
    "MissingSecurityToken": "This is a temporary access key: it needs its security token",
    "Throttling.User": "Too many calls of this account at once; wait and run again",
    # CDN
    "CdnServiceNotFound": "Alibaba Cloud CDN is not activated for this account: activate it once in the console",
    "DomainNotRegistration": "The domain has no ICP filing, which the Chinese mainland needs: set scope to overseas, or file it",
    "DomainAlreadyExist": "Another account has this domain; it has to be removed there, or reclaimed in the console",
    "EntityNotExist.Role": (
        "A private bucket as origin needs the RAM role AliyunCDNAccessingPrivateOSSRole: authorize it once in the CDN console"
        " (origin settings, private OSS bucket), or create it with the service cdn.aliyuncs.com and AliyunOSSReadOnlyAccess"
    ),
    "FunctionMutex": "Remove the other function first: declare it with state absent",
    "Certificate.MissMatch": "private_key does not belong to certificate",
    # RAM
    "EntityAlreadyExists.User": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "EntityAlreadyExists.Policy": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "LimitExceeded.User.AccessKey": "A RAM user may have two access keys: delete the one that nobody uses",
    # Model Studio and DashScope
    "WorkSpaceNotFound": "Check the id of the workspace, and the region: each has workspaces of its own",
    "InvalidApiKey": "The key is unknown in this region, disabled, or was reset since: keys work only in the region that made them",
    "Model.AccessDenied": _MODEL,
    "AccessDenied": "The key does not allow calls from this address (auth.access_ips), or lacks a right",
    "AccessDenied.Unpurchased": "Model Studio is not activated for this account: activate it once in the console",
    "Arrearage": "The account owes money: settle the bill",
    "ModelNotFound": "Check the name of the model, and whether this region offers it",
    "Workspace.AccessDenied": "The key belongs to another workspace than the one it was used for",
}
_RIGHTS = frozenset({"NoPermission", "Forbidden.RAM", "Forbidden", "NoPermission.RAM"})
# The gateway quotes what was to be signed: every parameter of the call, private keys and tokens included.
_QUOTED = re.compile(r"\s*server (string to sign|stringtosign|canonicalrequest).*", re.IGNORECASE | re.DOTALL)
_QUERY = re.compile(r"\?[^\s'\")>]+")


def refusal(
    what: str,
    *,
    status: int,
    code: str | None,
    message: str | None,
    request_id: str | None,
    right: str | None = None,
    retry_after: str | None = None,
) -> CloudError:
    """The error that an API answered. right: the RAM action that is missing, where the answer names it (`cdn:AddCdnDomain`)."""
    text = _QUOTED.sub("", message or "") or f"HTTP {status} without a reason"
    code = code or None
    load = bool(code and LOAD.search(code))
    # Only DashScope's own words about a workspace's rights are the key's fault; the rest of 403 is RAM's.
    hint = f"The RAM user lacks the right {right}" if right else HINTS.get(code or "")
    if hint is None and code in _RIGHTS:
        hint = "The RAM user lacks a right for this call"
    return CloudError(
        what,
        text[:400],
        cloud=CLOUD,
        code=code,
        status=status,
        request_id=request_id,
        retryable=(load or status in RETRYABLE_STATUS) and not USED_UP.search(code or ""),
        retry_after=_seconds(retry_after),
        executed=None if status >= 500 and not load else False,
        hint=hint,
    )


def no_answer(what: str, host: str, error: Exception) -> CloudError:
    """The connection failed, or the answer did not come. Whether the call was carried out is not known."""
    detail = _QUERY.sub("", f"{type(error).__name__}: {error}")
    return CloudError(
        what,
        f"no answer from {host}: {detail}"[:300],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=None,
        hint="Check the network, the proxy (HTTPS_PROXY) and the certificate authority (ALIBABA_CLOUD_CA_BUNDLE, SSL_CERT_FILE); "
        "a rerun continues",
    )


def right_in(body: t.Mapping[str, t.Any]) -> str | None:
    """The RAM action that a refusal misses, if it says so."""
    detail = body.get("AccessDeniedDetail") or body.get("accessDeniedDetail")
    return str(detail["AuthAction"]) if isinstance(detail, dict) and detail.get("AuthAction") else None


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
