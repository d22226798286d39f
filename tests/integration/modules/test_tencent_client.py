# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of Tencent Cloud against the local cloud: credentials, errors, retries, the guard, and secrets."""

from __future__ import annotations

import json
import logging
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.errors import CloudError, WriteRefused
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._core.traffic import Traffic
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.client import Client
from ansible_collections.klinematrix.hybrid_cloud.plugins.module_utils._tencent.credentials import Credentials
from tests.cloud import LocalCloud
from tests.integration.modules.tencent import DOMAIN, actions, here, plant_domain, plant_sender, ses
from tests.steps import Done, direct, play, task


def client(*, read_only: bool = False, region: str = "ap-hongkong", **changes: str) -> Client:
    environment = {name: os.environ[f"TENCENTCLOUD_{name}".upper()] for name in ("secret_id", "secret_key")}
    return Client(Credentials(**{**environment, **changes}), region, Traffic("tencent", read_only=read_only))


def domain(cloud: LocalCloud, **options: t.Any) -> Done:
    return direct(cloud, "tencent_ses_domain", **{"name": DOMAIN, **options})


# --- the guard -------------------------------------------------------------------


@pytest.mark.parametrize("action", ["CreateEmailIdentity", "UpdateEmailIdentity", "DeleteEmailAddress", "SendEmail", "BatchSendEmail"])
def test_a_forged_write_in_check_mode_is_refused_and_named(cloud: LocalCloud, action: str) -> None:
    with pytest.raises(WriteRefused, match=f"refused ses:{action}: this run may only read"):
        client(read_only=True).call("forge", action, EmailIdentity=DOMAIN)
    assert cloud.journal == []


def test_reads_pass_the_guard(cloud: LocalCloud) -> None:
    assert client(read_only=True).call("read", "ListEmailAddress")["EmailSenders"] == []


# --- errors ------------------------------------------------------------------------

FAULTS: list[tuple[dict[str, t.Any], dict[str, t.Any]]] = [
    ({"kind": "status", "status": 401}, {"code": "AuthFailure.SignatureFailure", "retryable": False}),
    ({"kind": "status", "status": 403}, {"code": "AuthFailure.UnauthorizedOperation", "retryable": False}),
    ({"kind": "status", "status": 404}, {"code": "ResourceNotFound", "retryable": False}),
    ({"kind": "status", "status": 409}, {"code": "OperationDenied", "retryable": False}),
    ({"kind": "status", "status": 500}, {"code": "InternalError", "retryable": True}),
    ({"kind": "status", "status": 502}, {"code": "no_answer", "status": 502, "retryable": True}),
    ({"kind": "status", "status": 504, "when": "after"}, {"code": "no_answer", "status": 504, "retryable": True}),
    ({"kind": "expired_token"}, {"code": "AuthFailure.TokenFailure", "retryable": False}),
    ({"kind": "reset"}, {"code": "no_answer", "status": None, "retryable": True}),
    ({"kind": "reset", "when": "after"}, {"code": "no_answer", "retryable": True}),
]


@pytest.mark.parametrize(
    ("fault", "failure"), FAULTS, ids=[f"{fault['kind']}-{fault.get('status', '')}{fault.get('when', '')}" for fault, _ in FAULTS]
)
def test_a_create_that_fails_is_sent_once_and_a_rerun_finishes(
    cloud: LocalCloud, fault: dict[str, t.Any], failure: dict[str, t.Any]
) -> None:
    cloud.fault(**fault, write=True, count=None)
    failed = domain(cloud)
    assert failed.status == "failed"
    assert failed.writes == ["POST CreateEmailIdentity"]
    assert {key: failed.result["failure"][key] for key in failure} == failure
    assert failed.result["msg"].startswith(f"create the sender domain {DOMAIN}: ")
    assert failed.result["not_applied"] == [f"create tencent ses_domain {DOMAIN}"]
    cloud.heal()
    assert domain(cloud).status == "ok"
    assert list(ses(cloud)["identities"]) == [DOMAIN]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "status", "status": 503}, {"kind": "reset"}])
