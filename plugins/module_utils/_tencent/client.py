# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""Tencent Cloud's APIs, SES above all: the SDK's untyped client as a transport of plain data."""

from __future__ import annotations

import logging
import os
import re
import typing as t
from dataclasses import dataclass

from .._core.errors import CloudError, PlanError
from .._core.host import Host
from .._core.retry import Retry
from .._core.traffic import Traffic
from .._sdk import load
from .credentials import CLOUD, Credentials, credentials_of

TIMEOUT = 30  # seconds to connect, and between two pieces of an answer
PAGE = 100  # the most that ListEmailTemplates and GetSendEmailStatus give in one answer
# Accounts of the international site have hosts of their own; its one region says which site is meant.
INTERNATIONAL = "ap-singapore"
# Everything is a POST: the action decides. What begins otherwise writes.
READ = re.compile(r"(Get|List|Describe)[A-Z]\w*")
# Asking again for a check changes nothing about one that is under way; every other write goes out once.
REPEATABLE = frozenset({"UpdateEmailIdentity"})

_OVERLOADED = "RequestLimitExceeded"
# Its description: temporary, the request has not taken effect.
_NOT_DONE = "FailedOperation.ServiceNotAvailable"
_KEY = "Check secret_id and secret_key (or TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY): complete, active, of one pair?"
HINTS = {
    "AuthFailure.SecretIdNotFound": _KEY,
    "AuthFailure.SignatureFailure": _KEY,
    "AuthFailure.InvalidAuthorization": _KEY,
    "AuthFailure.SignatureExpire": "The clock of this machine is wrong: signatures are valid for five minutes",
    "AuthFailure.TokenFailure": "The temporary key has expired, or its token is missing or cut off: fetch a new one",
    "UnsupportedRegion": "Accounts of the mainland site use ap-guangzhou or ap-hongkong, those of the international site ap-singapore",
    _OVERLOADED: "SES takes 20 calls of one action in a second; run again",
    "InvalidParameterValue.CreatedByOther": "Another Tencent Cloud account holds this domain: release it there, or use a sub-domain",
    "InvalidParameterValue.RepeatCreation": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "InvalidParameterValue.RepeatEmailAddress": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "OperationDenied.DomainNotVerified": (
        "Its domain must be verified first: tencent_ses_domain with verify: true, once its DNS records are written"
    ),
    "OperationDenied.ExceedDomainLimit": "An account has 10 sender domains: delete one, or ask Tencent Cloud for more",
    "OperationDenied.ExceedSenderLimit": "An account has 10 sender addresses over all regions: delete one",
    "OperationDenied.NotAllowDelete": "Only accounts of a company may delete a sender domain; ask Tencent Cloud's support",
    "OperationDenied.SenderWithDomainIsNotEmpty": (
        "Delete its sender addresses first, in every region: tencent_ses_sender with state: absent"
    ),
    "FailedOperation.PolicyNameInUse": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "InvalidParameter.SubUserNameInUse": "It was created meanwhile, or by a call whose answer was lost: a rerun adopts it",
    "OperationDenied.AccessKeyOverLimit": "A sub-user may have two access keys: delete the one that nobody uses",
    "FailedOperation.DKIMNotApplied": "The domain has no DKIM key of that length",
    "FailedOperation.ExceedTemplateLimit": "Delete templates that are no longer used",
    "FailedOperation.InvalidTemplateID": (
        "The template is not approved, or belongs to another region: tencent_ses_template with await_review: true"
    ),
    "FailedOperation.NotAuthenticatedSender": "The sender address does not exist in this region, or its domain is not verified",
    "FailedOperation.EmailAddrInBlacklist": "Mail to this address bounced before: remove it from the block list in the console of SES",
    "FailedOperation.FrequencyLimit": "Too many mails to one address in a short time: wait",
    "FailedOperation.ExceedSendLimit": "The daily quota of the domain is used up; it grows with its reputation",
    "FailedOperation.InsufficientBalance": "The account owes money or has no mails left: top it up",
    "FailedOperation.InsufficientQuota": "The plan has no mails left: buy more",
    "FailedOperation.TemporaryBlocked": "SES pauses mail to this provider for ten minutes; run again later",
    "FailedOperation.WithOutPermission": "New accounts may send with a template only",
    "FailedOperation.WrongContentJson": "The values of a template are texts and numbers, no lists and no mappings",
}
_MISSING_RIGHT = re.compile(r"perform operation \(([\w:]+)\)")


@dataclass(frozen=True)
class Product:
    name: str
    version: str


SES, STS, CAM = Product("ses", "2020-10-02"), Product("sts", "2018-08-13"), Product("cam", "2019-01-16")


