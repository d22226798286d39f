# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alibaba Cloud's own clients, unmodified, and signatures made by hand for what they would never send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
import typing as t
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import requests
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.http import protocol_type
from aliyunsdkcore.request import CommonRequest

from tests.cloud import LocalCloud

VERSIONS = {"cdn": "2018-05-10", "sts": "2015-04-01", "ram": "2015-05-01", "vpc": "2016-04-28", "mongodb": "2015-12-01"}
KEY_ID, KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
Credentials = tuple[str, str, str | None]
Answer = t.TypeVar("Answer")


def ours() -> Credentials:
    return os.environ[KEY_ID], os.environ[KEY_SECRET], None


def config(endpoint: str, credentials: Credentials | None = None) -> Config:
    """Of the clients of the Tea family: they sign with ACS3, and take the authorities from an option only."""
    key_id, secret, token = credentials or ours()
    return Config(
        access_key_id=key_id,
        access_key_secret=secret,
        security_token=token,
        endpoint=endpoint,
        protocol="HTTPS",
        ca=os.environ["REQUESTS_CA_BUNDLE"],
    )


def core(product: str, action: str, credentials: Credentials | None = None, method: str = "POST", **params: t.Any) -> dict[str, t.Any]:
    """An RPC call by aliyun-python-sdk-core, signed with HMAC-SHA1."""
    request = CommonRequest(domain=f"{product}.aliyuncs.com", version=VERSIONS[product], action_name=action)
    request.set_protocol_type(protocol_type.HTTPS)
    request.set_method(method)
    for name, value in params.items():
        request.add_query_param(name.replace("__", "."), value)
    return t.cast("dict[str, t.Any]", json.loads(core_client(credentials).do_action_with_exception(request)))


def core_client(credentials: Credentials | None = None) -> AcsClient:
    key_id, secret, token = credentials or ours()
    if token:
        from aliyunsdkcore.auth.credentials import StsTokenCredential

        return AcsClient(region_id="cn-shanghai", credential=StsTokenCredential(key_id, secret, token), auto_retry=False)
    return AcsClient(key_id, secret, "cn-shanghai", auto_retry=False)


@contextmanager
def refused(code: str, status: int | None = None) -> Iterator[None]:
    """Expects a refusal with that code, whichever of the two families of clients says so."""
    with pytest.raises((ServerException, AlibabaCloudException)) as caught:
        yield
    problem = caught.value
    if isinstance(problem, ServerException):
        assert (problem.error_code, status or problem.http_status) == (code, problem.http_status)
    else:
        assert (problem.code, status or problem.status_code) == (code, problem.status_code)


def until(what: Callable[[], Answer], wanted: Callable[[Answer], object], seconds: float = 8) -> Answer:
    """Ask until the answer is as wanted."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := what()):
        assert time.monotonic() < deadline, f"still {answer}"
        time.sleep(0.05)
    return answer


@contextmanager
def planted_key(cloud: LocalCloud, **facts: t.Any) -> Iterator[Credentials]:
    """An access key more in the account, for as long as it is needed."""
    key_id, secret = f"LTAI5tPlanted{uuid.uuid4().hex[:11]}", uuid.uuid4().hex
    with cloud.state() as state:
        state["alibaba"]["credentials"]["access_keys"][key_id] = {"secret": secret, "user": "weak", "active": True, **facts}
    try:
        yield key_id, secret, None
    finally:
        with cloud.state() as state:
            del state["alibaba"]["credentials"]["access_keys"][key_id]


def rpc(action: str, **changes: str | None) -> requests.Response:
    """An RPC call to STS, signed by hand. `changes` replace common parameters before signing; None leaves one out."""
    key_id, secret, _ = ours()
    values: dict[str, str | None] = {
        "Action": action,
        "Version": "2015-04-01",
        "Format": "JSON",
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": stamp(),
        **changes,
    }
    query = {name: value for name, value in values.items() if value is not None}
    canonical = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(query.items()))
    text = f"GET&%2F&{encode(canonical)}"
    signature = base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()
    query.setdefault("Signature", signature)
    return requests.get("https://sts.aliyuncs.com/", params=query, timeout=10)


def acs3(
    endpoint: str,
    action: str,
    version: str,
    method: str = "GET",
    path: str = "/",
    body: bytes = b"",
    sent: bytes | None = None,
    **headers: str | None,
) -> requests.Response:
    """A call signed by hand with ACS3. `headers` (with _ for -) replace those that are signed; `sent` goes out instead of `body`."""
    key_id, secret, _ = ours()
    values: dict[str, str | None] = {
        "host": endpoint,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": stamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    signed = {name: value for name, value in sorted(values.items()) if value is not None}
    names = ";".join(signed)
    block = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = "\n".join([method, path, "", block, names, hashlib.sha256(body).hexdigest()])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"
    return requests.request(
        method, f"https://{endpoint}{path}", headers={**signed, "authorization": authorization}, data=sent or body, timeout=10
    )


def stamp(shift: float = 0) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift))


def encode(text: str) -> str:
    return quote(text, safe="-_.~")


def publish_txt(cloud: LocalCloud, name: str, content: str) -> None:
    """A TXT record in the zone at Cloudflare, through Cloudflare's API."""
    base, headers = "https://api.cloudflare.com/client/v4/zones", {"Authorization": f"Bearer {cloud.environment['CLOUDFLARE_API_TOKEN']}"}
    zone = requests.get(base, params={"name": "klinematrix.com"}, headers=headers, timeout=10).json()["result"][0]["id"]
    record = {"type": "TXT", "name": name, "content": content, "ttl": 300}
    answer = requests.post(f"{base}/{zone}/dns_records", json=record, headers=headers, timeout=10).json()
    assert answer["success"], answer["errors"]
