# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for RPC APIs in bad weather: signatures, refusals, trouble, forged writes, secrets in errors."""

from __future__ import annotations

import json
import sys
import typing as t

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.rpc import CDN, STS, Product, Rpc
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.retry import Retry
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from tests.cloud import LocalCloud
from tests.integration.clients.alibaba_api import core
from tests.steps import direct

NAME = "charts.klinematrix.com"
KEY, SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
SMALL: dict[str, t.Any] = {"name": NAME, "scope": "overseas", "origin_bucket": "financial-agent-charts", "origin_region": "cn-shanghai"}


def rpc(
    cloud: LocalCloud,
    product: Product = STS,
    *,
    credentials: Credentials | None = None,
    read_only: bool = False,
    waited: list[float] | None = None,
) -> Rpc:
    pauses: list[float] = [] if waited is None else waited
    who = credentials or Credentials(cloud.environment[KEY], cloud.environment[SECRET])
    return Rpc(product, who, Traffic("alibaba", read_only), Retry(sleep=pauses.append))


def identity(client: Rpc) -> dict[str, t.Any]:
    return client.read("ask who we are", "GetCallerIdentity")


def proven(cloud: LocalCloud) -> None:
    with cloud.state() as state:
        state["alibaba"]["cdn"]["verified_roots"] = ["klinematrix.com"]
    cloud.fault("slow_operation", action="cdn.*", seconds=0.05, count=None)


# --- who we are ------------------------------------------------------------------


def test_explicit_credentials_win_over_everything(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    # The SDK prefers these over a credential object.
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "LTAI5tSomebodyElse")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "nothing")
    assert identity(rpc(cloud))["AccountId"]


def test_temporary_credentials(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    account = identity(rpc(cloud))["AccountId"]
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{account}:root"]}}
    core("ram", "CreateRole", RoleName="night", AssumeRolePolicyDocument=json.dumps({"Version": "1", "Statement": [trust]}))
    made = core("sts", "AssumeRole", RoleArn=f"acs:ram::{account}:role/night", RoleSessionName="night")["Credentials"]
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "LTAI5tSomebodyElse")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "nothing")
    who = Credentials(made["AccessKeyId"], made["AccessKeySecret"], made["SecurityToken"])
    assert identity(rpc(cloud, credentials=who))["IdentityType"] == "AssumedRoleUser"
    with pytest.raises(CloudError) as bare:
        identity(rpc(cloud, credentials=Credentials(who.access_key_id, who.access_key_secret)))
    assert bare.value.code == "MissingSecurityToken"
    # A signature that is refused: the gateway quotes what was signed, and the token is part of it.
    with pytest.raises(CloudError) as wrong:
        identity(rpc(cloud, credentials=Credentials(who.access_key_id, "wrong", who.security_token)))
    assert (wrong.value.code, wrong.value.status) == ("SignatureDoesNotMatch", 400)
    assert "Check the secret" in str(wrong.value)
    assert str(who.security_token)[:20] not in str(wrong.value)


def test_an_unknown_key_has_a_way_out(cloud: LocalCloud) -> None:
    with pytest.raises(CloudError) as unknown:
        identity(rpc(cloud, credentials=Credentials("LTAI5tNobody", "x")))
    assert (unknown.value.code, unknown.value.failure["retryable"]) == ("InvalidAccessKeyId.NotFound", False)
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in str(unknown.value)


def test_every_call_is_encrypted(cloud: LocalCloud) -> None:
    identity(rpc(cloud))
    assert [(entry["scheme"], entry["action"]) for entry in cloud.journal] == [("https", "GetCallerIdentity")]


def test_an_unknown_authority_is_refused(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALIBABA_CLOUD_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name)
    with pytest.raises(CloudError) as alone:
        identity(rpc(cloud))
    assert alone.value.code == "no_answer"
    monkeypatch.setenv("SSL_CERT_FILE", cloud.environment["SSL_CERT_FILE"])
    assert identity(rpc(cloud))["AccountId"]


# --- the write guard -----------------------------------------------------------------


@pytest.mark.parametrize("action", ["AddCdnDomain", "VerifyDomainOwner", "BatchSetCdnDomainConfig", "TagResources", "OpenCdnService"])
def test_a_forged_write_is_refused_and_named(cloud: LocalCloud, action: str) -> None:
    with pytest.raises(WriteRefused, match=f"cdn.aliyuncs.com {action}"):
        rpc(cloud, CDN, read_only=True).write("forge", action, DomainName=NAME)
    # Calling it a read does not help.
    with pytest.raises(WriteRefused):
        rpc(cloud, CDN, read_only=True).read("forge", action, DomainName=NAME)
    assert cloud.journal == []