class Client:
    """Calls to one product, SES unless told otherwise, in one region. Knows signatures, errors and retries; knows no things."""

    def __init__(self, credentials: Credentials, region: str, traffic: Traffic, retry: Retry | None = None, product: Product = SES) -> None:
        # The error's package before the client's: they import each other.
        self._error = load("tencentcloud.common.exception.tencent_cloud_sdk_exception", CLOUD).TencentCloudSDKException
        credential = load("tencentcloud.common.credential", CLOUD).Credential(
            credentials.secret_id, credentials.secret_key, credentials.token
        )
        self.region = region
        self._traffic = traffic
        self._retry = retry or Retry()
        self._product = product
        common = load("tencentcloud.common.common_client", CLOUD).CommonClient
        self._api = common(product.name, product.version, credential, region, _profile(product, region))
        self._guard(self._api.request)
        # At DEBUG it writes whole requests, signatures included, into whatever log the process keeps.
        logging.getLogger("tencentcloud_sdk_common").setLevel(logging.INFO)

    @classmethod
    def of(cls, host: Host, traffic: Traffic) -> Client:
        """The client for a task's options."""
        return cls(credentials_of(host), host.params["region"], traffic)

    def call(self, what: str, action: str, **parameters: t.Any) -> dict[str, t.Any]:
        """The answer of an action. `what` is the sentence for errors: `read the sender domain mail.example.com`."""
        sent = {name: value for name, value in parameters.items() if value is not None}
        repeatable = READ.fullmatch(action) is not None or action in REPEATABLE
        return self._retry.call(lambda: self._once(what, action, sent), idempotent=repeatable)

    def pages(self, what: str, action: str, items: str, **parameters: t.Any) -> t.Iterator[dict[str, t.Any]]:
        """All `items` of a paged list."""
        offset = 0
        while True:
            page = self.call(what, action, Limit=PAGE, Offset=offset, **parameters).get(items) or []
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE

    def _guard(self, request: t.Any) -> None:
        """Let every request of the SDK pass the write guard, and give its session back what the SDK took away."""
        send = request.send_request

        def guarded(outgoing: t.Any) -> t.Any:
            action = outgoing.header["X-TC-Action"]
            self._traffic.admit(f"{self._product.name}:{action}", write=READ.fullmatch(action) is None)
            answer = send(outgoing)
            if answer.status_code != 200:  # the API itself always answers 200; the SDK would drop the status
                raise _NotTheApi(answer.status_code, answer.headers.get("Retry-After", ""))
            return answer

        request.send_request = guarded
        # The SDK reads NO_PROXY as one text; requests knows its rules.
        request.conn.proxy = None
        # A ~/.netrc must not replace our signature.
        request.conn._session.auth = lambda prepared: prepared

    def _once(self, what: str, action: str, parameters: dict[str, t.Any]) -> dict[str, t.Any]:
        import requests

        try:
            answer = self._api.call_json(action, parameters)["Response"]
        except self._error as error:
            if error.code == "ClientNetworkError":
                raise _no_answer(what, str(error.message)) from None
            raise _refusal(what, str(error.code), str(error.message), error.requestId) from None
        except _NotTheApi as error:
            raise _outage(what, error) from None
        except requests.RequestException as error:  # while the answer was being read; the SDK lets these through
            raise _no_answer(what, f"{type(error).__name__}: {error}") from None
        except (ValueError, KeyError, TypeError):
            raise _no_answer(what, "what came is no answer of the API") from None
        if "Error" in answer:  # the SDK looks for it only under one exact Content-Type
            raise _refusal(what, answer["Error"].get("Code"), answer["Error"].get("Message"), answer.get("RequestId"))
        return t.cast("dict[str, t.Any]", answer)


class _NotTheApi(Exception):
    """Something before the API answered: a balancer, or a proxy."""

    def __init__(self, status: int, retry_after: str) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = float(retry_after) if retry_after.isdecimal() else None


def _profile(product: Product, region: str) -> t.Any:
    """English messages, no retries of its own, and certificate authorities as everybody else finds them."""
    # True lets requests look into its own variables; left out, the SDK takes certifi's file whatever the environment says.
    own = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & {*os.environ}
    authorities = True if own else os.environ.get("SSL_CERT_FILE") or True
    endpoint = f"{product.name}.intl.tencentcloudapi.com" if region == INTERNATIONAL else None
    http = load("tencentcloud.common.profile.http_profile", CLOUD).HttpProfile(
        endpoint=endpoint, reqTimeout=TIMEOUT, keepAlive=True, certification=authorities
    )
    return load("tencentcloud.common.profile.client_profile", CLOUD).ClientProfile(httpProfile=http, language="en-US", retryer=None)


def _refusal(what: str, code: t.Any, message: t.Any, request_id: str | None) -> CloudError:
    """What the API answered, in its own words."""
    code, message = str(code), str(message)
    overloaded = code.startswith(_OVERLOADED)
    internal = code.startswith("InternalError")
    right = _MISSING_RIGHT.search(message)
    return CloudError(
        what,
        message.split("[[request id:", maxsplit=1)[0][:400] or "no reason given",
        cloud=CLOUD,
        code=code,
        request_id=request_id,
        retryable=overloaded or internal or code == _NOT_DONE,
        executed=None if internal else False,
        hint=f"The user of this key lacks the right {right[1]}"
        + ("; the policy QcloudSESFullAccess grants it" if right[1].startswith("ses:") else "")
        if right
        else HINTS.get(_OVERLOADED if overloaded else code),
    )


def _outage(what: str, error: _NotTheApi) -> CloudError:
    return CloudError(
        what,
        "something before the API answered, a balancer of Tencent Cloud or a proxy",
        cloud=CLOUD,
        code="no_answer",
        status=error.status,
        retryable=error.status in (408, 429) or error.status >= 500,
        retry_after=error.retry_after,
        executed=None if error.status >= 500 else False,
        hint="A rerun continues; if it stays, look at the proxy (HTTPS_PROXY)",
    )


def _no_answer(what: str, reason: str) -> CloudError:
    return CloudError(
        what,
        f"no answer from Tencent Cloud: {reason}"[:300],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=None,
        hint="Check the network, the proxy (HTTPS_PROXY) and the certificate authority (REQUESTS_CA_BUNDLE); a rerun continues",
    )


def absent_if(error: CloudError, *codes: str) -> None:
    """Raise an error again unless it says that the thing is not there."""
    if error.code not in codes:
        raise error


def invalid(sentence: str, hint: str | None = None) -> PlanError:
    return PlanError(sentence, cloud=CLOUD, hint=hint)
