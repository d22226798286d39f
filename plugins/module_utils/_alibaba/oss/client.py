# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection.

"""OSS: the SDK as a signed transport of documents."""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
import typing as t
from dataclasses import dataclass

from ..._core.errors import CloudError, PlanError
from ..._core.host import Host
from ..._core.retry import Retry
from ..._core.traffic import Traffic
from ..._sdk import load
from ..credentials import CLOUD, Credentials, credentials_of

TIMEOUT = 30.0  # seconds to connect, and between two pieces of an answer
READING_VERBS = frozenset({"GET", "HEAD"})
RETRYABLE = frozenset({408, 409, 429, 500, 502, 503, 504})
# 409 answers mostly state a fact (not empty, taken); this one means that another change is still being made.
BUSY = "OperationAborted"
# Statuses that the SDK makes up.
NO_ANSWER, REFUSED_HERE = -2, -1

HINTS = {
    "InvalidAccessKeyId": "Check the access key: is it complete, active and of this account?",
    "SignatureDoesNotMatch": "Check the secret of the access key: is it complete and of this very key?",
    "SecurityTokenExpired": "The temporary access key has expired: fetch a new one",
    "InvalidSecurityToken": "The security token does not belong to this access key, or is cut off",
    "RequestTimeTooSkewed": "The clock of this machine is wrong: signatures are valid for 15 minutes",
    "BucketAlreadyExists": "Names of buckets are shared by all accounts: choose another name",
    "BucketNotEmpty": "Delete its objects, old versions and unfinished uploads first; nothing here does that for you",
    "TooManyBuckets": "An account has 100 buckets in a region: delete one, or ask Alibaba Cloud for more",
    "PublicEndpointForbidden": "New accounts may not use public endpoints for objects: bind a domain of your own to the bucket (cnames)",
    "NeedVerifyDomainOwnership": "Publish the TXT record that the result names, then run again",
    "NoSuchCnameInRecord": "The domain has no ICP filing, which buckets in mainland China need",
    "InvalidTargetBucket": "The target bucket must exist, belong to this account and have another name",
    "BucketReplicationAlreadyExist": "Another replication rule to this bucket is there already, or still closing",
    "UserDisable": "OSS is switched off for this account, usually because of an unpaid bill",
}
BLOCKED = re.compile(r"public (bucket )?(acl|policy) is not allowed", re.IGNORECASE)
BLOCKED_HINT = "Block Public Access forbids it: set block_public_access: false, and look at the account's own Block Public Access"
# Nothing that could be used to sign or to replay a call may get into a message.
_SECRET = re.compile(r"(?i)((?:signature|security-token|x-oss-credential)[=:]\s*)[^\s&,<]+")


@dataclass(frozen=True)
class Answer:
    headers: t.Mapping[str, str]
    body: bytes