# --- trouble -----------------------------------------------------------------------


FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"code": "InvalidAccessKeyId.NotFound", "retryable": False}),
    ({"kind": "status", "status": 403}, {"code": "NoPermission", "retryable": False}),
    ({"kind": "status", "status": 404}, {"status": 404, "retryable": False}),
    ({"kind": "status", "status": 409}, {"code": "OperationConflict", "retryable": False}),
    ({"kind": "expired_token"}, {"code": "InvalidSecurityToken.Expired", "retryable": False}),
    ({"kind": "status", "status": 500}, {"code": "InternalError", "retryable": True}),
    ({"kind": "reset"}, {"code": "no_answer", "retryable": True}),
    ({"kind": "reset", "when": "after"}, {"code": "no_answer", "retryable": True}),
]


@pytest.mark.parametrize(("fault", "failure"), FAULTS, ids=[f"{each[0]['kind']}-{each[0].get('status', '')}" for each in FAULTS])
def test_a_creation_that_fails_is_sent_once_and_a_rerun_finishes(
    cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any]
) -> None:
    proven(cloud)
    cloud.fault(**fault, action="AddCdnDomain", count=None)
    failed = direct(cloud, "cdn_domain", **SMALL)
    assert (failed.status, failed.writes) == ("failed", ["POST AddCdnDomain"])
    assert {key: failed.result["failure"][key] for key in failure} == failure
    assert failed.result["not_applied"] == [f"create alibaba cdn_domain {NAME}"]
    assert "Signature" not in failed.result["msg"]
    cloud.heal()
    assert direct(cloud, "cdn_domain", **SMALL).status == "ok"
    assert direct(cloud, "cdn_domain", **SMALL).result["changed"] is False


def test_a_creation_that_was_throttled_is_sent_again(cloud: LocalCloud) -> None:
    """Throttling comes as status 400 here, or as 429 with a time to wait."""
    proven(cloud)
    cloud.fault("status", action="AddCdnDomain", status=400, code="Throttling.User", count=1)
    cloud.fault("status", action="AddCdnDomain", status=429, retry_after=0.1, count=1)
    done = direct(cloud, "cdn_domain", **SMALL)
    assert (done.status, done.writes) == ("ok", ["POST AddCdnDomain"] * 3)


def test_reads_are_tried_again_as_long_as_asked(cloud: LocalCloud) -> None:
    waited: list[float] = []
    cloud.fault("status", status=429, retry_after=7, count=1)
    cloud.fault("status", status=503, count=1)
    cloud.fault("reset", count=1)
    cloud.fault("latency", seconds=0.2, count=1)
    assert identity(rpc(cloud, waited=waited))["AccountId"]
    assert (waited[0], len(waited)) == (7, 3)


def test_repeatable_writes_are_tried_again(cloud: LocalCloud) -> None:
    proven(cloud)
    assert direct(cloud, "cdn_domain", **SMALL).status == "ok"
    cloud.fault("reset", action="StopCdnDomain", when="after", count=1)
    done = direct(cloud, "cdn_domain", **SMALL, enabled=False)
    assert (done.status, done.writes[:2]) == ("ok", ["POST StopCdnDomain"] * 2)


LOUD = """
import os, sys
sys.path.insert(0, ".collections")
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.credentials import Credentials
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._alibaba.rpc import STS, Rpc
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
who = Credentials(*(os.environ[name] for name in names))
Rpc(STS, who, Traffic("alibaba", True)).read("ask", "GetCallerIdentity")
try:
    Rpc(STS, Credentials(who.access_key_id, "wrong"), Traffic("alibaba", True)).read("ask", "GetCallerIdentity")
except CloudError:
    print("asked twice")
"""


def test_no_debugging_shows_what_was_sent(cloud: LocalCloud) -> None:
    """The SDK prints headers and signed URLs when DEBUG=sdk is set, and every refusal in any case."""
    ran = cloud.run([sys.executable, "-c", LOUD], DEBUG="sdk")
    assert (ran.stdout, ran.stderr) == ("asked twice\n", "")


def test_an_error_of_the_network_shows_no_signature(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(CloudError) as silent:
        identity(rpc(cloud))
    assert (silent.value.code, silent.value.failure["retryable"]) == ("no_answer", True)
    assert "Signature" not in str(silent.value)
    assert cloud.environment[KEY] not in str(silent.value)