def test_reads_survive_outages(cloud: LocalCloud, fault: dict[str, t.Any]) -> None:
    cloud.fault(**fault, write=False, count=2)
    cloud.fault("latency", seconds=0.2, write=False)
    done = domain(cloud)
    assert (done.status, actions(done)) == ("ok", ["GetEmailIdentity"] * 3 + ["CreateEmailIdentity"])


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "RequestLimitExceeded.UinLimitExceeded", "FailedOperation.ServiceNotAvailable"])
def test_what_was_surely_not_carried_out_is_sent_again(cloud: LocalCloud, code: str) -> None:
    cloud.fault("status", status=429, code=code, count=2, write=True)
    done = domain(cloud)
    assert (done.status, done.writes) == ("ok", ["POST CreateEmailIdentity"] * 3)


def test_a_call_that_was_throttled_to_the_end_says_so(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    cloud.fault("status", status=429, count=None)
    done = domain(cloud)
    assert (len(done.calls), done.result["failure"]["code"], done.result["failure"]["retryable"]) == (5, "RequestLimitExceeded", True)
    assert "20 calls of one action in a second" in done.result["msg"]


def test_errors_are_in_english_with_the_request_id(cloud: LocalCloud) -> None:
    done = domain(cloud, name="qcloud.com")
    assert done.result["msg"].isascii()
    assert "has been created by another Tencent Cloud account" in done.result["msg"]
    assert done.result["failure"]["request_id"] in done.result["msg"]


# --- credentials -------------------------------------------------------------------


def test_wrong_keys_say_what_to_check(cloud: LocalCloud) -> None:
    secret = "w" * 32
    unknown = domain(cloud, secret_id="AKIDnobody", secret_key=secret)
    wrong = domain(cloud, secret_id=cloud.environment["TENCENTCLOUD_SECRET_ID"], secret_key=secret)
    codes = [each.result["failure"]["code"] for each in (unknown, wrong)]
    assert codes == ["AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure"]
    for done in (unknown, wrong):
        assert "Check secret_id and secret_key" in done.result["msg"]
        assert secret not in json.dumps(done.result)


def test_no_key_at_all(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENCENTCLOUD_SECRET_ID")
    monkeypatch.delenv("TENCENTCLOUD_SECRET_KEY")
    done = domain(cloud)
    assert (done.result["failure"]["code"], done.calls) == ("no_credentials", [])
    assert "TENCENTCLOUD_SECRET_ID" in done.result["msg"]
    assert "required" in domain(cloud, secret_id="AKIDx").result["msg"]


def test_temporary_keys_and_missing_rights(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = {"version": "2.0", "statement": [{"effect": "allow", "action": ["ses:Get*"], "resource": ["*"]}]}
    keys = cloud.ask("GET", "state")["tencent"]["credentials"]["secret_ids"]
    with cloud.state() as state:
        state["tencent"]["credentials"]["secret_ids"]["AKIDreader"] = {
            "key": "reader-key",
            "user": "r",
            "uin": 1,
            "policy": policy,
            "token": "reader-token",
        }
    try:
        options = {"secret_id": "AKIDreader", "secret_key": "reader-key"}
        assert domain(cloud, **options).result["failure"]["code"] == "AuthFailure.TokenFailure"
        assert domain(cloud, **options, token="reader-token", check=True).status == "ok"
        refused = domain(cloud, **options, token="reader-token")
        assert "lacks the right ses:CreateEmailIdentity; the policy QcloudSESFullAccess grants it" in refused.result["msg"]
        assert "reader-token" not in json.dumps(refused.result)
        for name, value in (("SECRET_ID", "AKIDreader"), ("SECRET_KEY", "reader-key"), ("TOKEN", "reader-token")):
            monkeypatch.setenv(f"TENCENTCLOUD_{name}", value)
        assert domain(cloud, check=True).status == "ok"
    finally:
        with cloud.state() as state:
            state["tencent"]["credentials"]["secret_ids"] = keys


def test_the_region_comes_from_the_option_then_the_environment(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    plant_domain(cloud)
    direct(cloud, "tencent_ses_sender", address=f"a@{DOMAIN}")
    monkeypatch.setenv("TENCENTCLOUD_REGION", "ap-guangzhou")
    direct(cloud, "tencent_ses_sender", address=f"b@{DOMAIN}")
    direct(cloud, "tencent_ses_sender", address=f"c@{DOMAIN}", region="ap-singapore")
    found = {region: list(here(cloud, region)["senders"]) for region in ("ap-hongkong", "ap-guangzhou", "ap-singapore")}
    assert found == {"ap-hongkong": [f"a@{DOMAIN}"], "ap-guangzhou": [f"b@{DOMAIN}"], "ap-singapore": [f"c@{DOMAIN}"]}
    assert {call["host"] for call in cloud.journal} == {"ses.tencentcloudapi.com", "ses.intl.tencentcloudapi.com"}


# --- the way out ---------------------------------------------------------------------


def test_certificates_are_checked_against_what_the_environment_says(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.environ["REQUESTS_CA_BUNDLE"]
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CloudError, match="certificate") as caught:
        client().call("create", "CreateEmailIdentity", EmailIdentity=DOMAIN)
    assert caught.value.failure["hint"].startswith("Check the network, the proxy (HTTPS_PROXY) and the certificate authority")
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, ours)
        assert client().call("read", "ListEmailAddress")["EmailSenders"] == []


def test_the_proxy_and_its_exceptions_are_those_of_the_environment(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no proxy is to be used, none is: the sandbox then hears nothing."""
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hush@127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://user:hush@127.0.0.1:9")
    with pytest.raises(CloudError, match="no answer from Tencent Cloud") as caught:
        client().call("create", "CreateEmailIdentity", EmailIdentity=DOMAIN)
    assert "hush" not in str(caught.value)
    session = client()._api.request.conn
    monkeypatch.setenv("no_proxy", ".tencentcloudapi.com")
    used = session._session.merge_environment_settings("https://ses.tencentcloudapi.com/", session.proxy or {}, True, None, None)
    assert not used["proxies"].get("https")


def test_a_netrc_does_not_replace_the_signature(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine ses.tencentcloudapi.com login nobody password nothing\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert client().call("read", "ListEmailAddress")["EmailSenders"] == []


# --- secrets -----------------------------------------------------------------------


def test_secrets_never_come_out(cloud: LocalCloud) -> None:
    """The key, a key in the options, and an SMTP password that nobody here passed in, at the highest verbosity."""
    key = cloud.environment["TENCENTCLOUD_SECRET_KEY"]
    plant_domain(cloud)
    plant_sender(cloud, smtp_password="canary-" + "c" * 20)
    given = {"secret_id": cloud.environment["TENCENTCLOUD_SECRET_ID"], "secret_key": key}
    tasks = [
        task("tencent_ses_domain", name=DOMAIN, **given),
        task("tencent_ses_domain", name="qcloud.com"),
        task("tencent_ses_domain_info", **given),
        task("tencent_ses_sender", address=f"noreply@{DOMAIN}", sender_name="New", recreate=True),
    ]
    for in_process in (True, False):
        ran = play(cloud, tasks, in_process=in_process, arguments=["-vvvv"])
        assert [done.status for done in ran.done] == ["ok", "failed", "ok", "ok"]
        seen = ran.output + json.dumps([done.result for done in ran.done])
        assert key not in seen
        assert "canary-" not in seen
        plant_sender(cloud, smtp_password="canary-" + "c" * 20)


def test_the_log_of_the_sdk_stays_empty(cloud: LocalCloud, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("tencentcloud_sdk_common").setLevel(logging.DEBUG)
        client().call("read", "ListEmailAddress")
    assert "TC3-HMAC-SHA256" not in caplog.text
