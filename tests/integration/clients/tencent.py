# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tencent Cloud's own clients, unmodified, and a signature made by hand for what they would never send."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import requests
from tencentcloud.common.common_client import CommonClient
from tencentcloud.common.credential import Credential, EnvironmentVariableCredential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.ses.v20201002 import models
from tencentcloud.ses.v20201002.ses_client import SesClient

from tests.cloud import LocalCloud

VERSIONS = {"ses": "2020-10-02", "cam": "2019-01-16", "sts": "2018-08-13"}
DOMAIN = "mail.klinematrix.com"


def profile(language: str = "en-US", endpoint: str | None = None) -> ClientProfile:
    """The SDK passes certifi's authorities to requests, whatever the environment says."""
    http = HttpProfile(certification=os.environ["REQUESTS_CA_BUNDLE"], endpoint=endpoint, reqTimeout=10)
    return ClientProfile(httpProfile=http, language=language)


def ses_client(region: str = "ap-guangzhou", **options: t.Any) -> SesClient:
    return SesClient(EnvironmentVariableCredential().get_credential(), region, profile(**options))


def call(client: SesClient, action: str, **parameters: t.Any) -> dict[str, t.Any]:
    """An action through the SDK's typed models; the answer as its JSON, which holds only fields that the models know."""
    request = getattr(models, f"{action}Request")()
    request._deserialize(parameters)
    return t.cast("dict[str, t.Any]", json.loads(getattr(client, action)(request).to_json_string()))


def common(product: str, action: str, parameters: dict[str, t.Any] | None = None, credential: Credential | None = None) -> dict[str, t.Any]:
    """An action through the SDK's untyped client."""
    credential = credential or EnvironmentVariableCredential().get_credential()
    client = CommonClient(product, VERSIONS[product], credential, "ap-guangzhou", profile=profile())
    return t.cast("dict[str, t.Any]", client.call_json(action, parameters or {})["Response"])


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(TencentCloudSDKException) as caught:
        yield
    assert caught.value.get_code() == code
    assert caught.value.get_request_id()


def code_of(action: Callable[[], t.Any]) -> str | None:
    """The error code of a call, or None when it was no error."""
    try:
        action()
    except TencentCloudSDKException as refusal:
        return str(refusal.get_code())
    return None


@contextmanager
def planted(cloud: LocalCloud, secret_id: str, **key: t.Any) -> Iterator[None]:
    """One more access key, for as long as this lasts: credentials outlive a reset."""
    with cloud.state() as state:
        state["tencent"]["credentials"]["secret_ids"][secret_id] = key
    try:
        yield
    finally:
        with cloud.state() as state:
            del state["tencent"]["credentials"]["secret_ids"][secret_id]


def signed(action: str = "ListEmailAddress", body: bytes = b"{}", product: str = "ses", **changes: t.Any) -> dict[str, t.Any]:
    """One call signed by hand. `changes`: secret_id, key, service, date, age (seconds), headers, signed (their names), host; `sent` is
    the body that travels in place of the signed one, `after` what happens to the headers once they are signed."""
    timestamp = int(time.time() - changes.get("age", 0))
    host = changes.get("host", f"{product}.tencentcloudapi.com")
    headers = {
        "content-type": "application/json",
        "host": host,
        "x-tc-action": action,
        "x-tc-version": VERSIONS[product],
        "x-tc-timestamp": str(timestamp),
        "x-tc-region": "ap-guangzhou",
        "x-tc-language": "en-US",
    } | changes.get("headers", {})
    names = changes.get("signed", ["content-type", "host"])
    date = changes.get("date", datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d"))
    scope = f"{date}/{changes.get('service', product)}/tc3_request"
    canonical = "\n".join(
        ["POST", "/", "", *(f"{name}:{headers[name].lower()}" for name in names), "", ";".join(names), hashlib.sha256(body).hexdigest()]
    )
    to_sign = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("TC3" + changes.get("key", os.environ["TENCENTCLOUD_SECRET_KEY"])).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    secret_id = changes.get("secret_id", os.environ["TENCENTCLOUD_SECRET_ID"])
    headers["authorization"] = f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    headers = {name: value for name, value in (headers | changes.get("after", {})).items() if value is not None}
    answer = requests.post(f"https://{host}/", data=changes.get("sent", body), headers=headers, timeout=10)
    assert answer.status_code == 200
    return t.cast("dict[str, t.Any]", answer.json()["Response"])


def until(what: Callable[[], t.Any], seconds: float = 10) -> t.Any:
    """What `what` gives once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def plant_domain(cloud: LocalCloud, domain: str = DOMAIN) -> None:
    """A domain that was verified long ago, by someone else."""
    with cloud.state() as state:
        state["tencent"]["ses"]["identities"][domain] = {
            "created": 0,
            "dkim_option": 0,
            "dkim": {"qcloud": "v=DKIM1; k=rsa; p=AAAA"},
            "tags": [],
            "verified": True,
            "asked": False,
            "check_due": None,
        }