class Client:
    """Calls to the buckets of one region. Knows signatures, errors and retries; knows no settings."""

    def __init__(self, credentials: Credentials, region: str, traffic: Traffic, retry: Retry | None = None) -> None:
        sdk = load("oss2", CLOUD)
        self._sdk = sdk
        self._traffic = traffic
        self._retry = retry or Retry()
        # Always over TLS: without a scheme the SDK would choose plain HTTP. Always V4: V1 is refused since 2025.
        endpoint = f"https://oss-{region}.aliyuncs.com"
        self._service = sdk.Service(sign_v4(sdk, credentials), endpoint, session=self._session(), connect_timeout=TIMEOUT, region=region)

    @classmethod
    def of(cls, host: Host, traffic: Traffic, region: str) -> Client:
        """The client for a task's options."""
        return cls(credentials_of(host), region, traffic)

    def get(self, what: str, bucket: str, sub: str = "", **params: str) -> Answer:
        """GET a sub-resource (`cors`, `cname&comp=token`). `what` is the sentence for errors: `read the ACL of charts`."""
        return self.send(what, "GET", bucket, sub, params=params)

    def send(
        self,
        what: str,
        verb: str,
        bucket: str,
        sub: str = "",
        body: bytes = b"",
        *,
        headers: t.Mapping[str, str] | None = None,
        params: t.Mapping[str, str] | None = None,
    ) -> Answer:
        """Any call; an empty `bucket` means the service. A POST is sent again only when it was surely not carried out."""
        query = {**dict(part.partition("=")[::2] for part in sub.split("&") if part), **(params or {})}
        once = functools.partial(self._once, what, verb, bucket, query, body, dict(headers or {}))
        return self._retry.call(once, idempotent=verb != "POST")

    def _once(self, what: str, verb: str, bucket: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> Answer:
        import requests

        if body:  # some settings are refused without it
            headers = {**headers, "Content-MD5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()}
        try:
            response = self._service._do(verb, bucket, "", data=body, params=query, headers=headers)
            return Answer(response.headers, response.read())
        except self._sdk.exceptions.OssError as error:
            raise self._refusal(what, error) from None
        except requests.RequestException as error:  # while the answer was being read; the SDK lets these through
            raise _no_answer(what, error) from None

    def _session(self) -> t.Any:
        """The SDK's session behind the write guard."""
        session = self._sdk.Session()
        send = session.do_request

        def guarded(request: t.Any, timeout: t.Any) -> t.Any:
            self._traffic.admit(_named(request), write=request.method not in READING_VERBS)
            return send(request, timeout=timeout)

        session.do_request = guarded
        http = session.session
        # A ~/.netrc must not replace our signature.
        http.auth = lambda prepared: prepared
        if not {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & {*os.environ}:
            http.verify = os.environ.get("SSL_CERT_FILE") or True
        return session

    def _refusal(self, what: str, error: t.Any) -> CloudError:
        """What OSS answered, in its own words; of the document only Code, Message, EC and the missing right are shown."""
        if error.status == NO_ANSWER:
            return _no_answer(what, error.exception)
        if error.status == REFUSED_HERE:
            return CloudError(what, str(error.body), cloud=CLOUD, code="refused_by_sdk")
        code, message, ec = error.code or None, error.message or f"HTTP {error.status} without a reason", error.ec
        seconds = str(error.headers.get("retry-after", ""))
        return OssRefusal(
            what,
            _without_secrets(message)[:400] + (f" [EC {ec}]" if ec else ""),
            cloud=CLOUD,
            code=code,
            status=error.status,
            request_id=error.request_id or None,
            retryable=error.status in RETRYABLE and (error.status != 409 or code == BUSY),
            retry_after=float(seconds) if seconds.isdecimal() else None,
            executed=None if error.status >= 500 else False,
            hint=_hint(code, message, bytes(error.body or b"")),
            endpoint=error.details.get("Endpoint") or None,
        )


class OssRefusal(CloudError):
    """`endpoint`: where OSS says that the bucket lives, when it was asked at another region's."""

    def __init__(self, what: str, detail: str, *, endpoint: str | None = None, **facts: t.Any) -> None:
        super().__init__(what, detail, **facts)
        self.endpoint = endpoint


def sign_v4(sdk: t.Any, credentials: Credentials) -> t.Any:
    """The SDK's signer: V4 in every case, also for temporary keys."""
    provider = sdk.credentials.StaticCredentialsProvider(
        credentials.access_key_id, credentials.access_key_secret, credentials.security_token
    )
    return sdk.ProviderAuthV4(provider)


def _without_secrets(text: str) -> str:
    return _SECRET.sub(r"\1…", text)


def _named(request: t.Any) -> str:
    """A call as people name it: `PUT charts.oss-cn-shanghai.aliyuncs.com/?cors`."""
    query = "&".join(name if value == "" else f"{name}={value}" for name, value in request.params.items())
    return f"{request.method} {request.url.removeprefix('https://')}" + (f"?{query}" if query else "")


def _hint(code: str | None, message: str, body: bytes) -> str | None:
    if BLOCKED.search(message):
        return BLOCKED_HINT
    right = re.search(rb"<AuthAction>([\w:]+)</AuthAction>", body)
    if right:
        return f"The RAM user lacks the right {right[1].decode()}"
    if code == "AccessDenied":
        return "The bucket belongs to another account, its policy denies this, or the RAM user lacks a right"
    return HINTS.get(code or "")


def _no_answer(what: str, error: Exception) -> CloudError:
    return CloudError(
        what,
        f"no answer from OSS: {type(error).__name__}: {_without_secrets(str(error))}"[:300],
        cloud=CLOUD,
        code="no_answer",
        retryable=True,
        executed=None,
        hint="Check the network, the proxy (HTTPS_PROXY) and the certificate authority (SSL_CERT_FILE); a rerun continues",
    )


def region_of(text: str) -> str:
    """A region, whichever way it is written: `oss-cn-shanghai` is `cn-shanghai`."""
    region = text.strip().removeprefix("oss-").removesuffix(".aliyuncs.com")
    if not re.fullmatch(r"[a-z]{2}-[a-z0-9-]+", region):
        raise PlanError(f"{text} is no region of OSS", cloud=CLOUD, hint="For example cn-shanghai")
    return region
